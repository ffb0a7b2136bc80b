"""Phone numbers: what each has told us, and whose it is."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.models.base import Base, UtcDateTime


class PhoneNumber(Base):
    """What is known of a number, whoever gives it; no row: nothing is wrong.

    `failures` are texts in a row that its carrier blocked or could not place. `reason` says why it counts as bad.
    """

    __tablename__ = "phone_number"
    e164: Mapped[str] = mapped_column(primary_key=True)
    opted_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    bad_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None]


class PhoneCode(Base):
    """A one-time code for a number, asked for with an address; `proven_at` says that both belong to one person.

    The digits are an HMAC over `public_id`, never stored. `network` is kept for a day, to count.
    """

    __tablename__ = "phone_code"
    __table_args__ = (
        sa.Index("ix_phone_code_number", "e164", "address"),
        sa.Index("ix_phone_code_created", "created_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    e164: Mapped[str]
    address: Mapped[str]
    network: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    proven_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

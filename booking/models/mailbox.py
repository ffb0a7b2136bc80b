"""The mailbox that replies to invitations come to."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.models.base import Base, UtcDateTime


class Mailbox(Base):
    """How far it was read, so that no mail is looked at for ever; one row, from the first reading on.

    `version` is the mailbox and its UIDVALIDITY (RFC 3501 2.3.1.1), which `last_uid` counts in. After `failures` in a
    row it is left alone for a while from `tried_at` on.
    """

    __tablename__ = "mailbox"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    version: Mapped[str] = mapped_column(default="")
    last_uid: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    tried_at: Mapped[datetime] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]

"""People who book: their way to all that is kept about them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.models.base import Base, UtcDateTime


class AddressLink(Base):
    """Lets whoever reads the mail of an address see, move and erase all that was booked with it, until it expires.

    Its token is an HMAC over `public_id`, never stored; only the latest of an address works. `network` is kept for a
    day, to count. `language` and `hours` are those of whoever asked.
    """

    __tablename__ = "address_link"
    __table_args__ = (
        sa.Index("ix_address_link_email", "email", "created_at"),
        sa.Index("ix_address_link_created", "created_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str]  # in lower case, and with its tag: whoever reads a+b@ need not be who reads a@
    network: Mapped[str | None]
    language: Mapped[str]
    hours: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

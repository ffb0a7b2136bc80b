"""What was done with a session."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.models.base import Base, UtcDateTime
from booking.models.programme import Maintainer


class Deed(StrEnum):
    CONFIRMED = "confirmed"
    MOVED = "moved"
    HANDED_OVER = "handed-over"
    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    CAME = "came"
    MISSED = "missed"
    NOTE_WRITTEN = "note-written"
    NOTE_ASKED = "note-asked"
    NOTE_AGREED = "note-agreed"
    NOTE_REFUSED = "note-refused"
    NOTE_PUBLISHED = "note-published"
    NOTE_WITHDRAWN = "note-withdrawn"


class Change(Base):
    """Something done with a session, and how the session was before it: when, and whose.

    `by` is "attendee", "maintainer" (the one whose it was), "organiser", "nobody" (time ran out) or "service", which
    hands over what is of somebody away.
    """

    __tablename__ = "change"
    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    deed: Mapped[str]
    by: Mapped[str]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    maintainer_id: Mapped[int] = mapped_column(sa.ForeignKey("maintainer.id"))
    maintainer: Mapped[Maintainer] = relationship()

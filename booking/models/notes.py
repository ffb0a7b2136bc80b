"""What came of a session."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.models.base import Base, UtcDateTime
from booking.models.bookings import Booking
from booking.models.programme import Topic


class Solved(StrEnum):
    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Note(Base):
    """The outcome of a session. It is public while its maintainer wants that and the attendee agreed to this version.

    `agreed` is the attendee's word on `version`, None until they gave it; any edit makes a new version, without one.
    `asked_version` is the last that they were asked about. `stems` are as `routing.pages` has them.
    """

    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id", ondelete="CASCADE"), unique=True)
    topic_id: Mapped[int] = mapped_column(sa.ForeignKey("topic.id"), index=True)
    solved: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]  # CommonMark
    links: Mapped[list[str]] = mapped_column(sa.JSON)
    stems: Mapped[dict[str, float]] = mapped_column(sa.JSON)
    publish: Mapped[bool]
    version: Mapped[int]
    asked_version: Mapped[int] = mapped_column(default=0)
    agreed: Mapped[bool | None]
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    booking: Mapped[Booking] = relationship()
    topic: Mapped[Topic] = relationship()

    @hybrid_property
    def published(self) -> bool:
        return self.publish and self.agreed is True

    @published.inplace.expression
    @classmethod
    def _published(cls) -> sa.ColumnElement[bool]:
        return sa.and_(cls.publish, cls.agreed.is_(True))

"""The waiting list: who wants a session at a time that is not free yet."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.models.base import Base, UtcDateTime
from booking.models.bookings import Booking
from booking.models.programme import Topic
from booking.reading import Reading


class WaitState(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"  # `booking` holds a time for them
    BOOKED = "booked"
    LEFT = "left"
    OVER = "over"  # nothing came free in time, or no offer was taken


class Waiter(Base):
    """Somebody who waits for a session on a topic, in the order they came.

    `until` is the last instant at which it may start. `passed` are starts (RFC 3339) they did not want: those that were
    free when they came, and those they were offered.
    """

    __tablename__ = "waiter"
    __table_args__ = (
        sa.Index("ix_waiter_topic", "topic_id", "state", "id"),
        sa.Index("ix_waiter_address", "attendee_address", "state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    topic_id: Mapped[int] = mapped_column(sa.ForeignKey("topic.id"))
    attendee_name: Mapped[str]
    attendee_email: Mapped[str]
    attendee_address: Mapped[str]
    attendee_timezone: Mapped[str]
    attendee_language: Mapped[str] = mapped_column(default="en")  # as `reading.Reading` has both
    attendee_hours: Mapped[int] = mapped_column(default=12)
    attendee_phone: Mapped[str | None]
    sms_consent: Mapped[str | None]
    sms_consent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    question: Mapped[str]
    links: Mapped[list[str]] = mapped_column(sa.JSON)
    conduct_accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    passed: Mapped[list[str]] = mapped_column(sa.JSON)
    offers: Mapped[int] = mapped_column(default=0)
    booking_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    topic: Mapped[Topic] = relationship()
    booking: Mapped[Booking | None] = relationship()

    @property
    def attendee_reading(self) -> Reading:
        """How messages speak to them."""
        return Reading(self.attendee_language, self.attendee_hours)

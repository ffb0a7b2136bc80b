"""Bookings and what the outside world holds of them."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.models.base import Base, UtcDateTime
from booking.models.calendars import Calendar
from booking.models.programme import Maintainer, Slot, Topic
from booking.reading import Reading


class BookingStatus(StrEnum):
    HELD = "held"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no-show"


LIVE = (BookingStatus.HELD, BookingStatus.CONFIRMED)
NO_OVERLAP = "booking_no_overlap"


class Booking(Base):
    """A session that somebody has. `sequence` grows at every change, as in iCalendar (RFC 5545 3.8.7.4).

    The instant rules; wall time, zone and zone-database edition are kept so that a later edition can be noticed.
    That no maintainer has two live bookings that overlap is the database's own rule (`booking_no_overlap`): checking
    first and inserting then would leave a gap between the two that no code can close.
    """

    __tablename__ = "booking"
    __table_args__ = (
        sa.CheckConstraint("ends_at > starts_at", name="order"),
        sa.Index("ix_booking_window", "starts_at", "status", "maintainer_id", "ends_at"),
        sa.Index("ix_booking_held", "held_until"),
        sa.Index("ix_booking_maintainer", "maintainer_id", "ends_at", "status", "starts_at"),
        sa.Index("ix_booking_address", "attendee_address", "topic_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    generation: Mapped[int] = mapped_column(default=1)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    sequence: Mapped[int] = mapped_column(default=0)
    topic_id: Mapped[int] = mapped_column(sa.ForeignKey("topic.id"))
    suggested_topic_id: Mapped[int | None] = mapped_column(sa.ForeignKey("topic.id"))  # what the question was taken for
    about_topic_id: Mapped[int | None] = mapped_column(sa.ForeignKey("topic.id"))  # what it was, says the maintainer
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id"))
    maintainer_id: Mapped[int] = mapped_column(sa.ForeignKey("maintainer.id"))
    booked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("maintainer.id"))  # on behalf of the attendee
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    wall_start: Mapped[str]
    timezone: Mapped[str]
    tz_edition: Mapped[str]
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hold_network: Mapped[str | None]  # of a hold while a form is filled: nobody's booking yet, deleted when it ends
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    attendee_name: Mapped[str]
    attendee_email: Mapped[str]
    attendee_address: Mapped[str]
    attendee_timezone: Mapped[str]
    attendee_language: Mapped[str] = mapped_column(default="en")  # as `reading.Reading` has both
    attendee_hours: Mapped[int] = mapped_column(default=12)
    attendee_phone: Mapped[str | None]
    sms_consent: Mapped[str | None]
    sms_consent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    conduct_accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attendee_reply: Mapped[str | None]  # "accepted", "declined" or "tentative", from their mail app (RFC 5546 3.2.3)
    attendee_replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attendance_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when somebody said who came
    address_proven: Mapped[bool] = mapped_column(default=False)
    question: Mapped[str]
    links: Mapped[list[str]] = mapped_column(sa.JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    previous_start: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_by: Mapped[str | None]  # "attendee", "maintainer", "organiser" or "nobody" (the address was never proven)
    cancel_reason: Mapped[str | None]
    given_back: Mapped[str | None]  # why its maintainer does not give it, until somebody else does
    given_back_by: Mapped[str | None]  # "maintainer", or "service" where they are away
    unfilled: Mapped[bool] = mapped_column(default=False)  # others were asked to give it, and none could

    topic: Mapped[Topic] = relationship(foreign_keys=[topic_id])
    slot: Mapped[Slot] = relationship()
    maintainer: Mapped[Maintainer] = relationship(foreign_keys=[maintainer_id])
    booked_by: Mapped[Maintainer | None] = relationship(foreign_keys=[booked_by_id])
    conference: Mapped[Conference | None] = relationship(back_populates="booking")
    events: Mapped[list[CalendarEvent]] = relationship(back_populates="booking", order_by="CalendarEvent.id")

    @property
    def attendee_reading(self) -> Reading:
        """How messages speak to them."""
        return Reading(self.attendee_language, self.attendee_hours)

    @property
    def live(self) -> bool:
        return self.status in LIVE

    @property
    def uid(self) -> str:
        """The iCalendar UID, the same in calendars, mails and the interface, for the booking's whole life."""
        return f"{self.public_id}@officehours"

    @property
    def reference(self) -> str:
        """What people quote on the phone."""
        return self.public_id[:8].upper()


class Conference(Base):
    """The meeting of a booking. `synced_sequence` is the booking's sequence it was last brought in line with.

    `room_name`, 128 random bits, is the room that stands in on our own Jitsi server; whoever knows it may enter. Of who
    was there it is kept when the meeting started and ended, and when somebody else than its host first joined.
    """

    __tablename__ = "conference"
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id", ondelete="CASCADE"), primary_key=True)
    provider: Mapped[str]  # "zoom" or "room"
    state: Mapped[str]  # "pending", "creating", "ready", "gone" or "failed"
    host: Mapped[str | None]
    meeting_id: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    join_url: Mapped[str | None]
    room_name: Mapped[str] = mapped_column(default=lambda: secrets.token_hex(16))
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    joined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    synced_sequence: Mapped[int] = mapped_column(default=-1)
    tried_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None]
    booking: Mapped[Booking] = relationship(back_populates="conference")


class CalendarEvent(Base):
    """The event of a booking in one calendar: where it stands, which version we know, what we last wrote.

    `starts_at` and `ends_at` are the times it last had there. `followed`: its maintainer moved it into this calendar.
    `missing_since` is when it was first not found there: only the second look in a row counts.
    """

    __tablename__ = "calendar_event"
    __table_args__ = (sa.UniqueConstraint("booking_id", "calendar_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("booking.id", ondelete="CASCADE"))
    calendar_id: Mapped[int] = mapped_column(sa.ForeignKey("calendar.id", ondelete="CASCADE"), index=True)
    # "pending", "written", "conflict" (theirs and ours cannot both be), "missing" (gone with most others), "removed"
    # (by us), "gone" (by the maintainer), "pruned" (long past) or "failed"
    state: Mapped[str]
    href: Mapped[str | None]
    etag: Mapped[str | None]
    pushed_sequence: Mapped[int] = mapped_column(default=-1)
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    followed: Mapped[bool] = mapped_column(default=False)
    missing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tried_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None]
    booking: Mapped[Booking] = relationship(back_populates="events")
    calendar: Mapped[Calendar] = relationship()

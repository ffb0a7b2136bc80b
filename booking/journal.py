"""The journal of a calendar: a line for all that was done because of it, and for what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from booking.effects.orders import mail_maintainer
from booking.models import Booking, Calendar, JournalEntry, Kind


class Code(StrEnum):
    """What a line is about."""

    MOVED = "moved"
    CANCELLED = "cancelled"
    REWRITTEN = "rewritten"
    FOLLOWED = "followed"
    REFUSED = "refused"
    UNWRITTEN = "unwritten"
    HALTED = "halted"
    PAUSED = "paused"
    STALE = "stale"
    WELL = "well"


def note(
    session: Session,
    calendar: Calendar,
    code: Code,
    text: str,
    now: datetime,
    booking: Booking | None = None,
    *,
    tell: bool = False,
) -> None:
    """Write a line, in the caller's transaction; with `tell`, mail it to the maintainer too."""
    entry = JournalEntry(
        calendar_id=calendar.id, booking_id=booking.id if booking else None, at=now, code=code, text=text
    )
    session.add(entry)
    session.flush()
    if tell:
        mail_maintainer(session, calendar.maintainer, Kind.CALENDAR, now, journal_entry_id=entry.id)


def lately(session: Session, booking: Booking, code: Code, now: datetime) -> Callable[[timedelta], int]:
    """How many such lines a session got within a time that ends now."""
    of_this = (JournalEntry.booking_id == booking.id, JournalEntry.code == code)

    def within(time: timedelta) -> int:
        return session.scalar(sa.select(sa.func.count()).where(*of_this, JournalEntry.at > now - time)) or 0

    return within

"""The journal of a calendar: a line for all that was done because of it, and for what is wrong with it."""

from __future__ import annotations

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
    HALTED = "halted"
    PAUSED = "paused"
    STALE = "stale"
    WELL = "well"


_BY_THEM = (Code.MOVED, Code.REWRITTEN)


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


def changes_lately(session: Session, booking: Booking, now: datetime) -> int:
    """How often within the hour this session was changed because of its calendar."""
    return (
        session.scalar(
            sa.select(sa.func.count()).where(
                JournalEntry.booking_id == booking.id,
                JournalEntry.code.in_(_BY_THEM),
                JournalEntry.at > now - timedelta(hours=1),
            )
        )
        or 0
    )

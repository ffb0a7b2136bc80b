"""Leaving a server alone that refused our login."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from booking.journal import Code, note
from booking.models import Calendar

PAUSED = (
    "The server of the calendar “{}” refused the login. It is not asked again, and in a quarter of an hour nobody can "
    "book you any more, until you connect it again with a valid password."
)


def pause(session: Session, calendar: Calendar, now: datetime) -> None:
    """Ask nothing of this calendar's server any more, in the caller's transaction; its maintainer is told, once."""
    if calendar.connection is None or calendar.connection.paused:
        return
    calendar.connection.paused = True
    note(session, calendar, Code.PAUSED, PAUSED.format(calendar.title), now, tell=True)

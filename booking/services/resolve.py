"""A maintainer's word where their calendar and the bookings disagree."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from booking import connections
from booking.effects.sync import order_sync
from booking.extensions import begin_write, db
from booking.models import Calendar, CalendarEvent
from booking.office import Office
from booking.services.follow import vanished, wanted, write_again
from booking.services.rescue import give_back


def put_back(maintainer_id: int, event_id: int) -> None:
    """Let the event say again what the booking says; nothing happens to one that does not disagree."""
    begin_write(db.session())
    event = db.session.scalar(
        sa.select(CalendarEvent)
        .join(Calendar)
        .where(
            CalendarEvent.id == event_id,
            CalendarEvent.state.in_(("conflict", "failed")),
            Calendar.maintainer_id == maintainer_id,
        )
    )
    if event is not None:
        write_again(db.session(), event)
    db.session.commit()


def restore(maintainer_id: int, calendar_id: int) -> None:
    """The sessions vanished by mishap: write them into the calendar again."""
    calendar = _halted(maintainer_id, calendar_id)
    for event in _missing(calendar):
        event.href = event.etag = None
        write_again(db.session(), event)
    _go_on(calendar)


def accept(office: Office, maintainer_id: int, calendar_id: int) -> None:
    """The maintainer removed the sessions: others give them, or they are cancelled; their attendees are told."""
    calendar = _halted(maintainer_id, calendar_id)
    now = office.now()
    for event in _missing(calendar):
        on = wanted(event, now)
        event.state = "gone"
        if on:
            db.session.flush()
            give_back(db.session(), event.booking, why="", now=now)
    _go_on(calendar)


def read_now(maintainer_id: int | None = None) -> list[str]:
    """Order a reading of every calendar in use, of one maintainer or of all; gives the orders' keys."""
    begin_write(db.session())
    keys = [order_sync(calendar.id) for calendar in connections.calendars(maintainer_id)]
    db.session.commit()
    return keys


def _halted(maintainer_id: int, calendar_id: int) -> Calendar | None:
    begin_write(db.session())
    return db.session.scalar(
        sa.select(Calendar).where(Calendar.id == calendar_id, Calendar.maintainer_id == maintainer_id, Calendar.halted)
    )


def _missing(calendar: Calendar | None) -> Sequence[CalendarEvent]:
    if calendar is None:
        return ()
    return db.session.scalars(vanished(calendar.id)).all()


def _go_on(calendar: Calendar | None) -> None:
    if calendar is not None:
        calendar.halted, calendar.full_at = False, None
        order_sync(calendar.id)
    db.session.commit()

"""Which calendars of a connection are written to and read: tried out before it counts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from booking import queries
from booking.calendar_access import open_calendar
from booking.effects.orders import writing_calendar
from booking.effects.sync import reading_window, until_known
from booking.extensions import begin_write, db, let_go
from booking.models import Calendar
from booking.office import Office
from booking.services.conflicts import lock_maintainer
from booking.services.connect import connection_of, settle_writing
from booking.services.pause import pause
from calendars.busy import BusyResult
from calendars.connection import PasswordRefused
from calendars.doctor import examine
from calendars.errors import CalendarError, CalendarRejected
from calendars.findings import READ_ONLY, Check, failure, quirks
from routing.values import TimeRange


def choose(
    office: Office, maintainer_id: int, connection_id: int, write: int | None, read: Collection[int]
) -> list[Check]:
    """From now on write sessions into the calendar `write`, and read busy times from those in `read` (ids of rows).

    Nothing to write leaves sessions where they are, or brings them back to the embedded calendar. Gives what the
    examination of the writing calendar found. Raises CalendarError with a sentence, then nothing changed; LookupError
    for what is not theirs.
    """
    connection = connection_of(maintainer_id, connection_id)
    mine = sa.select(Calendar).where(Calendar.connection_id == connection_id, Calendar.kind == "caldav")
    calendars = {row.id: row for row in db.session.scalars(mine)}
    if not calendars.keys() >= {*read, *({write} - {None})}:
        raise LookupError("There is no such calendar.")
    if write is None and not read:
        raise CalendarRejected("Choose at least one calendar, or remove the connection.")
    if connection.paused:
        raise CalendarRejected("The server refused this login. Connect again with a valid password first.")
    window = reading_window(office.now())
    ours = queries.uids_around(maintainer_id, window)
    let_go(db.session())
    checks = _examined(office, calendars[write]) if write is not None else []
    found = {id_: _busy(office, calendars[id_], window, ours) for id_ in sorted(read)}
    begin_write(db.session())
    lock_maintainer(db.session(), maintainer_id)
    before = writing_calendar(maintainer_id)
    if write is not None and before is not None:
        before.writes = False
    for row in connection_of(maintainer_id, connection_id).calendars:
        row.writes, row.reads = row.id == write, row.id in found
        if row.id in found:
            row.busy, row.busy_as_of = until_known(found[row.id].spans, window.end), office.now()
            row.failures, row.last_error = 0, None
        if row.id == write:
            row.quirks = quirks(checks)
    db.session.flush()
    settle_writing(office, maintainer_id, before)
    db.session.commit()
    return checks


def check(office: Office, calendar: Calendar) -> list[Check]:
    """Examine a calendar and keep what was found; the session is let go of. Raises CalendarError."""
    let_go(db.session())
    checks = _examine(office, calendar)
    if failure(checks) is None:
        begin_write(db.session())
        db.session.get_one(Calendar, calendar.id).quirks = quirks(checks)
        db.session.commit()
    return checks


def _examined(office: Office, calendar: Calendar) -> list[Check]:
    """What the examination found. Raises CalendarRejected if sessions cannot be kept there."""
    if READ_ONLY in calendar.quirks:
        raise CalendarRejected(f"Sessions cannot be written into “{calendar.title}”: choose another calendar.")
    checks = _examine(office, calendar)
    if problem := failure(checks):
        raise CalendarRejected(problem)
    return checks


def _examine(office: Office, calendar: Calendar) -> list[Check]:
    with _asking(office, calendar), open_calendar(office, calendar, quirks=()) as store:
        return list(examine(store, office.now()))


def _busy(office: Office, calendar: Calendar, window: TimeRange, ours: Collection[str]) -> BusyResult:
    try:
        with _asking(office, calendar), open_calendar(office, calendar) as store:
            return store.read_busy(window, ignore_uids=ours)
    except CalendarError as error:
        raise CalendarRejected(f"“{calendar.title}” could not be read: {error}") from error


@contextmanager
def _asking(office: Office, calendar: Calendar) -> Iterator[None]:
    """A refused login pauses the connection: the server is not asked again."""
    try:
        yield
    except PasswordRefused:
        begin_write(db.session())
        pause(db.session(), db.session.get_one(Calendar, calendar.id), office.now())
        db.session.commit()
        raise

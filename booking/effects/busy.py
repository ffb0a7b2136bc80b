"""Reading busy times out of maintainers' calendars into our own copy."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa

from booking import jobs, queries
from booking.calendar_access import open_calendar
from booking.effects import backoff, effect
from booking.extensions import begin_write, db, let_go, office
from booking.models import Calendar, Connection
from calendars.errors import CalendarError, CalendarRejected
from routing.values import Spans, TimeRange, epoch

FAR = timedelta(days=730)
UNREADABLE = "{} of its events cannot be read safely: what is known of their times counts as busy."


def reading_window(now: datetime) -> TimeRange:
    """What is read of a calendar: the horizon, and a day more on each side."""
    return TimeRange(now - timedelta(days=1), now + timedelta(days=queries.community().horizon_days + 2))


def until_known(busy: Spans, end: datetime) -> Spans:
    """Busy times read up to `end`; what lies beyond is unknown, and unknown is never free."""
    return busy | Spans([(epoch(end), epoch(end + FAR))])


@effect
def read(calendar_id: int, attempt: int) -> float | None:
    """Read one calendar's busy times over the horizon. After a refused login it is paused, not asked again."""
    calendar = db.session.get(Calendar, calendar_id)
    if calendar is None or calendar.paused or not calendar.reads:
        return None
    now = office().now()
    window = reading_window(now)
    ours = queries.uids_around(calendar.maintainer_id, window)
    let_go(db.session())
    try:
        with open_calendar(office(), calendar) as store:
            found = store.read_busy(window, ignore_uids=ours)
    except CalendarError as error:
        return _failed(calendar_id, error, attempt)
    begin_write(db.session())
    row = db.session.get_one(Calendar, calendar_id)
    row.busy, row.busy_as_of = until_known(found.spans, window.end), now
    row.failures, row.last_error = 0, UNREADABLE.format(found.refused) if found.refused else None
    db.session.commit()
    return None


def read_remote() -> None:
    """Order a fresh reading of every calendar that is not ours."""
    _order_all("caldav")


def read_embedded() -> None:
    """Order a fresh reading of every embedded calendar: changes are read at once, but the horizon moves on."""
    _order_all("embedded")


def order_reading(calendar_id: int) -> None:
    """Order a reading in the session's transaction."""
    jobs.enqueue(db.session(), "read_busy_times", f"busy:{calendar_id}:{uuid.uuid4().hex}", calendar_id, 0)


def _order_all(kind: str) -> None:
    paused = Calendar.connection.has(Connection.paused)
    ids = db.session.scalars(sa.select(Calendar.id).where(Calendar.kind == kind, Calendar.reads, ~paused)).all()
    begin_write(db.session())
    for calendar_id in ids:
        order_reading(calendar_id)
    db.session.commit()


def _failed(calendar_id: int, error: CalendarError, attempt: int) -> float | None:
    begin_write(db.session())
    row = db.session.get_one(Calendar, calendar_id)
    row.failures += 1
    row.last_error = str(error)
    if isinstance(error, CalendarRejected) and row.connection is not None:
        row.connection.paused = True
    db.session.commit()
    return None if row.paused or attempt >= 3 else backoff(attempt)

"""Reading busy times out of maintainers' calendars into our own copy."""

from __future__ import annotations

import uuid
from datetime import timedelta

import sqlalchemy as sa

from booking import jobs, queries
from booking.calendar_access import open_calendar
from booking.effects import backoff, effect
from booking.extensions import begin_write, db, let_go, office
from booking.models import Calendar
from calendars.errors import CalendarError, CalendarRejected
from routing.values import TimeRange

UNREADABLE = "{} of its events cannot be read safely: what is known of their times counts as busy."


@effect
def read(calendar_id: int, attempt: int) -> float | None:
    """Read one calendar's busy times over the horizon. After a refused login it is paused, not asked again."""
    calendar = db.session.get(Calendar, calendar_id)
    if calendar is None or calendar.paused or not calendar.reads:
        return None
    now = office().now()
    window = TimeRange(now - timedelta(days=1), now + timedelta(days=queries.community().horizon_days + 2))
    ours = queries.uids_around(calendar.maintainer_id, window)
    let_go(db.session())
    try:
        with open_calendar(office(), calendar) as store:
            found = store.read_busy(window, ignore_uids=ours)
    except CalendarError as error:
        return _failed(calendar_id, error, attempt)
    begin_write(db.session())
    row = db.session.get_one(Calendar, calendar_id)
    row.busy, row.busy_as_of, row.busy_until = found.spans, now, window.end
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
    wanted = sa.and_(Calendar.kind == kind, Calendar.reads, ~Calendar.paused)
    ids = db.session.scalars(sa.select(Calendar.id).where(wanted)).all()
    begin_write(db.session())
    for calendar_id in ids:
        order_reading(calendar_id)
    db.session.commit()


def _failed(calendar_id: int, error: CalendarError, attempt: int) -> float | None:
    begin_write(db.session())
    row = db.session.get_one(Calendar, calendar_id)
    row.failures += 1
    row.last_error = str(error)
    row.paused = isinstance(error, CalendarRejected)
    db.session.commit()
    return None if row.paused or attempt >= 3 else backoff(attempt)

"""Reading a maintainer's calendar: what became of our sessions there, and when they are busy."""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from booking import formatting, jobs, queries
from booking.calendar_access import neighbours, open_calendar, read_feed_of
from booking.connections import in_use
from booking.effects import backoff, effect
from booking.extensions import begin_write, db, let_go, office
from booking.journal import Code, note
from booking.models import Calendar, CalendarEvent, Connection
from booking.services.conflicts import lock_maintainer
from booking.services.follow import CONFIRM, Place, follow, held, wanted
from booking.services.pause import pause
from calendars.busy import BusyResult
from calendars.connection import PasswordRefused
from calendars.errors import CalendarError, CalendarUnavailable
from calendars.sync import Known, Mark, Pull, pull
from routing.values import Spans, TimeRange, epoch

log = logging.getLogger(__name__)

FAR = timedelta(days=730)
FULLY = timedelta(hours=24)
CLOCK_MARGIN = timedelta(minutes=1)
JITTER_SECONDS = 60.0
TRIES = 3
LONGEST_WAIT = timedelta(minutes=15)
UNREADABLE = "{} of its events cannot be read safely: what is known of their times counts as busy."
UNFORESEEN = "Something in it could not be understood; an administrator finds more in the log."
STALE = "The calendar “{}” has not been readable since {}. Until it is, nobody can book you. The last error: {}"


@dataclass(frozen=True)
class Task:
    """What one reading sets out with, read before anybody is talked to; `siblings` has names by address."""

    calendar: Calendar
    known: list[Known]
    mark: Mark
    full: bool
    window: TimeRange
    ours: set[str]
    siblings: Mapping[str, str]
    began: datetime


@dataclass(frozen=True)
class Found:
    """What one reading brought. `elsewhere`: missing sessions that stand in another calendar of the same login."""

    pull: Pull | None
    busy: BusyResult | None
    elsewhere: Mapping[str, Place]


def reading_window(now: datetime) -> TimeRange:
    """What is read of a calendar: the horizon, and a day more on each side."""
    return TimeRange(now - timedelta(days=1), now + timedelta(days=queries.community().horizon_days + 2))


def until_known(busy: Spans, end: datetime) -> Spans:
    """Busy times read up to `end`; what lies beyond is unknown, and unknown is never free."""
    return busy | Spans([(epoch(end), epoch(end + FAR))])


def order_sync(calendar_id: int, seconds: float = 0.0) -> str:
    """Order a reading in the session's transaction, after so many seconds; gives the order's key."""
    key = f"sync:{calendar_id}:{uuid.uuid4().hex}"
    jobs.enqueue(db.session(), "sync_calendar", key, calendar_id, 0, after=seconds)
    return key


def sync_remote() -> None:
    """Order a reading of every calendar that is not ours, spread over a minute."""
    _order_all(Calendar.kind != "embedded", JITTER_SECONDS)


def sync_embedded() -> None:
    """Order a reading of every embedded calendar: changes are read at once, but the horizon moves on."""
    _order_all(Calendar.kind == "embedded", 0.0)


def _order_all(which: sa.ColumnElement[bool], spread: float) -> None:
    begin_write(db.session())
    now = office().now()
    paused = Calendar.connection.has(Connection.paused)
    waiting = sa.and_(Calendar.ordered_at.is_not(None), Calendar.ordered_at > now - LONGEST_WAIT)
    for calendar in db.session.scalars(sa.select(Calendar).where(which, in_use(), ~paused, sa.not_(waiting))).all():
        calendar.ordered_at = now
        order_sync(calendar.id, random.uniform(0, spread))  # noqa: S311 - spreads load, keeps no secret
    db.session.commit()


@effect
def sync(calendar_id: int, attempt: int) -> float | None:
    """Read what changed in one calendar and follow it. After a refused login it is paused, not asked again."""
    task = _set_out(calendar_id)
    if task is None:
        return None
    try:
        _conclude(task, _read(task))
    except CalendarError as error:
        return _failed(calendar_id, error, attempt)
    except Exception:
        log.exception("the reading of calendar %s failed", calendar_id)
        db.session.rollback()
        return _failed(calendar_id, CalendarUnavailable(UNFORESEEN), attempt)
    return None


def _set_out(calendar_id: int) -> Task | None:
    calendar = db.session.get(Calendar, calendar_id)
    if calendar is None or calendar.paused:
        return None
    now = office().now()
    window = reading_window(now)
    rows = db.session.scalars(held(calendar_id)).all()
    task = Task(
        calendar=calendar,
        known=[_known(row, calendar.busy_as_of) for row in rows if wanted(row, now)],
        mark=Mark(calendar.sync_token, calendar.fingerprint),
        full=calendar.halted or calendar.full_at is None or calendar.full_at < now - FULLY,
        window=window,
        ours=queries.uids_around(calendar.maintainer_id, window),
        siblings={row.url or "": row.name for row in calendar.connection.calendars} if calendar.connection else {},
        began=now,
    )
    let_go(db.session())
    return task


def _known(event: CalendarEvent, read_at: datetime | None) -> Known:
    fresh = read_at is None or event.tried_at > read_at - CLOCK_MARGIN or event.missing_since is not None
    return Known(event.booking.uid, event.href or "", event.etag, fresh)


def _read(task: Task) -> Found:
    calendar = task.calendar
    if calendar.kind == "feed":
        return Found(None, read_feed_of(office(), calendar, task.window, task.ours), {})
    with open_calendar(office(), calendar) as store:
        found = pull(store, task.known, task.mark, full=task.full)
        again = task.full or found.others_changed or calendar.busy is None
        busy = store.read_busy(task.window, ignore_uids=task.ours) if again and calendar.reads else None
    return Found(found, busy, _elsewhere(task, found.missing))


def _elsewhere(task: Task, missing: frozenset[str]) -> dict[str, Place]:
    """Missing sessions that their maintainer moved into another calendar of the same login, also into a new one."""
    found: dict[str, Place] = {}
    for url, name, store in neighbours(office(), task.calendar, task.siblings) if missing else ():
        for uid in missing:
            found.update((uid, Place(url, name, one)) for one in store.changes.find(uid).values())
    return found


def _conclude(task: Task, found: Found) -> None:
    """Record what was read, and all that follows from it, in one transaction."""
    session, now = db.session(), office().now()
    begin_write(session)
    lock_maintainer(session, task.calendar.maintainer_id)
    calendar = session.get_one(Calendar, task.calendar.id)
    if found.pull is not None and _overtaken(task, found.pull):
        order_sync(calendar.id)
        session.commit()
        return
    calendar.ordered_at = None
    if found.pull is not None:
        follow(office(), session, calendar, found.pull, found.elsewhere)
        if calendar.halted:
            session.commit()
            return
        if any(row.missing_since is not None for row in session.scalars(held(calendar.id))):
            order_sync(calendar.id, CONFIRM[calendar.kind].total_seconds())
        calendar.sync_token, calendar.fingerprint = found.pull.mark.token, found.pull.mark.fingerprint
    if task.full:
        calendar.full_at = task.began
    if found.busy is not None:
        calendar.busy = until_known(found.busy.spans, task.window.end)
        calendar.last_error = UNREADABLE.format(found.busy.refused) if found.busy.refused else None
    elif calendar.failures:
        calendar.last_error = None
    calendar.busy_as_of, calendar.failures = task.began, 0
    if calendar.told_at is not None:
        calendar.told_at = None
        note(session, calendar, Code.WELL, f"The calendar “{calendar.title}” can be read again.", now)
    session.commit()


def _overtaken(task: Task, result: Pull) -> bool:
    """Whether we wrote an event ourselves while it was read: what was read may be what stood there before."""
    read = {one.uid: (one.href, one.etag) for one in task.known}
    rows = {row.booking.uid: (row.href, row.etag) for row in db.session.scalars(held(task.calendar.id))}
    return any(rows.get(uid, read[uid]) != read[uid] for uid in {*result.changed, *result.missing})


def _failed(calendar_id: int, error: CalendarError, attempt: int) -> float | None:
    """Keep the last good copy; pause after a refused login; tell the maintainer once when it matters."""
    session, now = db.session(), office().now()
    begin_write(session)
    row = session.get_one(Calendar, calendar_id)
    row.failures += 1
    row.last_error, row.ordered_at = str(error), None
    if isinstance(error, PasswordRefused):
        pause(session, row, now)
    elif row.told_at is None and row.busy_as_of is not None and row.busy_as_of < now - queries.FRESH:
        row.told_at = now
        since = formatting.when(row.busy_as_of, row.maintainer.timezone)
        note(session, row, Code.STALE, STALE.format(row.title, since, error), now, tell=True)
    session.commit()
    return None if row.paused or attempt >= TRIES else backoff(attempt)

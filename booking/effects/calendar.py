"""The event of a booking in a maintainer's calendar."""

from __future__ import annotations

from collections.abc import Set

from booking.calendar_access import open_calendar
from booking.connections import HELD_THERE
from booking.effects import TRIES_A_DAY, backoff, effect
from booking.effects.sync import order_sync
from booking.extensions import begin_write, db, let_go, office
from booking.invitations import session_event
from booking.journal import Code, note
from booking.models import Booking, BookingStatus, CalendarEvent
from booking.services.pause import pause
from calendars.caldav_store import CalDavStore
from calendars.changes import normal
from calendars.connection import PasswordRefused
from calendars.edits import Edit, read_edit
from calendars.errors import (
    CalendarError,
    CalendarRejected,
    CalendarUnavailable,
    EventChanged,
    EventExists,
    EventGone,
)
from calendars.invitation import SessionEvent, same_session, stands_for, stored_event, version
from calendars.store import EventRef, StoredEvent
from routing.values import TimeRange

# Removed by the maintainer, or long past: not ours to write any more.
_LEFT_ALONE = frozenset({"gone", "pruned"})
_ANYWHERE = ""

UNWRITTEN = "“{}” with {} could not be written into the calendar “{}”: {}"


class TheirsFirst(Exception):
    """The maintainer changed the event since we last looked: what they did is followed before anything is written."""

    def __init__(self, found: StoredEvent | None) -> None:
        super().__init__("The event was changed in the calendar.")
        self.found = found


@effect
def write_event(event_id: int, attempt: int) -> float | None:
    """Make the event in this calendar say what the booking says; remove it when the booking is not here any more.

    Past sessions stay as they are, and so does a calendar whose login was refused: connecting it again orders anew. A
    refusal that only a person can mend ends the trying and is kept on the row.
    """
    event = db.session.get(CalendarEvent, event_id)
    if event is None or event.state in _LEFT_ALONE or event.calendar.paused:
        return None
    booking, calendar = event.booking, event.calendar
    wanted = _wanted(booking, event)
    if _nothing_to_write(booking, event, wanted=wanted):
        return None
    if not wanted and event.state == "removed":
        # Not asked for again: the same calendar may hold it by another row.
        _record(event_id, None, booking)
        return None
    ref = EventRef(event.href, event.etag) if event.href else None
    known = TimeRange(event.starts_at, event.ends_at) if event.starts_at and event.ends_at else None
    details, zone, pushed = session_event(office(), booking), booking.maintainer.timezone, event.pushed_sequence
    others = _kept_by_others(booking, event)
    let_go(db.session())
    try:
        with open_calendar(office(), calendar) as store:
            written = (
                _push(store, details, ref, known, zone, pushed) if wanted else _remove(store, details, ref, others)
            )
    except TheirsFirst as changed:
        _hand_over(event_id, changed.found)
        return None
    except CalendarError as error:
        return _failed(event_id, error, attempt)
    _record(event_id, written, booking)
    return None


@effect
def remove_past(event_id: int, attempt: int) -> float | None:
    """Take the event of a past session away: one's own data may be erased, and the embedded calendar slows down as it
    grows. A calendar whose login was refused is waited for, for a day.
    """
    event = db.session.get(CalendarEvent, event_id)
    if event is None or event.state not in HELD_THERE or event.href is None:
        return None
    if event.calendar.paused:
        return backoff(attempt) if attempt < TRIES_A_DAY else None
    booking, calendar = event.booking, event.calendar
    details, ref = session_event(office(), booking), EventRef(event.href, event.etag)
    let_go(db.session())
    try:
        with open_calendar(office(), calendar) as store:
            _remove(store, details, ref)
    except CalendarError as error:
        return _failed(event_id, error, attempt)
    _record(event_id, None, booking, otherwise="pruned")
    return None


def _wanted(booking: Booking, event: CalendarEvent) -> bool:
    calendar = event.calendar
    here = (calendar.writes or event.followed) and calendar.maintainer_id == booking.maintainer_id
    return here and booking.status == BookingStatus.CONFIRMED


def _nothing_to_write(booking: Booking, event: CalendarEvent, *, wanted: bool) -> bool:
    """Whether it says what it should, is past, or missing: a halt is answered before anything is taken away, too."""
    calendar = event.calendar
    if event.state == "missing" and (wanted or (calendar.halted and (calendar.writes or event.followed))):
        return True
    said = event.state in ("written", "conflict") and event.pushed_sequence == booking.sequence
    return said if wanted else booking.ends_at < office().now()


def _kept_by_others(booking: Booking, event: CalendarEvent) -> set[tuple[str, int]]:
    """Where, and in which version, an event may be that another row wrote, which leads to the same calendar.

    A calendar may have another address for everybody who shares it. A newer version than ours is another row's there.
    """
    others = set()
    for row in booking.events:
        if row.href and _wanted(booking, row):
            newer = row.pushed_sequence > event.pushed_sequence
            others.add((_ANYWHERE if newer and _neighbours(row, event) else normal(row.href), row.pushed_sequence))
    return others


def _neighbours(one: CalendarEvent, other: CalendarEvent) -> bool:
    """Whether both stand on one server, which is not ours: there nothing is shared."""
    servers = {row.calendar.connection.url if row.calendar.connection else None for row in (one, other)}
    return len(servers) == 1 and None not in servers


def _push(
    store: CalDavStore, details: SessionEvent, ref: EventRef | None, known: TimeRange | None, zone: str, pushed: int
) -> EventRef | None:
    """The event as it now stands. Raises TheirsFirst when the maintainer moved or removed it."""
    data = stored_event(details)
    try:
        if ref is None:
            return store.create(details.uid, data)
        if ref.etag is not None:  # else nothing would be asked of what stands there
            return store.update(ref, data)
    except EventGone as error:
        raise TheirsFirst(None) from error
    except (EventChanged, EventExists):
        pass
    found = _find(store, details.uid, ref)
    if found is None and ref is not None and ref.etag is None:
        raise TheirsFirst(None)
    if found is None:
        # Another event has its address, or its UID stands in another calendar yet, from which it is being taken away.
        raise CalendarUnavailable("The calendar does not take this session at the moment.")
    if same_session(found.data, details):  # an earlier try of ours
        return found.ref
    if read_edit(found.data, details, known, zone, pushed).edit is not Edit.NONE:
        raise TheirsFirst(found)
    return store.update(found.ref, data)


def _find(store: CalDavStore, uid: str, ref: EventRef | None) -> StoredEvent | None:
    """The event with that UID, where we know it, or wherever in the calendar it is."""
    found = store.get(ref.href if ref else store.href_for(uid))
    if found is not None and stands_for(found.data, uid):
        return found
    return next(iter(store.changes.find(uid).values()), None)


def _remove(
    store: CalDavStore, details: SessionEvent, ref: EventRef | None, others: Set[tuple[str, int]] = frozenset()
) -> EventRef | None:
    """Gone afterwards, whatever version stands there: also one whose creation we never heard the answer of.

    But for one of the `others`, (href, version): two rows may lead to one calendar, that of a team for instance.
    """
    found = _find(store, details.uid, ref)
    if found is not None:
        says = version(found.data, details.uid)
        if not {(normal(found.ref.href), says), (_ANYWHERE, says)} & others:
            store.delete(found.ref)
    return None


def _record(event_id: int, ref: EventRef | None, booking: Booking, otherwise: str = "removed") -> None:
    """Keep where the event stands and what it says; without `ref` it is `otherwise`."""
    begin_write(db.session())
    event = db.session.get_one(CalendarEvent, event_id)
    event.state = "written" if ref else otherwise
    event.href, event.etag = (ref.href, ref.etag) if ref else (None, None)
    event.starts_at, event.ends_at = booking.starts_at, booking.ends_at
    event.pushed_sequence, event.last_error, event.tried_at = booking.sequence, None, office().now()
    db.session.commit()


def _hand_over(event_id: int, found: StoredEvent | None) -> None:
    """Let the calendar be read: that follows what the maintainer did, and orders the writing anew where it must."""
    begin_write(db.session())
    event = db.session.get_one(CalendarEvent, event_id)
    if found is not None:
        event.href, event.etag = found.ref.href, None
    event.calendar.full_at = None
    order_sync(event.calendar_id)
    db.session.commit()


def _failed(event_id: int, error: CalendarError, attempt: int) -> float | None:
    begin_write(db.session())
    event = db.session.get_one(CalendarEvent, event_id)
    event.last_error, event.tried_at = str(error), office().now()
    if isinstance(error, PasswordRefused):
        pause(db.session(), event.calendar, office().now())
    wait = None if isinstance(error, CalendarRejected) else backoff(attempt)
    if wait is None and event.state != "failed" and not event.calendar.paused:
        text = UNWRITTEN.format(event.booking.topic.title, event.booking.attendee_name, event.calendar.title, error)
        note(db.session(), event.calendar, Code.UNWRITTEN, text, office().now(), event.booking, tell=True)
    event.state = "failed" if wait is None else event.state
    db.session.commit()
    return wait

"""The event of a booking in a maintainer's calendar."""

from __future__ import annotations

from booking.calendar_access import open_calendar
from booking.effects import backoff, effect
from booking.extensions import begin_write, db, let_go, office
from booking.invitations import session_event
from booking.models import Booking, BookingStatus, Calendar, CalendarEvent
from calendars.errors import CalendarError, CalendarRejected, EventChanged, EventExists, EventGone
from calendars.invitation import SessionEvent, same_session, stands_for, stored_event
from calendars.store import CalendarStore, EventRef


@effect
def write_event(event_id: int, attempt: int) -> float | None:
    """Make the event in this calendar say what the booking says; remove it when the booking is not here any more.

    Past sessions stay as they are. A refusal that only a person can mend ends the trying and is kept on the row.
    """
    event = db.session.get(CalendarEvent, event_id)
    if event is None or event.state == "gone":
        return None
    booking, calendar = event.booking, event.calendar
    wanted = _wanted(booking, calendar)
    said = event.state == "written" and event.pushed_sequence == booking.sequence
    if (wanted and said) or (not wanted and booking.ends_at < office().now()):
        return None
    if not wanted and event.state == "removed":
        # Not asked for again: the same calendar may hold it by another row.
        _record(event_id, None, booking.sequence, "removed")
        return None
    sequence, ref = booking.sequence, EventRef(event.href, event.etag) if event.href else None
    details = session_event(office(), booking)
    let_go(db.session())
    try:
        with open_calendar(office(), calendar) as store:
            written = _push(store, details, ref) if wanted else _remove(store, details, ref)
    except CalendarError as error:
        return _failed(event_id, error, attempt)
    _record(event_id, written, sequence, "gone" if wanted else "removed")
    return None


def _wanted(booking: Booking, calendar: Calendar) -> bool:
    here = calendar.writes and calendar.maintainer_id == booking.maintainer_id
    return here and booking.status == BookingStatus.CONFIRMED


def _push(store: CalendarStore, details: SessionEvent, ref: EventRef | None) -> EventRef | None:
    """The event as it now stands, or None when the maintainer removed it: then it is not made again."""
    data = stored_event(details)
    if ref is None:
        try:
            return store.create(details.uid, data)
        except EventExists:
            ref = EventRef(store.href_for(details.uid), None)
    else:
        try:
            return store.update(ref, data)
        except EventGone:
            return None
        except EventChanged:
            pass
    return _overwrite(store, details, ref.href, data)


def _overwrite(store: CalendarStore, details: SessionEvent, href: str, data: bytes) -> EventRef | None:
    """Somebody wrote since: keep what already says the same (an earlier try of ours), else write over that version."""
    found = store.get(href)
    if found is None:
        return None
    if not stands_for(found.data, details.uid):
        raise CalendarRejected("Another event stands at the address of this session.")
    return found.ref if same_session(found.data, details) else store.update(found.ref, data)


def _remove(store: CalendarStore, details: SessionEvent, ref: EventRef | None) -> EventRef | None:
    """Gone afterwards, whatever version stands there: also one whose creation we never heard the answer of."""
    found = store.get(ref.href if ref else store.href_for(details.uid))
    if found is not None and stands_for(found.data, details.uid):
        store.delete(found.ref)
    return None


def _record(event_id: int, ref: EventRef | None, sequence: int, otherwise: str) -> None:
    """Keep where the event stands, or the state `otherwise`: what we removed may come back, what they removed not."""
    begin_write(db.session())
    event = db.session.get_one(CalendarEvent, event_id)
    event.state = "written" if ref else otherwise
    event.href, event.etag = (ref.href, ref.etag) if ref else (None, None)
    event.pushed_sequence, event.last_error = sequence, None
    db.session.commit()


def _failed(event_id: int, error: CalendarError, attempt: int) -> float | None:
    begin_write(db.session())
    event = db.session.get_one(CalendarEvent, event_id)
    event.last_error, event.tried_at = str(error), office().now()
    wait = None if isinstance(error, CalendarRejected) else backoff(attempt)
    event.state = "failed" if wait is None else event.state
    db.session.commit()
    return wait

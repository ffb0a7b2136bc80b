"""Following what a maintainer did to a session in their own calendar app.

Over time and existence the calendar wins, over everything else the booking. Each function runs in the caller's writing
transaction, with the maintainer locked: the calendar's new version is recorded together with what followed from it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from booking import deliveries, formatting, history, jobs, queries
from booking.connections import HELD_THERE
from booking.effects.orders import settle
from booking.invitations import session_event
from booking.journal import Code, lately, note
from booking.models import Audience, Booking, BookingStatus, Calendar, CalendarEvent, Kind
from booking.office import Office
from booking.services.conflicts import lost_race
from booking.services.placing import shift_to
from booking.services.rescue import give_back
from calendars.edits import Edit, Reading, read_edit, too_many
from calendars.store import StoredEvent
from calendars.sync import Pull
from routing import slots
from routing.values import TimeRange

MOVES_AN_HOUR, MOVES_A_DAY, REWRITES_A_DAY, NOTICES_A_DAY = 3, 10, 3, 5
FURTHEST = timedelta(days=730)
# How long an event must be missing to be gone: nothing lies between us and our own calendars.
CONFIRM = {"embedded": timedelta(seconds=0.5), "caldav": timedelta(seconds=20)}
HALTED = (
    "Most of your sessions vanished from the calendar “{}” at once. Nothing was cancelled, and nobody can book you "
    "until you say on your page whether you removed them."
)
OFTEN = "it was changed in the calendar several times within the hour, as if two programs disagreed about it"
THEM = frozenset({Audience.MAINTAINER})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session stands that its maintainer moved into another calendar: that calendar, and the event there."""

    url: str
    name: str
    stored: StoredEvent


def wanted(event: CalendarEvent, now: datetime) -> bool:
    """Whether this is where the session is kept, and the session still to come."""
    booking, calendar = event.booking, event.calendar
    here = (calendar.writes or event.followed) and calendar.maintainer_id == booking.maintainer_id
    return here and booking.status == BookingStatus.CONFIRMED and booking.starts_at > now


def held(calendar_id: int) -> sa.Select[CalendarEvent]:
    """Events that a calendar holds as far as we know, of sessions that are on."""
    return (
        sa.select(CalendarEvent)
        .join(Booking)
        .where(
            CalendarEvent.calendar_id == calendar_id,
            CalendarEvent.state.in_(HELD_THERE),
            CalendarEvent.href.is_not(None),
            Booking.status == BookingStatus.CONFIRMED,
        )
    )


def vanished(calendar_id: int) -> sa.Select[CalendarEvent]:
    """Events that were missing with most others, whatever became of their sessions since."""
    missing = sa.select(CalendarEvent).where(CalendarEvent.calendar_id == calendar_id, CalendarEvent.state == "missing")
    return missing.join(Booking).order_by(Booking.starts_at)


def follow(office: Office, session: Session, calendar: Calendar, result: Pull, elsewhere: Mapping[str, Place]) -> None:
    """Follow what became of our events in a calendar.

    What is missing for the first time is noted, and counts when it is missing again. When most are missing at once the
    calendar is halted, and stays so until nothing is missing or its maintainer says what is right.
    """
    now = office.now()
    events = {row.booking.uid: row for row in session.scalars(held(calendar.id)) if wanted(row, now)}
    gone = [row for uid, row in events.items() if uid in result.missing and uid not in elsewhere]
    if gone and (calendar.halted or too_many(len(gone), len(events))):
        _halt(session, calendar, gone, now)
        return
    if calendar.halted:
        calendar.halted = False
        for row in session.scalars(vanished(calendar.id)):
            if row not in events.values():  # called off meanwhile, or held by somebody else
                _order_writing(session, row)
    for uid, row in events.items():
        if row in gone:
            _miss(office, session, row, now)
            continue
        row.missing_since = None
        if uid in elsewhere:
            _relocate(office, session, row, elsewhere[uid])
        elif uid in result.changed:
            _follow_edit(office, session, row, result.changed[uid])
        elif row.state == "missing":
            row.state = "written"
            _order_writing(session, row)


def _halt(session: Session, calendar: Calendar, gone: Iterable[CalendarEvent], now: datetime) -> None:
    for event in gone:
        event.state = "missing"
    if not calendar.halted:
        calendar.halted = True
        note(session, calendar, Code.HALTED, HALTED.format(calendar.title), now, tell=True)


def _miss(office: Office, session: Session, event: CalendarEvent, now: datetime) -> None:
    if event.missing_since is None:
        event.missing_since = now
    elif now >= event.missing_since + CONFIRM[event.calendar.kind]:
        _cancel(office, session, event, "was removed from")


def _relocate(office: Office, session: Session, event: CalendarEvent, place: Place) -> None:
    """The maintainer moved the event into another calendar of theirs: from now on it is kept there."""
    before = event.calendar
    there = sa.select(Calendar).where(Calendar.connection_id == before.connection_id, Calendar.url == place.url)
    calendar = session.scalar(there)
    if calendar is None:
        calendar = Calendar(maintainer_id=before.maintainer_id, connection_id=before.connection_id, kind="caldav")
        calendar.url, calendar.name, calendar.writes, calendar.reads = place.url, place.name, False, False
        session.add(calendar)
        session.flush()
    twin = sa.delete(CalendarEvent).where(CalendarEvent.calendar_id == calendar.id)
    session.execute(twin.where(CalendarEvent.booking_id == event.booking_id))
    event.calendar, event.followed = calendar, True
    session.flush()
    text = f"A session was moved into the calendar “{calendar.title}” and is kept there from now on."
    note(session, calendar, Code.FOLLOWED, text, office.now(), event.booking)
    _follow_edit(office, session, event, place.stored)


def _follow_edit(office: Office, session: Session, event: CalendarEvent, stored: StoredEvent) -> None:
    """Bring the booking in line with the event as it now stands in the calendar, or say why that cannot be."""
    booking, now = event.booking, office.now()
    ours = session_event(office, booking)
    known = TimeRange(event.starts_at, event.ends_at) if event.starts_at and event.ends_at else None
    reading = read_edit(stored.data, ours, known, booking.maintainer.timezone, event.pushed_sequence)
    event.href, event.etag = stored.ref.href, stored.ref.etag
    if reading.edit is Edit.CANCELLED:
        _cancel(office, session, event, "was marked as cancelled in")
    elif reading.edit is Edit.MOVED and reading.range is not None:
        _move(office, session, event, reading.range)
    elif reading.edit is Edit.ODD:
        _refuse(session, event, reading.reason, now)
    else:
        _mend(session, event, reading, now)


def _cancel(office: Office, session: Session, event: CalendarEvent, what: str) -> None:
    booking, now = event.booking, office.now()
    event.state, event.last_error = "gone", None
    session.flush()
    give_back(session, booking, why="", now=now)
    fate = "Somebody else is asked to give it" if booking.live else "It is cancelled"
    text = f"{_session(booking)} {what} your calendar. {fate}; {booking.attendee_name} is told."
    note(session, event.calendar, Code.CANCELLED, text, now, booking)


def _move(office: Office, session: Session, event: CalendarEvent, window: TimeRange) -> None:
    booking, now, before = event.booking, office.now(), _session(event.booking)
    obstacle = _obstacle(session, booking, window, now) or _shift(session, booking, window, now)
    if obstacle:
        _refuse(session, event, obstacle, now)
        return
    event.state, event.last_error = "written", None
    event.starts_at, event.ends_at = window.start, window.end
    deliveries.tell(session, booking, Kind.CHANGE, queries.community(), now, silent=THEM)
    settle(session, booking)
    outside = _outside(booking)
    text = f"{before} was moved in your calendar to {_when(booking)}. {booking.attendee_name} was told.{outside}"
    note(session, event.calendar, Code.MOVED, text, now, booking, tell=bool(outside))


def _obstacle(session: Session, booking: Booking, window: TimeRange, now: datetime) -> str:
    if window.start <= now:
        return "that time is over"
    if window.start > now + FURTHEST:
        return "that time is too far away"
    moves = lately(session, booking, Code.MOVED, now)
    return OFTEN if moves(timedelta(hours=1)) >= MOVES_AN_HOUR or moves(timedelta(days=1)) >= MOVES_A_DAY else ""


def _shift(session: Session, booking: Booking, window: TimeRange, now: datetime) -> str:
    """Move the booking, unless the database knows of another one there: then nothing, and why."""
    try:
        with session.begin_nested():
            shift_to(booking, window, now, by=history.MAINTAINER)
            session.flush()
    except DBAPIError as error:
        if not lost_race(error):
            raise
        return "another session of yours is at that time"
    return ""


def _refuse(session: Session, event: CalendarEvent, reason: str, now: datetime) -> None:
    """The calendar and the booking disagree, and a person must decide; told once for each reason."""
    booking = event.booking
    if event.state == "conflict" and event.last_error == reason:
        return
    event.state, event.last_error = "conflict", reason
    text = (
        f"{_session(booking)} was changed in your calendar, but {reason}. For {booking.attendee_name} nothing has "
        "changed. Change it once more, or put it back on your page."
    )
    told = lately(session, booking, Code.REFUSED, now)(timedelta(days=1))
    note(session, event.calendar, Code.REFUSED, text, now, booking, tell=told < NOTICES_A_DAY)


def _mend(session: Session, event: CalendarEvent, reading: Reading, now: datetime) -> None:
    """Time and existence agree. What is ours is written again where it was changed, but not for ever."""
    booking = event.booking
    event.state, event.last_error = "written", None
    if reading.range is not None:
        event.starts_at, event.ends_at = reading.range.start, reading.range.end
    if event.pushed_sequence < booking.sequence:
        _order_writing(session, event)
    elif reading.ours_changed and _worth_writing_again(session, event, now):
        write_again(session, event)
        text = f"Link or guest of {_session(booking)} had been changed in your calendar and were written again."
        note(session, event.calendar, Code.REWRITTEN, text, now, booking)


def _worth_writing_again(session: Session, event: CalendarEvent, now: datetime) -> bool:
    """A server that rewrites what it is given, or a program that insists, is not argued with for ever."""
    again = lately(session, event.booking, Code.REWRITTEN, now)(timedelta(days=1))
    return "rewrites" not in event.calendar.quirks and again < REWRITES_A_DAY


def write_again(session: Session, event: CalendarEvent) -> None:
    """Order, in the session's transaction, that the event says what the booking says, whatever it says now."""
    event.state, event.pushed_sequence, event.last_error = "pending", -1, None
    _order_writing(session, event)


def _order_writing(session: Session, event: CalendarEvent) -> None:
    jobs.enqueue(session, "write_event", f"event:{event.booking_id}.{event.id}:{uuid.uuid4().hex}", event.id, 0)


def _session(booking: Booking) -> str:
    return f"“{booking.topic.title}” with {booking.attendee_name} on {_when(booking)}"


def _when(booking: Booking) -> str:
    return formatting.when(booking.starts_at, booking.maintainer.timezone)


def _outside(booking: Booking) -> str:
    """A sentence for a time at which the community offers no sessions, or none on this topic; else nothing."""
    programme = queries.programme()
    topic = programme.topics.get(booking.topic.key)
    for key in topic.slots if topic else ():
        slot = programme.slots[key]
        if slots.between(slot, programme.session, booking.starts_at, booking.ends_at):
            return ""
    return " The community offers no session on this topic at that time; it is held all the same."

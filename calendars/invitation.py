"""Sessions as iCalendar: the event stored in a maintainer's calendar, and the iTIP messages mailed to attendees.

RFC 5545 (objects), RFC 5546 (iTIP: REQUEST 3.2.2, CANCEL 3.2.5), RFC 7986 (CONFERENCE). Times are written in UTC, so
that no VTIMEZONE is needed and no two programs disagree. Equal arguments give equal bytes.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from icalendar import Calendar, Conference, Event, vCalAddress

from calendars.objects import MALFORMED, Limits, ObjectError, check, content_lines, parse
from routing.values import TimeRange
from routing.zones import utc

PRODID = "-//Officehours//Office hours//EN"
METHOD_REQUEST = "REQUEST"  # RFC 5546 3.2.2
METHOD_CANCEL = "CANCEL"  # RFC 5546 3.2.5
STATUS_CONFIRMED = "CONFIRMED"  # RFC 5545 3.8.1.11
STATUS_CANCELLED = "CANCELLED"
BOOKING_PROPERTY = "X-OFFICEHOURS-BOOKING"
WRITTEN_PROPERTY = "X-OFFICEHOURS-TIME"  # version and times as we wrote them; apps keep it

_OURS = ("UID", "SEQUENCE", "STATUS", "DTEND", "SUMMARY", "DESCRIPTION", "LOCATION", "RECURRENCE-ID", BOOKING_PROPERTY)
_LIMITS = Limits(components=50)
_INSTANT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Party:
    """Who organizes or attends: a name to show and a checked email address."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One session as calendars see it. `url` joins the session; `updated` is when this version came to be (UTC).

    `sequence` must grow with every version, the cancelled one included (RFC 5546 2.1.4).
    """

    uid: str
    sequence: int
    range: TimeRange
    summary: str
    description: str
    location: str
    url: str | None
    updated: datetime
    booking_reference: str


def stored_event(event: SessionEvent) -> bytes:
    """The object to PUT into a maintainer's calendar.

    It has no METHOD (RFC 4791 4.1), and neither ORGANIZER nor ATTENDEE: with them a scheduling server (RFC 6638) would
    mail the attendee a second time.
    """
    return _object(stored_component(event), method=None)


def stored_component(event: SessionEvent) -> Event:
    """The VEVENT of `stored_event`, for a feed of many."""
    component = _component(event, STATUS_CONFIRMED, event.updated)
    at = event.range
    component.add(WRITTEN_PROPERTY, f"{event.sequence} {at.start:{_INSTANT}}/{at.end:{_INSTANT}}")
    return component


def request(event: SessionEvent, organizer: Party, attendee: Party, now: datetime) -> bytes:
    """The iTIP REQUEST that invites, or tells of a move: the same UID with a higher SEQUENCE. `now` becomes DTSTAMP."""
    component = _component(event, STATUS_CONFIRMED, now)
    _add_parties(component, organizer, attendee, rsvp=True)
    return _object(component, METHOD_REQUEST)


def cancel(event: SessionEvent, organizer: Party, attendee: Party, now: datetime) -> bytes:
    """The iTIP CANCEL of the whole event. Nothing is raised here: `event.sequence` is the cancelled version's own."""
    component = _component(event, STATUS_CANCELLED, now)
    _add_parties(component, organizer, attendee, rsvp=False)
    return _object(component, METHOD_CANCEL)


def same_session(stored: bytes, event: SessionEvent) -> bool:
    """Whether what stands on the server already says what we would write, however the server spells it.

    Compared are UID, SEQUENCE, DTSTART, DTEND, SUMMARY, DESCRIPTION, LOCATION and our own property, and that nobody
    marked it as cancelled.
    """
    theirs = _events(stored)
    return len(theirs) == 1 and _facts(theirs[0]) == _facts(_events(stored_event(event))[0])


def stands_for(stored: bytes, uid: str) -> bool:
    """Whether the object is the event with that UID, in whatever state."""
    return any(str(component.get("UID", "")) == uid for component in _events(stored))


def version(stored: bytes, uid: str) -> int:
    """The SEQUENCE of the event with that UID in an object, 0 where it has none."""
    found = [event for event in _events(stored) if str(event.get("UID", "")) == uid]
    try:
        return int(found[0].get("SEQUENCE", 0)) if found else 0
    except MALFORMED:
        return 0


def _object(component: Event, method: str | None) -> bytes:
    calendar = Calendar()
    calendar.add("PRODID", PRODID)
    calendar.add("VERSION", "2.0")
    if method:
        calendar.add("METHOD", method)
    calendar.add_component(component)
    return bytes(calendar.to_ical())


def _component(event: SessionEvent, status: str, stamp: datetime) -> Event:
    component = Event()
    component.add("UID", _line(event.uid))
    component.add("SEQUENCE", event.sequence)
    component.add("DTSTAMP", utc(stamp))
    component.add("LAST-MODIFIED", utc(event.updated))
    component.add("DTSTART", event.range.start)
    component.add("DTEND", event.range.end)
    component.add("SUMMARY", _line(event.summary))
    component.add("DESCRIPTION", described(event))
    component.add("LOCATION", _line(event.location or event.url or ""))
    component.add("STATUS", status)
    component.add("TRANSP", "OPAQUE")
    component.add(BOOKING_PROPERTY, _line(event.booking_reference))
    if event.url:
        component.add("URL", _line(event.url))
        component.add("CONFERENCE", Conference(_line(event.url), feature="VIDEO", label="Join the session").to_uri())
    return component


def described(event: SessionEvent) -> str:
    """The description with the link to join at its end: most calendar apps do not know CONFERENCE."""
    description = _text(event.description)
    if not event.url or event.url in description:
        return description
    return f"{description}\n\nJoin: {_line(event.url)}".strip()


def _add_parties(component: Event, organizer: Party, attendee: Party, *, rsvp: bool) -> None:
    component.add("ORGANIZER", _address(organizer))
    guest = _address(attendee)
    guest.params["ROLE"] = "REQ-PARTICIPANT"
    if rsvp:
        guest.params["PARTSTAT"] = "NEEDS-ACTION"
        guest.params["RSVP"] = "TRUE"
    component.add("ATTENDEE", guest)


def _address(party: Party) -> vCalAddress:
    # RFC 6068: everything but these is percent-encoded in a mailto: URI, a non-ASCII address as UTF-8.
    address = vCalAddress("mailto:" + quote(_line(party.email), safe="@!$'*+-._~"))
    if name := _line(party.name):
        address.params["CN"] = name
    return address


def _text(value: str) -> str:
    """Text without control characters, line separators or lone surrogates; line feeds and tabs stay.

    icalendar escapes line ends but lets the others through, and some readers break lines at them.
    """
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        mark for mark in value if mark in "\n\t" or unicodedata.category(mark) not in {"Cc", "Cs", "Zl", "Zp"}
    )


def _line(value: str) -> str:
    """Text on one line."""
    return " ".join(_text(value).split())


def _events(stored: bytes) -> list[Event]:
    try:
        lines = content_lines(stored, _OURS)
        check(lines, _LIMITS)
        return [component for component in parse(lines).walk("VEVENT") if isinstance(component, Event)]
    except ObjectError:
        return []


def _facts(component: Event) -> tuple[object, ...] | None:
    try:
        start, end = _instant(component.DTSTART), _instant(component.DTEND)
        texts = [
            str(component.get(name, "")).replace("\r\n", "\n").strip()
            for name in ("UID", "SUMMARY", "DESCRIPTION", "LOCATION", BOOKING_PROPERTY)
        ]
        repeats = any(name in component for name in ("RRULE", "RDATE", "RECURRENCE-ID"))
        cancelled = str(component.get("STATUS", "")).upper() == STATUS_CANCELLED
        return (int(component.get("SEQUENCE", 0)), start, end, repeats, cancelled, *texts)
    except MALFORMED:
        return None


def _instant(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise ValueError("A session starts and ends at a time of day.")
    return utc(value)

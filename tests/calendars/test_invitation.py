"""What we write: the stored event, and the iTIP messages of RFC 5546."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.invitation import Party, cancel, request, same_session, stands_for, stored_event
from tests.calendars.events import foreign, make_session, moved, utc

OFFICE = Party("Flyte office hours", "office-hours@example.org")
GRACE = Party("Grace Hopper", "grace@example.org")
NOW = utc("2026-11-21 10:00")
NASTY = 'Zoë "Z"\r\nX-EVIL:1\nATTENDEE:mailto:mallory@example.org\x00\x1b[31m\x85\u2028\u2029\ud800;,:\\ \t€😀'


def lines(data: bytes) -> list[str]:
    """The content lines, unfolded by hand as RFC 5545 3.1 says."""
    return data.decode().replace("\r\n ", "").split("\r\n")


def event_of(data: bytes) -> icalendar.Event:
    (event,) = icalendar.Calendar.from_ical(data).events
    return event


def test_stored_event() -> None:
    """The stored event says what the session is, in UTC, with the link wherever an app may look for it."""
    session = make_session(sequence=3)
    text = lines(stored_event(session))
    for line in (
        "VERSION:2.0",
        "PRODID:-//Officehours//Office hours//EN",
        f"UID:{session.uid}",
        "SEQUENCE:3",
        "DTSTART:20261201T150000Z",
        "DTEND:20261201T153000Z",
        "DTSTAMP:20261120T090000Z",
        "LAST-MODIFIED:20261120T090000Z",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        f"LOCATION:{session.url}",
        f"URL:{session.url}",
        "X-OFFICEHOURS-BOOKING:0123abcd",
    ):
        assert line in text
    (conference,) = [line for line in text if line.startswith("CONFERENCE")]
    assert "VALUE=URI" in conference
    assert conference.endswith(f":{session.url}")
    assert session.url in event_of(stored_event(session))["DESCRIPTION"]


def test_stored_event_cannot_invite() -> None:
    """No METHOD, ORGANIZER, ATTENDEE or VTIMEZONE: no server has a reason to mail anybody or to convert times."""
    text = stored_event(make_session()).decode()
    for word in ("METHOD", "ORGANIZER", "ATTENDEE", "VTIMEZONE", "TZID"):
        assert word not in text


def test_same_arguments_same_bytes() -> None:
    """The time of writing is an argument, so a retry writes the same bytes."""
    session = make_session()
    assert stored_event(session) == stored_event(replace(session))
    assert request(session, OFFICE, GRACE, NOW) == request(session, OFFICE, GRACE, NOW)


def test_request() -> None:
    """A REQUEST has METHOD in the calendar, the office as organizer, and asks for an answer (RFC 5546 3.2.2)."""
    session = make_session(sequence=1)
    data = request(session, OFFICE, GRACE, NOW)
    calendar, event = icalendar.Calendar.from_ical(data), event_of(data)
    assert calendar["METHOD"] == "REQUEST"
    assert "METHOD" not in event
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (session.uid, 1, "CONFIRMED")
    assert (event.start, event.end) == (session.range.start, session.range.end)
    assert event["DTSTAMP"].dt == NOW
    assert event["ORGANIZER"] == "mailto:office-hours@example.org"
    assert event["ATTENDEE"] == "mailto:grace@example.org"
    assert event["ATTENDEE"].params == {
        "CN": "Grace Hopper",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "TRUE",
    }


def test_cancel() -> None:
    """A CANCEL carries the same UID, the cancelled version's SEQUENCE and STATUS:CANCELLED (RFC 5546 3.2.5)."""
    session = make_session(sequence=2)
    data = cancel(session, OFFICE, GRACE, NOW)
    event = event_of(data)
    assert icalendar.Calendar.from_ical(data)["METHOD"] == "CANCEL"
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (session.uid, 2, "CANCELLED")
    assert event["ORGANIZER"] == "mailto:office-hours@example.org"
    assert event["ATTENDEE"] == "mailto:grace@example.org"
    assert "RSVP" not in event["ATTENDEE"].params


def test_without_a_link() -> None:
    """A session without a link has no CONFERENCE and no URL, and its place is what it was given."""
    text = stored_event(make_session(url=None, location="Room 5", description="Question")).decode()
    assert "CONFERENCE" not in text
    assert "URL:" not in text
    assert "LOCATION:Room 5\r\n" in text
    assert "DESCRIPTION:Question\r\n" in text


def test_link_is_said_once() -> None:
    """A description that has the link already is not given it a second time; one without gets it."""
    session = make_session(description="Join https://meet.example.org/1 please", url="https://meet.example.org/1")
    assert event_of(stored_event(session))["DESCRIPTION"] == session.description
    session = make_session(description="", url="https://meet.example.org/1", location="")
    assert event_of(stored_event(session))["DESCRIPTION"] == "Join: https://meet.example.org/1"
    assert event_of(stored_event(session))["LOCATION"] == "https://meet.example.org/1"


def test_text_stays_text() -> None:
    """Line ends, quotes, control characters and separators in what people typed start no property of their own."""
    session = make_session(
        summary=NASTY, description=NASTY, location=NASTY, booking_reference=NASTY, url=f"https://example.org/{NASTY}"
    )
    data = request(session, Party(NASTY, "office-hours@example.org"), Party(NASTY, "grace@example.org"), NOW)
    names = [line.partition(":")[0].partition(";")[0] for line in lines(data)]
    assert "X-EVIL" not in names
    assert names.count("ATTENDEE") == 1
    assert not {"\x00", "\x1b", "\x85", "\u2028", "\u2029"} & set(data.decode())
    event = event_of(data)
    assert event["DESCRIPTION"].startswith('Zoë "Z"\nX-EVIL:1\nATTENDEE:mailto:mallory@example.org[31m;,:\\ \t€😀')
    assert event["SUMMARY"] == 'Zoë "Z" X-EVIL:1 ATTENDEE:mailto:mallory@example.org[31m;,:\\ €😀'
    assert event["ATTENDEE"].params["CN"] == event["SUMMARY"]


def test_addresses_are_uris() -> None:
    """Whatever a checked address may hold is percent-encoded where a URI wants it, as UTF-8 (RFC 6068)."""
    event = event_of(request(make_session(), OFFICE, Party("", "zoë?+a&b=c/d%@exämple.org"), NOW))
    assert event["ATTENDEE"] == "mailto:zo%C3%AB%3F+a%26b%3Dc%2Fd%25@ex%C3%A4mple.org"
    assert "CN" not in event["ATTENDEE"].params


def test_folding() -> None:
    """No line is longer than 75 octets, and folding splits no character (RFC 5545 3.1)."""
    data = stored_event(make_session(description="Grüße aus Zürich 😀 " * 200))
    assert all(len(line) <= 75 and line.decode() is not None for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert "Grüße aus Zürich 😀 " * 200 in event_of(data)["DESCRIPTION"]


@given(st.text(max_size=300), st.text(max_size=80))
@settings(max_examples=40)
def test_any_text_comes_back(description: str, name: str) -> None:
    """Any text whatsoever gives an object that reads back as the same session."""
    session = make_session(description=description, summary=name)
    assert same_session(stored_event(session), session)
    assert event_of(request(session, OFFICE, Party(name, "grace@example.org"), NOW))["UID"] == session.uid


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": 1},
        {"summary": "Another"},
        {"description": "Another"},
        {"location": "Elsewhere"},
        {"booking_reference": "other"},
        {"uid": "other@example.org"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_not_the_same_session(change: dict[str, object]) -> None:
    """A stored event that differs in one thing we wrote is not the same."""
    session = make_session()
    assert not same_session(stored_event(replace(session, **change)), session)


def test_time_is_part_of_the_session() -> None:
    """An event that was moved, or ends later, is not the same session; the time of the last change does not matter."""
    session = make_session()
    later = replace(moved(session, timedelta(minutes=30)), sequence=session.sequence)
    longer = replace(session, range=replace(session.range, end=later.range.end))
    assert not same_session(stored_event(later), session)
    assert not same_session(stored_event(longer), session)
    assert same_session(stored_event(replace(session, updated=NOW)), session)


def test_a_server_may_spell_it_differently() -> None:
    """Another order, a named zone for the same instant, bare line feeds and extra properties change nothing."""
    session = make_session(description="One\nTwo", url=None)
    theirs = foreign(
        "X-OFFICEHOURS-BOOKING:0123abcd",
        "CLASS:PUBLIC",
        "DTEND;TZID=Europe/Berlin:20261201T163000",
        "DTSTART;TZID=Europe/Berlin:20261201T160000",
        f"LOCATION:{session.location}",
        "DESCRIPTION:One\\nTwo",
        "SEQUENCE:0",
        uid=session.uid,
    ).replace(b"SUMMARY:Private matter", b"SUMMARY:Office hours: Flytekit with Zo\xc3\xab")
    assert same_session(theirs, session)
    assert same_session(theirs.replace(b"\r\n", b"\n"), session)
    assert not same_session(theirs.replace(b"SEQUENCE:0", b"SEQUENCE:0\r\nRRULE:FREQ=WEEKLY"), session)


@pytest.mark.parametrize("data", [b"", b"<html/>", b"BEGIN:VCALENDAR\r\n", foreign("DTSTART:20261201", "DTEND:x")])
def test_garbage_stands_for_nothing(data: bytes) -> None:
    """What is no readable event is neither our session nor anybody's."""
    assert not same_session(data, make_session())
    assert not stands_for(data, make_session().uid)


def test_a_trap_in_the_calendar_is_not_run() -> None:
    """A time zone that changes every second, put into our event by somebody, is refused before it is computed."""
    zone = b"BEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\n"
    zone += b"TZOFFSETTO:+0100\r\nRRULE:FREQ=SECONDLY\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    session = make_session()
    trapped = stored_event(session).replace(b"BEGIN:VEVENT", zone + b"BEGIN:VEVENT")
    assert not same_session(trapped, session)

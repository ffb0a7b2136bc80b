"""Events for the calendar tests: ours, and iCalendar as other people's programs write it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from calendars.invitation import SessionEvent
from routing.values import TimeRange

_numbers = count(1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(start: str, end: str) -> TimeRange:
    return TimeRange(utc(start), utc(end))


def new_uid() -> str:
    return f"session-{next(_numbers)}-{datetime.now(UTC).timestamp()}@office-hours.example.org"


def make_session(**changes: object) -> SessionEvent:
    """A session on the first of December, changed as asked."""
    session = SessionEvent(
        uid=new_uid(),
        sequence=0,
        range=span("2026-12-01 15:00", "2026-12-01 15:30"),
        summary="Office hours: Flytekit with Zoë",
        description="How do I cache a task?\nhttps://example.org/issue/1; a, b \\ c",
        location="https://office-hours.example.org/b/1.join.x/join",
        url="https://office-hours.example.org/b/1.join.x/join",
        updated=utc("2026-11-20 09:00"),
        booking_reference="0123abcd",
    )
    return replace(session, **changes)


def moved(session: SessionEvent, by: timedelta) -> SessionEvent:
    at = TimeRange(session.range.start + by, session.range.end + by)
    return replace(session, range=at, sequence=session.sequence + 1)


def vevent(*lines: str, uid: str = "foreign@example.org") -> str:
    head = ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261101T000000Z", "SUMMARY:Private matter"]
    return "\r\n".join([*head, *lines, "END:VEVENT"])


def vcalendar(*components: str) -> bytes:
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Somebody else//EN"]
    return ("\r\n".join([*head, *components, "END:VCALENDAR"]) + "\r\n").encode()


def foreign(*lines: str, uid: str = "foreign@example.org") -> bytes:
    """An object with one event of the given lines."""
    return vcalendar(vevent(*lines, uid=uid))

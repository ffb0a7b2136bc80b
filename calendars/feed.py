"""Feeds, iCalendar over a plain GET: busy times out of a secret address, and what we give to subscribe to.

A feed is one object with a whole calendar in it (RFC 5545 3.6): it is taken apart into objects of one UID each, so that
one hostile or broken event costs and spoils no more than it would in a CalDAV calendar.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from icalendar import Calendar, Event

from calendars.addresses import same_origin
from calendars.busy import KEPT, BusyPolicy, BusyResult, busy_spans
from calendars.connection import refusal
from calendars.errors import CalendarRejected, CalendarUnavailable
from calendars.invitation import PRODID, SessionEvent, stored_component
from calendars.objects import Limits, content_lines
from calendars.outbound import Guard, follow, open_session
from routing.values import TimeRange
from routing.zones import known, utc

_REFRESH = timedelta(hours=1)
_ZONES_HOLD = timedelta(days=3_653)
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

_WEBCAL = re.compile(r"webcals?://", re.IGNORECASE)
_REACHES_ON = re.compile(r"(RRULE|RDATE|RECURRENCE-ID|DURATION)[;:]", re.IGNORECASE)
_DATE = re.compile(r":([0-9]{8})(?:T[0-9]{6}Z?)?$", re.IGNORECASE)
_IN_ZONE = re.compile(r';TZID=(?:"([^"]*)"|([^";:,]*))', re.IGNORECASE)
# Zones lie between UTC-12 and UTC+14, so that a date, whatever its zone, is never off by as much.
_SURELY = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class WeeklyHour:
    """An hour of the public schedule: `starts` by the clocks of `timezone`, on `weekdays` (0 = Monday)."""

    uid: str
    starts: time
    duration: timedelta
    weekdays: frozenset[int]
    timezone: str
    summary: str
    description: str
    url: str | None = None


def read_feed(
    url: str,
    window: TimeRange,
    ignore_uids: Collection[str],
    guard: Guard,
    timezone: str,
    policy: BusyPolicy,
    limits: Limits | None = None,
) -> BusyResult:
    """Busy times within a window out of an .ics feed, as `busy_spans` finds them. `webcal:` means `https:`.

    The address is a secret: no error tells more of it than its origin. Raises CalendarUnavailable, also for a feed in
    part, and CalendarRejected.
    """
    data = _fetch(_WEBCAL.sub("https://", url.strip(), count=1), guard)
    return busy_spans(objects(data, window), window, ignore_uids, timezone, limits, policy=policy)


def objects(feed: bytes, window: TimeRange) -> Iterator[bytes]:
    """The feed's events, one object for each UID with the time zones it names; none that surely is outside the window.

    Raises CalendarRejected for what is no feed, and CalendarUnavailable for one that breaks off.
    """
    lines = content_lines(feed, (*KEPT, "ATTENDEE"))
    if lines[:1] != ["BEGIN:VCALENDAR"]:
        raise CalendarRejected(
            "There is no iCalendar feed. Copy the calendar's secret address, the one ending in .ics."
        )
    if lines[-1] != "END:VCALENDAR":
        raise CalendarUnavailable("The server answered only in part.")
    zones: dict[str, list[str]] = {}
    series: dict[str, list[str]] = {}
    for number, component in enumerate(_components(lines)):
        if component[0] == "BEGIN:VEVENT":
            # Without UID an event is on its own, under a name that no UID can have.
            series.setdefault(_value("UID", component) or f"\n{number}", []).extend(component)
        else:
            zones.setdefault(re.sub(r"\\(.)", r"\1", _value("TZID", component)), component)
    first, last = (f"{day:%Y%m%d}" for day in (window.start - _SURELY, window.end + _SURELY))
    for events in series.values():
        if not _elsewhere(events, first, last):
            named = {quoted or plain for line in events for quoted, plain in _IN_ZONE.findall(line)}
            needed = [line for name in sorted(named) if not known(name) for line in zones.get(name, ())]
            yield "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *needed, *events, "END:VCALENDAR"]).encode()


def sessions_feed(events: Iterable[SessionEvent], name: str) -> bytes:
    """A calendar of sessions to subscribe to: the very events that `invitation.stored_event` would store."""
    calendar = _calendar(name)
    for event in events:
        calendar.add_component(stored_component(event))
    return bytes(calendar.to_ical())


def schedule_feed(hours: Iterable[WeeklyHour], name: str, since: date, stamp: datetime) -> bytes:
    """A community's schedule to subscribe to, from the day `since` on: hours that make nobody busy, and no person.

    `stamp` becomes DTSTAMP. Equal arguments give equal bytes. Raises UnknownTimeZoneError, a KeyError.
    """
    calendar = _calendar(name)
    for hour in hours:
        if hour.weekdays:
            calendar.add_component(_weekly(hour, since, stamp))
    calendar.add_missing_timezones(first_date=since - timedelta(days=366), last_date=since + _ZONES_HOLD)
    for zone in calendar.timezones:
        zone.pop("COMMENT", None)  # RFC 5545 3.6.5 knows none there
    return bytes(calendar.to_ical())


def _fetch(url: str, guard: Guard) -> bytes:
    with open_session(guard, url) as session:
        headers = {"Accept": "text/calendar"}
        _, answer = follow(url, lambda place: session.get(place, headers=headers), same_origin)
    if answer.status_code != 200:
        raise refusal(answer.status_code)
    return answer.content


def _components(lines: Iterable[str]) -> Iterator[list[str]]:
    """The lines of each event and each time zone. Raises CalendarUnavailable where one has no end."""
    component: list[str] = []
    for line in lines:
        if component or line in {"BEGIN:VEVENT", "BEGIN:VTIMEZONE"}:
            component.append(line)
        if component and line == component[0].replace("BEGIN", "END"):
            yield component
            component = []
    if component:
        raise CalendarUnavailable("The server answered only in part.")


def _value(name: str, component: Iterable[str]) -> str:
    """The value of a component's first property of that name, as it is written; "" where there is none."""
    found = (
        line.partition(":")[2].strip() for line in component if re.split("[;:]", line, maxsplit=1)[0].upper() == name
    )
    return next(found, "")


def _elsewhere(events: list[str], first: str, last: str) -> bool:
    """Whether events happen once and all their dates, read as text, are before or after: not worth a closer look."""
    starts, ends = ([line for line in events if line.upper().startswith(name)] for name in ("DTSTART", "DTEND"))
    days = [found[1] for line in (*starts, *ends) if (found := _DATE.search(line))]
    dated = len(starts) == events.count("BEGIN:VEVENT") and len(days) == len(starts) + len(ends)
    if not dated or any(_REACHES_ON.match(line) for line in events):
        return False
    return max(days) < first or min(days) > last


def _calendar(name: str) -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", PRODID)
    calendar.add("VERSION", "2.0")
    for shown in ("NAME", "X-WR-CALNAME"):  # RFC 7986 5.1, and what came before it
        calendar.add(shown, _line(name))
    calendar.add("REFRESH-INTERVAL", _REFRESH, parameters={"VALUE": "DURATION"})
    return calendar


def _weekly(hour: WeeklyHour, since: date, stamp: datetime) -> Event:
    days = (since + timedelta(days=ahead) for ahead in range(7))
    first = next(day for day in days if day.weekday() in hour.weekdays)
    event = Event()
    event.add("UID", _line(hour.uid))
    event.add("DTSTAMP", utc(stamp))
    # Wall-clock time and the name of its zone: readers find the instants of each occurrence.
    event.add("DTSTART", datetime.combine(first, hour.starts), parameters={"TZID": hour.timezone})
    event.add("DURATION", hour.duration)
    event.add("RRULE", {"FREQ": "WEEKLY", "BYDAY": [_DAYS[day] for day in sorted(hour.weekdays)]})
    event.add("SUMMARY", _line(hour.summary))
    event.add("DESCRIPTION", "\n".join(hour.description.splitlines()))
    event.add("TRANSP", "TRANSPARENT")
    if hour.url:
        event.add("URL", _line(hour.url))
    return event


def _line(value: str) -> str:
    """Text on one line, whichever characters some reader breaks lines at."""
    return " ".join(value.split())

"""iCalendar objects to busy times (RFC 4791 7.8, RFC 5545 3.8.5), whatever anybody wrote into them.

Recurrences are expanded by recurring-ical-events, after the rule was found to be affordable. What cannot be read in
full is never taken for free time: it counts as busy as far as its own times can be read, and it is counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from typing import Any

import icalendar
import recurring_ical_events

from calendars.errors import CalendarUnavailable
from calendars.objects import (
    ANSWER,
    MALFORMED,
    Limits,
    ObjectError,
    check,
    content_lines,
    own_answers,
    parse,
    recurs,
    without_recurrence,
)
from calendars.rules import rule, steps
from routing.values import Spans, TimeRange, epoch
from routing.zones import instant, local, utc

KEPT = ("UID", "DTEND", "DURATION", "RECURRENCE-ID", "STATUS", "TRANSP", "SEQUENCE")
"""The properties that busy times are made of, besides the structure and attendees."""

_ZONED = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE")
_DECISIVE = frozenset({*_ZONED, "RRULE", "DURATION"})
_REPEATING = ("RRULE", "RDATE", "RECURRENCE-ID")
_ONE_DAY = timedelta(days=1)
_NO_END = 9_000  # a year in UNTIL from which on it means "never", and beyond which arithmetic ends

# A wall-clock time whose zone nobody knows, read as UTC, is off by at most this: zones lie between UTC-12 and UTC+14.
_EARLIER, _LATER = timedelta(hours=14), timedelta(hours=12)

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class BusyPolicy:
    """What counts as busy, besides the times themselves.

    An event to which the maintainer, known by their mail `addresses`, said no is not busy (RFC 5545 3.2.12); of
    several addresses the strongest reply counts. `tentative` says whether a tentative event (3.8.1.11), or one they
    tentatively accepted, is.
    """

    addresses: frozenset[str] = frozenset()
    tentative: bool = True


@dataclass(frozen=True, slots=True)
class BusyResult:
    """Busy times within a window, and how many objects could not be read in full: the maintainer should know."""

    spans: Spans
    refused: int


@dataclass(frozen=True, slots=True)
class _Reading:
    """What stays the same from object to object."""

    window: TimeRange
    ignore_uids: Collection[str]
    timezone: str
    limits: Limits
    policy: BusyPolicy

    def lines(self, data: bytes) -> list[str]:
        """What of an object decides; attendees only where they are known by their addresses."""
        if not self.policy.addresses:
            return content_lines(data, KEPT)
        return own_answers(content_lines(data, (*KEPT, "ATTENDEE")), self.policy.addresses)

    def counts(self, event: icalendar.Event) -> bool:
        """Whether an event takes time at all, as far as can be told without its times."""
        free = {"CANCELLED", "DECLINED"} | (set() if self.policy.tentative else {"TENTATIVE"})
        if str(event.get("TRANSP")).upper() == "TRANSPARENT" or str(event.get("STATUS")).upper() in free:
            return False
        answers = {str(answer) for answer in _several(event.get(ANSWER))}
        return not answers or bool(answers - free)


def busy_spans(
    objects: Iterable[bytes],
    window: TimeRange,
    ignore_uids: Collection[str] = (),
    timezone: str = "UTC",
    limits: Limits | None = None,
    *,
    policy: BusyPolicy | None = None,
) -> BusyResult:
    """Busy times of calendar objects within a window, without those UIDs, transparent or cancelled events.

    `policy` says which others are left out. Dates and floating times are read in `timezone`, the maintainer's zone: an
    event on a date makes that local day busy. A refused rule makes all time from the event's first on busy; an object
    that cannot be read at all, the whole window. Raises CalendarUnavailable when it takes longer than `limits.seconds`.
    """
    policy = policy or BusyPolicy()
    own = frozenset(address.strip().lower().removeprefix("mailto:") for address in policy.addresses)
    reading = _Reading(window, ignore_uids, timezone, limits or Limits(), replace(policy, addresses=own))
    until = monotonic() + reading.limits.seconds
    pairs: list[Pair] = []
    refused = 0
    for data in objects:
        if monotonic() > until:
            raise CalendarUnavailable("The calendar holds more than can be read in time.")
        found, complete = _object_times(data, reading)
        pairs += found
        refused += not complete
    first, last = epoch(window.start), epoch(window.end)
    return BusyResult(Spans((max(start, first), min(end, last)) for start, end in pairs), refused)


def affordable(data: bytes, until: datetime, limits: Limits | None = None) -> bool:
    """Whether an object holds events only, readable, and expanding them up to `until` (UTC) stays within the limits."""
    reading = _Reading(TimeRange(until - _ONE_DAY, until), (), "UTC", limits or Limits(), BusyPolicy())
    lines = reading.lines(data)
    try:
        check(lines, reading.limits)
        calendar = parse(lines)
        _check_times(calendar.events)
        for event in calendar.events:
            _check_cost(event, reading, _zone_unknown(event))
    except ObjectError:
        return False
    return all(component.name in {"VEVENT", "VTIMEZONE"} for component in calendar.subcomponents)


def _object_times(data: bytes, reading: _Reading) -> tuple[list[Pair], bool]:
    """Busy times of one object, and whether they are complete."""
    lines = reading.lines(data)
    try:
        return _all_times(lines, reading)
    except ObjectError:
        pass
    try:
        events = _events(without_recurrence(lines), reading)
        pairs = [_pair(event, reading, _zone_unknown(event)) for event in events if reading.counts(event)]
    except ObjectError:
        return [(epoch(reading.window.start), epoch(reading.window.end))], False
    if recurs(lines):
        # Nobody knows when it happens next: from its first time on, it may be at any.
        pairs = [(start, max(end, epoch(reading.window.end))) for start, end in pairs]
    return pairs, False


def _all_times(lines: list[str], reading: _Reading) -> tuple[list[Pair], bool]:
    """Busy times of an object with its recurrences. Raises ObjectError."""
    events = _events(lines, reading)
    unknown = any(_zone_unknown(event) for event in events)
    if not any(name in event for event in events for name in _REPEATING):
        return [_pair(event, reading, unknown) for event in events if reading.counts(event)], not unknown
    calendar = icalendar.Calendar()
    for event in events:
        _check_cost(event, reading, unknown)
        _align_until(event, reading.timezone)
        calendar.add_component(event)
    window = reading.window
    try:
        query = recurring_ical_events.of(calendar, components=("VEVENT",))
        # Floating times are compared as if in UTC: the window is a day wider, and cut to size at the end.
        occurrences = query.between(window.start - _ONE_DAY, window.end + _ONE_DAY)
    except MALFORMED as error:
        raise ObjectError("The object contradicts itself.") from error
    return [_pair(found, reading, unknown) for found in occurrences if reading.counts(found)], not unknown


def _events(lines: list[str], reading: _Reading) -> list[icalendar.Event]:
    """The events to look at: none, when nothing in the object makes busy. Raises ObjectError."""
    check(lines, reading.limits)
    found = [event for event in parse(lines).events if str(event.get("UID", "")) not in reading.ignore_uids]
    if not any(reading.counts(event) for event in found):
        return []
    _check_times(found)
    return found


def _check_times(events: list[icalendar.Event]) -> None:
    """Raises ObjectError where icalendar left out a time or a rule that it did not understand."""
    if any(name in _DECISIVE for event in events for name, _ in event.errors):
        raise ObjectError("The object has a time that cannot be read.")


def _zone_unknown(event: icalendar.Event) -> bool:
    """Whether some time names a zone that is neither in the database nor defined: icalendar leaves it without zone."""
    named = (item for name in _ZONED for item in _several(event.get(name)) if "TZID" in item.params)
    times = (getattr(each, "dt", None) for item in named for each in getattr(item, "dts", [item]))
    return any(isinstance(at, datetime) and at.tzinfo is None for at in times)


def _several(value: Any) -> list[Any]:
    """icalendar gives a list for a property that is there more than once."""
    return value if isinstance(value, list) else [value] if value is not None else []


def _check_cost(event: icalendar.Event, reading: _Reading, unknown: bool) -> None:
    """Raises ObjectError for a rule with more occurrences to run through, or in the window, than the limits allow."""
    start, end = _pair(event, reading, unknown)
    since = timedelta(seconds=max(epoch(reading.window.end) - start, 0))
    at_once = reading.window.duration + 2 * _ONE_DAY + timedelta(seconds=end - start)
    for value in _several(event.get("RRULE")):
        parts = rule(value.to_ical().decode())
        if steps(parts, since) > reading.limits.steps or steps(parts, at_once) > reading.limits.occurrences:
            raise ObjectError("The event repeats too often.")


def _align_until(event: icalendar.Event, timezone: str) -> None:
    """UNTIL becomes of the kind that RFC 5545 3.3.10 wants for the event's start. Raises ObjectError.

    Other programs write a date, or the start's local time; read as UTC the last occurrences would be lost.
    """
    try:
        for value in _several(event.get("RRULE")):
            if "UNTIL" in value:
                value["UNTIL"] = [_until(until, event.start, timezone) for until in value["UNTIL"]]
    except MALFORMED as error:
        raise ObjectError("The event has a rule that cannot be read.") from error


def _until(until: date, start: date, timezone: str) -> date:
    if until.year > _NO_END:
        return until
    if not isinstance(start, datetime):
        if isinstance(until, datetime):
            # Midnight in a zone that only the writer knew.
            until = max(until.date(), (local(until, timezone) if until.tzinfo else until).date())
        return until
    if not isinstance(until, datetime):
        until = datetime.combine(until, time.max)
    if start.tzinfo is None:
        return until if until.tzinfo is None else local(until, timezone).replace(tzinfo=None)
    if until.tzinfo is None:
        until = _as_shown(until.replace(tzinfo=start.tzinfo))
    return until


def _pair(event: icalendar.Event, reading: _Reading, unknown: bool) -> Pair:
    """Start and end of one occurrence in epoch seconds. Raises ObjectError."""
    try:
        start, end = event.start, event.end
        if not isinstance(start, datetime):
            return _days(start, end, reading.timezone)
        first, last = _instants(start, reading.timezone, unknown)[0], _instants(end, reading.timezone, unknown)[1]
        if isinstance(end, datetime) and (start.tzinfo is None) == (end.tzinfo is None):
            last = max(last, _after(end - start, start, first))
        return epoch(first), epoch(last) if first < last else epoch(first)
    except MALFORMED as error:
        raise ObjectError("The event has no time that can be read.") from error


def _days(start: date, end: date, timezone: str) -> Pair:
    """An event on dates is busy from one local midnight to another; `end` is not included (RFC 5545 3.6.1)."""
    end = max(end, start + _ONE_DAY)
    midnights = (instant(datetime.combine(day, time()), timezone) for day in (start, end))
    return epoch(next(midnights)), epoch(next(midnights))


def _instants(at: date, timezone: str, unknown: bool) -> tuple[datetime, datetime]:
    """The earliest and the latest instant that a time may mean."""
    if not isinstance(at, datetime):
        raise ValueError("An event that starts at a time of day ends at one.")
    if at.tzinfo is not None:
        return utc(at), utc(at)
    if unknown:
        return at.replace(tzinfo=UTC) - _EARLIER, at.replace(tzinfo=UTC) + _LATER
    return instant(at, timezone), instant(at, timezone)


def _after(lasts: timedelta, start: datetime, first: datetime) -> datetime:
    """When an event is over that starts at the instant `first`, at `start` by its own clocks.

    Whole days end at the same time of day (RFC 5545 3.3.6), whatever the clocks do in between. A start that the clocks
    skip has moved, so that its end may not be where the clocks show it.
    """
    return _as_shown(start + lasts) if start.tzinfo is not None and not lasts % _ONE_DAY else first + lasts


def _as_shown(at: datetime) -> datetime:
    """The instant at which the clocks of its zone show that time.

    pytz looks up the offset of a day only on the way from UTC; arithmetic leaves that of another day.
    """
    offset = at.astimezone(UTC).astimezone(at.tzinfo).utcoffset() or timedelta()
    return at.replace(tzinfo=UTC) - offset

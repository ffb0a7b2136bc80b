"""What a maintainer did to the event of a session in their own calendar app.

The stored event says at which time we wrote it and as which version (`WRITTEN_PROPERTY`), so a move of theirs can be
told from a write of ours whose answer was lost. SEQUENCE says nothing: apps move events with and without raising it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from icalendar import Event, vPeriod

from calendars.invitation import BOOKING_PROPERTY, WRITTEN_PROPERTY, SessionEvent, described
from calendars.objects import MALFORMED, Limits, ObjectError, check, content_lines, parse
from routing.values import TimeRange
from routing.zones import instant, utc

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=8)
_KEPT = (
    *("UID", "DTEND", "DURATION", "STATUS", "RECURRENCE-ID", "DESCRIPTION", "LOCATION"),
    *(BOOKING_PROPERTY, WRITTEN_PROPERTY),
)
_LIMITS = Limits(components=50)
_REPEATING = frozenset({"RRULE", "RDATE", "RECURRENCE-ID"})


class Edit(StrEnum):
    """What became of the event since we wrote it."""

    NONE = "none"
    MOVED = "moved"
    CANCELLED = "cancelled"
    ODD = "odd"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the event says now. `reason` is why an odd one cannot be followed, as the end of a sentence.

    `ours_changed`: link, guest data or booking reference are not what we wrote.
    """

    edit: Edit
    range: TimeRange | None = None
    reason: str = ""
    ours_changed: bool = False


def read_edit(data: bytes, ours: SessionEvent, known: TimeRange | None, timezone: str, pushed: int = -1) -> Reading:
    """What a maintainer in `timezone` did to the event of `ours`, which we know at the times `known`.

    `pushed` is the version that we know to be written. A time that is the booking's already, or where we last saw the
    event, is no move; nor is the one of a newer version, which we wrote without hearing the answer.
    """
    try:
        lines = content_lines(data, _KEPT)
        check(lines, _LIMITS)
        found = [event for event in parse(lines).events if str(event.get("UID", "")) == ours.uid]
        if not found:
            return Reading(Edit.ODD, reason="another event stands in its place")
        if all(str(event.get("STATUS", "")).upper() == "CANCELLED" for event in found):
            return Reading(Edit.CANCELLED)
        if len(found) > 1 or _REPEATING & found[0].keys():
            return Reading(Edit.ODD, reason="it repeats now, and a session is held once")
        return _read(found[0], ours, known, timezone, pushed)
    except (ObjectError, *MALFORMED):
        return Reading(Edit.ODD, reason="it cannot be read")


def too_many(missing: int, known: int) -> bool:
    """Whether so many sessions vanished at once that it is a mishap and not somebody's wish."""
    return known >= 3 and 2 * missing > known


def _read(event: Event, ours: SessionEvent, known: TimeRange | None, timezone: str, pushed: int) -> Reading:
    start, end = event.start, event.end
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return Reading(Edit.ODD, reason="it lasts all day now")
    if _zone_unknown(event):
        return Reading(Edit.ODD, reason="its time zone is unknown")
    first, last = _instant(start, timezone), _instant(end, timezone)
    if not SHORTEST <= last - first <= LONGEST:
        return Reading(Edit.ODD, reason="a session lasts between five minutes and eight hours")
    now = TimeRange(first, last)
    changed = _ours_changed(event, ours)
    moved = now not in {ours.range, _left_at(event, known, pushed)}
    return Reading(Edit.MOVED if moved else Edit.NONE, now, ours_changed=changed)


def _zone_unknown(event: Event) -> bool:
    times: list[Any] = [event[name] for name in ("DTSTART", "DTEND") if name in event]
    return any("TZID" in time.params and time.dt.tzinfo is None for time in times)


def _instant(at: datetime, timezone: str) -> datetime:
    """A floating time is one in the maintainer's zone (RFC 5545 3.3.5)."""
    return utc(at) if at.tzinfo is not None else instant(at, timezone)


def _left_at(event: Event, known: TimeRange | None, pushed: int) -> TimeRange | None:
    """The times at which we left it: as far as we know, or as written in a version whose answer we never heard."""
    try:
        version, _, times = str(event[WRITTEN_PROPERTY]).partition(" ")
        start, end = vPeriod.from_ical(times)  # type: ignore[no-untyped-call]
        written = TimeRange(utc(start), utc(end))
        return written if known is None or int(version) > pushed else known
    except MALFORMED:  # the app did not keep that line
        return known


def _ours_changed(event: Event, ours: SessionEvent) -> bool:
    """Whether what is ours was changed; notes added around our description are theirs."""
    same = (
        _words([str(event.get("LOCATION", ""))]) == _words([ours.location or ours.url or ""])
        and str(event.get(BOOKING_PROPERTY, "")) == ours.booking_reference
        and _words([described(ours)]) in _words([str(event.get("DESCRIPTION", ""))])
    )
    return not same


def _words(texts: Iterable[str]) -> str:
    return " ".join(" ".join(texts).split())

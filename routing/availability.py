"""Which maintainers could take a session, and what stands in the way of the others.

Everything is compared as epoch seconds; a zone is asked once per start, never per maintainer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from routing import slots, zones
from routing.answers import ReasonCode
from routing.values import NO_SPANS, Diary, Maintainer, Programme, Slot, TimeRange, Topic, epoch

Session = TypeVar("Session", bound=tuple[Any, ...])
UNREAD = Diary(busy=None)
"""Stands for a diary that is missing: unknown is never free."""


@dataclass(frozen=True, slots=True)
class Start:
    """One session with what every maintainer's check needs.

    `begin` and `end` are epoch seconds, `day` is the date of its start in the programme's zone, `monday` the Monday
    of that week.
    """

    begin: int
    end: int
    range: TimeRange
    day: date
    monday: date


@dataclass(frozen=True, slots=True)
class Limits:
    """What the clock allows: starts from `earliest` (UTC) to local dates of the programme up to `last_day`."""

    earliest: datetime
    last_day: date


def limits(programme: Programme, now: datetime) -> Limits:
    """Minimum notice and horizon, counted from `now`. A start exactly at the notice is allowed."""
    today = zones.local(now, programme.timezone).date()
    return Limits(zones.utc(now) + programme.minimum_notice, today + timedelta(days=programme.horizon_days))


@lru_cache(maxsize=16_384)
def place(session: TimeRange, zone: str) -> Start:
    """A session with its date and week in a zone."""
    day = zones.local(session.start, zone).date()
    monday = day - timedelta(days=day.weekday())
    return Start(epoch(session.start), epoch(session.end), session, day, monday)


def bounds(programme: Programme, allowed: Limits, window: TimeRange | None) -> tuple[datetime, datetime]:
    """The UTC instants [begin, end) in which a session may start; none may when the end is not after the beginning."""
    begin = allowed.earliest
    end = zones.instant(datetime.combine(allowed.last_day + slots.DAY, time()), programme.timezone)
    return (begin, end) if window is None else (max(begin, window.start), min(end, window.end))


def starts(programme: Programme, slot: Slot, begin: datetime, end: datetime) -> list[Start]:
    """The sessions of a slot that start in [begin, end)."""
    if end <= begin:
        return []
    return [place(found, programme.timezone) for found in slots.between(slot, programme.session, begin, end)]


def experts(programme: Programme, topic: Topic) -> tuple[Maintainer, ...]:
    """Who knows a topic, at any level, in the programme's order."""
    return tuple(one for one in programme.maintainers if one.expertise.get(topic.key, 0) > 0)


def serves(maintainer: Maintainer, slots: Collection[str]) -> bool:
    """Whether a maintainer staffs one of these slots, if only for a time or on a date."""
    return not maintainer.slots.isdisjoint(slots) or any(
        slot in maintainer.covers or slot in maintainer.exceptions for slot in slots
    )


def staffs(maintainer: Maintainer, slot: str, begin: int, end: int) -> bool:
    """Whether a maintainer staffs a slot at a session, given in epoch seconds."""
    usual = slot in maintainer.slots
    return usual != (begin in maintainer.exceptions.get(slot, ())) or (
        maintainer.covers.get(slot, NO_SPANS).overlaps(begin, end)
    )


def free(
    staff: Iterable[Maintainer],
    slots: Collection[str],
    diaries: Mapping[str, Diary],
    asked: Sequence[Start],
    enough: int | None = None,
) -> list[list[str]]:
    """For each start of these slots, the keys of those who are free, in the order of `staff`; no more than `enough`.

    It says what `obstacle` says, but for all starts of a maintainer at a time, which is what a page of openings costs.
    """
    found: list[list[str]] = [[] for _ in asked]
    rows = [(start.begin, start.end, start.monday, keys) for start, keys in zip(asked, found, strict=True)]
    for maintainer in staff:
        if enough is not None:
            rows = [row for row in rows if len(row[3]) < enough]
            if not rows:
                break
        diary, left = diaries.get(maintainer.key, UNREAD), rows
        if maintainer.exceptions or maintainer.slots.isdisjoint(slots):
            left = [row for row in rows if any(staffs(maintainer, slot, row[0], row[1]) for slot in slots)]
        for row in unhindered(maintainer, diary, left):
            row[3].append(maintainer.key)
    return found


def unhindered(maintainer: Maintainer, diary: Diary, sessions: list[Session]) -> list[Session]:
    """Those of the sessions, which begin with start and end in epoch seconds and the Monday of their week, that nothing
    in a diary stands in the way of."""
    if diary.busy is None:
        return []
    for spans in (diary.busy, diary.booked, diary.leave, diary.quiet, diary.paused):
        if spans is not NO_SPANS:  # as most are
            sessions = spans.clear(sessions)
    if (limit := maintainer.weekly_limit) is not None:
        return [session for session in sessions if diary.weeks.get(session[2], 0) < limit]
    return sessions


def obstacle(maintainer: Maintainer, diary: Diary, start: Start) -> ReasonCode | None:
    """The first thing that keeps a maintainer from taking a session, or None for somebody free."""
    if diary.booked.overlaps(start.begin, start.end):
        return ReasonCode.BOOKED
    if diary.leave.overlaps(start.begin, start.end):
        return ReasonCode.LEAVE
    if diary.paused.overlaps(start.begin, start.end):
        return ReasonCode.PAUSED
    if diary.quiet.overlaps(start.begin, start.end):
        return ReasonCode.QUIET
    if diary.busy is None:
        return ReasonCode.UNREADABLE
    if diary.busy.overlaps(start.begin, start.end):
        return ReasonCode.BUSY
    limit = maintainer.weekly_limit
    if limit is not None and diary.weeks.get(start.monday, 0) >= limit:
        return ReasonCode.WEEKLY_LIMIT
    return None


def obstacles(
    people: Iterable[Maintainer],
    asked: Mapping[str, Sequence[Start]],
    diaries: Mapping[str, Diary],
    exclude: frozenset[str],
) -> dict[str, Counter[ReasonCode]]:
    """What stands in the way of each, and at how many of the starts. `asked` maps the slots in question to theirs.

    Those in `exclude` were just taken, whatever their diary says.
    """
    return {one.key: _obstacles(one, asked, diaries.get(one.key, UNREAD), exclude) for one in people}


def _obstacles(
    one: Maintainer, asked: Mapping[str, Sequence[Start]], diary: Diary, exclude: frozenset[str]
) -> Counter[ReasonCode]:
    if one.key in exclude:
        return Counter([ReasonCode.TAKEN])
    staffed = dict.fromkeys(
        start for slot, starts in asked.items() for start in starts if staffs(one, slot, start.begin, start.end)
    )
    if not staffed and not any(slot in one.slots and not starts for slot, starts in asked.items()):
        return Counter([ReasonCode.NOT_STAFFED])
    return Counter(code for start in staffed if (code := obstacle(one, diary, start)) is not None)

"""The slow, obviously right answer: every date, every session, every maintainer, every interval, one after another.

It shares no code with `routing` but its values, and localises in its own way: by trying offsets until the clock fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytz

from routing.values import Maintainer, Slot, TimeRange
from tests.routing.worlds import RawDiary, World

DAY = timedelta(days=1)

Row = tuple[datetime, str, datetime, tuple[str, ...]]
"""An opening: start, slot, end, and who is free."""


def wall_clock(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(pytz.timezone(zone)).replace(tzinfo=None)


def offset(instant: datetime, zone: str) -> timedelta:
    return wall_clock(instant, zone) - instant.replace(tzinfo=None)


def first_instant(wall: datetime, zone: str) -> datetime:
    """The first instant at which a clock in the zone shows `wall`; or, when none does, as if the change came later."""
    as_utc = wall.replace(tzinfo=UTC)
    offsets = {offset(as_utc + timedelta(hours=hours), zone) for hours in range(-36, 37, 12)}
    fitting = [as_utc - each for each in offsets if wall_clock(as_utc - each, zone) == wall]
    if fitting:
        return min(fitting)
    # In a gap the clock has gone from too early to too late: walk up to it, minute by minute, from before.
    at = as_utc - timedelta(hours=16)
    while wall_clock(at, zone) > wall:
        at -= timedelta(hours=6)
    while wall_clock(at + timedelta(minutes=1), zone) < wall:
        at += timedelta(minutes=1)
    return as_utc - offset(at, zone)


def sessions(slot: Slot, length: timedelta, first: date, last: date) -> list[TimeRange]:
    found = []
    day = first
    while day <= last:
        if day.weekday() in slot.weekdays:
            start = first_instant(datetime.combine(day, slot.starts), slot.timezone)
            for number in range(slot.sessions):
                session = TimeRange(start + number * length, start + (number + 1) * length)
                if session not in found:
                    found.append(session)
        day += DAY
    return found


def shares_time(session: TimeRange, others: tuple[TimeRange, ...]) -> bool:
    return any(other.start < session.end and session.start < other.end for other in others)


def is_free(diary: RawDiary | None, limit: int | None, session: TimeRange, zone: str) -> bool:
    if diary is None or diary.busy is None:
        return False
    if any(
        shares_time(session, intervals)
        for intervals in (diary.busy, diary.booked, diary.leave, diary.quiet, diary.paused)
    ):
        return False
    day = wall_clock(session.start, zone).date()
    while day.weekday() != 0:
        day -= DAY
    return limit is None or diary.weeks.get(day, 0) < limit


def gives(world: World, one: Maintainer, slot: str, session: TimeRange) -> bool:
    """Whether they staff the slot on the date of the session; on any of its dates it may be otherwise than usually."""
    usual, hours = slot in one.slots, world.hours.get((one.key, slot))
    if hours is None:
        return usual
    near = [session.start.date() + number * DAY for number in range(-4, 5)]
    length = world.programme.session
    of = [day for day in near if session in sessions(world.programme.slots[slot], length, day, day)]
    said = [hours.dates.get(day, usual and day.weekday() in hours.weekdays) for day in of]
    return usual if all(each == usual for each in said) else not usual


def is_there(world: World, one: Maintainer, slot: str, session: TimeRange) -> bool:
    """Whether they staff the slot then, or stand in for somebody at that time."""
    if gives(world, one, slot, session):
        return True
    covers = list(one.covers.get(slot, ()))
    return any(begin < session.end.timestamp() and session.start.timestamp() < end for begin, end in covers)


def all_openings(world: World, window: TimeRange | None, exclude: frozenset[str]) -> Iterator[Row]:
    programme = world.programme
    today = wall_clock(world.now, programme.timezone).date()
    for key in programme.topics["asked"].slots:
        slot = programme.slots[key]
        first, last = today - 3 * DAY, today + (programme.horizon_days + 3) * DAY
        for session in sessions(slot, programme.session, first, last):
            if session.start - world.now < programme.minimum_notice:
                continue
            if wall_clock(session.start, programme.timezone).date() > today + programme.horizon_days * DAY:
                continue
            if window is not None and not window.start <= session.start < window.end:
                continue
            who = tuple(
                one.key
                for one in programme.maintainers
                if one.key not in exclude
                and "asked" in one.expertise
                and is_there(world, one, key, session)
                and is_free(world.raw.get(one.key), one.weekly_limit, session, programme.timezone)
            )
            if who:
                yield (session.start, key, session.end, who)


def openings(world: World, window: TimeRange | None = None, exclude: frozenset[str] = frozenset()) -> list[Row]:
    """Every opening of the topic "asked", in order of time and, at one instant, of the topic's slots."""
    return sorted(all_openings(world, window, exclude), key=lambda row: row[0])

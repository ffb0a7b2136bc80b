"""What the page of times shows: a month of days, and the times of some days from the chosen one on."""

from __future__ import annotations

from bisect import bisect_left
from calendar import Calendar
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from booking import formatting, reading, validation
from booking.reading import Reading, _n
from booking.reasons import said
from booking.views.openings import Time, time_at, unique_starts
from routing import zones
from routing.answers import Offer

DAYS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the month: how many times are free, and what a screen reader says."""

    date: str
    number: int
    free: int
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Month:
    """`before` and `after` are the months beside it that lie within the horizon; `full` the nearest with a free day."""

    title: str
    weekdays: tuple[tuple[str, str], ...]
    weeks: tuple[tuple[Cell | None, ...], ...]
    before: str | None
    after: str | None
    full: str | None


@dataclass(frozen=True, slots=True)
class Day:
    title: str
    times: tuple[Time, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """`earlier` and `later` are days to go on from; `missed` is a day that was asked for and has no time."""

    month: Month
    days: tuple[Day, ...]
    soonest: Time | None
    earlier: str | None
    later: str | None
    missed: str | None
    reasons: tuple[str, ...] = ()


def choice(offer: Offer, zone: str, home: str, now: datetime, *, day: date | None, month: date | None) -> Choice:
    """The days from `day` on, in `month` or in that of the first of them; without either, from the first free day."""
    starts, today = tuple(unique_starts(offer.openings)), zones.local(now, zone).date()
    found = _choice(starts, zone, home, today, day, month, reading.current())
    told = tuple(said(reason) for reason in offer.reasons if reason.maintainer is None)
    return replace(found, reasons=told) if told else found


@lru_cache(maxsize=128)
def _choice(
    starts: tuple[datetime, ...],
    zone: str,
    home: str,
    today: date,
    day: date | None,
    month: date | None,
    _reader: Reading,
) -> Choice:
    """The same for everybody who reads alike in that zone, until somebody books."""
    by_day = _by_day(starts, zone)
    free = sorted(by_day)
    wanted = day or month or today
    first = bisect_left(free, wanted)
    shown = free[first : first + DAYS_SHOWN] if day or not month else _within(free, month)[:DAYS_SHOWN]
    chosen = shown[0] if shown else wanted
    return Choice(
        month=_month(month or chosen.replace(day=1), by_day, today, chosen),
        days=tuple(
            Day(formatting.date_words(each), tuple(time_at(start, zone, home) for start in by_day[each]))
            for each in shown
        ),
        soonest=time_at(by_day[free[0]][0], zone, home) if free else None,
        earlier=free[max(0, first - DAYS_SHOWN)].isoformat() if first > 0 else None,
        later=_next(free, shown[-1] if shown else chosen),
        missed=formatting.date_words(day) if day and shown[:1] != [day] else None,
    )


def asked_day(text: str | None) -> date | None:
    """The day an address names; one that makes no sense is as good as none."""
    try:
        return validation.day(text or "")
    except ValueError:
        return None


def asked_month(text: str | None) -> date | None:
    """The first day of the month an address names, as 2026-12."""
    return asked_day(f"{text}-01")


def _by_day(starts: Sequence[datetime], zone: str) -> dict[date, list[datetime]]:
    found: dict[date, list[datetime]] = {}
    for start in starts:
        found.setdefault(_local_day(start, zone), []).append(start)
    return found


@lru_cache(maxsize=8192)
def _local_day(start: datetime, zone: str) -> date:
    return zones.local(start, zone).date()


def _within(free: list[date], month: date) -> list[date]:
    return free[bisect_left(free, month) : bisect_left(free, _after(month))]


def _next(free: list[date], last: date) -> str | None:
    place = bisect_left(free, last + timedelta(days=1))
    return free[place].isoformat() if place < len(free) else None


def _month(month: date, by_day: dict[date, list[datetime]], today: date, chosen: date) -> Month:
    free = sorted(by_day)
    near = _within(free, month) or free
    full = min(near, key=lambda each: abs(each - month)) if near and not _within(free, month) else None
    last = free[-1] if free else today
    weeks = Calendar(formatting.first_weekday()).monthdatescalendar(month.year, month.month)
    return Month(
        title=formatting.month_words(month),
        weekdays=formatting.weekdays(),
        weeks=tuple(_row(week, month, by_day, chosen) for week in weeks),
        before=_key(month - timedelta(days=1)) if month > today else None,
        after=_key(_after(month)) if _after(month) <= last else None,
        full=_key(full) if full else None,
    )


def _row(week: list[date], month: date, by_day: dict[date, list[datetime]], chosen: date) -> tuple[Cell | None, ...]:
    cells: list[Cell | None] = []
    for day in week:
        free = len(by_day.get(day, ()))
        spoken = _spoken(day, free) if free else ""
        cell = Cell(day.isoformat(), day.day, free, spoken, free > 0 and day == chosen)
        cells.append(cell if day.month == month.month else None)
    return tuple(cells)


def _spoken(day: date, free: int) -> str:
    times = _n("%(num)d free time", "%(num)d free times", free)
    return f"{formatting.date_words(day)}: {times}"


def _after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _key(day: date) -> str:
    return f"{day:%Y-%m}"

"""When what is at one hour there is at another hour here: two places change their clocks on different days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from routing import zones

NOON = time(12)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shift:
    """Days of `there`, both included, on which everything there is `by` later here than today; earlier if negative.

    `last` is None where it goes on beyond the days that were looked at.
    """

    first: date
    last: date | None
    by: timedelta


def shifts(here: str, there: str, today: date, days: int) -> tuple[Shift, ...]:
    """The runs of days, within `days` from `today` on, on which the clocks of two zones differ otherwise than today.

    Offsets are compared at noon `there`: clocks are changed at night.
    """
    usual = _ahead(here, there, today)
    ahead = [(today + number * DAY, _ahead(here, there, today + number * DAY) - usual) for number in range(days)]
    found = []
    for by, run in groupby(ahead, key=lambda each: each[1]):
        dates = [day for day, _ in run]
        if by:
            found.append(Shift(dates[0], None if dates[-1] == ahead[-1][0] else dates[-1], by))
    return tuple(found)


def _ahead(here: str, there: str, day: date) -> timedelta:
    """How far the clocks here are ahead of those there."""
    noon = zones.instant(datetime.combine(day, NOON), there)
    none = timedelta()
    return (zones.local(noon, here).utcoffset() or none) - (zones.local(noon, there).utcoffset() or none)

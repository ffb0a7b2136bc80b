"""When a slot's sessions take place: local dates to instants, each converted once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from routing import zones
from routing.values import Slot, TimeRange, epoch

DAY = timedelta(days=1)


@lru_cache(maxsize=256)
def starts(slot: Slot, session: timedelta, first: date, last: date) -> tuple[TimeRange, ...]:
    """The sessions of a slot on its local dates from `first` to `last`, both included, as instants in order of date.

    `session` is the length of one; a slot that holds several has them one after another in elapsed time. No session
    comes twice, even where a zone left out a day and its start falls on the next day's.
    """
    days = (date.fromordinal(ordinal) for ordinal in range(first.toordinal(), last.toordinal() + 1))
    found = (range_ for day in days if day.weekday() in slot.weekdays for range_ in _on(slot, session, day))
    return tuple(dict.fromkeys(found))


def between(slot: Slot, session: timedelta, begin: datetime, end: datetime) -> tuple[TimeRange, ...]:
    """The sessions of a slot that start in [begin, end), two UTC instants.

    Raises OverflowError within days of the years 1 and 9999, which have no neighbours.
    """
    # A run of sessions may reach over midnight, and a skipped time may move to the next day: look back that far.
    first = zones.local(begin - slot.sessions * session, slot.timezone).date() - DAY
    last = zones.local(end, slot.timezone).date()
    return tuple(found for found in starts(slot, session, first, last) if begin <= found.start < end)


def on(slot: Slot, session: timedelta, days: Iterable[date]) -> list[TimeRange]:
    """The sessions of a slot on these of its local dates; those on which it has none are passed over."""
    return [found for day in days if day.weekday() in slot.weekdays for found in _on(slot, session, day)]


# The cache lives as long as the process, and so does zones.EDITION: an entry is never older than the rules.
@lru_cache(maxsize=16_384)
def _on(slot: Slot, session: timedelta, day: date) -> tuple[TimeRange, ...]:
    begin = epoch(zones.instant(datetime.combine(day, slot.starts), slot.timezone))
    length = int(session.total_seconds())
    edges = [datetime.fromtimestamp(begin + number * length, UTC) for number in range(slot.sessions + 1)]
    return tuple(TimeRange(start, end) for start, end in pairwise(edges))

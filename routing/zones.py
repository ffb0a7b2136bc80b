"""Wall-clock times to instants and back: the only place that localises.

Everything rests on pytz's bundled copy of the IANA database, never on the operating system's, so that `EDITION` tells
which rules an answer was computed with. Instants are aware UTC datetimes. A zone that is not in pytz's list raises
`pytz.UnknownTimeZoneError`, a KeyError; ask `known` first about a name that a person typed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

import pytz
from pytz.tzinfo import BaseTzInfo

from routing.values import TimeRange

EDITION: str = pytz.OLSON_VERSION  # type: ignore[attr-defined]  # left out of types-pytz
"""The edition of the zone database in use, such as "2026f"."""


def known(zone: str) -> bool:
    """Whether a zone is in pytz's list, in exactly this spelling."""
    return zone in pytz.all_timezones_set


@lru_cache(maxsize=1024)
def _named(zone: str) -> BaseTzInfo:
    # pytz.timezone alone forgives upper and lower case; two spellings of one zone must not both reach the database.
    if not known(zone):
        raise pytz.UnknownTimeZoneError(zone)
    return pytz.timezone(zone)


def instant(wall: datetime, zone: str) -> datetime:
    """The UTC instant of a naive wall-clock time in a zone.

    - A time that the clocks skip is moved forward by the size of the gap: 02:30 becomes 03:30 when 02:00 jumps to
      03:00. This is the offset before the change, as RFC 5545 3.3.5 has it.
    - A time that happens twice means its first occurrence, again as RFC 5545 3.3.5 has it.

    Raises ValueError for an aware `wall`.
    """
    clock = _named(zone)
    try:
        found = clock.localize(wall, is_dst=None)
    except pytz.NonExistentTimeError:
        # For a skipped time pytz's is_dst=False means: the offset in force before the gap, whatever its dst flag.
        found = clock.localize(wall, is_dst=False)
    except pytz.AmbiguousTimeError:
        # Which of the two flags comes first depends on the zone (Casablanca, Lord Howe, a change without dst).
        found = min(clock.localize(wall, is_dst=True), clock.localize(wall, is_dst=False))
    return found.astimezone(UTC)


def local(instant: datetime, zone: str) -> datetime:
    """The same instant as an aware datetime in a zone. Raises ValueError for a naive instant."""
    return _moved(instant, _named(zone))


def utc(instant: datetime) -> datetime:
    """The same instant as an aware datetime in UTC. Raises ValueError for a naive instant."""
    return _moved(instant, UTC)


def _moved(instant: datetime, clock: tzinfo) -> datetime:
    # astimezone would take a naive datetime for the local time of this machine.
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone")
    return instant.astimezone(clock)


def offset_label(instant: datetime, zone: str) -> str:
    """The offset in force in a zone at an instant: "UTC+5:30", "UTC-8", "UTC+0"."""
    offset = local(instant, zone).utcoffset() or timedelta(0)
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    sign = "-" if offset < timedelta(0) else "+"
    return f"UTC{sign}{hours}:{minutes:02}" if minutes else f"UTC{sign}{hours}"


def city(zone: str) -> str:
    """A zone's place as a person would say it: "Kolkata", "St Johns", "Buenos Aires"."""
    # Etc/GMT+5 is five hours *behind* UTC (POSIX signs): shown as it is, it would mislead.
    if zone.startswith("Etc/GMT") and zone[7:8] in {"+", "-"}:
        return "fixed offset"
    return zone.rpartition("/")[2].replace("_", " ")


def week_range(week: str, zone: str) -> TimeRange:
    """A week of ISO 8601, such as "2026-W52", Monday to Sunday in a zone. Raises ValueError for others."""
    monday = date.fromisoformat(f"{week}-1")
    return day_range(monday, monday + timedelta(days=6), zone)


def midnight(day: date, zone: str) -> datetime:
    """The instant at which a local day begins."""
    return instant(datetime.combine(day, time()), zone)


def day_range(first: date, last: date, zone: str) -> TimeRange:
    """The local days from `first` to `last`, both included, as a range of instants.

    A day whose midnight is skipped begins at its first instant. Raises ValueError when no such day exists: `last`
    before `first`, or a single day that its zone left out (30 December 2011 in Apia).
    """
    return TimeRange(midnight(first, zone), midnight(last + timedelta(days=1), zone))

"""Openings as a visitor sees them: each start in their own zone and words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from booking import formatting, offers, queries, reading
from booking.office import Office
from booking.reading import Reading, _
from routing import slots, zones
from routing.answers import Opening
from routing.router import neighbours
from routing.values import Topic

MOST_ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class Time:
    """One start, in the visitor's zone. `elsewhere` says so when it is another day for the community."""

    value: str
    local: str
    day: str
    weekday: str
    clock: str
    zone: str
    part: str
    night: bool
    elsewhere: str


def alternatives(office: Office, topic: str, zone: str, home: str) -> list[tuple[Topic, Time]]:
    """Neighbouring topics, known to the same people, with the soonest time of each; three at most."""
    programme = queries.programme()
    found = []
    for key in neighbours(programme, topic):
        starts = unique_starts(offers.offered(office, key).openings)
        if starts:
            found.append((programme.topics[key], time_at(starts[0], zone, home)))
        if len(found) == MOST_ALTERNATIVES:
            break
    return found


def times_at(openings: Iterable[Opening], zone: str, home: str) -> list[Time]:
    return [time_at(start, zone, home) for start in unique_starts(openings)]


def time_at(start: datetime, zone: str, home: str) -> Time:
    """A start in words, as the present reader sees them."""
    return _time_at(start, zone, home, reading.current())


@lru_cache(maxsize=4096)
def _time_at(start: datetime, zone: str, home: str, _reader: Reading) -> Time:
    """The same for everybody who reads alike in that zone, so written once a process."""
    day = formatting.day(start, zone)
    home_day = formatting.day(start, home)
    return Time(
        value=instant_text(start),
        local=zones.local(start, zone).isoformat(),
        day=day,
        weekday=formatting.weekday(start, zone),
        clock=formatting.clock(start, zone),
        zone=formatting.zone_label(start, zone),
        part=formatting.part_of_day(start, zone),
        night=formatting.is_night(start, zone),
        elsewhere="" if day == home_day else _for_you(start, zone, home),
    )


def slots_at(topic: Topic, start: datetime) -> list[str]:
    """The slots of a topic that have a session at this start."""
    programme, moment = queries.programme(), start + timedelta(seconds=1)
    return [key for key in topic.slots if slots.between(programme.slots[key], programme.session, start, moment)]


def instant_text(instant: datetime) -> str:
    """2026-12-01T15:00:00Z (RFC 3339)."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def unique_starts(openings: Iterable[Opening]) -> list[datetime]:
    """Every start once, in order: two slots may begin at the same instant."""
    return sorted({opening.range.start for opening in openings})


def _for_you(start: datetime, zone: str, home: str) -> str:
    own, theirs = formatting.weekday(start, zone), formatting.weekday(start, home)
    return _("%(own)s for you, %(theirs)s in %(city)s", own=own, theirs=theirs, city=formatting.city(home))

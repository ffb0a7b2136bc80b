"""When a topic is served, in words."""

from __future__ import annotations

from datetime import time

from booking.formatting import WEEKDAYS
from routing import zones
from routing.values import Programme, Topic

WEEK_DAYS = frozenset(range(5))


def served(programme: Programme, topic: Topic) -> list[str]:
    """ "Monday to Friday at 7:00 am and 9:00 pm, Los Angeles time": a line for each set of days and zone."""
    lines: dict[tuple[str, str], list[str]] = {}
    for slot in (programme.slots[key] for key in topic.slots):
        lines.setdefault((_weekdays(slot.weekdays), slot.timezone), []).append(_clock(slot.starts))
    return [
        f"{days} at {_listed(clocks)}, {_unbroken(zones.city(zone))} time" for (days, zone), clocks in lines.items()
    ]


def _weekdays(days: frozenset[int]) -> str:
    if len(days) == len(WEEKDAYS):
        return "Every day"
    if days == WEEK_DAYS:
        return "Monday to Friday"
    return _listed([WEEKDAYS[day] for day in sorted(days)])


def _listed(items: list[str]) -> str:
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last


def _clock(starts: time) -> str:
    return _unbroken(f"{starts.hour % 12 or 12}:{starts.minute:02} {'am' if starts.hour < 12 else 'pm'}")


def _unbroken(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")

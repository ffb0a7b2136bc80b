"""When a topic is served, in words."""

from __future__ import annotations

from datetime import time

from booking import formatting
from booking.reading import _
from routing.values import Programme, Topic

WEEK_DAYS, EVERY_DAY = frozenset(range(5)), frozenset(range(7))


def served(programme: Programme, topic: Topic) -> list[str]:
    """ "Monday to Friday at 7:00 am and 9:00 pm, Los Angeles time": a line for each set of days and zone."""
    lines: dict[tuple[str, str], list[time]] = {}
    for slot in (programme.slots[key] for key in topic.slots):
        lines.setdefault((_weekdays(slot.weekdays), slot.timezone), []).append(slot.starts)
    return [_line(days, starts, zone) for (days, zone), starts in lines.items()]


def _line(days: str, starts: list[time], zone: str) -> str:
    clocks = formatting.listed([_unbroken(formatting.time_of_day(start)) for start in starts])
    city = _unbroken(formatting.city(zone))
    return _("%(days)s at %(clocks)s, %(city)s time", days=days, clocks=clocks, city=city)


def _weekdays(days: frozenset[int]) -> str:
    if days == EVERY_DAY:
        return _("Every day")
    if days == WEEK_DAYS:
        return _("Monday to Friday")
    return formatting.listed([formatting.weekday_name(day) for day in sorted(days)])


def _unbroken(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")

"""The programme's slots in words."""

from __future__ import annotations

from datetime import time

from booking.formatting import WEEKDAYS
from routing import zones
from routing.values import Programme, Slot

WEEK_DAYS = frozenset(range(5))


def slot_labels(programme: Programme) -> dict[str, str]:
    """ "Monday to Friday at 1:00 pm, Los Angeles time" for each slot."""
    return {key: slot_label(slot) for key, slot in programme.slots.items()}


def slot_label(slot: Slot) -> str:
    return f"{_weekdays(slot.weekdays)} at {_clock(slot.starts)}, {zones.city(slot.timezone)} time"


def _weekdays(days: frozenset[int]) -> str:
    if len(days) == len(WEEKDAYS):
        return "Every day"
    if days == WEEK_DAYS:
        return "Monday to Friday"
    *first, last = [WEEKDAYS[day] for day in sorted(days)]
    return f"{', '.join(first)} and {last}" if first else f"{last}s"


def _clock(starts: time) -> str:
    return f"{starts.hour % 12 or 12}:{starts.minute:02} {'am' if starts.hour < 12 else 'pm'}"

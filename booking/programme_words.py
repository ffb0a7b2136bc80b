"""When topics are served, in words."""

from __future__ import annotations

from collections.abc import Iterable

from booking import formatting
from booking.reading import _
from routing.values import Programme, Slot, Topic

EVERY_DAY = frozenset(range(7))
SHORTEST_RUN = 3


def hours(programme: Programme) -> list[tuple[Slot, tuple[Topic, ...]]]:
    """The slots that serve a topic, each with what can be asked in it; in the order of the community file."""
    topics = programme.topics.values()
    served = [(slot, tuple(topic for topic in topics if key in topic.slots)) for key, slot in programme.slots.items()]
    return [(slot, found) for slot, found in served if found]


def served(programme: Programme, topic: Topic) -> list[str]:
    """ "Monday to Friday at 7:00 am and 9:00 pm, Los Angeles time": a line for each set of days and zone."""
    lines: dict[tuple[frozenset[int], str], list[Slot]] = {}
    for slot in (programme.slots[key] for key in topic.slots):
        lines.setdefault((slot.weekdays, slot.timezone), []).append(slot)
    return [times(slots) for slots in lines.values()]


def times(slots: list[Slot]) -> str:
    """The same for slots on the same days of one zone."""
    clocks = formatting.listed([_unbroken(formatting.time_of_day(slot.starts)) for slot in slots])
    days, city = weekdays(slots[0].weekdays), _unbroken(formatting.city(slots[0].timezone))
    return _("%(days)s at %(clocks)s, %(city)s time", days=days, clocks=clocks, city=city)


def weekdays(days: Iterable[int]) -> str:
    """ "Every day", "Monday to Friday", "Sunday to Thursday", "Monday and Friday"; 0 is Monday."""
    found = frozenset(days)
    if found == EVERY_DAY:
        return _("Every day")
    begins = [day for day in found if (day - 1) % 7 not in found]
    if len(begins) == 1 and len(found) >= SHORTEST_RUN:
        last = (begins[0] + len(found) - 1) % 7
        return _("%(first)s to %(last)s", first=formatting.weekday_name(begins[0]), last=formatting.weekday_name(last))
    return formatting.listed([formatting.weekday_name(day) for day in sorted(found)])


def _unbroken(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")

"""Changes to a programme that a simulation may suppose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import time
from statistics import median_low

from routing.values import Maintainer, Programme, Slot


def with_maintainer(programme: Programme, name: str, levels: Mapping[str, int]) -> Programme:
    """Somebody more who knows these topics (level 1 to 3), in all slots that serve them, with the usual limit."""
    _known(levels, programme.topics, "topic")
    slots = frozenset(slot for key in levels for slot in programme.topics[key].slots)
    limits = [one.weekly_limit for one in programme.maintainers if one.weekly_limit is not None]
    usual = median_low(limits) if limits else None
    added = Maintainer(f"+ {name}", name, programme.timezone, slots, dict(levels), usual)
    return replace(programme, maintainers=(*programme.maintainers, added))


def without(programme: Programme, key: str) -> Programme:
    """The programme without one of its maintainers."""
    _known([key], [one.key for one in programme.maintainers], "maintainer")
    return replace(programme, maintainers=tuple(one for one in programme.maintainers if one.key != key))


def with_slot(programme: Programme, starts: time, topics: Iterable[str] = ()) -> Programme:
    """A further slot on the programme's weekdays for these topics, or for all; staffed by all who know one of them."""
    served = set(topics) or set(programme.topics)
    _known(served, programme.topics, "topic")
    key = f"+ {starts:%H:%M}"
    weekdays = frozenset(day for slot in programme.slots.values() for day in slot.weekdays)
    slot = Slot(key, starts, weekdays, programme.timezone)
    return replace(
        programme,
        slots={**programme.slots, key: slot},
        topics={
            each.key: replace(each, slots=(*each.slots, key)) if each.key in served else each
            for each in programme.topics.values()
        },
        maintainers=tuple(
            one if served.isdisjoint(one.expertise) else replace(one, slots=one.slots | {key})
            for one in programme.maintainers
        ),
    )


def _known(keys: Iterable[str], there: Iterable[str], what: str) -> None:
    there = list(there)
    for key in keys:
        if key not in there:
            raise LookupError(f"There is no {what} {key!r}. There are: {', '.join(there)}.")

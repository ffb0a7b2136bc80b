"""What it is worth to keep somebody free: a bid price (Talluri and van Ryzin, "The Theory and Practice of Revenue
Management", 2004) for the scarcest of the other topics that they alone, or almost alone, know."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

from routing.values import Maintainer, Programme, Reserve


def weekly_places(programme: Programme, one: Maintainer) -> int:
    """How many sessions a week a maintainer offers: their slots' starts, within their weekly limit."""
    slots = (programme.slots[key] for key in one.slots if key in programme.slots)
    places = sum(len(slot.weekdays & one.weekdays.get(slot.key, slot.weekdays)) * slot.sessions for slot in slots)
    return places if one.weekly_limit is None else min(places, one.weekly_limit)


def reserves(programme: Programme, demand: Mapping[str, float]) -> dict[str, dict[tuple[str, str], Reserve]]:
    """The reserve of each maintainer for a session of a slot and topic. `demand` are requests a week by topic.

    The scarcest of their other topics counts, of those that the session takes a place from: topics of the same slot,
    or of any where a weekly limit makes all their places one.
    """
    prices = _prices(programme, demand)
    return {one.key: _reserves(programme, one, prices) for one in programme.maintainers}


def _reserves(programme: Programme, one: Maintainer, prices: Mapping[str, Reserve]) -> dict[tuple[str, str], Reserve]:
    known = [programme.topics[key] for key in one.expertise if key in programme.topics]
    dearest = sorted((prices[topic.key] for topic in known), key=lambda each: each.price, reverse=True)
    found = dict[tuple[str, str], Reserve]()
    for slot in {*one.slots, *one.covers, *one.exceptions}:
        rivals = {topic.key for topic in known if one.weekly_limit is not None or slot in topic.slots}
        first, second = [*(each for each in dearest if each.topic in rivals), Reserve(), Reserve()][:2]
        found |= {(slot, topic.key): second if first.topic == topic.key else first for topic in known}
    return found


def _prices(programme: Programme, demand: Mapping[str, float]) -> dict[str, Reserve]:
    """By topic: demand for each of its places, relative to the mean, by how many know it."""
    knowers = {
        key: found
        for key in programme.topics
        if (found := [one for one in programme.maintainers if key in one.expertise])
    }
    due = {key: demand.get(key, 0.0) / len(who) for key, who in knowers.items()}
    places = dict.fromkeys(knowers, 0.0)
    for one in programme.maintainers:
        # A place is shared by its owner's topics, as much as each needs it.
        own = {key: due[key] for key in one.expertise if key in due}
        total = sum(own.values())
        for key, part in own.items():
            places[key] += weekly_places(programme, one) * part / total if total else 0.0
    pressure = {key: demand.get(key, 0.0) / (places[key] or 0.1) for key in knowers}
    mean = fmean(pressure.values()) if pressure else 0.0
    return {
        key: Reserve(each / mean / len(knowers[key]) if mean else 0.0, key, len(knowers[key]))
        for key, each in pressure.items()
    }

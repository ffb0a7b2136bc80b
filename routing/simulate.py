"""What if: a programme's own roster against a stream of requests, under a policy. The same policies, prices and places.

What it leaves out: calendars, leave, single dates, and people who take another time than the one proposed. Everybody is
there on their weekdays, and each request gets the maintainer and time of least cost among the times it accepts.
"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right, insort
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from statistics import fmean

from routing import availability, scarcity
from routing.assignment import LOAD_WEEKS
from routing.policies import VALUE, Policy, Standing
from routing.values import Maintainer, Programme, Reserve, epoch

DAY = 24 * 60 * 60
WEEK = 7 * DAY
DEMAND_WEEKS, AT_LEAST = 8, 1.0
HOPELESS_MIN = 0.01  # of utilisation, where somebody had nothing to do: a ratio needs a number


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asks at an instant (epoch seconds) for a session on a topic, in one of these slots."""

    at: int
    topic: str
    slots: frozenset[str]


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a stream. Shares are of all requests; `wait` is in days, `expertise` 0.5 to 1 by level.

    `gini` (0: all alike) and `most_to_least` are of utilisation, bookings by places offered.
    """

    requests: int
    within_3_days: float
    within_7_days: float
    wait: float
    expertise: float
    gini: float
    most_to_least: float
    worst_topic: str
    worst_topic_served: float
    utilisation: Mapping[str, float]


@dataclass(slots=True)
class _Desk:
    """A maintainer at work: when they could give sessions, by slot and in all, and when they do."""

    one: Maintainer
    order: int
    weekly: int
    slots: Mapping[str, Sequence[int]]
    places: Sequence[int]
    booked: list[int] = field(default_factory=list)
    weeks: Counter[int] = field(default_factory=Counter)

    def earliest(self, slots: Iterable[str], begin: int, end: int) -> tuple[int, str] | None:
        """The first place that is free in one of these slots in [begin, end), and its slot."""
        found = (
            (start, slot) for slot in slots if (start := self._first(self.slots.get(slot, ()), begin, end)) is not None
        )
        return min(found, default=None)

    def _first(self, starts: Sequence[int], begin: int, end: int) -> int | None:
        limit = self.one.weekly_limit
        for index in range(bisect_left(starts, begin), len(starts)):
            start = starts[index]
            if start >= end:
                return None
            taken = bisect_left(self.booked, start)
            if taken < len(self.booked) and self.booked[taken] == start:
                continue
            if limit is None or self.weeks[_week(start)] < limit:
                return start
        return None

    def taken(self, begin: int, end: int) -> float:
        """What share of the places in [begin, end) is taken."""
        offered = bisect_left(self.places, end) - bisect_left(self.places, begin)
        offered = offered if self.one.weekly_limit is None else min(offered, self.one.weekly_limit)
        booked = bisect_left(self.booked, end) - bisect_left(self.booked, begin)
        return min(booked / offered, 1.0) if offered else 1.0

    def load(self, now: int) -> float:
        since = bisect_right(self.booked, now - LOAD_WEEKS * WEEK)
        return (len(self.booked) - since) / max(LOAD_WEEKS * self.weekly, 1)

    def book(self, start: int) -> None:
        insort(self.booked, start)
        self.weeks[_week(start)] += 1


def run(programme: Programme, requests: Sequence[Request], policy: Policy, *, days: int = 7) -> Report:
    """Each request in turn gets the best place within so many days, or none. The same stream has the same report."""
    desks = _desks(programme, requests[0].at, requests[-1].at + days * DAY)
    notice = int(programme.minimum_notice.total_seconds())
    recent, counts, today = deque[Request](), Counter[str](), -1
    prices: Mapping[str, Mapping[tuple[str, str], Reserve]] = {}
    given: list[tuple[Request, _Desk, int]] = []
    for request in requests:
        if request.at // DAY != today:
            today = request.at // DAY
            while recent and recent[0].at < request.at - DEMAND_WEEKS * WEEK:
                counts[recent.popleft().topic] -= 1
            demand = {key: (counts[key] + AT_LEAST) / DEMAND_WEEKS for key in programme.topics}
            prices = scarcity.reserves(programme, demand)
        recent.append(request)
        counts[request.topic] += 1
        slots = [slot for slot in programme.topics[request.topic].slots if slot in request.slots]
        best = min(_costs(desks, request, slots, notice, days, prices, policy), default=None)
        if best is not None:
            _, start, order = best
            desks[order].book(start)
            given.append((request, desks[order], start))
    return _report(requests, given, desks)


def _costs(
    desks: Sequence[_Desk],
    request: Request,
    slots: Sequence[str],
    notice: int,
    days: int,
    prices: Mapping[str, Mapping[tuple[str, str], Reserve]],
    policy: Policy,
) -> Iterator[tuple[float, int, int]]:
    """Cost, start and desk of the earliest place of each who could take the request: a later one costs more."""
    for desk in desks:
        level = desk.one.expertise.get(request.topic, 0)
        place = desk.earliest(slots, request.at + notice, request.at + days * DAY) if level else None
        if place is not None:
            start, slot = place
            standing = Standing(
                level=level,
                reserve=prices[desk.one.key][slot, request.topic].price,
                taken=desk.taken(request.at, request.at + WEEK),
                load=desk.load(request.at),
                calibration=0.0,
                wait=(start - request.at) / DAY,
            )
            yield sum(policy(standing).values()), start, desk.order


def _desks(programme: Programme, begin: int, end: int) -> list[_Desk]:
    found = []
    for order, one in enumerate(programme.maintainers):
        slots = {key: _starts(programme, one, key, begin, end) for key in one.slots & programme.slots.keys()}
        places = sorted({start for starts in slots.values() for start in starts})
        found.append(_Desk(one, order, scarcity.weekly_places(programme, one), slots, places))
    return found


def _starts(programme: Programme, one: Maintainer, key: str, begin: int, end: int) -> list[int]:
    """When they give a slot that they staff: on all its weekdays, or on some."""
    slot = programme.slots[key]
    theirs = replace(slot, weekdays=slot.weekdays & one.weekdays.get(key, slot.weekdays))
    first, last = (datetime.fromtimestamp(each, UTC) for each in (begin, end))
    return [at.begin for at in availability.starts(programme, theirs, first, last)]


def _report(requests: Sequence[Request], given: Sequence[tuple[Request, _Desk, int]], desks: Sequence[_Desk]) -> Report:
    waits = [(start - request.at) / DAY for request, _, start in given]
    weeks = max((requests[-1].at - requests[0].at) / WEEK, 1)
    used = {desk.one.key: len(desk.booked) / max(desk.weekly * weeks, 1) for desk in desks}
    asked, served = (Counter(each.topic for each in some) for some in (requests, [each for each, _, _ in given]))
    worst = min(asked, key=lambda key: (served[key] / asked[key], key))
    return Report(
        requests=len(requests),
        within_3_days=sum(wait <= 3 for wait in waits) / len(requests),
        within_7_days=sum(wait <= 7 for wait in waits) / len(requests),
        wait=fmean(waits) if waits else 0.0,
        expertise=fmean(VALUE[desk.one.expertise[each.topic]] for each, desk, _ in given) if given else 0.0,
        gini=gini(used.values()),
        most_to_least=max(used.values()) / max(min(used.values()), HOPELESS_MIN),
        worst_topic=worst,
        worst_topic_served=served[worst] / asked[worst],
        utilisation=used,
    )


def gini(figures: Iterable[float]) -> float:
    """The Gini coefficient: 0 when all are alike, towards 1 when one has everything."""
    ranked = sorted(figures)
    total, count = sum(ranked), len(ranked)
    return sum((2 * place - count + 1) * each for place, each in enumerate(ranked)) / (count * total) if total else 0.0


def stream(
    kinds: Sequence[tuple[str, frozenset[str]]], begin: datetime, per_week: float, many: int, seed: int
) -> list[Request]:
    """So many requests from `begin` (UTC) on, each like one of `kinds` (topic and slots), at random moments."""
    chance, at, found = random.Random(seed), float(epoch(begin)), []  # noqa: S311 - a simulation keeps no secret
    for _ in range(many):
        at += chance.expovariate(per_week) * WEEK
        found.append(Request(int(at), *chance.choice(kinds)))
    return found


def _week(start: int) -> int:
    """A number for the week, from Monday on, that an instant is in (UTC)."""
    return (start + 3 * DAY) // WEEK

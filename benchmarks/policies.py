"""`python -m benchmarks.policies`: how the policies of `routing/` fare in random communities where expertise is scarce.

The worlds: twelve maintainers; a quarter know much, and they alone the two rare topics, two of them each; the others
know one to three of the seven popular topics. Everybody has places of their own in a weekly pattern of five days and
three times. Fifty requests a week come at random, each with the times it accepts; the load says how much is offered.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from statistics import fmean

from routing.answers import ReasonCode
from routing.policies import POLICIES, VALUE, Policy, SaveTheScarce, Standing, Terms
from routing.simulate import Report, Request, run, stream
from routing.values import Maintainer, Programme, Slot, Topic

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
SEEDS, LOADS, REQUESTS, PER_WEEK = range(1001, 1006), (0.7, 0.9, 1.1), 10_000, 50
TIMES = ("a", "b", "c")
DEMAND = {"t0": 57, "t1": 62, "t2": 50, "t3": 43, "t4": 38, "rare0": 36, "t5": 34, "rare1": 31, "t6": 20}
RARE, POPULAR = ("rare0", "rare1"), tuple(key for key in DEMAND if key.startswith("t"))
ACCEPTED = {"ab": 40, "bc": 25, "ca": 20, "abc": 15}
SHOWN = ("within_3_days", "within_7_days", "wait", "expertise", "gini", "most_to_least", "worst_topic_served")


def first_free(one: Standing) -> Terms:
    return {ReasonCode.WAIT: one.wait}


def best_expert(one: Standing) -> Terms:
    return {ReasonCode.EXPERTISE: -VALUE[one.level], ReasonCode.WAIT: 1e-3 * one.wait}


OTHERS: Mapping[str, Policy] = {
    "first free": first_free,
    "best expert": best_expert,
    "without reserve": SaveTheScarce(reserve=0.0),
}
"""For comparison only."""


def world(seed: int, load: float, requests: int) -> tuple[Programme, list[Request]]:
    """A random community and what it is asked for. A place is a cell of the week: a weekday and one of three times."""
    chance = random.Random(seed)  # noqa: S311 - a simulation keeps no secret
    cells = {f"{day}{letter}": _cell(day, place) for day in range(5) for place, letter in enumerate(TIMES)}
    levels = _levels(chance, 12)
    wishes = [chance.uniform(0.5, 1.5) for _ in levels]
    many = [max(2, min(len(cells), round(PER_WEEK / load * wish / sum(wishes)))) for wish in wishes]
    people = tuple(
        Maintainer(f"m{number}", f"M{number}", "UTC", frozenset(chance.sample(sorted(cells), places)), known)
        for number, (known, places) in enumerate(zip(levels, many, strict=True))
    )
    topics = {key: Topic(key, key, "", (), tuple(cells)) for key in DEMAND}
    kinds = [
        (topic, frozenset(cell for cell in cells if cell[1] in letters))
        for topic, asked in DEMAND.items()
        for letters, often in ACCEPTED.items()
        for _ in range(asked * often // 5)
    ]
    programme = Programme("UTC", timedelta(minutes=20), timedelta(), 60, cells, topics, people)
    return programme, stream(kinds, BEGIN, PER_WEEK, requests, seed)


def _cell(day: int, place: int) -> Slot:
    # At the beginning of the day, so that waiting is counted in days whatever the time.
    return Slot(f"{day}{TIMES[place]}", time(0, 20 * place), frozenset({day}), "UTC")


def _levels(chance: random.Random, many: int) -> list[dict[str, int]]:
    """What each knows: the first quarter much, the next five twelfths three topics, the others one or two."""
    stars, found = many // 4, list[dict[str, int]]()
    for number in range(many):
        if number < stars:
            found.append({key: chance.choice((2, 3, 3)) for key in chance.sample(POPULAR, chance.randint(3, 5))})
        elif number < many * 2 // 3:
            found.append({key: chance.choice((1, 2, 2, 3)) for key in chance.sample(POPULAR, 3)})
        else:
            found.append({key: chance.choice((1, 1, 2)) for key in chance.sample(POPULAR, chance.randint(1, 2))})
    for key in RARE:
        for number in chance.sample(range(stars), 2):
            found[number][key] = 3
    for key in POPULAR:
        while sum(key in known for known in found) < 2:
            found[chance.randrange(stars, many)].setdefault(key, 2)
    return found


def mean(reports: list[Report]) -> dict[str, float]:
    """The figures of several worlds as one."""
    return {name: fmean(getattr(report, name) for report in reports) for name in SHOWN}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=REQUESTS)
    options.add_argument("--seed", type=int, action="append", help="of a world; several are averaged")
    chosen = options.parse_args()
    for load in LOADS:
        print(f"\nload {load:g}\n{'policy':24}" + "".join(f"{name:>20}" for name in SHOWN))
        for name, policy in {**OTHERS, **POLICIES}.items():
            worlds = (world(seed, load, chosen.requests) for seed in chosen.seed or SEEDS)
            figures = mean([run(programme, requests, policy) for programme, requests in worlds])
            print(f"{name:24}" + "".join(f"{figures[key]:20.3f}" for key in SHOWN), flush=True)


if __name__ == "__main__":
    main()

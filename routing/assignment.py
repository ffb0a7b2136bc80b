"""Which of the maintainers who are free gets the session: named terms of a cost, the lowest wins.

A policy is a function from the field to candidates; `rank` puts them in order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from routing.reasons import counted
from routing.values import Candidate, Diary, Maintainer, Programme, Reason, ReasonCode, Topic

SAME = ReasonCode.SAME_MAINTAINER.value
_EXPERT = 3
_KNOWS = {1: "is familiar with", 2: "has solid knowledge of", 3: "is an expert in"}


@dataclass(frozen=True, slots=True)
class Field:
    """Everything a policy may look at. `free` are the maintainers to choose from, each with a diary."""

    programme: Programme
    topic: Topic
    free: Sequence[Maintainer]
    diaries: Mapping[str, Diary]


Policy = Callable[[Field], list[Candidate]]


def expertise_then_load(field: Field) -> list[Candidate]:
    """Expertise first, then the fewest bookings in eight weeks, then the programme's order.

    The terms add up: one level of expertise costs more than the greatest difference in load, and one booking more than
    the whole order.
    """
    places = {one.key: place for place, one in enumerate(field.programme.maintainers)}
    standings = [(one.expertise[field.topic.key], field.diaries[one.key].recent) for one in field.free]
    loads = [load for _, load in standings]
    level_cost = 1 + max(loads, default=0)
    fewest = min(loads) if len(set(loads)) > 1 else None
    equals = Counter(standings)
    found = []
    for one, (level, load) in zip(field.free, standings, strict=True):
        terms = {
            ReasonCode.EXPERTISE.value: float((_EXPERT - level) * level_cost),
            ReasonCode.LOAD.value: float(load),
            ReasonCode.ORDER.value: places[one.key] / len(places),
        }
        reasons = [
            Reason(ReasonCode.EXPERTISE, f"{one.name} {_KNOWS[level]} {field.topic.title}.", one.key),
            Reason(ReasonCode.LOAD, _load_text(one, load, fewest=load == fewest), one.key),
        ]
        # Only the first of several equals is where the order decided: later ones find their count gone.
        if equals.pop((level, load), 0) > 1:
            text = f"Among equals {one.name} comes first in the order of the programme."
            reasons.append(Reason(ReasonCode.ORDER, text, one.key))
        found.append(Candidate(one.key, sum(terms.values()), terms, tuple(reasons)))
    return found


def _load_text(one: Maintainer, load: int, *, fewest: bool) -> str:
    text = f"{one.name} has {counted(load, 'booking') if load else 'no bookings'} in eight weeks"
    return f"{text}, the fewest." if fewest else f"{text}."


def rank(field: Field, *, prefer: str | None = None, policy: Policy = expertise_then_load) -> tuple[Candidate, ...]:
    """The candidates from best to worst. `prefer` names a maintainer who wins whatever the policy says, when free."""
    candidates = policy(field)
    costs = [candidate.cost for candidate in candidates]
    names = {one.key: one.name for one in field.free}
    ranked = [
        _kept(candidate, names[candidate.maintainer], 1 + max(costs) - min(costs))
        if candidate.maintainer == prefer
        else candidate
        for candidate in candidates
    ]
    return tuple(sorted(ranked, key=lambda candidate: candidate.cost))


def _kept(candidate: Candidate, name: str, discount: float) -> Candidate:
    reason = Reason(
        ReasonCode.SAME_MAINTAINER,
        f"{name} has this session already and is free at the new time.",
        candidate.maintainer,
    )
    return replace(
        candidate,
        cost=candidate.cost - discount,
        terms={**candidate.terms, SAME: -discount},
        reasons=(reason, *candidate.reasons),
    )

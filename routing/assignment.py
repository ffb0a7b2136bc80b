"""Which of the maintainers who are free gets the session: named terms of a cost, the lowest wins.

A policy is a function from the field to candidates; `rank` puts them in order.
"""

from __future__ import annotations

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
    level_cost = 1 + max((field.diaries[one.key].recent for one in field.free), default=0)
    terms = {
        one.key: {
            ReasonCode.EXPERTISE.value: float((_EXPERT - one.expertise[field.topic.key]) * level_cost),
            ReasonCode.LOAD.value: float(field.diaries[one.key].recent),
            ReasonCode.ORDER.value: places[one.key] / len(places),
        }
        for one in field.free
    }
    return [
        Candidate(one.key, sum(terms[one.key].values()), terms[one.key], _reasons(one, field)) for one in field.free
    ]


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


def _reasons(one: Maintainer, field: Field) -> tuple[Reason, ...]:
    level, load = one.expertise[field.topic.key], field.diaries[one.key].recent
    knows = f"{one.name} {_KNOWS[level]} {field.topic.title}."
    found = [Reason(ReasonCode.EXPERTISE, knows, one.key), Reason(ReasonCode.LOAD, _load(one, field), one.key)]
    equals = [
        other
        for other in field.free
        if other.expertise[field.topic.key] == level and field.diaries[other.key].recent == load
    ]
    if len(equals) > 1 and equals[0] is one:
        text = f"Among equals {one.name} comes first in the order of the programme."
        found.append(Reason(ReasonCode.ORDER, text, one.key))
    return tuple(found)


def _load(one: Maintainer, field: Field) -> str:
    loads = [field.diaries[other.key].recent for other in field.free]
    own = field.diaries[one.key].recent
    text = f"{one.name} has {counted(own, 'booking') if own else 'no bookings'} in eight weeks"
    return f"{text}, the fewest." if own == min(loads) < max(loads) else f"{text}."

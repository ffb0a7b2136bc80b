"""Which of the maintainers who are free gets the session: each has a standing, the policy says what it costs.

`rank` puts them in order. Every term of a cost has a reason, a sentence with the figures it came from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from routing import availability
from routing.answers import Candidate, Reason, ReasonCode
from routing.availability import Start
from routing.phrases import Phrase, counted, marked
from routing.policies import POLICIES, Policy, Standing, Terms
from routing.scarcity import weekly_places
from routing.values import Diary, Maintainer, Programme, Reserve, Spans, Topic, epoch

WEEK, LOAD_WEEKS = timedelta(days=7), 4
ORDER = 1e-6
"""What the whole order of the programme weighs: it decides among equals only."""
_SINCE = timedelta(weeks=LOAD_WEEKS)
_KNOWS = {
    1: marked("%(maintainer)s is familiar with %(topic)s."),
    2: marked("%(maintainer)s has solid knowledge of %(topic)s."),
    3: marked("%(maintainer)s is an expert in %(topic)s."),
}


@dataclass(frozen=True, slots=True)
class Field:
    """Everything a choice may look at. `free` are the maintainers to choose from, each with a diary.

    `slots` says in which slot each of them would take the session; `returning` are those whom the attendee has met.
    """

    programme: Programme
    topic: Topic
    at: Start
    now: datetime
    free: Sequence[Maintainer]
    slots: Mapping[str, str]
    diaries: Mapping[str, Diary]
    returning: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Work:
    """A maintainer's part in the work: sessions of four weeks, the places they were asked to give, how much of the time
    they were not there."""

    sessions: int
    places: int
    away: float


@dataclass(frozen=True, slots=True)
class _Row:
    """A maintainer who is free, and all that their reasons are made of."""

    one: Maintainer
    cost: float
    terms: Terms
    standing: Standing
    work: _Work
    reserve: Reserve


def rank(field: Field, *, prefer: str | None = None) -> tuple[Candidate, ...]:
    """The candidates from best to worst. `prefer` names a maintainer who wins whatever the policy says, when free."""
    candidates = _candidates(field, POLICIES[field.programme.policy])
    costs = [candidate.cost for candidate in candidates]
    names = {one.key: one.name for one in field.free}
    ranked = [
        _kept(candidate, names[candidate.maintainer], 1 + max(costs) - min(costs))
        if candidate.maintainer == prefer
        else candidate
        for candidate in candidates
    ]
    return tuple(sorted(ranked, key=lambda candidate: candidate.cost))


def _candidates(field: Field, policy: Policy) -> list[Candidate]:
    places = {one.key: place for place, one in enumerate(field.programme.maintainers)}
    works = {one.key: _work(field, one) for one in field.free}
    taken, average = _taken(field), _average(field, works)
    rows = []
    for one in field.free:
        work, reserve = works[one.key], _reserve(field, one)
        standing = Standing(
            level=one.expertise[field.topic.key],
            reserve=reserve.price,
            taken=taken[one.key],
            load=work.sessions / work.places,
            calibration=average * work.away,
            wait=(field.at.range.start - field.now) / timedelta(days=1),
            returning=one.key in field.returning,
        )
        terms = policy(standing)
        rows.append(_Row(one, sum(terms.values()), terms, standing, work, reserve))
    equals = Counter(row.cost for row in rows)
    found = []
    for row in rows:
        order = ORDER * places[row.one.key] / len(places)
        # Only the first of several equals is where the order decided: later ones find their count gone.
        first = equals.pop(row.cost, 0) > 1
        named = dict[str, float]([*row.terms.items(), (ReasonCode.ORDER, order)])
        found.append(Candidate(row.one.key, row.cost + order, named, partial(_said, field, row, first_of_equals=first)))
    return found


def _work(field: Field, one: Maintainer) -> _Work:
    diary, now = field.diaries[one.key], epoch(field.now)
    begin = epoch(field.now - _SINCE)
    missing = diary.leave | diary.quiet | diary.paused
    if one.joined is not None:
        missing |= Spans([(begin, epoch(one.joined))])
    places = LOAD_WEEKS * weekly_places(field.programme, one)
    away = missing.within(begin, now) / (now - begin) if missing else 0.0
    # Who only stands in has no places of their own: one, so that each session counts.
    return _Work(diary.recent, max(places, 1), away)


def _average(field: Field, works: Mapping[str, _Work]) -> float:
    """What those who know the topic have had of what they gave: whoever was not there is taken to have had as much.

    Nobody comes back, or new, to find all that the others had meanwhile.
    """
    if not any(work.away for work in works.values()):
        return 0.0
    experts = availability.experts(field.programme, field.topic)
    everybody = [_work(field, one) for one in experts if one.key in field.diaries]
    # Each counts as much as they were there: what somebody new has had so far says nothing about the weeks before.
    places = sum(work.places * (1 - work.away) for work in everybody)
    return sum(work.sessions * (1 - work.away) for work in everybody) / places if places else 0.0


def _taken(field: Field) -> dict[str, float]:
    """What share of their places each has taken: of the seven days from now on, or those that end with the session."""
    programme, session = field.programme, field.programme.session
    begin = max(field.now, field.at.range.end - WEEK)
    end = begin + WEEK
    starts = {key: availability.starts(programme, slot, begin, end) for key, slot in programme.slots.items()}
    sessions = {key: [(at.begin, at.end, at.monday) for at in found] for key, found in starts.items()}
    found = {}
    for one in field.free:
        diary = field.diaries[one.key]
        places = [
            each
            for key in one.slots & sessions.keys()
            for each in sessions[key]
            if not one.exceptions or availability.staffs(one, key, each[0], each[1])
        ]
        booked = diary.booked.within(epoch(begin), epoch(end)) / session.total_seconds()
        offered = booked + len(availability.unhindered(one, diary, places))
        offered = offered if one.weekly_limit is None else min(offered, one.weekly_limit)
        found[one.key] = min(booked / offered, 1.0) if offered else 1.0
    return found


def _reserve(field: Field, one: Maintainer) -> Reserve:
    own = field.programme.reserves.get(one.key, {})
    return own.get((field.slots[one.key], field.topic.key), Reserve())


def _said(field: Field, row: _Row, *, first_of_equals: bool) -> tuple[Reason, ...]:
    """A sentence for every term that tells people apart: the load, and others that are not nothing."""
    one, terms, work = row.one, row.terms, row.work
    knows = Phrase(_KNOWS[row.standing.level], {"maintainer": one.name, "topic": field.topic.title})
    texts = {
        ReasonCode.RETURNING: f"{one.name} has had a session with this attendee before.",
        ReasonCode.EXPERTISE: str(knows),
        ReasonCode.RESERVE: _reserve_text(field, row),
        ReasonCode.LOAD: f"{one.name} has {_booked(work.sessions)} for {counted(work.places, 'place')} in four weeks.",
        ReasonCode.CALIBRATION: f"For time when {one.name} was not there, the average of the others counts.",
        ReasonCode.ORDER: f"Among equals {one.name} comes first in the order of the programme.",
    }
    told = {code for code in terms if terms[code] or code is ReasonCode.LOAD}
    told |= {ReasonCode.ORDER} if first_of_equals else set()
    return tuple(
        Reason(code, text, one.key, knows if code is ReasonCode.EXPERTISE else None)
        for code, text in texts.items()
        if code in told
    )


def _reserve_text(field: Field, row: _Row) -> str:
    one, reserve = row.one, row.reserve
    if reserve.topic is None:
        return ""
    title = field.programme.topics[reserve.topic].title
    who = "the only one who knows" if reserve.knowers == 1 else f"one of {reserve.knowers} who know"
    return f"{one.name} is {who} {title}, and {row.standing.taken:.0%} of their places that week is taken."


def _booked(sessions: int) -> str:
    return counted(sessions, "booking") if sessions else "no bookings"


def _kept(candidate: Candidate, name: str, discount: float) -> Candidate:
    code = ReasonCode.SAME_MAINTAINER
    reason = Reason(code, f"{name} has this session already and is free at the new time.", candidate.maintainer)
    return replace(
        candidate,
        cost=candidate.cost - discount,
        terms={**candidate.terms, code.value: -discount},
        say=lambda: (reason, *candidate.reasons),
    )

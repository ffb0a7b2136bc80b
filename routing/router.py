"""The two questions: which openings does a topic have, and who takes the session at this start?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from routing import availability, reasons, slots, zones
from routing.answers import Assignment, Offer, Opening, Reason, Unroutable
from routing.assignment import Field, rank
from routing.availability import Start
from routing.phrases import Phrase
from routing.values import Diary, Maintainer, Programme, TimeRange, Topic

NEAREST = 3
"""How many openings a refusal names at most."""


def offer(
    programme: Programme,
    topic_key: str,
    diaries: Mapping[str, Diary],
    now: datetime,
    *,
    window: TimeRange | None = None,
    exclude: frozenset[str] = frozenset(),
    enough: int | None = None,
) -> Offer:
    """The openings of a topic in order of time, each with those who are free; when there is none, why.

    `window` keeps the sessions that start in it. Maintainers in `exclude`, and those without a diary, are not free.
    With `enough`, an opening names no more than so many who are free: who only shows the starts needs one.
    Two slots that start at the same instant give an opening each. Raises KeyError for an unknown topic and ValueError
    for a naive `now`.
    """
    question = _Question(programme, programme.topics[topic_key], diaries, now, exclude)
    begin, end = availability.bounds(programme, availability.limits(programme, now), window)
    asked = {key: availability.starts(programme, programme.slots[key], begin, end) for key in question.topic.slots}
    openings = []
    for key, starts in asked.items():
        free = availability.free(question.staff([key]), [key], diaries, starts, enough)
        openings += [Opening(key, at.range, tuple(who)) for at, who in zip(starts, free, strict=True) if who]
    if openings:
        return Offer(tuple(sorted(openings, key=lambda opening: opening.range.start)))
    return Offer((), _no_openings(question, asked, begin, end))


def assign(
    programme: Programme,
    topic_key: str,
    start: datetime,
    diaries: Mapping[str, Diary],
    now: datetime,
    *,
    exclude: frozenset[str] = frozenset(),
    prefer: str | None = None,
    returning: frozenset[str] = frozenset(),
) -> Assignment | Unroutable:
    """Who takes the session of a topic at `start`, from best to worst; or why nobody does, with the nearest openings.

    `exclude` are maintainers just lost in a race; `prefer` is who has the session now, and keeps it when free;
    `returning` are those whom the attendee has met. Where several slots start at this instant, the maintainers of all
    are candidates, and the slot is the first that the best of them staffs. Raises KeyError for an unknown topic and
    ValueError for a naive `start` or `now`.
    """
    question = _Question(programme, programme.topics[topic_key], diaries, now, exclude)
    start = zones.utc(start)
    serving = _serving(question, start)
    why = _not_allowed(question, start, serving)
    if not why:
        at = availability.place(TimeRange(start, start + programme.session), programme.timezone)
        staff = question.staff(serving)
        [free] = availability.free(staff, serving, diaries, [at])
        if free:
            return _assignment(question, serving, at, [one for one in staff if one.key in free], prefer, returning)
        when = reasons.between(at.day, at.day)
        why = _nobody(question, dict.fromkeys(serving, (at,)), when)
    return Unroutable(why, _nearest(question, start))


@dataclass(frozen=True, slots=True)
class _Question:
    """What both questions are asked with."""

    programme: Programme
    topic: Topic
    diaries: Mapping[str, Diary]
    now: datetime
    exclude: frozenset[str]

    def staff(self, serving: Sequence[str]) -> list[Maintainer]:
        """Who knows the topic, staffs one of the slots, and is not excluded."""
        experts = availability.experts(self.programme, self.topic)
        return [one for one in experts if one.key not in self.exclude and availability.serves(one, serving)]


def _serving(question: _Question, start: datetime) -> list[str]:
    """The slots of the topic that have a session starting at exactly this instant."""
    programme, moment = question.programme, timedelta(seconds=1)
    serving = []
    for key in question.topic.slots:
        try:
            sessions = slots.between(programme.slots[key], programme.session, start, start + moment)
        except OverflowError:  # the first and last days of the calendar, which somebody may still ask for
            continue
        if any(session.start == start for session in sessions):
            serving.append(key)
    return serving


def _assignment(
    question: _Question,
    serving: Sequence[str],
    at: Start,
    free: Sequence[Maintainer],
    prefer: str | None,
    returning: frozenset[str],
) -> Assignment:
    staffed = {
        one.key: next(slot for slot in serving if availability.staffs(one, slot, at.begin, at.end)) for one in free
    }
    field = Field(question.programme, question.topic, at, question.now, free, staffed, question.diaries, returning)
    candidates = rank(field, prefer=prefer)
    return Assignment(staffed[candidates[0].maintainer], at.range, candidates)


def _nearest(question: _Question, asked: datetime) -> tuple[Opening, ...]:
    """The openings nearest in time to a start that was refused, nearest first, one for each instant.

    Who was just lost in a race is lost for the session asked for and those that overlap it, not for other days.
    """
    programme, found = question.programme, dict[datetime, Opening]()
    for opening in offer(programme, question.topic.key, question.diaries, question.now).openings:
        lost = question.exclude if abs(opening.range.start - asked) < programme.session else frozenset()
        if left := tuple(key for key in opening.maintainers if key not in lost):
            found.setdefault(opening.range.start, replace(opening, maintainers=left))
    return tuple(sorted(found.values(), key=lambda one: (abs(one.range.start - asked), one.range.start))[:NEAREST])


def _not_allowed(question: _Question, start: datetime, serving: Sequence[str]) -> tuple[Reason, ...]:
    """Why the slots or the clock forbid a start; empty when they do not."""
    programme, topic = question.programme, question.topic
    if not topic.slots:
        return (reasons.no_slot(topic),)
    if not serving:
        return (reasons.not_a_start(topic, topic.slots),)
    allowed = availability.limits(programme, question.now)
    begin, end = availability.bounds(programme, allowed, None)
    if start < begin:
        return (reasons.notice(programme.minimum_notice),)
    if start >= end:
        return (reasons.horizon(allowed.last_day),)
    return ()


def _no_openings(
    question: _Question, asked: Mapping[str, Sequence[Start]], begin: datetime, end: datetime
) -> tuple[Reason, ...]:
    """Why there is no opening that starts in [begin, end)."""
    programme, topic = question.programme, question.topic
    if not topic.slots:
        return (reasons.no_slot(topic),)
    allowed = availability.limits(programme, question.now)
    if end <= begin:
        late = begin > allowed.earliest
        return (reasons.horizon(allowed.last_day) if late else reasons.notice(programme.minimum_notice),)
    first = zones.local(begin, programme.timezone).date()
    last = zones.local(end - timedelta(microseconds=1), programme.timezone).date()
    when = reasons.between(first, last) if begin > allowed.earliest else reasons.before(last)
    if not any(asked.values()):
        return (reasons.not_a_start(topic, topic.slots, when),)
    return _nobody(question, asked, when)


def neighbours(programme: Programme, topic_key: str) -> tuple[str, ...]:
    """Other topics that those who know this one know too, most shared expertise first: what else they can be asked.

    Raises KeyError for an unknown topic.
    """
    people = availability.experts(programme, programme.topics[topic_key])
    shared = {key: sum(one.expertise.get(key, 0) for one in people) for key in programme.topics if key != topic_key}
    return tuple(sorted((key for key in shared if shared[key]), key=lambda key: -shared[key]))


def passed_over(
    programme: Programme, topic_key: str, start: datetime, diaries: Mapping[str, Diary]
) -> tuple[Reason, ...]:
    """Who knows a topic and yet cannot take the session at `start`, by name, with what is in their way."""
    question = _Question(programme, programme.topics[topic_key], diaries, start, frozenset())
    at = availability.place(TimeRange(start, start + programme.session), programme.timezone)
    asked = dict.fromkeys(_serving(question, start), (at,))
    experts = availability.experts(programme, question.topic)
    names = {one.key: one.name for one in experts}
    found = availability.obstacles(experts, asked, diaries, question.exclude)
    return reasons.in_the_way(found, asked, names) if asked else ()


def _nobody(question: _Question, asked: Mapping[str, Sequence[Start]], when: Phrase) -> tuple[Reason, ...]:
    """Why nobody is free at the starts asked about: once in general, then for each who knows the topic."""
    experts = availability.experts(question.programme, question.topic)
    if not experts:
        return (reasons.no_expert(question.topic),)
    if not any(availability.serves(one, asked) for one in experts):
        general = reasons.not_staffed(question.topic, asked)
    else:
        general = reasons.nobody_free(question.topic, asked, when)
    found = availability.obstacles(experts, asked, question.diaries, question.exclude)
    return (general, *reasons.in_the_way(found, asked))

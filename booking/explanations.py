"""Why somebody would get a session: the whole decision, made by the code that makes it, and nothing booked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking import matcher, queries, validation
from booking.models import Booking
from booking.office import Office
from booking.rosters import Roster
from booking.services.pick import Wish, decide, know
from routing import zones
from routing.answers import Assignment, Candidate, Opening, Reason
from routing.availability import starts
from routing.matching import Hopeless, answer
from routing.router import offer, passed_over
from routing.values import TimeRange


@dataclass(frozen=True)
class TopicScore:
    """A topic, how likely a question is about it, and the words that say so."""

    topic: str
    title: str
    probability: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """A candidate with the reasons in words."""

    maintainer: str
    cost: float
    terms: Mapping[str, float]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Explanation:
    """A decision: what a question is about; for the session at `start`, who comes into question and who does not.

    `topics` are empty where a topic was asked for by its key; `topic` is None where nothing in a question speaks for
    one. `reasons` say why nobody can take it, with the `nearest` openings.
    """

    topics: tuple[TopicScore, ...]
    topic: str | None = None
    start: datetime | None = None
    slot: str | None = None
    candidates: tuple[Told, ...] = ()
    out: tuple[Reason, ...] = ()
    reasons: tuple[Reason, ...] = ()
    nearest: tuple[Opening, ...] = ()


def explain(office: Office, asked: str, at: str = "", attendee: str | None = None) -> Explanation:
    """Who would get a session on a topic's key or a question, and why.

    `at` is an instant, or a date in the community's zone whose first opening is meant; empty, the soonest opening.
    `attendee` is an address, as `Booking.attendee_address` has it, that may have been here before. Raises ValueError
    for what is neither date nor instant.
    """
    roster = queries.roster()
    if asked in roster.programme.topics:
        return _decision(office, roster, (), asked, at, attendee)
    ranked = matcher.rank(asked)
    topics = roster.programme.topics
    scores = tuple(TopicScore(key, topics[key].title, likely, words) for key, likely, words in ranked)
    if isinstance(answer(ranked), Hopeless):
        return Explanation(scores)
    return _decision(office, roster, scores, scores[0].topic, at, attendee)


@dataclass(frozen=True)
class Colleagues:
    """Who else could give a session at its time, best first, and who knows its topic and cannot, with the reasons."""

    free: tuple[Candidate, ...]
    out: tuple[Reason, ...]


def colleagues(office: Office, booking: Booking) -> Colleagues:
    """Whom a session can be handed over to, as far as is known; nobody's calendar is looked at."""
    roster, now, topic, mine = queries.roster(), office.now(), booking.topic.key, booking.maintainer.key
    if topic not in roster.programme.topics:
        return Colleagues((), ())
    wish = Wish(topic, booking.starts_at, booking.attendee_address, moving=booking.id, stays=True)
    known = know(roster, wish, now)
    decided = decide(roster, wish, known, now, frozenset({mine}))
    diaries = queries.diaries(roster, now, topic, known.calendars, known.sessions)
    out = passed_over(roster.programme, topic, wish.start, diaries)
    free = decided.candidates if isinstance(decided, Assignment) else ()
    return Colleagues(free, tuple(reason for reason in out if reason.maintainer != mine))


def _decision(
    office: Office, roster: Roster, scores: tuple[TopicScore, ...], topic: str, at: str, attendee: str | None
) -> Explanation:
    now = office.now()
    wish = Wish(topic, _start(roster, topic, at, now), attendee)
    known = know(roster, wish, now)
    decided = decide(roster, wish, known, now)
    diaries = queries.diaries(roster, now, topic, known.calendars, known.sessions)
    out = passed_over(roster.programme, topic, wish.start, diaries)
    if isinstance(decided, Assignment):
        told = tuple(Told(one.maintainer, one.cost, one.terms, one.reasons) for one in decided.candidates)
        return Explanation(scores, topic, wish.start, decided.slot, told, out)
    general = tuple(reason for reason in decided.reasons if reason.maintainer is None)
    return Explanation(scores, topic, wish.start, None, (), out, general, decided.nearest)


def _start(roster: Roster, topic: str, at: str, now: datetime) -> datetime:
    """The instant that is meant: the first opening; where there is none, the first session that nobody can take."""
    if at and not validation.DAY.fullmatch(at):
        return validation.instant(at)
    programme = roster.programme
    day = validation.day(at) if at else None
    window = zones.day_range(day, day, programme.timezone) if day else TimeRange(now, now + timedelta(days=7))
    asked = window if day else None
    found = offer(programme, topic, queries.diaries_of(roster, now, topic), now, window=asked, enough=1).openings
    served = (programme.slots[key] for key in programme.topics[topic].slots)
    sessions = (one.range.start for slot in served for one in starts(programme, slot, window.start, window.end))
    return found[0].range.start if found else min(sessions, default=window.start)

"""What routing answers, as frozen values: openings, assignments and refusals, each with its reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from routing.phrases import Phrase
from routing.values import TimeRange


class ReasonCode(StrEnum):
    """What a reason is about; stable, for JSON and tests."""

    EXPERTISE = "expertise"
    RESERVE = "reserve"
    LOAD = "load"
    CALIBRATION = "calibration"
    WAIT = "wait"
    RETURNING = "returning"
    ORDER = "order"
    SAME_MAINTAINER = "same-maintainer"
    NO_EXPERT = "no-expert"
    NOT_STAFFED = "not-staffed"
    NOT_A_START = "not-a-start"
    NOTICE = "notice"
    HORIZON = "horizon"
    BUSY = "busy"
    BOOKED = "booked"
    LEAVE = "leave"
    QUIET = "quiet-week"
    PAUSED = "paused"
    WEEKLY_LIMIT = "weekly-limit"
    UNREADABLE = "unreadable"
    TAKEN = "taken"
    NOBODY_FREE = "nobody-free"


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence a person can act on, with a stable code and, where it is about somebody, the maintainer's key.

    What attendees read has its `phrase`, for their language.
    """

    code: ReasonCode
    text: str
    maintainer: str | None = None
    phrase: Phrase | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Opening:
    """One session of a slot on one date, with the maintainers who could take it. Computed, not stored."""

    slot: str
    range: TimeRange
    maintainers: tuple[str, ...]

    @property
    def free(self) -> int:
        return len(self.maintainers)


@dataclass(frozen=True, slots=True)
class Offer:
    """The openings of a topic in order of time; when there are none, `reasons` says why."""

    openings: tuple[Opening, ...]
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A maintainer who could take the session: the lower the cost, the better. `terms` are its named parts.

    `say` puts the reasons into words: of many candidates only the few that somebody reads about.
    """

    maintainer: str
    cost: float
    terms: Mapping[str, float]
    say: Callable[[], tuple[Reason, ...]] = field(compare=False, repr=False)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return self.say()


@dataclass(frozen=True, slots=True)
class Assignment:
    """The router's yes: candidates from best to worst, each with its reasons."""

    slot: str
    range: TimeRange
    candidates: tuple[Candidate, ...]

    @property
    def best(self) -> Candidate:
        return self.candidates[0]


@dataclass(frozen=True, slots=True)
class Unroutable:
    """The router's no, with reasons and the nearest openings of the same topic."""

    reasons: tuple[Reason, ...]
    nearest: tuple[Opening, ...] = ()

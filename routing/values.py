"""The nouns of routing, as frozen values. Instants are aware UTC datetimes; `Spans` holds epoch seconds inside."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from routing.phrases import Phrase


def epoch(instant: datetime) -> int:
    """Seconds since 1970 UTC of an aware instant. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone")
    return int(instant.timestamp())


@dataclass(frozen=True, slots=True, order=True)
class TimeRange:
    """A half-open interval [start, end) of aware UTC instants (RFC 4791 9.9 compares the same way)."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.utcoffset() != timedelta(0) or self.end.utcoffset() != timedelta(0):
            raise ValueError("a time range is in UTC")
        if self.end <= self.start:
            raise ValueError("a time range ends after it starts")

    def overlaps(self, other: TimeRange) -> bool:
        return self.start < other.end and other.start < self.end

    @property
    def duration(self) -> timedelta:
        return self.end - self.start


class Spans:
    """Merged, sorted, half-open intervals in epoch seconds: one maintainer's busy times, ready to be asked.

    Merging happens once, when they are stored; asking is a bisection. `packed` and `unpack` are the stored form:
    little-endian 64-bit pairs.
    """

    __slots__ = ("_ends", "_starts")

    def __init__(self, pairs: Iterable[tuple[int, int]] = ()) -> None:
        self._starts = array("q")
        self._ends = array("q")
        for start, end in sorted(pair for pair in pairs if pair[0] < pair[1]):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    @classmethod
    def of(cls, ranges: Iterable[TimeRange]) -> Spans:
        return cls((epoch(r.start), epoch(r.end)) for r in ranges)

    @classmethod
    def unpack(cls, data: bytes) -> Spans:
        both = array("q", data)
        spans = cls.__new__(cls)  # they were merged when they were packed
        spans._starts, spans._ends = both[0::2], both[1::2]
        return spans

    def packed(self) -> bytes:
        both = array("q", bytes(16 * len(self._starts)))
        both[0::2], both[1::2] = self._starts, self._ends
        return both.tobytes()

    def overlaps(self, start: int, end: int) -> bool:
        """Whether any interval overlaps [start, end), in epoch seconds."""
        last = bisect_right(self._starts, end - 1)
        return last > 0 and self._ends[last - 1] > start

    def within(self, start: int, end: int) -> int:
        """How many seconds of [start, end), in epoch seconds, are covered."""
        return sum(max(0, min(end, last) - max(start, first)) for first, last in self)

    def __or__(self, other: Spans) -> Spans:
        """Busy in either."""
        return Spans([*self, *other]) if self and other else self or other

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(zip(self._starts, self._ends, strict=True))

    def __len__(self) -> int:
        return len(self._starts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spans) and self._starts == other._starts and self._ends == other._ends

    def __hash__(self) -> int:
        return hash(self.packed())

    def __repr__(self) -> str:
        return f"Spans({list(self)!r})"


NO_SPANS = Spans()


@dataclass(frozen=True, slots=True)
class Slot:
    """A named wall-clock start on certain weekdays (0 = Monday), holding `sessions` sessions in a row."""

    key: str
    starts: time
    weekdays: frozenset[int]
    timezone: str
    sessions: int = 1


@dataclass(frozen=True, slots=True)
class Topic:
    """What a question is about, and the slots that serve it."""

    key: str
    title: str
    description: str
    keywords: tuple[str, ...]
    slots: tuple[str, ...]
    docs_headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Maintainer:
    """Who gives the hour. `expertise` maps topic keys to 1 (familiar), 2 (solid), 3 (expert).

    `covers` are slots they staff for a time only, standing in for somebody on leave. `weekdays` are the days (0 is
    Monday) of those slots that they staff on some days only; these count as places. `exceptions` are starts of a slot,
    in epoch seconds, at which it is the other way round than `slots` says (`slots.exceptions`). `joined` is the instant
    since when they are there, None for somebody who was from the beginning.
    """

    key: str
    name: str
    timezone: str
    slots: frozenset[str]
    expertise: Mapping[str, int]
    weekly_limit: int | None = None
    covers: Mapping[str, Spans] = field(default_factory=dict)
    joined: datetime | None = None
    weekdays: Mapping[str, frozenset[int]] = field(default_factory=dict)
    exceptions: Mapping[str, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Diary:
    """What changes by the hour about one maintainer.

    `busy` is None when no calendar of theirs could be read and no copy is fresh enough: unknown is never free.
    `leave`, `quiet` (weeks without sessions) and `paused` are times that they do not give. `weeks` counts live bookings
    by the Monday of their week in the programme's zone; `recent` counts sessions of the last 28 days and all to come.
    """

    busy: Spans | None = NO_SPANS
    booked: Spans = NO_SPANS
    leave: Spans = NO_SPANS
    weeks: Mapping[date, int] = field(default_factory=dict)
    recent: int = 0
    quiet: Spans = NO_SPANS
    paused: Spans = NO_SPANS


@dataclass(frozen=True, slots=True)
class Reserve:
    """What it is worth to keep a maintainer free for `topic`, the scarcest of their others; `knowers` know it.

    1 is the price of a topic as sought after as the average that only they know.
    """

    price: float = 0.0
    topic: str | None = None
    knowers: int = 0


@dataclass(frozen=True, slots=True)
class Programme:
    """A community's programme as routing needs it.

    `policy` is the key of the assignment policy. `reserves` (`routing.scarcity`) are by maintainer, then by slot and
    topic of a session they might take; whoever is missing there is kept back for nothing.
    """

    timezone: str
    session: timedelta
    minimum_notice: timedelta
    horizon_days: int
    slots: Mapping[str, Slot]
    topics: Mapping[str, Topic]
    maintainers: tuple[Maintainer, ...]
    policy: str = "save-the-scarce"
    reserves: Mapping[str, Mapping[tuple[str, str], Reserve]] = field(default_factory=dict)


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
    """A maintainer who could take the session: the lower the cost, the better. `terms` are its named parts."""

    maintainer: str
    cost: float
    terms: Mapping[str, float]
    reasons: tuple[Reason, ...]


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

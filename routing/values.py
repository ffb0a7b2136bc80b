"""The nouns of routing, as frozen values. Instants are aware UTC datetimes; `Spans` holds epoch seconds inside."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

Asked = TypeVar("Asked", bound=tuple[Any, ...])


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
    beginnings and ends in turn, as little-endian 64-bit integers.
    """

    __slots__ = ("_edges",)

    def __init__(self, pairs: Iterable[tuple[int, int]] = ()) -> None:
        edges = array("q")
        for start, end in sorted(pair for pair in pairs if pair[0] < pair[1]):
            if edges and start <= edges[-1]:
                edges[-1] = max(edges[-1], end)
            else:
                edges.extend((start, end))
        self._edges = memoryview(edges)

    @classmethod
    def of(cls, ranges: Iterable[TimeRange]) -> Spans:
        return cls((epoch(r.start), epoch(r.end)) for r in ranges)

    @classmethod
    def unpack(cls, data: bytes) -> Spans:
        spans = cls.__new__(cls)  # they were merged when they were packed
        spans._edges = memoryview(data).cast("q")  # a view: a copy would take far longer than all that is asked of it
        return spans

    def packed(self) -> bytes:
        return self._edges.tobytes()

    def overlaps(self, start: int, end: int) -> bool:
        """Whether any interval overlaps [start, end), in epoch seconds."""
        return not self.clear([(start, end)])

    def clear(self, asked: list[Asked]) -> list[Asked]:
        """Those of the intervals asked about, which begin with start and end in epoch seconds, that none overlaps."""
        edges, count = self._edges, len(self._edges)
        if not count:
            return asked
        # An odd number of edges up to the start: it lies inside one.
        return [
            one
            for one in asked
            if not ((after := bisect_right(edges, one[0])) % 2 or (after < count and edges[after] < one[1]))
        ]

    def within(self, start: int, end: int) -> int:
        """How many seconds of [start, end), in epoch seconds, are covered."""
        return sum(max(0, min(end, last) - max(start, first)) for first, last in self)

    def __or__(self, other: Spans) -> Spans:
        """Busy in either."""
        return Spans([*self, *other]) if self and other else self or other

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(zip(self._edges[::2], self._edges[1::2], strict=True))

    def __len__(self) -> int:
        return len(self._edges) // 2

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spans) and self._edges == other._edges

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

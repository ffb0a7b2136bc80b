"""What the history of a repository, and sessions held, say about who knows what: proposed levels with their evidence.

Only proposals: over 6,538 commits of one project this names the person who really answered first in 30 of 100 threads,
and among three in 59. What a person says of themselves stands above it.

    points = commits to the topic's paths + 3 for a session on it + one for twenty commits anywhere

each halved for every twelve months since. Whoever never touched a topic has no points for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import fsum

HALF_LIFE = timedelta(days=365)
SESSION, ANYWHERE = 3.0, 1 / 20
FAMILIAR, SOLID, EXPERT = 1.0, 5.0, 20.0
"""Points from which a level is proposed."""
NEAR_THE_FIRST = 1 / 3
"""An expert also has so many of the points of whoever has the most."""
PATHS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit by its author's address in small letters, its instant, and those of its paths that were asked for."""

    email: str
    at: datetime
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Whose work to look for: their addresses in small letters, and when they held sessions, by topic key."""

    key: str
    emails: frozenset[str]
    sessions: Mapping[str, Sequence[datetime]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a level: commits to the topic's paths, the most changed of these, sessions, the last of all."""

    level: int
    points: float
    commits: int
    sessions: int
    last: datetime
    paths: tuple[str, ...]


def propose(
    people: Iterable[Person], everything: Sequence[Commit], topics: Mapping[str, Sequence[Commit]], now: datetime
) -> dict[str, dict[str, Evidence]]:
    """For each person and topic that something speaks for, the level and why; by key of person, then topic.

    `everything` are all commits, `topics` those that touched the paths of a topic.
    """
    people = list(people)
    anywhere = {one.key: ANYWHERE * _worth(_of(one, everything), now) for one in people}
    found: dict[str, dict[str, Evidence]] = {one.key: {} for one in people}
    for topic, commits in topics.items():
        points = {one.key: _points(one, topic, commits, now) for one in people}
        most = max((points[key] + anywhere[key] for key in points if points[key]), default=0.0)
        for one in people:
            total = points[one.key] + anywhere[one.key]
            level = _level(total, most) if points[one.key] else 0
            if level:
                found[one.key][topic] = _evidence(one, topic, commits, level, total)
    return found


def _points(one: Person, topic: str, commits: Sequence[Commit], now: datetime) -> float:
    return _worth(_of(one, commits), now) + SESSION * _worth(one.sessions.get(topic, ()), now)


def _worth(instants: Iterable[datetime], now: datetime) -> float:
    """How much is left of each: the half after HALF_LIFE. Dates from the future, which git has, count whole."""
    return fsum(0.5 ** max((now - at) / HALF_LIFE, 0.0) for at in instants)


def _of(one: Person, commits: Iterable[Commit]) -> list[datetime]:
    return [commit.at for commit in commits if commit.email in one.emails]


def _level(points: float, most: float) -> int:
    if points >= EXPERT and points >= NEAR_THE_FIRST * most:
        return 3
    return 2 if points >= SOLID else 1 if points >= FAMILIAR else 0


def _evidence(one: Person, topic: str, commits: Sequence[Commit], level: int, points: float) -> Evidence:
    mine = [commit for commit in commits if commit.email in one.emails]
    sessions = one.sessions.get(topic, ())
    counts: dict[str, int] = {}
    for path in (path for commit in mine for path in commit.paths):
        counts[path] = counts.get(path, 0) + 1
    paths = sorted(counts, key=lambda path: (-counts[path], path))[:PATHS_SHOWN]
    last = max([*(commit.at for commit in mine), *sessions])
    return Evidence(level, round(points, 1), len(mine), len(sessions), last, tuple(paths))

"""What commits and sessions say about who knows what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.expertise import HALF_LIFE, Commit, Person, propose
from tests.routing.worlds import NOW

ADA = Person("ada", frozenset({"ada@example.org", "ada@old.example.org"}), {})
BOB = Person("bob", frozenset({"bob@example.org"}), {})
DAYS = st.lists(st.integers(-5, 3_000), max_size=60)


def commits(days: list[int], email: str = "ada@example.org") -> list[Commit]:
    """Commits so many days ago."""
    return [Commit(email, NOW - timedelta(days=each), ("sdk/a.py",)) for each in days]


def level(days: list[int], person: Person = ADA) -> int:
    found = propose([person], commits(days), {"sdk": commits(days)}, NOW)[person.key]
    return found["sdk"].level if "sdk" in found else 0


@pytest.mark.parametrize(("count", "proposed"), [(0, 0), (1, 1), (4, 1), (5, 2), (19, 2), (20, 3)])
def test_levels_follow_the_points(count: int, proposed: int) -> None:
    """A commit of today to the topic's paths is a point, and a twentieth for being one at all."""
    assert level([0] * count) == proposed


def test_a_year_halves() -> None:
    """Forty commits of a year ago are worth twenty of today."""
    year = HALF_LIFE.days
    assert (level([year] * 40), level([year] * 9)) == (3, 1)
    assert level([10 * year] * 100) == 0


def test_addresses_old_and_new_are_one_person_and_others_are_not() -> None:
    """Whoever is not a maintainer is left out."""
    both = [*commits([0] * 3), *commits([1] * 3, "ada@old.example.org"), *commits([0] * 90, "stranger@example.org")]
    found = propose([ADA, BOB], both, {"sdk": both}, NOW)
    assert found["ada"]["sdk"].commits == 6
    assert found["bob"] == {}


def test_sessions_count_and_work_elsewhere_only_helps() -> None:
    """Two sessions are worth six commits; a thousand commits elsewhere make nobody know a topic."""
    held = Person("ada", ADA.emails, {"sdk": [NOW, NOW]})
    evidence = propose([held], [], {"sdk": []}, NOW)["ada"]["sdk"]
    assert (evidence.level, evidence.commits, evidence.sessions, evidence.last) == (2, 0, 2, NOW)
    assert propose([ADA], commits([0] * 1_000), {"sdk": []}, NOW)["ada"] == {}
    assert propose([ADA], commits([0] * 1_000), {"sdk": commits([0])}, NOW)["ada"]["sdk"].level == 3


def test_an_expert_is_near_the_first() -> None:
    """Twenty commits make no expert beside somebody with a hundred."""
    history = [*commits([0] * 25), *commits([0] * 100, "bob@example.org")]
    found = propose([ADA, BOB], history, {"sdk": history}, NOW)
    assert (found["ada"]["sdk"].level, found["bob"]["sdk"].level) == (2, 3)


def test_evidence_names_the_paths_changed_most() -> None:
    """Three at most, and the day of the last commit."""
    paths = [("sdk/a.py",), ("sdk/b.py", "sdk/a.py"), ("sdk/c.py",), ("sdk/d.py",)]
    history = [Commit("ada@example.org", NOW - timedelta(days=day), each) for day, each in enumerate(paths)]
    evidence = propose([ADA], history, {"sdk": history}, NOW)["ada"]["sdk"]
    assert evidence.paths == ("sdk/a.py", "sdk/b.py", "sdk/c.py")
    assert evidence.last == NOW


@given(DAYS, st.integers(0, 2_000))
def test_more_and_later_work_never_lowers_a_level(days: list[int], later: int) -> None:
    """Nor does the order in which git tells it matter."""
    assert level([*days, 0]) >= level(days)
    assert level([max(day - later, 0) for day in days]) >= level(days)
    assert level(list(reversed(days))) == level(days)

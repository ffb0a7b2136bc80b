"""The order among those who are free, and the words for it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.assignment import Field, rank
from routing.values import Candidate, Diary, ReasonCode
from tests.routing.worlds import make_maintainer, make_programme

people = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 60)), min_size=1, max_size=12)


def field_of(*levels_and_loads: tuple[int, int]) -> Field:
    """Maintainers 1, 2, ... with these levels and bookings, all free."""
    maintainers = [make_maintainer(n, expertise={"auth": level}) for n, (level, _) in enumerate(levels_and_loads, 1)]
    programme = make_programme(*maintainers)
    diaries = {one.key: Diary(recent=load) for one, (_, load) in zip(maintainers, levels_and_loads, strict=True)}
    return Field(programme, programme.topics["auth"], maintainers, diaries)


def keys(candidates: tuple[Candidate, ...]) -> list[str]:
    return [candidate.maintainer for candidate in candidates]


def texts(candidate: Candidate, code: ReasonCode) -> list[str]:
    return [reason.text for reason in candidate.reasons if reason.code is code]


@given(people)
@settings(deadline=None)
def test_expertise_comes_before_load_and_load_before_order(several: list[tuple[int, int]]) -> None:
    """Whatever the loads, the order is: greater expertise, then fewer bookings, then the programme's order."""
    expected = sorted(range(len(several)), key=lambda n: (-several[n][0], several[n][1], n))
    assert keys(rank(field_of(*several))) == [f"example-{n + 1}" for n in expected]


@given(people, st.integers(1, 12))
@settings(deadline=None)
def test_the_terms_add_up_to_the_cost(several: list[tuple[int, int]], preferred: int) -> None:
    """Each candidate's cost is the sum of its named terms, the lowest first, also with a preferred maintainer."""
    ranked = rank(field_of(*several), prefer=f"example-{preferred}")
    costs = [candidate.cost for candidate in ranked]
    assert costs == sorted(costs)
    assert len(set(costs)) == len(costs)
    assert all(abs(sum(one.terms.values()) - one.cost) < 1e-9 for one in ranked)
    assert all({"expertise", "load", "order"} <= set(one.terms) for one in ranked)


@given(people, st.integers(1, 12))
@settings(deadline=None)
def test_a_preferred_maintainer_wins_and_the_rest_keep_their_order(several: list[tuple[int, int]], number: int) -> None:
    """Preferring somebody moves them to the front and changes nothing else; somebody not free changes nothing."""
    field, preferred = field_of(*several), f"example-{number}"
    plain = keys(rank(field))
    moved = [preferred, *(key for key in plain if key != preferred)] if preferred in plain else plain
    assert keys(rank(field, prefer=preferred)) == moved


def test_levels_have_words() -> None:
    """Each level reads as what it means."""
    ranked = rank(field_of((1, 0), (2, 0), (3, 0)))
    assert [texts(one, ReasonCode.EXPERTISE) for one in ranked] == [
        ["Example maintainer 3 is an expert in Flyte deployment, auth."],
        ["Example maintainer 2 has solid knowledge of Flyte deployment, auth."],
        ["Example maintainer 1 is familiar with Flyte deployment, auth."],
    ]


def test_loads_have_words() -> None:
    """Bookings are counted in words, and the fewest are called so where others have more."""
    ranked = rank(field_of((3, 0), (3, 1), (3, 7)))
    assert [texts(one, ReasonCode.LOAD) for one in ranked] == [
        ["Example maintainer 1 has no bookings in eight weeks, the fewest."],
        ["Example maintainer 2 has 1 booking in eight weeks."],
        ["Example maintainer 3 has 7 bookings in eight weeks."],
    ]
    [alone] = rank(field_of((3, 2)))
    assert texts(alone, ReasonCode.LOAD) == ["Example maintainer 1 has 2 bookings in eight weeks."]


def test_the_order_is_a_reason_only_among_equals() -> None:
    """The programme's order is named where it decided, for the one it favoured."""
    ranked = rank(field_of((3, 1), (2, 0), (3, 1)))
    assert keys(ranked) == ["example-1", "example-3", "example-2"]
    assert [texts(one, ReasonCode.ORDER) for one in ranked] == [
        ["Among equals Example maintainer 1 comes first in the order of the programme."],
        [],
        [],
    ]


def test_another_policy_may_be_given() -> None:
    """A policy is a function from the field to candidates; ranking and preferring stay the same."""

    def busiest_first(field: Field) -> list[Candidate]:
        loads = {one.key: float(-field.diaries[one.key].recent) for one in field.free}
        return [Candidate(key, load, {"busiest": load}, ()) for key, load in loads.items()]

    field = field_of((3, 0), (3, 5), (3, 2))
    assert keys(rank(field, policy=busiest_first)) == ["example-2", "example-3", "example-1"]
    assert keys(rank(field, policy=busiest_first, prefer="example-1")) == ["example-1", "example-2", "example-3"]

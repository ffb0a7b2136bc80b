"""The order among those who are free, under both policies, and the words for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.answers import Candidate, ReasonCode
from routing.assignment import Field, rank
from routing.availability import place
from routing.policies import POLICIES
from routing.scarcity import reserves
from routing.values import Diary, Maintainer, Spans, TimeRange
from tests.routing.worlds import NOW, make_maintainer, make_programme, make_topic, session

AT = place(session("2026-12-01T15:00Z"), "America/Los_Angeles")
TOPICS = (make_topic(), make_topic("rare", "Rare things"))
people = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 30), st.booleans(), st.integers(1, 5)), min_size=1, max_size=12
)
policies = st.sampled_from(sorted(POLICIES))


def field_of(
    *maintainers: Maintainer,
    policy: str = "save-the-scarce",
    returning: frozenset[str] = frozenset(),
    **diaries: Diary,
) -> Field:
    """These maintainers, all free, in a programme of two topics that are asked for equally often."""
    programme = make_programme(*maintainers, topics=TOPICS, policy=policy)
    programme = replace(programme, reserves=reserves(programme, {"auth": 1.0, "rare": 1.0}))
    known = {one.key: diaries.get(one.key.replace("-", "_"), Diary()) for one in maintainers}
    slots = dict.fromkeys(known, "7am")
    return Field(programme, TOPICS[0], AT, NOW, maintainers, slots, known, returning)


def drawn(several: list[tuple[int, int, bool, int]], policy: str) -> Field:
    """A maintainer for each (level, bookings, whether they know the rare topic too, weekly limit)."""
    maintainers = [
        make_maintainer(n, expertise={"auth": level} | ({"rare": 3} if rare else {}), weekly_limit=limit)
        for n, (level, _, rare, limit) in enumerate(several, 1)
    ]
    loads = {f"example_{n}": Diary(recent=load) for n, (_, load, _, _) in enumerate(several, 1)}
    return field_of(*maintainers, policy=policy, **loads)


def keys(candidates: tuple[Candidate, ...]) -> list[str]:
    return [candidate.maintainer for candidate in candidates]


def texts(candidate: Candidate, code: ReasonCode) -> list[str]:
    return [reason.text for reason in candidate.reasons if reason.code is code]


@given(people, policies)
def test_the_terms_add_up_to_the_cost(several: list[tuple[int, int, bool, int]], policy: str) -> None:
    """Each candidate's cost is the sum of its named terms, the lowest first, and every term that tells has words."""
    ranked = rank(drawn(several, policy))
    costs = [candidate.cost for candidate in ranked]
    assert costs == sorted(costs)
    assert len(ranked) == len(several)
    for one in ranked:
        assert abs(sum(one.terms.values()) - one.cost) < 1e-9
        told = {code for code, value in one.terms.items() if value} - {"wait", "order"}
        assert told <= {reason.code.value for reason in one.reasons}


@given(people, policies, st.randoms())
def test_the_same_question_has_the_same_answer(
    several: list[tuple[int, int, bool, int]], policy: str, chance: st.DataObject
) -> None:
    """However the free are listed, the order is the same, to the last digit of the cost."""
    field = drawn(several, policy)
    shuffled = list(field.free)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = rank(replace(field, free=shuffled)), rank(field)
    same = one == other and [each.reasons for each in one] == [each.reasons for each in other]
    assert same or equals(field)


def equals(field: Field) -> bool:
    """Whether any two cost the same but for the order: then only who says so may differ."""
    plain = [round(one.cost - one.terms["order"], 9) for one in rank(field)]
    return len(set(plain)) < len(plain)


@given(people, policies, st.integers(1, 12))
def test_a_preferred_maintainer_wins_and_the_rest_keep_their_order(
    several: list[tuple[int, int, bool, int]], policy: str, number: int
) -> None:
    """Preferring somebody moves them to the front and changes nothing else; somebody not free changes nothing."""
    field, preferred = drawn(several, policy), f"example-{number}"
    plain = keys(rank(field))
    moved = [preferred, *(key for key in plain if key != preferred)] if preferred in plain else plain
    assert keys(rank(field, prefer=preferred)) == moved


def test_levels_have_words() -> None:
    """Each level reads as what it means, and the better is chosen where all else is equal."""
    ranked = rank(field_of(*(make_maintainer(n, expertise={"auth": n}) for n in (1, 2, 3))))
    assert [texts(one, ReasonCode.EXPERTISE) for one in ranked] == [
        ["Example maintainer 3 is an expert in Flyte deployment, auth."],
        ["Example maintainer 2 has solid knowledge of Flyte deployment, auth."],
        ["Example maintainer 1 is familiar with Flyte deployment, auth."],
    ]


def test_whoever_alone_knows_a_scarce_topic_is_kept_free() -> None:
    """An expert who is needed elsewhere comes after one who is not, the more so the fuller their week is."""
    scarce, other = make_maintainer(1, expertise={"auth": 3, "rare": 3}), make_maintainer(2, expertise={"auth": 2})
    full = Diary(booked=Spans.of([session(f"2026-12-0{day}T15:00Z") for day in (2, 3)]), recent=2)
    free, busy = rank(field_of(scarce, other)), rank(field_of(scarce, other, example_1=full))
    assert keys(free) == keys(busy) == ["example-2", "example-1"]
    assert busy[1].terms["reserve"] > free[1].terms["reserve"] > 0
    assert texts(busy[1], ReasonCode.RESERVE) == [
        "Example maintainer 1 is the only one who knows Rare things, and 40% of their places that week is taken."
    ]
    assert keys(rank(field_of(scarce, other, policy="round-robin"))) == ["example-1", "example-2"]


def test_load_is_a_share_of_what_one_offers() -> None:
    """Five bookings weigh more on whoever gives two places a week than ten on whoever gives five."""
    little, much = make_maintainer(1, weekly_limit=2), make_maintainer(2)
    field = field_of(little, much, example_1=Diary(recent=5), example_2=Diary(recent=10), policy="round-robin")
    ranked = rank(field)
    assert [(one.maintainer, one.terms["load"]) for one in ranked] == [("example-2", 0.5), ("example-1", 0.625)]
    assert texts(ranked[0], ReasonCode.LOAD) == ["Example maintainer 2 has 10 bookings for 20 places in four weeks."]


def test_the_order_is_a_reason_only_among_equals() -> None:
    """The programme's order is named where it decided, for the one it favoured."""
    people = [make_maintainer(1), make_maintainer(2, expertise={"auth": 2}), make_maintainer(3)]
    ranked = rank(field_of(*people))
    assert keys(ranked) == ["example-1", "example-3", "example-2"]
    assert [texts(one, ReasonCode.ORDER) for one in ranked] == [
        ["Among equals Example maintainer 1 comes first in the order of the programme."],
        [],
        [],
    ]


def test_a_returning_attendee_meets_the_same_maintainer_where_it_costs_little() -> None:
    """Who was met before wins against equals and a little more load, not against a better expert."""
    people, met = [make_maintainer(1), make_maintainer(2)], frozenset({"example-2"})
    assert keys(rank(field_of(*people, returning=met)))[0] == "example-2"
    assert keys(rank(field_of(*people, returning=met, example_2=Diary(recent=2))))[0] == "example-2"
    assert keys(rank(field_of(*people, returning=met, example_2=Diary(recent=4))))[0] == "example-1"
    better = [make_maintainer(1), make_maintainer(2, expertise={"auth": 2})]
    assert keys(rank(field_of(*better, returning=met)))[0] == "example-1"
    text = "Example maintainer 2 has had a session with this attendee before."
    assert texts(rank(field_of(*people, returning=met))[0], ReasonCode.RETURNING) == [text]


AWAY = Spans.of([TimeRange(NOW - timedelta(days=40), NOW - timedelta(minutes=1))])


@pytest.mark.parametrize(
    ("newcomer", "diary"),
    [
        (make_maintainer(3, joined=NOW), Diary()),
        (make_maintainer(3), Diary(leave=AWAY)),
        (make_maintainer(3), Diary(quiet=AWAY)),
        (make_maintainer(3), Diary(paused=AWAY)),
    ],
    ids=["new", "back from leave", "after quiet weeks", "after a pause"],
)
@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_nobody_is_flooded_when_they_come(newcomer: Maintainer, diary: Diary, policy: str) -> None:
    """Of a session a day a newcomer gets about a third from the first week on, where the emptiest would get all."""
    had = {"example-1": [*range(-28, 0, 2)], "example-2": [*range(-27, 0, 2)], "example-3": list[int]()}
    people = [make_maintainer(1), make_maintainer(2), newcomer]
    for today in range(28):
        now = NOW + timedelta(days=today)
        recent = {key: sum(day > today - 28 for day in days) for key, days in had.items()}
        diaries = {key.replace("-", "_"): Diary(recent=recent[key]) for key in ("example-1", "example-2")}
        diaries["example_3"] = replace(diary, recent=recent["example-3"])
        session = TimeRange(now + timedelta(days=1), now + timedelta(days=1, minutes=30))
        field = replace(field_of(*people, policy=policy, **diaries), now=now, at=place(session, "UTC"))
        had[rank(field)[0].maintainer].append(today)
        if today == 0:
            [said] = [texts(one, ReasonCode.CALIBRATION) for one in rank(field) if one.maintainer == "example-3"]
            assert said == ["For time when Example maintainer 3 was not there, the average of the others counts."]
    assert 1 <= sum(day < 7 for day in had["example-3"]) <= 4
    assert 7 <= len(had["example-3"]) <= 11


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_a_thousand_bookings_spread_as_the_places_say(policy: str) -> None:
    """Among equally good maintainers each gets as many of a thousand as they offer places, to within a few."""
    limits = {"example-1": 1, "example-2": 2, "example-3": 3, "example-4": 4}
    people = [make_maintainer(n, weekly_limit=limit) for n, limit in enumerate(limits.values(), 1)]
    counts = Counter[str]()
    for _ in range(1000):
        diaries = {key.replace("-", "_"): Diary(recent=counts[key]) for key in limits}
        counts[rank(field_of(*people, policy=policy, **diaries))[0].maintainer] += 1
    assert all(abs(counts[key] - 100 * limit) <= 5 for key, limit in limits.items()), counts

"""Who gets the session at a start, and the refusals with their reasons and nearest openings."""

from datetime import UTC, datetime, time, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.answers import Assignment, ReasonCode, Unroutable
from routing.router import assign
from routing.values import Diary, Spans
from tests.routing import enumeration
from tests.routing.answers import order, refused
from tests.routing.worlds import (
    NOW,
    World,
    make_diaries,
    make_maintainer,
    make_programme,
    make_slot,
    session,
    utc,
    worlds,
)

START = utc("2026-12-01T15:00Z")  # Tuesday, 7 am in Los Angeles
BUSY = Diary(Spans.of([session("2026-12-01T15:00Z")]))


@given(worlds(), st.data())
@settings(max_examples=60)
def test_every_start_is_assigned_exactly_when_somebody_is_free(world: World, data: st.DataObject) -> None:
    """In a random world, at any session of the topic, the candidates are those whom enumeration finds free."""
    exclude = data.draw(st.frozensets(st.sampled_from(("m0", "m1"))), label="exclude")
    prefer = data.draw(st.sampled_from((None, "m0", "m1")), label="prefer")
    rows = enumeration.openings(world, exclude=exclude)
    today = world.now.date()
    sessions = [
        one.start
        for slot in world.programme.slots.values()
        for one in enumeration.sessions(slot, world.programme.session, today, today + timedelta(days=4))
    ]
    start = data.draw(st.sampled_from([*sessions, *(row[0] for row in rows), world.now]), label="start")
    answer = assign(world.programme, "asked", start, world.diaries, world.now, exclude=exclude, prefer=prefer)
    expected = {key for row in rows if row[0] == start for key in row[3]}
    if not expected:
        codes, nearest = refused(answer)
        assert codes
        everywhere = {row[0] for row in enumeration.openings(world)}
        assert set(nearest) <= everywhere
        assert bool(nearest) or all(abs(one - start) < world.programme.session for one in everywhere)
        return
    assert set(order(answer)) == expected
    assert isinstance(answer, Assignment)
    assert (answer.range.start, answer.range.duration) == (start, world.programme.session)
    assert (start, answer.slot) in {(row[0], row[1]) for row in rows if answer.best.maintainer in row[3]}
    assert prefer not in expected or answer.best.maintainer == prefer


def test_the_answer_says_slot_session_and_why() -> None:
    """A yes carries the slot, the session, and a sentence for each term that counted."""
    programme = make_programme(make_maintainer(1, expertise={"auth": 1}), make_maintainer(2))
    answer = assign(programme, "auth", START, make_diaries(programme, example_2=Diary(recent=1)), NOW)
    assert isinstance(answer, Assignment)
    assert (answer.slot, answer.range) == ("7am", session("2026-12-01T15:00Z"))
    assert [reason.text for reason in answer.best.reasons] == [
        "Example maintainer 2 is an expert in Flyte deployment, auth.",
        "Example maintainer 2 has 1 booking for 20 places in four weeks.",
    ]


def test_a_start_may_come_in_any_zone() -> None:
    """The same instant written with another offset is the same session."""
    programme = make_programme()
    start = START.astimezone(timezone(timedelta(hours=5, minutes=30)))
    answer = assign(programme, "auth", start, make_diaries(programme), NOW)
    assert isinstance(answer, Assignment)
    assert answer.range.start.tzinfo is UTC
    assert answer.range == session("2026-12-01T15:00Z")


def test_the_same_maintainer_keeps_the_session() -> None:
    """When a session moves, who had it wins over a better candidate, and the reason says so."""
    programme = make_programme(make_maintainer(1), make_maintainer(2), make_maintainer(3, expertise={"auth": 1}))
    diaries = make_diaries(programme, example_3=Diary(recent=9))
    answer = assign(programme, "auth", START, diaries, NOW, prefer="example-3")
    assert order(answer) == ["example-3", "example-1", "example-2"]
    assert isinstance(answer, Assignment)
    assert answer.best.reasons[0].code is ReasonCode.SAME_MAINTAINER


def test_a_preferred_maintainer_who_is_busy_gives_way() -> None:
    """Who had the session and cannot take it at the new time is not forced to."""
    programme = make_programme(make_maintainer(1), make_maintainer(2))
    answer = assign(programme, "auth", START, make_diaries(programme, example_2=BUSY), NOW, prefer="example-2")
    assert order(answer) == ["example-1"]


def test_slots_at_one_instant_share_their_maintainers() -> None:
    """Where two slots start together all their people are candidates, and the slot is one that the best staffs."""
    slots = [make_slot("7am"), make_slot("east", time(10), timezone="America/New_York")]
    people = [make_maintainer(1, expertise={"auth": 1}), make_maintainer(2, slots=frozenset({"east"}))]
    programme = make_programme(*people, slots=slots)
    answer = assign(programme, "auth", START, make_diaries(programme), NOW)
    assert order(answer) == ["example-2", "example-1"]
    assert isinstance(answer, Assignment)
    assert answer.slot == "east"
    answer = assign(programme, "auth", START, make_diaries(programme), NOW, exclude=frozenset({"example-2"}))
    assert isinstance(answer, Assignment)
    assert answer.slot == "7am"


def test_the_loser_of_a_race_gets_the_next_maintainer() -> None:
    """Those just taken are left out, one after the other, until nobody is there."""
    programme = make_programme(make_maintainer(1), make_maintainer(2), horizon_days=2)
    diaries = make_diaries(programme)
    assert order(assign(programme, "auth", START, diaries, NOW)) == ["example-1", "example-2"]
    assert order(assign(programme, "auth", START, diaries, NOW, exclude=frozenset({"example-1"}))) == ["example-2"]
    lost = assign(programme, "auth", START, diaries, NOW, exclude=frozenset({"example-1", "example-2"}))
    codes, nearest = refused(lost)
    assert codes == [
        (ReasonCode.NOBODY_FREE, None),
        (ReasonCode.TAKEN, "example-1"),
        (ReasonCode.TAKEN, "example-2"),
    ]
    # They are lost for this session, not for the next day's, and this session is not offered again.
    assert nearest == [utc("2026-12-02T15:00Z")]


def test_who_lost_a_race_is_not_offered_for_an_overlapping_session() -> None:
    """A maintainer just taken at 7:00 is not named for a slot at 7:15, but is for one at 7:30."""
    slots = [make_slot("7am"), make_slot("quarter", time(7, 15)), make_slot("half", time(7, 30))]
    programme = make_programme(
        make_maintainer(1, slots=frozenset({"7am", "quarter", "half"})),
        make_maintainer(2, slots=frozenset({"quarter"})),
        slots=slots,
        horizon_days=1,
    )
    answer = assign(programme, "auth", START, make_diaries(programme), NOW, exclude=frozenset({"example-1"}))
    assert isinstance(answer, Unroutable)
    assert [(one.slot, one.maintainers) for one in answer.nearest] == [
        ("quarter", ("example-2",)),
        ("half", ("example-1",)),
    ]


def test_an_unknown_topic_is_an_error() -> None:
    """A key that no topic has is the caller's mistake."""
    with pytest.raises(KeyError):
        assign(make_programme(), "nothing", START, {}, NOW)


@pytest.mark.parametrize(("start", "now"), [(START.replace(tzinfo=None), NOW), (START, NOW.replace(tzinfo=None))])
def test_naive_times_are_errors(start: datetime, now: datetime) -> None:
    """Neither the start nor the present is ever guessed."""
    with pytest.raises(ValueError, match="no time zone"):
        assign(make_programme(), "auth", start, {}, now)

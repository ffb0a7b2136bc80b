"""What a topic offers: against the slow enumeration, and rule by rule."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.answers import Offer, ReasonCode
from routing.router import neighbours, offer
from routing.values import Diary, Spans, TimeRange
from tests.routing import enumeration
from tests.routing.worlds import (
    EVERY_DAY,
    HOUR,
    NOW,
    World,
    make_diaries,
    make_maintainer,
    make_programme,
    make_slot,
    make_topic,
    ranges_after,
    session,
    utc,
    worlds,
)


def codes(answer: Offer) -> list[ReasonCode]:
    return [reason.code for reason in answer.reasons]


def starts(answer: Offer) -> list[str]:
    return [f"{opening.range.start:%Y-%m-%dT%H:%MZ}" for opening in answer.openings]


@given(worlds(), st.data())
@settings(max_examples=100)
def test_the_offer_is_what_enumeration_finds(world: World, data: st.DataObject) -> None:
    """In a random world the router offers exactly what trying every session and maintainer finds, or says why not."""
    window = data.draw(st.none() | ranges_after(world.now, 14, 10 * 24 * 60), label="window")
    exclude = data.draw(st.frozensets(st.sampled_from(("m0", "m1"))), label="exclude")
    answer = offer(world.programme, "asked", world.diaries, world.now, window=window, exclude=exclude)
    rows = [(one.range.start, one.slot, one.range.end, one.maintainers) for one in answer.openings]
    assert rows == enumeration.openings(world, window, exclude)
    assert bool(answer.openings) is not bool(answer.reasons)
    brief = offer(world.programme, "asked", world.diaries, world.now, window=window, exclude=exclude, enough=1)
    assert [(one.range, one.slot, one.maintainers) for one in brief.openings] == [
        (one.range, one.slot, one.maintainers[:1]) for one in answer.openings
    ]
    assert all(reason.text.endswith(".") for reason in answer.reasons)


def test_openings_name_those_who_are_free() -> None:
    """An opening lists the free maintainers in the programme's order and leaves the busy one out."""
    programme = make_programme(*(make_maintainer(number) for number in (3, 1, 2)), horizon_days=1)
    busy = Diary(Spans.of([session("2026-12-01T15:15Z")]))
    answer = offer(programme, "auth", make_diaries(programme, example_1=busy), NOW)
    [opening] = answer.openings
    assert (opening.slot, opening.range) == ("7am", session("2026-12-01T15:00Z"))
    assert opening.maintainers == ("example-3", "example-2")
    assert opening.free == 2
    assert answer.reasons == ()


def test_an_opening_with_nobody_free_is_left_out() -> None:
    """A day on which everybody is busy is not offered; the days around it are."""
    programme = make_programme(horizon_days=3)
    diaries = make_diaries(programme, example_1=Diary(Spans.of([session("2026-12-02T15:00Z")])))
    assert starts(offer(programme, "auth", diaries, NOW)) == ["2026-12-01T15:00Z", "2026-12-03T15:00Z"]


def test_slots_at_the_same_instant_are_both_offered() -> None:
    """Two slots of a topic that start together give two openings, in the topic's order."""
    slots = [make_slot("7am"), make_slot("east", time(10), timezone="America/New_York")]
    programme = make_programme(
        make_maintainer(1), make_maintainer(2, slots=frozenset({"east"})), slots=slots, horizon_days=1
    )
    found = offer(programme, "auth", make_diaries(programme), NOW).openings
    assert [(one.slot, one.maintainers) for one in found] == [("7am", ("example-1",)), ("east", ("example-2",))]
    assert found[0].range == found[1].range


def test_a_start_exactly_at_the_notice_is_offered() -> None:
    """Four hours' notice allows a session in four hours, and not one a second sooner."""
    programme = make_programme(
        make_maintainer(slots=frozenset({"noon"})), slots=[make_slot("noon", time(12))], horizon_days=0
    )
    diaries = make_diaries(programme)
    assert starts(offer(programme, "auth", diaries, NOW)) == ["2026-11-30T20:00Z"]
    late = offer(programme, "auth", diaries, NOW + timedelta(microseconds=1))
    assert codes(late) == [ReasonCode.NOT_A_START]


def test_the_horizon_counts_local_dates() -> None:
    """The last day is today's date in the programme's zone plus the horizon, up to its midnight there."""
    late = make_slot("11pm", time(23), weekdays=EVERY_DAY)
    programme = make_programme(make_maintainer(slots=frozenset({"11pm"})), slots=[late], horizon_days=2)
    # 23:30 on 30 November in Los Angeles is 1 December in UTC.
    now = utc("2026-12-01T07:30Z")
    assert starts(offer(programme, "auth", make_diaries(programme), now)) == ["2026-12-02T07:00Z", "2026-12-03T07:00Z"]


def test_the_window_keeps_sessions_that_start_in_it() -> None:
    """A window includes its first instant and excludes its last."""
    programme = make_programme()
    window = TimeRange(utc("2026-12-02T15:00Z"), utc("2026-12-04T15:00Z"))
    answer = offer(programme, "auth", make_diaries(programme), NOW, window=window)
    assert starts(answer) == ["2026-12-02T15:00Z", "2026-12-03T15:00Z"]


def test_a_full_week_is_not_offered() -> None:
    """At the weekly limit a maintainer is free again on the next Monday, and not before."""
    programme = make_programme(make_maintainer(weekly_limit=2))
    weeks = {date(2026, 11, 30): 2, date(2026, 12, 7): 1}
    found = offer(programme, "auth", make_diaries(programme, example_1=Diary(weeks=weeks)), NOW)
    assert starts(found)[0] == "2026-12-07T15:00Z"


def test_the_week_is_that_of_the_programme() -> None:
    """A Sunday evening in Los Angeles counts for the week that ends, though it is Monday in UTC."""
    sunday = make_slot("sunday", time(21), weekdays=frozenset({6}))
    programme = make_programme(make_maintainer(slots=frozenset({"sunday"}), weekly_limit=1), slots=[sunday])
    full = make_diaries(programme, example_1=Diary(weeks={date(2026, 11, 30): 1}))
    assert starts(offer(programme, "auth", full, NOW)) == ["2026-12-14T05:00Z"]
    other = make_diaries(programme, example_1=Diary(weeks={date(2026, 12, 7): 1}))
    assert starts(offer(programme, "auth", other, NOW)) == ["2026-12-07T05:00Z"]


def test_a_limit_of_nought_is_never_free() -> None:
    """Who takes no sessions is not offered in a week without any."""
    programme = make_programme(make_maintainer(weekly_limit=0))
    answer = offer(programme, "auth", make_diaries(programme), NOW)
    assert set(codes(answer)) == {ReasonCode.NOBODY_FREE, ReasonCode.WEEKLY_LIMIT}


@pytest.mark.parametrize(
    ("diary", "code"),
    [
        (Diary(busy=None), ReasonCode.UNREADABLE),
        (None, ReasonCode.UNREADABLE),
        (Diary(Spans.of([TimeRange(NOW, NOW + 30 * 24 * HOUR)])), ReasonCode.BUSY),
        (Diary(booked=Spans.of([TimeRange(NOW, NOW + 30 * 24 * HOUR)])), ReasonCode.BOOKED),
        (Diary(leave=Spans.of([TimeRange(NOW, NOW + 30 * 24 * HOUR)])), ReasonCode.LEAVE),
    ],
    ids=["unreadable", "no diary", "busy", "booked", "leave"],
)
def test_who_is_not_known_to_be_free_is_not_offered(diary: Diary | None, code: ReasonCode) -> None:
    """Busy, booked, on leave, unreadable or unheard of: no opening, and the reason says which."""
    programme = make_programme()
    diaries = {} if diary is None else {"example-1": diary}
    answer = offer(programme, "auth", diaries, NOW)
    assert answer.openings == ()
    assert [(reason.code, reason.maintainer) for reason in answer.reasons] == [
        (ReasonCode.NOBODY_FREE, None),
        (code, "example-1"),
    ]


def test_an_excluded_maintainer_is_not_offered() -> None:
    """Whoever was just lost in a race is left out, and that is the reason when nobody else is there."""
    programme = make_programme(make_maintainer(1), make_maintainer(2))
    answer = offer(programme, "auth", make_diaries(programme), NOW, exclude=frozenset({"example-1"}))
    assert {one.maintainers for one in answer.openings} == {("example-2",)}
    everybody = frozenset({"example-1", "example-2"})
    answer = offer(programme, "auth", make_diaries(programme), NOW, exclude=everybody)
    assert codes(answer) == [ReasonCode.NOBODY_FREE, ReasonCode.TAKEN, ReasonCode.TAKEN]


def test_the_refusal_says_who_where_and_until_when() -> None:
    """The first sentence names the topic, the slots and the last day looked at."""
    slots = [make_slot("7am"), make_slot("1pm", time(13)), make_slot("9pm", time(21))]
    programme = make_programme(slots=slots, horizon_days=2)
    answer = offer(programme, "auth", {}, NOW)
    assert answer.reasons[0].text == (
        "No one with “Flyte deployment, auth” is free at 7am, 1pm or 9pm before 3 December."
        " Choose another time, or look again later."
    )


def test_the_refusal_of_a_window_names_its_dates() -> None:
    """Asked for certain dates, the sentence speaks of those alone."""
    window = TimeRange(utc("2026-12-02T08:00Z"), utc("2026-12-05T08:00Z"))
    answer = offer(make_programme(), "auth", {}, NOW, window=window)
    assert "is free at 7am from 2 December to 4 December." in answer.reasons[0].text


def test_reasons_about_a_maintainer_count_the_times() -> None:
    """Over many starts a reason tells how often it stood in the way, and names nobody in its sentence."""
    programme = make_programme(horizon_days=3)
    diary = Diary(
        Spans.of([session("2026-12-01T15:00Z"), session("2026-12-02T15:00Z")]), Spans.of([session("2026-12-03T15:00Z")])
    )
    answer = offer(programme, "auth", {"example-1": diary}, NOW)
    assert [reason.text for reason in answer.reasons[1:]] == [
        "One maintainer who knows it is busy at 2 of 3 times.",
        "One maintainer who knows it already has a session at 1 of 3 times.",
    ]


@pytest.mark.parametrize(
    ("maintainer", "code", "words"),
    [
        (make_maintainer(expertise={"flytekit": 3}), ReasonCode.NO_EXPERT, "No maintainer knows “Flyte deployment"),
        (make_maintainer(slots=frozenset({"9pm"})), ReasonCode.NOT_STAFFED, "staffs 7am."),
    ],
    ids=["nobody knows it", "nobody staffs it"],
)
def test_a_topic_without_people_says_so(maintainer: object, code: ReasonCode, words: str) -> None:
    """A topic that nobody knows, or nobody who does staffs, is refused for that and not for being busy."""
    programme = make_programme(maintainer)
    answer = offer(programme, "auth", make_diaries(programme), NOW)
    assert codes(answer)[0] is code
    assert words in answer.reasons[0].text


def test_a_topic_without_slots_says_so() -> None:
    """A topic that no slot serves is refused with a sentence, not with an error."""
    programme = make_programme(topics=[make_topic(slots=())])
    answer = offer(programme, "auth", make_diaries(programme), NOW)
    assert codes(answer) == [ReasonCode.NOT_STAFFED]
    assert answer.reasons[0].text == "No slot serves “Flyte deployment, auth”. Choose another topic."


@pytest.mark.parametrize(
    ("first", "last", "code", "words"),
    [
        ("2026-11-20T00:00Z", "2026-11-21T00:00Z", ReasonCode.NOTICE, "at least 4 hours ahead"),
        ("2026-11-20T00:00Z", "2026-11-30T20:00Z", ReasonCode.NOTICE, "at least 4 hours ahead"),
        ("2027-01-01T00:00Z", "2027-01-02T00:00Z", ReasonCode.HORIZON, "until 14 December"),
        ("2026-12-05T08:00Z", "2026-12-07T08:00Z", ReasonCode.NOT_A_START, "from 5 December to 6 December: it is"),
    ],
    ids=["past", "inside the notice", "beyond the horizon", "a weekend"],
)
def test_a_window_without_sessions_says_why(first: str, last: str, code: ReasonCode, words: str) -> None:
    """Dates that cannot have an opening are refused for that, even when everybody is free."""
    programme = make_programme()
    window = TimeRange(utc(first), utc(last))
    answer = offer(programme, "auth", make_diaries(programme), NOW, window=window)
    assert codes(answer) == [code]
    assert words in answer.reasons[0].text


def test_an_unknown_topic_is_an_error() -> None:
    """A key that no topic has is the caller's mistake."""
    with pytest.raises(KeyError):
        offer(make_programme(), "nothing", {}, NOW)


def test_a_naive_now_is_an_error() -> None:
    """The time is never guessed."""
    with pytest.raises(ValueError, match="no time zone"):
        offer(make_programme(), "auth", {}, NOW.replace(tzinfo=None))


def test_neighbours_are_what_the_same_people_know() -> None:
    """Most shared expertise first; what only others know is none."""
    topics = [make_topic(key) for key in ("auth", "plugins", "releases", "other")]
    people = (
        make_maintainer(1, expertise={"auth": 3, "plugins": 1, "releases": 2}),
        make_maintainer(2, expertise={"auth": 1, "plugins": 3}),
        make_maintainer(3, expertise={"other": 3}),
    )
    programme = make_programme(*people, topics=topics)
    assert neighbours(programme, "auth") == ("plugins", "releases")
    assert neighbours(programme, "other") == ()

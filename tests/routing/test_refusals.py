"""Starts that are refused: each with its reasons, and the nearest openings."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from routing.answers import ReasonCode, Unroutable
from routing.router import NEAREST, assign, offer
from routing.values import Diary, Maintainer, Programme, Spans
from tests.routing.answers import order, refused
from tests.routing.worlds import (
    EVERY_DAY,
    HALF_HOUR,
    HOUR,
    NOW,
    make_diaries,
    make_maintainer,
    make_programme,
    make_slot,
    make_topic,
    session,
    utc,
)

START = utc("2026-12-01T15:00Z")  # Tuesday, 7 am in Los Angeles


@pytest.mark.parametrize(
    "start", ["2026-12-01T15:15Z", "2026-12-01T14:59:59.5Z", "2026-12-01T15:00:00.5Z", "2026-12-05T15:00Z"]
)
def test_a_time_that_is_no_start_is_refused(start: str) -> None:
    """Between sessions, half a second off, or on a Saturday: not a start, with the nearest openings."""
    programme = make_programme()
    codes, nearest = refused(assign(programme, "auth", utc(start), make_diaries(programme), NOW))
    assert codes == [(ReasonCode.NOT_A_START, None)]
    assert len(nearest) == NEAREST


@pytest.mark.parametrize("start", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_the_calendar_are_no_start(start: datetime) -> None:
    """The first and the last instant that can be written are refused like any other wrong time."""
    programme = make_programme()
    codes, nearest = refused(assign(programme, "auth", start, make_diaries(programme), NOW))
    assert codes == [(ReasonCode.NOT_A_START, None)]
    assert len(nearest) == NEAREST


def test_a_slot_of_another_topic_is_no_start() -> None:
    """A session of a slot that does not serve the topic is not one of its starts."""
    slots = [make_slot("7am"), make_slot("9pm", time(21))]
    programme = make_programme(make_maintainer(), slots=slots, topics=[make_topic(slots=["7am"])])
    answer = assign(programme, "auth", utc("2026-12-02T05:00Z"), make_diaries(programme), NOW)
    assert refused(answer)[0] == [(ReasonCode.NOT_A_START, None)]
    assert isinstance(answer, Unroutable)
    assert answer.reasons[0].text == (
        "No session of “Flyte deployment, auth” starts then: it is served at 7am. Choose one of its times."
    )


def test_the_notice_is_counted_to_the_microsecond() -> None:
    """Exactly at the notice is allowed; a microsecond later the session is too near, with the notice in words."""
    programme = make_programme()
    diaries = make_diaries(programme)
    edge = START - 4 * HOUR
    assert order(assign(programme, "auth", START, diaries, edge)) == ["example-1"]
    late = assign(programme, "auth", START, diaries, edge + timedelta(microseconds=1))
    codes, nearest = refused(late)
    assert codes == [(ReasonCode.NOTICE, None)]
    assert nearest[0] == utc("2026-12-02T15:00Z")
    assert isinstance(late, Unroutable)
    assert late.reasons[0].text == "Sessions are booked at least 4 hours ahead. Choose a later time."


@pytest.mark.parametrize(
    ("notice", "words"),
    [
        (timedelta(0), "This time has passed."),
        (timedelta(minutes=90), "at least 90 minutes ahead"),
        (timedelta(hours=1), "at least 1 hour ahead"),
        (timedelta(days=2), "at least 2 days ahead"),
        (timedelta(seconds=90), "at least 2 minutes ahead"),
    ],
)
def test_the_notice_is_said_in_plain_units(notice: timedelta, words: str) -> None:
    """The notice reads as a person would say it, rounded up, and without one the time has simply passed."""
    programme = make_programme(minimum_notice=notice)
    answer = assign(programme, "auth", START, make_diaries(programme), START + HOUR)
    assert isinstance(answer, Unroutable)
    assert words in answer.reasons[0].text


def test_the_horizon_ends_at_local_midnight() -> None:
    """The last day's last session can be booked; the next day's cannot, and the sentence names the last day."""
    late = make_slot("11pm", time(23), weekdays=EVERY_DAY)
    programme = make_programme(make_maintainer(slots=frozenset({"11pm"})), slots=[late], horizon_days=2)
    diaries = make_diaries(programme)
    assert order(assign(programme, "auth", utc("2026-12-03T07:00Z"), diaries, NOW)) == ["example-1"]
    beyond = assign(programme, "auth", utc("2026-12-04T07:00Z"), diaries, NOW)
    codes, nearest = refused(beyond)
    assert codes == [(ReasonCode.HORIZON, None)]
    assert nearest == [utc(f"2026-12-0{day}T07:00Z") for day in (3, 2, 1)]
    assert isinstance(beyond, Unroutable)
    assert beyond.reasons[0].text == "Sessions can be booked until 2 December. Choose an earlier time."


def test_midnight_after_the_last_day_is_beyond_the_horizon() -> None:
    """A session at 00:00 belongs to the day it begins."""
    midnight = make_slot("midnight", time(0), weekdays=EVERY_DAY)
    programme = make_programme(make_maintainer(slots=frozenset({"midnight"})), slots=[midnight], horizon_days=2)
    diaries = make_diaries(programme)
    assert order(assign(programme, "auth", utc("2026-12-02T08:00Z"), diaries, NOW)) == ["example-1"]
    assert refused(assign(programme, "auth", utc("2026-12-03T08:00Z"), diaries, NOW))[0] == [(ReasonCode.HORIZON, None)]


def everybody_in_the_way() -> tuple[Programme, dict[str, Diary]]:
    """Seven people who know the topic and one who does not, each of the seven kept by something else."""
    people: list[Maintainer] = [make_maintainer(number) for number in range(1, 6)]
    people += [make_maintainer(6, weekly_limit=3), make_maintainer(7, slots=frozenset({"9pm"}))]
    programme = make_programme(*people, make_maintainer(8, expertise={}), horizon_days=1)
    at_start = Spans.of([session("2026-12-01T15:00Z")])
    diaries = {
        "example-1": Diary(at_start),
        "example-2": Diary(booked=at_start),
        "example-3": Diary(leave=at_start),
        "example-4": Diary(busy=None),
        "example-6": Diary(weeks={date(2026, 11, 30): 3}),
        "example-7": Diary(),
        "example-8": Diary(),
    }
    return programme, diaries


def test_nobody_free_gives_a_reason_for_each() -> None:
    """A refusal says first that nobody is free, then what keeps each who knows the topic, without names."""
    programme, diaries = everybody_in_the_way()
    answer = assign(programme, "auth", START, diaries, NOW)
    assert refused(answer)[0] == [
        (ReasonCode.NOBODY_FREE, None),
        (ReasonCode.BUSY, "example-1"),
        (ReasonCode.BOOKED, "example-2"),
        (ReasonCode.LEAVE, "example-3"),
        (ReasonCode.UNREADABLE, "example-4"),
        (ReasonCode.UNREADABLE, "example-5"),
        (ReasonCode.WEEKLY_LIMIT, "example-6"),
        (ReasonCode.NOT_STAFFED, "example-7"),
    ]
    assert isinstance(answer, Unroutable)
    assert answer.reasons[0].text.startswith("No one with “Flyte deployment, auth” is free at 7am on 1 December.")
    assert [reason.text for reason in answer.reasons[1:5]] == [
        "One maintainer who knows it is busy then.",
        "One maintainer who knows it already has a session then.",
        "One maintainer who knows it is on leave then.",
        "The calendar of one maintainer who knows it cannot be read just now. Try again in a few minutes.",
    ]
    assert not any("example" in reason.text.lower() for reason in answer.reasons)


def test_two_slots_at_one_instant_are_one_time() -> None:
    """Who staffs two slots that start together is in the way once, not twice."""
    slots = [make_slot("7am"), make_slot("east", time(10), timezone="America/New_York")]
    programme = make_programme(make_maintainer(slots=frozenset({"7am", "east"})), slots=slots, horizon_days=1)
    busy = Diary(Spans.of([session("2026-12-01T15:00Z")]))
    answer = assign(programme, "auth", START, make_diaries(programme, example_1=busy), NOW)
    assert isinstance(answer, Unroutable)
    assert [reason.text for reason in answer.reasons[1:]] == ["One maintainer who knows it is busy then."]


def test_a_slot_that_no_expert_staffs_says_so() -> None:
    """At a slot without anybody who knows the topic, the refusal says that, and names openings in another slot."""
    slots = [make_slot("7am"), make_slot("9pm", time(21))]
    programme = make_programme(make_maintainer(slots=frozenset({"9pm"})), slots=slots, horizon_days=1)
    codes, nearest = refused(assign(programme, "auth", START, make_diaries(programme), NOW))
    assert codes == [(ReasonCode.NOT_STAFFED, None), (ReasonCode.NOT_STAFFED, "example-1")]
    assert nearest == [utc("2026-12-01T05:00Z"), utc("2026-12-02T05:00Z")]


def test_a_topic_without_experts_or_slots_says_so() -> None:
    """A topic that nobody knows, or that no slot serves, is refused with that reason."""
    programme = make_programme(make_maintainer(expertise={"flytekit": 3}))
    answer = assign(programme, "auth", START, make_diaries(programme), NOW)
    assert refused(answer) == ([(ReasonCode.NO_EXPERT, None)], [])
    programme = make_programme(topics=[make_topic(slots=())])
    answer = assign(programme, "auth", START, make_diaries(programme), NOW)
    assert refused(answer) == ([(ReasonCode.NOT_STAFFED, None)], [])


def test_the_nearest_openings_are_near_in_time() -> None:
    """Of many openings a refusal names the three nearest to what was asked, the nearest first, before or after."""
    slots = [make_slot("7am", weekdays=EVERY_DAY), make_slot("1pm", time(13), weekdays=EVERY_DAY)]
    programme = make_programme(make_maintainer(slots=frozenset({"7am", "1pm"})), slots=slots)
    diaries = make_diaries(programme, example_1=Diary(Spans.of([session("2026-12-08T15:00Z")])))
    _, nearest = refused(assign(programme, "auth", utc("2026-12-08T15:00Z"), diaries, NOW))
    assert nearest == [utc("2026-12-08T21:00Z"), utc("2026-12-07T21:00Z"), utc("2026-12-07T15:00Z")]


def test_the_nearest_openings_are_different_times() -> None:
    """Slots that start together count once among the nearest."""
    slots = [make_slot("7am"), make_slot("east", time(10), timezone="America/New_York")]
    programme = make_programme(make_maintainer(slots=frozenset({"7am", "east"})), slots=slots, horizon_days=2)
    found = offer(programme, "auth", make_diaries(programme), NOW).openings
    assert len(found) == 4
    _, nearest = refused(assign(programme, "auth", START + HALF_HOUR, make_diaries(programme), NOW))
    assert nearest == [utc("2026-12-01T15:00Z"), utc("2026-12-02T15:00Z")]

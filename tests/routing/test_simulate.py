"""What if: small streams whose outcome can be counted by hand, and what the policies are for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from benchmarks.policies import best_expert, world
from routing.changes import with_maintainer, with_slot, without
from routing.policies import POLICIES, SaveTheScarce
from routing.simulate import DAY, Request, gini, run, stream
from routing.values import Programme, epoch
from tests.routing.worlds import make_maintainer, make_programme, make_slot, make_topic

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
POLICY = POLICIES["save-the-scarce"]


def asked(topic: str, *days: int) -> list[Request]:
    """Requests at midnight (UTC) of these days from Monday on, for any slot."""
    return [Request(epoch(MONDAY) + day * DAY, topic, frozenset({"7am", "+ 13:00"})) for day in days]


def test_a_place_is_given_once() -> None:
    """One maintainer at 7 am on five days: of seven who ask on Monday five get Monday to Friday, two get nothing."""
    report = run(make_programme(), asked("auth", *[0] * 7), POLICY)
    assert report.within_7_days == pytest.approx(5 / 7)
    assert report.within_3_days == pytest.approx(3 / 7)
    assert report.wait == pytest.approx(2 + 15 / 24)
    assert (report.worst_topic, report.worst_topic_served) == ("auth", pytest.approx(5 / 7))


def test_the_weekly_limit_holds() -> None:
    """With two sessions a week two of seven are served."""
    report = run(make_programme(make_maintainer(weekly_limit=2)), asked("auth", *[0] * 7), POLICY)
    assert report.within_7_days == pytest.approx(2 / 7)


def test_weekdays_that_somebody_does_not_give_are_left_out() -> None:
    """On Mondays and Thursdays only two of seven are served, and whoever asks on Tuesday waits for Thursday."""
    programme = make_programme(make_maintainer(weekdays={"7am": frozenset({0, 3})}))
    report = run(programme, asked("auth", *[0] * 7), POLICY)
    assert report.within_7_days == pytest.approx(2 / 7)
    assert report.utilisation == {"example-1": 1.0}
    assert run(programme, asked("auth", 1), POLICY).wait == pytest.approx(2 + 15 / 24)


def test_nobody_gets_a_topic_they_do_not_know() -> None:
    """Where nobody knows it nothing is served, however many are free."""
    programme = make_programme(topics=[make_topic(), make_topic("rare", "Rare")])
    report = run(programme, [*asked("auth", 0), *asked("rare", 1)], POLICY)
    assert (report.within_7_days, report.worst_topic, report.worst_topic_served) == (0.5, "rare", 0.0)


def test_what_is_supposed_changes_the_outcome() -> None:
    """Somebody more, or a further slot, serves those who went away; losing the only one serves nobody."""
    programme, week = make_programme(), asked("auth", *[0] * 7)
    more = with_maintainer(programme, "Ada", {"auth": 1})
    assert run(more, week, POLICY).within_7_days == 1.0
    assert run(with_slot(programme, time(13)), week, POLICY).within_7_days == 1.0
    assert run(without(more, "example-1"), week, POLICY).expertise == 0.5
    named = with_slot(programme, time(13), ["auth"])
    assert named.topics["auth"].slots == ("7am", "+ 13:00")
    for wrong in (lambda: without(programme, "x"), lambda: with_maintainer(programme, "Ada", {"x": 1})):
        with pytest.raises(LookupError, match=r"There is no .* There are: "):
            wrong()


def test_the_same_stream_has_the_same_report() -> None:
    """By seed and nothing else; another seed is another stream."""
    programme, requests = world(5, 0.9, 300)
    assert run(programme, requests, POLICY) == run(*world(5, 0.9, 300), POLICY)
    kinds = [("auth", frozenset({"7am"}))]
    assert stream(kinds, MONDAY, 10, 20, seed=1) == stream(kinds, MONDAY, 10, 20, seed=1)
    assert stream(kinds, MONDAY, 10, 20, seed=1) != stream(kinds, MONDAY, 10, 20, seed=2)


def test_saving_the_scarce_serves_more_than_the_best_expert_does() -> None:
    """In a world where two topics are known to two people: more are served, above all of the worst topic."""
    programme, requests = world(42, 0.9, 1000)
    scarce, greedy = run(programme, requests, POLICY), run(programme, requests, best_expert)
    bare = run(programme, requests, SaveTheScarce(reserve=0))
    assert scarce.within_7_days > greedy.within_7_days + 0.05
    assert scarce.worst_topic_served > greedy.worst_topic_served + 0.2
    assert scarce.worst_topic_served > bare.worst_topic_served
    fair = run(programme, requests, POLICIES["save-the-scarce-fair"])
    assert fair.gini < scarce.gini < greedy.gini
    assert fair.within_7_days >= scarce.within_7_days - 0.01


def test_each_waits_no_longer_than_seven_days_and_the_notice() -> None:
    """A notice of two days moves everybody's first place on."""
    programme: Programme = replace(make_programme(slots=[make_slot()]), minimum_notice=timedelta(days=2))
    assert run(programme, asked("auth", 0), POLICY).wait == pytest.approx(2 + 15 / 24)


def test_gini_knows_its_ends() -> None:
    """Nothing between equals; almost everything where one of many has it all."""
    assert gini([3, 3, 3]) == 0
    assert gini([0] * 9 + [1]) == pytest.approx(0.9)
    assert gini([]) == gini([0, 0]) == 0

"""Weeks in which an hour there is another hour here."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from routing.shifts import Shift, shifts

HOUR = timedelta(hours=1)
LA = "America/Los_Angeles"


def test_two_weeks_in_spring_and_one_in_autumn() -> None:
    """The United States change on 14 March and 7 November 2027, Germany on 28 March and 31 October."""
    assert shifts("Europe/Berlin", LA, date(2026, 11, 30), 365) == (
        Shift(date(2027, 3, 14), date(2027, 3, 27), -HOUR),
        Shift(date(2027, 10, 31), date(2027, 11, 6), -HOUR),
    )


def test_where_clocks_never_change_it_lasts_all_summer() -> None:
    """India keeps its time; seen from a summer's day, it is the winter that differs, and it goes on beyond the look."""
    assert shifts("Asia/Kolkata", LA, date(2026, 11, 30), 365) == (Shift(date(2027, 3, 14), date(2027, 11, 6), -HOUR),)
    assert shifts("Asia/Kolkata", LA, date(2026, 7, 1), 200) == (Shift(date(2026, 11, 1), None, HOUR),)


def test_half_an_hour_counts() -> None:
    """Lord Howe moves its clocks by thirty minutes, and the other way round in the year."""
    found = shifts("Australia/Lord_Howe", LA, date(2026, 11, 30), 365)
    assert [(shift.first, shift.by / HOUR) for shift in found] == [
        (date(2027, 3, 14), -1),
        (date(2027, 4, 3), -1.5),
        (date(2027, 10, 2), -1),
    ]


@pytest.mark.parametrize("here", [LA, "America/Tijuana"])
def test_the_same_clocks_never_differ(here: str) -> None:
    """Nothing to say."""
    assert shifts(here, LA, date(2026, 11, 30), 365) == ()

"""Instants in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from booking import formatting, resources

NINE_PM_PACIFIC = datetime(2026, 12, 2, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("America/Los_Angeles", "Tuesday 1 December 2026, 9:00 pm (Los Angeles, UTC-8)"),
        ("Asia/Kolkata", "Wednesday 2 December 2026, 10:30 am (Kolkata, UTC+5:30)"),
        ("Asia/Kathmandu", "Wednesday 2 December 2026, 10:45 am (Kathmandu, UTC+5:45)"),
        ("America/St_Johns", "Wednesday 2 December 2026, 1:30 am (St Johns, UTC-3:30)"),
        ("Europe/London", "Wednesday 2 December 2026, 5:00 am (London, UTC+0)"),
    ],
)
def test_when_names_day_time_zone_and_offset(zone: str, words: str) -> None:
    """A time is written out with its weekday, year, place and offset."""
    assert formatting.when(NINE_PM_PACIFIC, zone) == words


def test_offset_is_that_of_the_instant() -> None:
    """Summer time is told by the date of the session, not by today."""
    summer = datetime(2026, 7, 1, 16, 0, tzinfo=UTC)
    assert formatting.zone_label(summer, "America/Los_Angeles") == "Los Angeles, UTC-7"


@pytest.mark.parametrize(
    ("hour", "words"),
    [(0, "12:05 am"), (1, "1:05 am"), (11, "11:05 am"), (12, "12:05 pm"), (13, "1:05 pm"), (23, "11:05 pm")],
)
def test_clock_says_am_or_pm(hour: int, words: str) -> None:
    """Midnight is 12 am, noon is 12 pm."""
    assert formatting.clock(datetime(2026, 12, 1, hour, 5, tzinfo=UTC), "UTC") == words


def test_day_and_its_short_form() -> None:
    """The long form has the year; the short one is for subjects and texts."""
    assert formatting.day(NINE_PM_PACIFIC, "Asia/Tokyo") == "Wednesday 2 December 2026"
    assert formatting.short_day(NINE_PM_PACIFIC, "Asia/Tokyo") == "Wed 2 Dec"
    assert formatting.weekday(NINE_PM_PACIFIC, "America/Los_Angeles") == "Tuesday"


@pytest.mark.parametrize(
    ("hour", "night"), [(21, False), (22, True), (23, True), (0, True), (6, True), (7, False), (12, False)]
)
def test_night_is_from_ten_to_seven(hour: int, night: bool) -> None:
    """7 am is morning, 10 pm is night."""
    assert formatting.is_night(datetime(2026, 12, 1, hour, 59 if hour == 6 else 0, tzinfo=UTC), "UTC") is night


def test_words_are_listed_as_people_do() -> None:
    """Commas, and one "and" before the last."""
    assert [formatting.listed(words) for words in ([], ["US"], ["US", "CA"], ["US", "CA", "GB"])] == [
        "",
        "US",
        "US and CA",
        "US, CA and GB",
    ]


def test_a_naive_time_is_refused() -> None:
    """A time without a zone would be somebody's guess."""
    with pytest.raises(ValueError, match="no time zone"):
        formatting.when(datetime(2026, 12, 1), "UTC")  # noqa: DTZ001  # that is the point


def test_folders_travel_with_the_code() -> None:
    """Templates and communities are found; a folder that is missing is named."""
    assert (resources.folder("templates") / "email").is_dir()
    assert (resources.folder("communities") / "flyte.toml").is_file()
    with pytest.raises(FileNotFoundError, match="'nowhere'"):
        resources.folder("nowhere")

"""What a community file may say, and what is answered to a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.community.file import CommunityFileError, parse, read_file
from booking.durations import format_duration, parse_duration
from tests.booking.community_mistakes import ADA, GOOD, WRONG


def problems(text: str) -> list[str]:
    with pytest.raises(CommunityFileError) as caught:
        parse(text)
    return caught.value.problems


@pytest.mark.parametrize(("right", "wrong", "problem"), WRONG, ids=[problem[:50] for *_, problem in WRONG])
def test_a_wrong_file_gets_place_and_remedy(right: str, wrong: str, problem: str) -> None:
    """A mistake is answered by its table, key and line, what it is, and what to write instead."""
    assert GOOD.count(right) >= 1
    assert problem in problems(GOOD.replace(right, wrong, 1))


def test_the_file_that_the_mistakes_are_made_in_is_good() -> None:
    """The same file without a mistake is read, and deserves no warning."""
    assert parse(GOOD).warnings() == []


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    """A file with mistakes in several tables, references among them, needs one round of corrections."""
    text = GOOD.replace("Europe/Berlin", "Berlin").replace("12:00", "noon").replace("setup = 3", "stup = 9")
    places = [problem.partition(": ")[0] for problem in problems(text)]
    assert places == [
        "community, timezone, line 3",
        'slots "noon", starts, line 15',
        f"{ADA}, expertise, stup, line 39",
        f"{ADA}, expertise, stup, line 39",
    ]


def test_two_maintainers_cannot_share_an_address() -> None:
    """A sign-in link goes to one person, so an address belongs to one maintainer, upper and lower case aside."""
    second = GOOD[GOOD.index("[[maintainers]]") :].replace('"ada"', '"grace"').replace("ada@", "Ada@")
    assert problems(GOOD + second) == [
        'maintainers "grace", email, line 46: "Ada@example.org" is there already, further up; choose another'
    ]


def test_an_empty_file_is_told_what_it_needs() -> None:
    """Without any table, the three that no community can do without are named."""
    assert problems("") == [
        "community: is missing; add a [community] table",
        "slots: is missing; add a [[slots]] table",
        "topics: is missing; add a [[topics]] table",
    ]


def test_wrong_brackets_are_told() -> None:
    """`[maintainers]` for `[[maintainers]]` is answered with the brackets to write."""
    assert problems(GOOD.replace("[[maintainers]]", "[maintainers]")) == [
        "maintainers, line 31: must be a list in square brackets; begin it with [[maintainers]] on a line of its own"
    ]


def test_an_unreadable_file_is_told(tmp_path: Path) -> None:
    """A path that is wrong, and bytes that are no text, are problems like any other."""
    latin = tmp_path / "latin.toml"
    latin.write_bytes("[community]\nname = 'Österreich'\n".encode("latin-1"))
    for path, problem in [
        (tmp_path / "none.toml", "it cannot be read (No such file or directory); check the path"),
        (latin, "it is not UTF-8 text; save it as UTF-8"),
    ]:
        with pytest.raises(CommunityFileError) as caught:
            read_file(path)
        assert caught.value.problems == [f"{path}: {problem}"]


def test_a_room_on_this_machine_may_go_without_https() -> None:
    """http is for localhost only."""
    file = parse(GOOD.replace("https://meet.example.org/ada", "http://localhost:8080/ada"))
    assert file.maintainers[0].room == "http://localhost:8080/ada"


def test_leave_on_a_day_that_never_was_is_refused() -> None:
    """Samoa went from 29 to 31 December 2011; nobody was on leave on the day between."""
    text = GOOD.replace("Europe/London", "Pacific/Apia").replace("2026-12-20", "2011-12-30")
    assert problems(text.replace("2027-01-02", "2011-12-30")) == [
        f"{ADA}, leave, line 40: 2011-12-30 never was a day in Pacific/Apia; leave it out"
    ]


def test_what_nobody_can_take_is_a_warning() -> None:
    """A topic without a taker, a slot without a topic and a maintainer without a session are told, not refused."""
    text = GOOD.replace('slots = ["noon", "late"]\nweekly', 'slots = ["noon"]\nweekly')
    assert parse(text).warnings() == [
        'Topic "setup" in slot "late": no maintainer who staffs the slot knows the topic.'
    ]
    text = text.replace('slots = ["noon", "late"]', 'slots = ["late"]')
    assert parse(text).warnings() == [
        'Topic "setup" in slot "late": no maintainer who staffs the slot knows the topic.',
        'Slot "noon": it serves no topic.',
        'Maintainer "ada": none of the topics they know is served in the slots they staff.',
    ]


@given(st.integers(0, 999_999), st.sampled_from("smhd"))
def test_a_duration_survives_being_written(number: int, unit: str) -> None:
    """Writing a duration and reading it gives the same duration, in its shortest spelling."""
    duration = parse_duration(f"{number}{unit}")
    assert parse_duration(format_duration(duration)) == duration
    assert len(format_duration(duration)) <= max(len(f"{number}{unit}"), 2)


@pytest.mark.parametrize("text", ["", "4", "h", "4 h", "4H", "-4h", "1.5h", "4h30m", "４h", "1000000s", "4h\n"])
def test_a_wrong_duration_is_refused(text: str) -> None:
    """Only a whole number and one of the four letters is a duration."""
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)

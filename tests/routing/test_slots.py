"""A slot's sessions on dates, in the weeks in which clocks change."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import slots
from routing.values import Slot
from tests.routing.worlds import CHANGES, EVERY_DAY, HALF_HOUR, HOUR, PACIFIC, ZONES, make_slot, session, utc


def starts_on(slot: Slot, day: str) -> list[datetime]:
    """The starts of a slot on one date."""
    when = date.fromisoformat(day)
    return [found.start for found in slots.starts(slot, HALF_HOUR, when, when)]


# Offsets of IANA 2026f: each expected instant is the wall-clock time less the offset beside it.
@pytest.mark.parametrize(
    ("zone", "clock", "day", "expected"),
    [
        ("America/Los_Angeles", "07:00", "2026-10-30", "2026-10-30T14:00Z"),  # -7
        ("America/Los_Angeles", "07:00", "2026-11-02", "2026-11-02T15:00Z"),  # -8 since 1 November
        ("America/Los_Angeles", "21:00", "2026-10-30", "2026-10-31T04:00Z"),  # the next day in UTC
        ("America/Los_Angeles", "21:00", "2026-11-02", "2026-11-03T05:00Z"),
        ("America/Los_Angeles", "13:00", "2027-03-12", "2027-03-12T21:00Z"),  # -8
        ("America/Los_Angeles", "13:00", "2027-03-15", "2027-03-15T20:00Z"),  # -7 since 14 March
        ("Europe/Berlin", "09:00", "2026-10-23", "2026-10-23T07:00Z"),  # +2
        ("Europe/Berlin", "09:00", "2026-10-26", "2026-10-26T08:00Z"),  # +1 since 25 October
        ("Europe/Berlin", "09:00", "2027-03-26", "2027-03-26T08:00Z"),  # +1
        ("Europe/Berlin", "09:00", "2027-03-29", "2027-03-29T07:00Z"),  # +2 since 28 March
        ("America/St_Johns", "09:00", "2026-10-30", "2026-10-30T11:30Z"),  # -2:30
        ("America/St_Johns", "09:00", "2026-11-02", "2026-11-02T12:30Z"),  # -3:30 since 1 November
        ("Australia/Lord_Howe", "09:00", "2026-10-02", "2026-10-01T22:30Z"),  # +10:30
        ("Australia/Lord_Howe", "09:00", "2026-10-05", "2026-10-04T22:00Z"),  # +11 since 4 October
        ("Australia/Lord_Howe", "09:00", "2027-04-02", "2027-04-01T22:00Z"),  # +11
        ("Australia/Lord_Howe", "09:00", "2027-04-05", "2027-04-04T22:30Z"),  # +10:30 since 4 April
        ("Asia/Kolkata", "09:00", "2026-10-30", "2026-10-30T03:30Z"),  # +5:30, always
        ("Asia/Kolkata", "09:00", "2027-03-29", "2027-03-29T03:30Z"),
        ("Pacific/Apia", "09:00", "2011-12-29", "2011-12-29T19:00Z"),  # -10
        ("Pacific/Apia", "09:00", "2011-12-31", "2011-12-30T19:00Z"),  # +14 since the 30th was left out
        ("Pacific/Apia", "09:00", "2026-10-05", "2026-10-04T20:00Z"),  # +13, no summer time since 2021
        ("Africa/Casablanca", "09:00", "2026-02-13", "2026-02-13T08:00Z"),  # +1
        ("Africa/Casablanca", "09:00", "2026-02-16", "2026-02-16T09:00Z"),  # +0 in Ramadan, from 15 February
        ("Africa/Casablanca", "09:00", "2026-03-23", "2026-03-23T08:00Z"),  # +1 again since 22 March
        ("Africa/Casablanca", "09:00", "2026-09-21", "2026-09-21T09:00Z"),  # +0 for good since 20 September
        ("Africa/Casablanca", "09:00", "2027-06-01", "2027-06-01T09:00Z"),
        ("America/Sao_Paulo", "09:00", "2018-11-02", "2018-11-02T12:00Z"),  # -3
        ("America/Sao_Paulo", "09:00", "2018-11-05", "2018-11-05T11:00Z"),  # -2 since 4 November
        ("America/Sao_Paulo", "09:00", "2026-11-05", "2026-11-05T12:00Z"),  # -3, no summer time since 2019
        ("Asia/Gaza", "09:00", "2026-10-23", "2026-10-23T06:00Z"),  # +3
        ("Asia/Gaza", "09:00", "2026-10-26", "2026-10-26T07:00Z"),  # +2 since 24 October
        ("Asia/Gaza", "09:00", "2027-03-26", "2027-03-26T07:00Z"),  # +2
        ("Asia/Gaza", "09:00", "2027-03-29", "2027-03-29T06:00Z"),  # +3 since 27 March
        ("America/Vancouver", "09:00", "2026-03-06", "2026-03-06T17:00Z"),  # -8
        ("America/Vancouver", "09:00", "2026-03-09", "2026-03-09T16:00Z"),  # -7 since 8 March
        ("America/Vancouver", "09:00", "2026-11-02", "2026-11-02T16:00Z"),  # -7: the clocks stay, from 2026 on
        ("America/Vancouver", "10:00", "2027-01-05", "2027-01-05T17:00Z"),  # -7, where older rules say -8
        ("America/Vancouver", "09:00", "2027-03-15", "2027-03-15T16:00Z"),  # -7
        ("America/Edmonton", "09:00", "2027-01-05", "2027-01-05T15:00Z"),  # -6, where older rules say -7
        ("America/Winnipeg", "09:00", "2027-01-05", "2027-01-05T14:00Z"),  # -5, where older rules say -6
        ("Pacific/Chatham", "09:00", "2026-09-25", "2026-09-24T20:15Z"),  # +12:45
        ("Pacific/Chatham", "09:00", "2026-09-28", "2026-09-27T19:15Z"),  # +13:45 since 27 September
        ("America/Havana", "09:00", "2026-03-06", "2026-03-06T14:00Z"),  # -5
        ("America/Havana", "09:00", "2026-03-09", "2026-03-09T13:00Z"),  # -4 since 8 March
        ("America/Havana", "09:00", "2026-11-02", "2026-11-02T13:00Z"),  # -4 through the winter, a rule of 2026
        ("America/Havana", "09:00", "2027-11-08", "2027-11-08T14:00Z"),  # -5 since 7 November 2027
        ("Antarctica/Troll", "09:00", "2026-10-23", "2026-10-23T07:00Z"),  # +2
        ("Antarctica/Troll", "09:00", "2026-10-26", "2026-10-26T09:00Z"),  # +0 since 25 October
        ("Africa/Cairo", "09:00", "2026-10-29", "2026-10-29T06:00Z"),  # +3
        ("Africa/Cairo", "09:00", "2026-10-30", "2026-10-30T07:00Z"),  # +2 since that midnight
    ],
)
def test_a_slot_keeps_its_wall_clock_time(zone: str, clock: str, day: str, expected: str) -> None:
    """Before and after a change of the clocks, a slot starts at its own time of day in its own zone."""
    slot = make_slot("slot", time.fromisoformat(clock), timezone=zone, weekdays=EVERY_DAY)
    assert starts_on(slot, day) == [utc(expected)]


def test_a_whole_change_week_in_los_angeles() -> None:
    """Ten weekdays around the autumn change are ten sessions, and the weekend has none."""
    found = slots.starts(make_slot(), HALF_HOUR, date(2026, 10, 26), date(2026, 11, 8))
    before = [session(f"2026-10-{day}T14:00Z") for day in (26, 27, 28, 29, 30)]
    after = [session(f"2026-11-0{day}T15:00Z") for day in (2, 3, 4, 5, 6)]
    assert found == (*before, *after)


def test_sessions_follow_each_other_through_a_gap() -> None:
    """Three sessions from 01:45 take an hour and a half of real time, whatever the wall clock does at 02:00."""
    slot = make_slot("night", time(1, 45), weekdays=EVERY_DAY, sessions=3)
    found = slots.starts(slot, HALF_HOUR, date(2027, 3, 14), date(2027, 3, 14))
    assert found == (session("2027-03-14T09:45Z"), session("2027-03-14T10:15Z"), session("2027-03-14T10:45Z"))


def test_sessions_follow_each_other_over_midnight() -> None:
    """The later sessions of a Friday slot may lie on Saturday."""
    slot = make_slot("late", time(23, 30), weekdays=frozenset({4}), sessions=2)
    found = slots.starts(slot, HALF_HOUR, date(2026, 11, 30), date(2026, 12, 6))
    assert found == (session("2026-12-05T07:30Z"), session("2026-12-05T08:00Z"))
    assert slots.between(slot, HALF_HOUR, utc("2026-12-05T08:00Z"), utc("2026-12-06T00:00Z")) == found[1:]


def test_a_start_that_moves_over_midnight_is_found() -> None:
    """In Nuuk the hour before midnight is skipped: the session of 23:30 starts on the next date, at 00:30."""
    slot = make_slot("late", time(23, 30), timezone="America/Nuuk", weekdays=EVERY_DAY)
    moved = session("2027-03-28T01:30Z")
    assert slots.starts(slot, HALF_HOUR, date(2027, 3, 27), date(2027, 3, 27)) == (moved,)
    assert slots.between(slot, HALF_HOUR, moved.start, moved.end) == (moved,)


def test_a_run_of_days_is_found_from_its_end() -> None:
    """The last of a hundred sessions in a row belongs to a date two days back."""
    slot = make_slot("run", time(7), weekdays=frozenset({1}), sessions=100)
    last = session("2026-12-03T16:30Z")
    assert slots.starts(slot, HALF_HOUR, date(2026, 12, 1), date(2026, 12, 1))[-1] == last
    assert slots.between(slot, HALF_HOUR, last.start, last.end) == (last,)


def test_a_day_that_was_left_out_has_no_session_of_its_own() -> None:
    """A daily slot in Apia meets once on the morning on which 30 and 31 December 2011 fall together."""
    slot = make_slot("daily", time(9), timezone="Pacific/Apia", weekdays=EVERY_DAY)
    found = slots.starts(slot, HALF_HOUR, date(2011, 12, 29), date(2012, 1, 1))
    assert found == (session("2011-12-29T19:00Z"), session("2011-12-30T19:00Z"), session("2011-12-31T19:00Z"))


def test_a_session_is_as_long_as_the_programme_says() -> None:
    """The length of a session is the caller's, and does not stick to the slot."""
    day = date(2026, 12, 1)
    assert slots.starts(make_slot(), HOUR, day, day) == (session("2026-12-01T15:00Z", HOUR),)
    assert slots.starts(make_slot(), HALF_HOUR, day, day) == (session("2026-12-01T15:00Z"),)


def test_dates_in_the_wrong_order_have_no_sessions() -> None:
    """From a later date to an earlier one there is nothing."""
    assert slots.starts(make_slot(), HALF_HOUR, date(2026, 12, 2), date(2026, 12, 1)) == ()


@given(
    st.sampled_from((*ZONES, PACIFIC)),
    st.times().map(lambda t: t.replace(microsecond=0, fold=0)),
    st.integers(1, 60),
    st.sampled_from(CHANGES),
    st.integers(-3 * 24 * 60, 3 * 24 * 60),
    st.integers(0, 4 * 24 * 60),
)
@settings(max_examples=150)
def test_between_finds_what_all_dates_hold(
    zone: str, clock: time, sessions: int, day: date, offset: int, length: int
) -> None:
    """The sessions that start between two instants are those of all dates around that do, none lost at the edges."""
    slot = make_slot("any", clock, timezone=zone, weekdays=EVERY_DAY, sessions=sessions)
    begin = utc(f"{day}T00:00Z") + timedelta(minutes=offset)
    end = begin + timedelta(minutes=length)
    around = slots.starts(slot, HALF_HOUR, day - timedelta(days=10), day + timedelta(days=12))
    assert slots.between(slot, HALF_HOUR, begin, end) == tuple(one for one in around if begin <= one.start < end)

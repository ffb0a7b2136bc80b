"""Texts that wait for the morning, in the reader's own zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from booking.quiet_hours import QuietHours, parse_quiet_hours
from routing import zones

NIGHT = parse_quiet_hours("22:00-08:00")
KOLKATA = "Asia/Kolkata"
instants = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given one
clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))
hours = st.tuples(clocks, clocks).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: QuietHours(*pair))


def kolkata(day: int, hour: int, minute: int = 0) -> datetime:
    return zones.instant(datetime(2026, 12, day, hour, minute), KOLKATA)  # noqa: DTZ001 - a wall time


@pytest.mark.parametrize(
    ("due", "until", "goes"),
    [
        (kolkata(1, 14), kolkata(2, 13), kolkata(1, 14)),
        (kolkata(1, 22), kolkata(2, 21), kolkata(2, 8)),
        (kolkata(1, 3), kolkata(2, 2), kolkata(1, 8)),
        (kolkata(1, 8), kolkata(2, 7), kolkata(1, 8)),
        (kolkata(1, 21, 59), kolkata(2, 21), kolkata(1, 21, 59)),
        (kolkata(1, 3), kolkata(1, 8), kolkata(0 + 1, 3) - timedelta(hours=5, minutes=1)),
        (kolkata(2, 23), kolkata(3, 7), kolkata(2, 21, 59)),
    ],
)
def test_night_is_left_for_the_morning_or_the_evening(due: datetime, until: datetime, goes: datetime) -> None:
    """By day at once; at night in the morning, or a minute before the night when the morning is too late."""
    assert NIGHT.shifted(due, KOLKATA, until) == goes


@given(quiet=hours, due=instants, zone=st.sampled_from(pytz.common_timezones), left=st.floats(0, 48))
def test_nobody_is_woken_and_nothing_is_too_late(quiet: QuietHours, due: datetime, zone: str, left: float) -> None:
    """A text goes at its time by day; else later but in time to be of use, or earlier; never inside the hours."""
    until = due + timedelta(hours=left)
    goes = quiet.shifted(due, zone, until)
    clock = zones.local(due, zone).time()
    inside = quiet.begins <= clock < quiet.ends or (
        quiet.begins > quiet.ends and (clock >= quiet.begins or clock < quiet.ends)
    )
    assert (goes == due) is not inside
    assert goes < due or goes == due or goes < until
    assert abs(goes - due) <= timedelta(hours=26)
    if not clocks_change(zone, due):
        assert quiet.shifted(goes, zone, until) == goes


def clocks_change(zone: str, around: datetime) -> bool:
    """Whether a zone changes its clocks within two days: then a skipped hour may bring a text into the night's edge."""
    offsets = {zones.local(around + timedelta(hours=hour), zone).utcoffset() for hour in range(-48, 49, 6)}
    return len(offsets) > 1


@given(due=instants, zone=st.sampled_from(pytz.common_timezones))
def test_without_quiet_hours_nothing_waits(due: datetime, zone: str) -> None:
    """An empty policy holds nothing back."""
    assert parse_quiet_hours("").shifted(due, zone, due) == due


@pytest.mark.parametrize("text", ["22-8", "22:00 - 08:00", "24:00-08:00", "08:00-08:00", "night", "２２:00-08:00"])
def test_what_is_no_span_is_told(text: str) -> None:
    """A sentence with the way to write it."""
    with pytest.raises(ValueError, match=r'quiet hours|write ""'):
        parse_quiet_hours(text)

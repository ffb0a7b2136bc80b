"""What becomes of a hold when its time is booked, or another is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from booking.extensions import office
from booking.models import Booking
from booking.services.hold import Typed, hold
from booking.services.reserve import reserve
from booking.settings import Settings
from tests.booking.arena import opened, request, write_community

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
START = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def place(tmp_path: Path) -> Iterator[None]:
    community = write_community(tmp_path / "hold.toml", {"noon": ("12:00", 1)}, {"ada": ["noon"]})
    with opened(Settings(data=tmp_path, community=community), lambda: NOW):
        yield


def held(start: datetime) -> Booking:
    found = hold(office(), "noon", start, Typed(), network="203.0.113.0/32", key="browser")
    assert isinstance(found, Booking)
    return found


def test_a_booking_may_have_the_id_of_its_hold() -> None:
    """SQLite gives the id of the row that was just deleted again, while the hold is still in somebody's hands."""
    kept = held(START)
    number = kept.id
    booked = reserve(office(), request("noon", START, 1, hold="browser"))
    assert isinstance(booked, Booking)
    assert (booked.id, booked.status, booked.attendee_name) == (number, "confirmed", "Person 1")
    assert kept is not booked


def test_so_may_the_next_hold() -> None:
    """Another time is chosen while the first is still in somebody's hands."""
    kept = held(START)
    number = kept.id
    other = held(START + timedelta(days=1))
    assert (other.id, other.starts_at) == (number, START + timedelta(days=1))
    assert kept is not other

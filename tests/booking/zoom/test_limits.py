"""What Zoom's 429 asks for: a breath, or the rest of the day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from booking.conferencing.limits import asked_pause

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
DAILY = "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests for this user."


@pytest.mark.parametrize(
    ("message", "headers", "least", "most"),
    [
        ("", {}, 1, 30),
        ("", {"Retry-After": "7"}, 7, 8),
        ("", {"Retry-After": "Tue, 01 Dec 2026 12:00:09 GMT"}, 9, 10),
        ("", {"Retry-After": "2026-12-01T12:00:09Z", "X-RateLimit-Type": "QPS"}, 9, 10),
        ("", {"Retry-After": "2026-12-01T12:00:09"}, 9, 10),
        ("", {"Retry-After": "2026-12-01T11:00:00Z"}, 1, 2),
        ("", {"Retry-After": "soon"}, 1, 30),
    ],
)
def test_a_breath(message: str, headers: dict[str, str], least: float, most: float) -> None:
    """Too many calls in one second: seconds, by header or by chance."""
    pause = asked_pause(headers, message, NOON)
    assert not pause.whole_day
    assert least <= pause.seconds <= most


@pytest.mark.parametrize(
    ("message", "headers"),
    [
        (DAILY, {}),
        (DAILY, {"Retry-After": "5"}),
        ("", {"X-RateLimit-Type": "Daily-limit"}),
        ("", {"Retry-After": "2026-12-02T00:00:00Z"}),
        ("", {"Retry-After": "Wed, 02 Dec 2026 00:00:00 GMT"}),
        ("", {"Retry-After": "99999999999999999999"}),
    ],
)
def test_the_rest_of_the_day(message: str, headers: dict[str, str]) -> None:
    """Until 00:00 UTC, by whatever hint there is, and not every host in the same second."""
    pause = asked_pause(headers, message, NOON)
    assert pause.whole_day
    assert 43200 <= pause.seconds <= 43260

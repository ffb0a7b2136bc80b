"""Our client of Zoom, held against Zoom's own description alone: what it forbids would be refused here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from booking.conferencing.zoom import ConferencingError, Meeting, Token, Zoom
from routing.values import TimeRange
from tests.servers import prism
from tests.servers.zoom_description import zoom_description

ORIGIN = "https://office-hours.example.org"
HOST = "grace@example.org"
NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
WINDOW = TimeRange(NOW + timedelta(days=1), NOW + timedelta(days=1, minutes=30))


class Given:
    """A token that was given out already: the description knows no address for that."""

    def read(self) -> Token:
        return Token("given", NOW + timedelta(hours=1))

    def renew(self, *_: object) -> Token:
        return self.read()


@pytest.fixture(scope="module")
def zoom(vendors: None) -> Iterator[Zoom]:
    with prism.mock(zoom_description()) as url:
        yield Zoom("account", "client", "secret", url, "", ORIGIN, Given(), clock=lambda: NOW)


def test_every_call_is_allowed(zoom: Zoom) -> None:
    """Each gets the answer of success that the description promises; a mock forgets, so nothing is found."""
    meeting = zoom.create(
        "grace@example.org", "a3f1c09b", "Office hours: auth", WINDOW, "Asia/Kolkata", look_first=True
    )
    assert meeting == Meeting(85_000_000_001, "https://zoom.example/j/85000000001", HOST)
    assert zoom.move(meeting, WINDOW) == meeting
    zoom.delete(meeting)


def test_a_forbidden_call_is_refused(zoom: Zoom) -> None:
    """Or the test before would prove nothing: no number of a meeting is text."""
    with pytest.raises(ConferencingError, match="422"):
        zoom.move(Meeting("eighty-five", "", ""), WINDOW)

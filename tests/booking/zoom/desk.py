"""A client at its desk: what tests of meetings share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from booking.conferencing.zoom import ConferencingError, Meeting, Token, Zoom
from routing.values import TimeRange

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
OTHER = "ada@example.org"
HOST = "grace@example.org"
REFERENCE = "a3f1c09b7d5e4f60@officehours"
ORIGIN = "https://office-hours.example.org"
WINDOW = TimeRange(NOW + timedelta(days=1), NOW + timedelta(days=1, minutes=30))
LATER = TimeRange(NOW + timedelta(days=2), NOW + timedelta(days=2, minutes=30))


@dataclass
class Shared:
    """The token store's promises, in memory."""

    token: Token | None = None
    renewed: list[Token | None] = field(default_factory=list)

    def read(self) -> Token | None:
        return self.token

    def renew(self, fetch: Callable[[], Token], failed: Token | None) -> Token:
        self.renewed.append(failed)
        if self.token is None or self.token == failed:
            self.token = fetch()
        return self.token


def create(zoom: Zoom, window: TimeRange = WINDOW, *, look_first: bool = False) -> Meeting:
    return zoom.create(HOST, REFERENCE, "Office hours: auth", window, "America/Los_Angeles", look_first=look_first)


def failure(call: Callable[[], object]) -> ConferencingError:
    """What goes wrong; its text never names a person."""
    with pytest.raises(ConferencingError) as caught:
        call()
    assert "grace" not in str(caught.value)
    return caught.value

"""A fake of Zoom, alone and behind Zoom's own description, and our client of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from booking.conferencing.zoom import Zoom
from tests.booking.zoom.desk import HOST, NOW, ORIGIN, Shared
from tests.servers import prism
from tests.servers.prism import Gate
from tests.servers.zoom import ZoomServer, run_zoom
from tests.servers.zoom_description import zoom_description


@pytest.fixture
def server() -> Iterator[ZoomServer]:
    with run_zoom(hosts={HOST}) as server:
        yield server


@pytest.fixture
def shared() -> Shared:
    return Shared()


@pytest.fixture(scope="session")
def gate(vendors: None) -> Iterator[Gate]:
    """Zoom's own description stands before the fake: neither client nor fake gets a forbidden message past it."""
    with prism.gate(zoom_description(), "/v2") as gate:
        yield gate


@pytest.fixture(params=["fake", "described"])
def zoom(request: pytest.FixtureRequest, server: ZoomServer, shared: Shared) -> Zoom:
    url = server.api_url
    if request.param == "described":
        gate: Gate = request.getfixturevalue("gate")
        gate.behind, url = server, gate.url
    return Zoom("account", "client", "secret", url, server.oauth_url, ORIGIN, shared, timeout=5, clock=lambda: NOW)

"""What every test shares: the outside is closed, and databases are real."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.prepare import CHROMIUM, MISSING
from tests.servers import postgres

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
LONG_FIRST = (
    *("test_kill.py", "test_races.py", "test_main_job.py", "test_outside.py", "test_processes.py", "test_browser.py"),
    *("test_both_ways.py", "test_remote.py", "test_inbound.py", "test_hostile.py", "test_vdirsyncer.py"),
    *("test_embedded.py", "test_random_days.py", "test_own_calendar.py", "test_calendar_cli.py", "test_doctor.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, so that no worker is left with one of them when the others have finished."""
    places = {name: place for place, name in enumerate(LONG_FIRST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches beyond this machine: connecting to any other address fails at once."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not ipaddress.ip_address(address[0]).is_loopback:
            raise OSError(f"tests must not connect to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """One PostgreSQL server for the whole run."""
    with postgres.server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A fresh database of its own for one test."""
    with postgres.database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real browser."""
    if not Path(CHROMIUM).exists():
        if REQUIRE_ALL:
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    return CHROMIUM

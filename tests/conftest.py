"""What every test shares: the outside is closed, and databases are real."""

from __future__ import annotations

import gc
import ipaddress
import socket
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, NoReturn

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import prepare
from tests.servers import postgres

# How long an example takes says something about this machine, not about the program.
hypothesis.settings.register_profile("untimed", hypothesis.settings.default, deadline=None)
hypothesis.settings.load_profile("untimed")

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LONG_FIRST = (
    *("test_kill.py", "test_processes.py", "test_outside.py", "test_remote.py", "test_races.py", "test_both_ways.py"),
    *("test_main_job.py", "test_accessible.py", "test_inbound.py", "test_browser.py", "test_sync.py"),
    *("test_hostile.py", "test_own_calendar.py", "test_checkpoints.py", "test_passkeys.py", "test_calendar_cli.py"),
    *("test_vdirsyncer.py", "test_access.py", "test_random_days.py", "test_booking_abroad.py", "test_doctor.py"),
)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What loading the tests makes stays to the end: the garbage collector need not look through it, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


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
    if not Path(prepare.CHROMIUM).exists():
        leave_out(prepare.NO_CHROMIUM)
    return prepare.CHROMIUM


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """The same, started without a window."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def vendors() -> None:
    """That Prism and the vendors' descriptions are there, for `tests.servers.prism`."""
    if not prepare.SPECS.is_dir():
        leave_out(prepare.NO_SPECS, fatal=prepare.SPECS_NAMED)
    if not prepare.PRISM.exists():
        leave_out(prepare.NO_PRISM)


def leave_out(reason: str, *, fatal: bool = True) -> NoReturn:
    """Leave a test out, named at the end; where everything is required, fail instead if that is `fatal`."""
    if prepare.REQUIRE_ALL and fatal:
        pytest.fail(reason)
    pytest.skip(reason)

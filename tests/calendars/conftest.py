"""CalDAV servers for the calendar tests: ours, one by other people, and whichever OFFICEHOURS_TEST_CALDAV names."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from calendars.addresses import origin
from calendars.caldav_store import CalDavStore
from calendars.discovery import Login, discover
from calendars.outbound import Guard
from calendars.store import CalendarAccount
from tests.servers.radicale import PASSWORDS, radicale
from tests.servers.radicale_alone import make_calendar, radicale_alone
from tests.servers.xandikos import xandikos

pytest.register_assert_rewrite("tests.calendars.contract")

NAMED = os.environ.get("OFFICEHOURS_TEST_CALDAV", "").split()
"""Address, user name and password of one more server, with an empty calendar to write to."""

SERVERS = ["radicale", "radicale_alone", "xandikos", *NAMED[:1]]
ZONE = "Asia/Kolkata"


def guard_for(*urls: str, **options: float) -> Guard:
    """A guard that lets through to those servers."""
    return Guard(allow=frozenset(origin(url).authority for url in urls), **options)


def find_calendar(url: str, username: str, password: str, guard: Guard) -> CalendarAccount:
    """The first calendar found there."""
    account = discover(Login(url, username, password), guard, lambda _: None)
    return account.calendar(account.calendars[0])


@pytest.fixture(scope="session")
def radicale_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with radicale(tmp_path_factory.mktemp("radicale")) as base:
        yield base


@pytest.fixture(scope="session")
def radicale_alone_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with radicale_alone(tmp_path_factory.mktemp("radicale_alone")) as base:
        make_calendar(base, "/ada/work/", "Work")
        yield base


@pytest.fixture(scope="session")
def xandikos_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with xandikos(tmp_path_factory.mktemp("xandikos")) as base:
        yield base


@pytest.fixture(scope="session", params=SERVERS)
def account(request: pytest.FixtureRequest) -> CalendarAccount:
    """One calendar on each server in turn."""
    if request.param in NAMED:
        return find_calendar(*NAMED, guard_for(request.param))
    base = request.getfixturevalue(f"{request.param}_base")
    return find_calendar(base, "ada", PASSWORDS["ada"], guard_for(base))


@pytest.fixture
def store(account: CalendarAccount) -> Iterator[CalDavStore]:
    """That calendar as the service sees it, for a maintainer in India."""
    with CalDavStore(account, guard_for(account.url), ZONE) as opened:
        yield opened

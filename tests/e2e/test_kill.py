"""The service is switched off at random moments while people book: nothing promised is lost, nothing happens twice."""

from __future__ import annotations

import secrets
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from tests.e2e.killing import ordeal
from tests.servers.calendar_app import app_password, calendar_app, events
from tests.servers.service import START_SECONDS, Service, until

TOWNS, KILLS = 2, 25


def check_ordeals(folder: Path) -> None:
    """Two services are killed side by side, each 25 times; starting one keeps one processor busy."""
    folders = [folder / str(number) for number in range(TOWNS)]
    for each in folders:
        each.mkdir()
    with ThreadPoolExecutor(TOWNS) as pool:
        outcomes = list(pool.map(lambda each: ordeal(each, KILLS, seed=secrets.randbelow(10**6)), folders))
    assert [outcome for outcome in outcomes if outcome.problems] == []
    assert all(outcome.promised > KILLS / 2 and outcome.reminded for outcome in outcomes), outcomes


def test_nothing_promised_is_lost_in_fifty_kills(tmp_path: Path) -> None:
    """Rows, events, meetings, mails, texts and reminders of every booking that was answered; and of no other."""
    check_ordeals(tmp_path)


def test_killed_while_it_makes_its_tables_it_starts_the_next_time(tmp_path: Path) -> None:
    """The very first start is cut short as soon as a table can be seen; the second finishes what the first began."""
    service = Service(tmp_path / "data")
    service.start(wait=False)
    until(lambda: tables(service.data) > 0, START_SECONDS, lambda: "there never was a table")
    service.kill()
    with service:
        url = f"{service.url}/api/v1/openings"
        assert requests.get(url, params={"topic": "flytekit"}, timeout=30).json()["openings"]
        service.kill()


def test_killed_while_it_makes_a_calendar_it_makes_it_the_next_time(tmp_path: Path) -> None:
    """The embedded server makes a maintainer's folder and then the calendar in it; here it only came to the folder."""
    data = tmp_path / "data"
    (data / "calendars" / "collection-root" / "example-1" / ".Radicale.tmp-12345678" / "collection").mkdir(parents=True)
    with Service(data) as service:
        with calendar_app(service.url, "example-1", app_password(data, "example-1")) as calendar:
            begin = datetime.now(UTC) + timedelta(days=1)
            calendar.add_event(dtstart=begin, dtend=begin + timedelta(minutes=30), summary="Dentist")
            assert len(events(calendar)) == 1
        service.kill()


def tables(data: Path) -> int:
    """How many tables others can see in the embedded database."""
    try:
        with closing(sqlite3.connect(f"file:{data / 'officehours.db'}?mode=ro", uri=True)) as connection:
            count: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            return count
    except sqlite3.OperationalError:
        return 0

"""Many want the same session in the same instant: as many get it as there are maintainers, whatever the front door."""

from __future__ import annotations

import sqlite3
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from booking.extensions import db
from booking.office import utc_now
from booking.settings import Settings
from tests.booking.arena import OVERLAPS, opened, openings, write_community
from tests.booking.races import Answer, at_once, contend, contenders, details, race
from tests.servers.service import Service, until
from tests.servers.visitor import Visitor, hidden, person

CLIENTS = 16
SLOTS = {"narrow": ("06:00", 10), "wide": ("14:00", 10), "other": ("22:00", 2)}
STAFF = {"ada": ["narrow", "wide", "other"], "bo": ["wide", "other"], "cy": ["wide", "other"]}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with room for many races. It is killed at the end: what it still has to mail is of no interest."""
    folder = tmp_path_factory.mktemp("races")
    community = write_community(folder / "races.toml", SLOTS, STAFF, horizon_days=7)
    running = Service(folder / "data", community=community)
    with running:
        yield running
        running.kill()


def offered(service: Service, topic: str) -> dict[str, int]:
    """How many maintainers are free at each start of a topic."""
    answer = requests.get(f"{service.url}/api/v1/openings", params={"topic": topic}, timeout=30)
    return {opening["start"]: opening["free"] for opening in answer.json()["openings"]}


def sql(service: Service, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(service.data / "officehours.db")) as connection:
        return connection.execute(statement).fetchall()


def test_a_hundred_openings_with_sixteen_clients_each(service: Service) -> None:
    """Exactly as many win as maintainers are free; the others hear 409 with other times; nobody gets a 5xx."""
    free = {topic: dict(list(offered(service, topic).items())[:50]) for topic in ("narrow", "wide")}
    assert Counter(number for starts in free.values() for number in starts.values()) == {1: 50, 3: 50}
    answers = race(service, [(topic, start) for topic in free for start in free[topic]], CLIENTS)
    won = [answer for answer in answers if answer.status == 201]
    lost = [answer for answer in answers if answer.status != 201]
    assert Counter(answer.start for answer in won) == {**free["narrow"], **free["wide"]}
    assert len(lost) == 100 * CLIENTS - len(won)
    assert [answer for answer in lost if not told_where_else(answer)] == []
    assert sql(service, OVERLAPS) == []
    rows = sql(service, "SELECT public_id FROM booking WHERE attendee_name LIKE 'racer%'")
    assert sorted(rows) == sorted((answer.body["id"],) for answer in won)


def told_where_else(answer: Answer) -> bool:
    """Whether a refusal is the proper one: a problem, with other openings."""
    elsewhere = [opening["start"] for opening in answer.body["openings"]]
    proper = answer.status == 409 and answer.media_type == "application/problem+json"
    return proper and bool(elsewhere) and answer.start not in elsewhere


def test_one_key_sent_eight_times_at_once_books_once(service: Service) -> None:
    """Every one of the eight answers is the same booking, although maintainers were free for more."""
    body = details("other", next(iter(offered(service, "other"))), "eager")

    def send(_client: int) -> requests.Response:
        headers = {"Idempotency-Key": "the same"}
        return requests.post(f"{service.url}/api/v1/bookings", json=body, headers=headers, timeout=30)

    answers = at_once(8, send)
    assert [(answer.status_code, answer.json().get("id")) for answer in answers] == [(201, answers[0].json()["id"])] * 8
    assert sql(service, "SELECT count(*) FROM booking WHERE attendee_name = 'eager'") == [(1,)]


def test_one_form_sent_eight_times_at_once_books_once(service: Service) -> None:
    """A button pressed in haste: every answer leads to the same private page."""
    visitor = Visitor(service.url)
    start = list(offered(service, "other"))[1]
    page = visitor.get(f"/topics/other/book?start={start}&tz=Asia/Kolkata")
    fields = {**hidden(page.text), **person(email="hasty@example.com", name="hasty")}

    def send(_client: int) -> requests.Response:
        jar = visitor.session.cookies
        return requests.post(
            f"{service.url}/topics/other/book", data=fields, cookies=jar, allow_redirects=False, timeout=30
        )

    answers = at_once(8, send)
    assert {(answer.status_code, answer.headers.get("Location")) for answer in answers} == {
        (303, answers[0].headers["Location"])
    }
    assert sql(service, "SELECT count(*) FROM booking WHERE attendee_name = 'hasty'") == [(1,)]

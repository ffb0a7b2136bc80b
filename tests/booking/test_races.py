"""Many want the same session in the same instant: as many get it as there are maintainers, whatever the front door."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from booking.extensions import db, office
from booking.history import ATTENDEE
from booking.models import NO_OVERLAP, Booking
from booking.office import utc_now
from booking.services.cancel import cancel
from booking.services.conflicts import lost_race
from booking.services.reserve import reserve
from booking.settings import Settings
from tests.booking.arena import OVERLAPS, columns, forget_bookings, opened, openings, request, write_community
from tests.booking.races import Answer, at_once, contend, contend_for, contenders, details, race
from tests.servers import postgres
from tests.servers.service import Service
from tests.servers.visitor import Visitor, hidden, person

CLIENTS = 16
SLOTS = {"narrow": ("04:00", 14), "wide": ("14:00", 6), "other": ("22:00", 2)}
STAFF = {"ada": ["narrow", "wide", "other"], "bo": ["wide", "other"], "cy": ["wide", "other"]}
HALF = timedelta(minutes=15)  # of a session
WEEKS = 5
A_FEW_OR_MANY = [6, pytest.param(40, marks=pytest.mark.proof)]


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


@pytest.mark.parametrize("many", [10, pytest.param(100, marks=pytest.mark.proof)])
def test_many_openings_with_sixteen_clients_each(service: Service, many: int) -> None:
    """Exactly as many win as maintainers are free; the others hear 409 with other times; nobody gets a 5xx."""
    ample = many // 5
    narrow, wide = (
        dict(list(offered(service, topic).items())[-number:])
        for topic, number in (("narrow", many - ample), ("wide", ample))
    )
    assert Counter([*narrow.values(), *wide.values()]) == {1: many - ample, 3: ample}
    answers = race(service, [*(("narrow", start) for start in narrow), *(("wide", start) for start in wide)], CLIENTS)
    won = [answer for answer in answers if answer.status == 201]
    lost = [answer for answer in answers if answer.status != 201]
    assert Counter(answer.start for answer in won) == {**narrow, **wide}
    assert len(lost) == many * CLIENTS - len(won)
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
        headers = {"Idempotency-Key": "one-and-the-same"}
        return requests.post(f"{service.url}/api/v1/bookings", json=body, headers=headers, timeout=30)

    answers = at_once(8, send)
    assert [(answer.status_code, answer.json().get("id")) for answer in answers] == [(201, answers[0].json()["id"])] * 8
    assert sql(service, "SELECT count(*) FROM booking WHERE attendee_name = 'eager'") == [(1,)]


def test_one_form_sent_eight_times_at_once_books_once(service: Service) -> None:
    """A button pressed in haste: every answer leads to the same private page."""
    start = list(offered(service, "other"))[1]
    with Visitor(service.url) as visitor:
        page = visitor.get(f"/topics/other/book?start={start}&tz=Asia/Kolkata")
    fields = {**hidden(page.text), **person(email="hasty@example.com", name="hasty")}

    def send(_client: int) -> requests.Response:
        url, jar = f"{service.url}/topics/other/book", visitor.session.cookies
        return requests.post(url, data=fields, cookies=jar, allow_redirects=False, timeout=30)

    answers = at_once(8, send)
    first = answers[0].headers.get("Location")
    assert [(answer.status_code, answer.headers.get("Location")) for answer in answers] == [(303, first)] * 8
    assert sql(service, "SELECT count(*) FROM booking WHERE attendee_name = 'hasty'") == [(1,)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """For an embedded database of its own."""
    community = write_community(tmp_path / "races.toml", SLOTS, STAFF)
    return Settings(data=tmp_path, community=community)


@pytest.fixture
def postgres_settings(settings: Settings, postgres_url: str) -> Settings:
    return Settings(data=settings.data, community=settings.community, database_url=postgres_url)


def overlaps() -> list[tuple[int, int]]:
    return [(one, other) for one, other in db.session.execute(sa.text(OVERLAPS))]


def check_contest(settings: Settings, processes: int, many: int) -> None:
    """Let processes race for the first openings of each topic: as many win as are free, and no two overlap."""
    with opened(settings):
        free = {topic: openings(topic, utc_now())[1 : many + 1] for topic in ("narrow", "wide")}
        with contenders(processes, settings) as runners:
            for topic, starts in free.items():
                for number, (start, places) in enumerate(starts):
                    answers = contend(runners, topic, start, number + (many if topic == "wide" else 0))
                    won = [answer["maintainer"] for answer in answers if "maintainer" in answer]
                    assert len(won) == len(set(won)) == min(places, processes), answers
                    assert {answer["refused"] for answer in answers if "refused" in answer} <= {"taken", "unroutable"}
        assert overlaps() == []


@pytest.mark.parametrize("many", A_FEW_OR_MANY)
def test_two_processes_on_one_sqlite_file(settings: Settings, many: int) -> None:
    """No process knows of the other; the file alone decides, and neither waits in vain for it."""
    check_contest(settings, processes=2, many=many)


@pytest.mark.parametrize("many", A_FEW_OR_MANY)
def test_four_processes_on_postgresql(postgres_settings: Settings, many: int) -> None:
    """Whoever loses is routed to another maintainer, or refused; the server counts not one deadlock."""
    check_contest(postgres_settings, processes=4, many=many)
    with opened(postgres_settings):
        counted = sa.text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert db.session.scalar(counted) == 0


@pytest.mark.parametrize("kind", ["settings", "postgres_settings"])
def test_a_weekly_limit_holds_for_many_times_at_once(request: pytest.FixtureRequest, kind: str) -> None:
    """Whoever takes one session a week is promised to one person, whatever times of the week are asked for at once."""
    settings = request.getfixturevalue(kind)
    write_community(settings.community, SLOTS, {"ada": ["narrow"]}, weekly_limit=1)
    with opened(settings):
        starts = [start for start, _ in openings("narrow", utc_now())]
        monday = next(place for place, start in enumerate(starts) if start.weekday() == 0)
        with contenders(4, settings) as runners:
            for week in range(WEEKS):
                first = monday + week * 7 * SLOTS["narrow"][1]
                answers = contend_for(runners, "narrow", starts[first : first + 4], week)
                assert Counter("maintainer" in answer for answer in answers) == {True: 1, False: 3}, answers


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def arena(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a database of each kind."""
    folder = tmp_path_factory.mktemp("arena")
    community = write_community(folder / "races.toml", SLOTS, STAFF)
    with ExitStack() as stack:
        url = None
        if request.param == "postgresql":
            url = stack.enter_context(postgres.database(request.getfixturevalue("postgres_server")))
        yield stack.enter_context(opened(Settings(data=folder, community=community, database_url=url)))


@pytest.fixture
def session(arena: Flask) -> Iterator[Booking]:
    """The only booking there is; there is nobody else to take it."""
    start, _ = openings("narrow", utc_now())[4]
    yield book(start, number=1)
    forget_bookings()


def book(start: datetime, number: int) -> Booking:
    booked = reserve(office(), request("narrow", start, number))
    assert isinstance(booked, Booking)
    return booked


def refused(statement: sa.Executable) -> bool:
    """Whether the database itself refuses, for the one reason the services know as a lost race."""
    try:
        with db.engine.begin() as connection:
            connection.execute(statement)
    except IntegrityError as error:
        return NO_OVERLAP in str(error.orig) and lost_race(error)
    return False


@pytest.mark.parametrize("shift", [-HALF, timedelta(), HALF, 2 * HALF])
def test_the_database_refuses_a_second_session_at_the_same_time(session: Booking, shift: timedelta) -> None:
    """Held or confirmed, early, late or exactly: only the next session may follow."""
    for status in ("held", "confirmed", "cancelled"):
        free = shift == 2 * HALF or status == "cancelled"
        with db.engine.connect() as connection, connection.begin() as undo:
            row = columns(session, shift=shift, status=status)
            if free:
                connection.execute(sa.insert(Booking.__table__), row)
            undo.rollback()
        if not free:
            assert refused(sa.insert(Booking.__table__).values(row))


def test_the_database_refuses_to_revive_into_a_taken_time(session: Booking) -> None:
    """A cancelled session cannot come back over the one that took its place."""
    cancelled = cancel(office(), session.id, by=ATTENDEE)
    assert isinstance(cancelled, Booking)
    book(session.starts_at, number=2)
    table = Booking.__table__
    assert refused(sa.update(table).where(table.c.id == session.id).values(status="confirmed"))


def test_the_database_refuses_to_reassign_and_to_move_onto_another(session: Booking) -> None:
    """Neither the maintainer nor the time of a session can be changed to what somebody else has."""
    table = Booking.__table__
    beside = columns(session, maintainer_id=session.maintainer_id + 1)
    later = {**columns(session, shift=2 * HALF), "public_id": "later", "idempotency_key": "later"}
    with db.engine.begin() as connection:
        connection.execute(sa.insert(table), [beside, later])
    reassigned = sa.update(table).where(table.c.public_id == beside["public_id"])
    assert refused(reassigned.values(maintainer_id=session.maintainer_id))
    moved = sa.update(table).where(table.c.public_id == "later")
    assert refused(moved.values(starts_at=session.starts_at + HALF, ends_at=session.ends_at + HALF))


def test_a_session_may_be_shifted_within_its_own_time(session: Booking) -> None:
    """It does not stand in its own way."""
    table = Booking.__table__
    shifted = sa.update(table).where(table.c.id == session.id)
    assert not refused(shifted.values(starts_at=session.starts_at + HALF, ends_at=session.ends_at + HALF))

"""A maintainer's calendar that breaks: loud and safe, told once, and the others' bookings go on."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from booking import queries
from booking.effects.calendar import write_event
from booking.effects.orders import after_change
from booking.effects.sync import sync
from booking.extensions import db
from booking.models import Calendar, CalendarEvent, JournalEntry
from calendars.embedded import make_dav_app
from routing.router import offer
from tests.servers.radicale import serve
from tests.web.browser import Browser, bookings, text_of
from tests.web.conftest import Clock, MakeApp
from tests.web.places import deliver_all
from tests.web.printed import mails
from tests.web.test_own_calendars import choose, connect

OPENING = "2026-12-01T21:00:00Z"  # 1pm
EXPERT = "example-2"


@dataclass
class Server:
    """A calendar server that can be told to fail; `asked` counts the questions it got."""

    dav: Any = None
    status: str = ""
    asked: int = 0
    base: str = ""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.asked += 1
        if self.status:
            start_response(self.status, [("Content-Length", "0"), ("WWW-Authenticate", 'Basic realm="x"')])
            return [b""]
        found: Iterable[bytes] = self.dav(environ, start_response)
        return found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(make_dav_app(tmp_path / "server", lambda login, password: (login, password) == ("ada", "secret")))
    with serve(made) as base:
        made.base = base
        yield made


@pytest.fixture
def app(make_app: MakeApp, server: Server) -> Flask:
    """Flyte's programme, where one expert on deployment has a calendar on that server."""
    app = make_app(caldav_allow=urlsplit(server.base).netloc)
    browser = Browser(app).sign_in(EXPERT)
    answer = connect(browser, f"{server.base}/dav/", "secret")
    assert answer.status_code == 303, text_of(answer)
    assert choose(browser, answer.location, "Office hours", "Office hours").status_code == 303
    return app


def own(app: Flask) -> Calendar:
    with app.app_context():
        return db.session.scalars(sa.select(Calendar).where(Calendar.kind == "caldav")).one()


def read(app: Flask, times: int = 1) -> None:
    """Read the calendar, as the job engine would every few minutes."""
    for _ in range(times):
        with app.app_context():
            sync(own(app).id, 3)


def notices(app: Flask) -> list[str]:
    """What the maintainer was told about the calendar."""
    deliver_all(app)
    found = [mail for mail in mails(app, f"{EXPERT}@example.org") if "needs you" in mail["Subject"]]
    return [" ".join(mail.get_body(("plain",)).get_content().split()) for mail in found]  # type: ignore[union-attr]


def offered(app: Flask) -> set[str]:
    """Who could take a session on deployment."""
    with app.app_context():
        roster, now = queries.roster(), app.extensions["officehours"].now()
        found = offer(roster.programme, "deploy_auth", queries.diaries_of(roster, now, "deploy_auth"), now).openings
        return {maintainer for opening in found for maintainer in opening.maintainers}


def test_a_refused_login_is_asked_once_and_told_once(app: Flask, server: Server, clock: Clock) -> None:
    """The server is left alone, whatever is to be read or written; after a quarter of an hour nobody books them."""
    server.status = "401 Unauthorized"
    read(app)
    asked = server.asked
    read(app, 3)
    assert server.asked == asked
    assert len(notices(app)) == 1
    assert "refused the login" in notices(app)[0]
    assert EXPERT in offered(app)
    clock.advance(minutes=16)
    assert EXPERT not in offered(app)
    assert offered(app), "the others are booked all the same"
    page = text_of(Browser(app).sign_in(EXPERT).get("/maintainer/calendars"))
    assert "The server refused the login" in page


def test_a_session_is_not_written_where_the_login_is_refused(app: Flask, server: Server) -> None:
    """It is written when the maintainer has connected again."""
    Browser(app).booked(OPENING, "deploy_auth")
    assert bookings(app)[0].maintainer.key == EXPERT
    with app.app_context():
        (event_id,) = [row for name, _, row, _ in after_change(bookings(app)[0].id, "test") if name == "write_event"]
    server.status = "401 Unauthorized"
    write(app, event_id)
    asked = server.asked
    write(app, event_id)
    assert server.asked == asked
    assert len(notices(app)) == 1
    server.status = ""
    connect(Browser(app).sign_in(EXPERT), f"{server.base}/dav/", "secret")
    assert write(app, event_id) == "written"


def test_waiting_to_write_is_no_looking(app: Flask, server: Server, clock: Clock) -> None:
    """The two seconds for a look do not pass while somebody else writes: the calendar is asked all the same."""
    asked, writing = server.asked, threading.Event()
    visitor = threading.Thread(target=book_by_interface, args=(app,))

    def notice(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        if statement.startswith("BEGIN"):
            writing.set()

    with app.app_context(), closing(sqlite3.connect(str(db.engine.url.database))) as other:
        other.execute("BEGIN IMMEDIATE")
        sa.event.listen(db.engine, "before_cursor_execute", notice)
        visitor.start()
        assert writing.wait(10)
        clock.advance(seconds=5)
        other.rollback()
        visitor.join()
        sa.event.remove(db.engine, "before_cursor_execute", notice)
    assert bookings(app)[0].maintainer.key == EXPERT
    assert server.asked > asked


def book_by_interface(app: Flask) -> None:
    wei = {"name": "Wei", "email": "wei@example.com", "timezone": "Asia/Kolkata", "accept_conduct": True}
    wanted = {"topic": "deploy_auth", "start": OPENING, "question": "Why?", **wei}
    app.test_client().post("/api/v1/bookings", json=wanted, headers={"Idempotency-Key": "wei"})


def write(app: Flask, event_id: int) -> str:
    """Write the event, as the job engine would; gives what became of it."""
    with app.app_context():
        write_event(event_id, 0)
        return db.session.get_one(CalendarEvent, event_id).state


@pytest.mark.parametrize("status", ["500 Internal Server Error", "503 Service Unavailable", "404 Not Found"])
def test_the_last_good_copy_counts_for_a_while(app: Flask, server: Server, clock: Clock, status: str) -> None:
    """A server that fails is asked again; its maintainer is told once, when nobody can book them any more."""
    server.status = status
    clock.advance(minutes=10)
    read(app, 2)
    assert notices(app) == []
    assert EXPERT in offered(app)
    clock.advance(minutes=6)
    read(app, 3)
    assert EXPERT not in offered(app)
    assert len(notices(app)) == 1
    assert "has not been readable since" in notices(app)[0]
    server.status = ""
    read(app, 2)
    assert EXPERT in offered(app)
    assert len(notices(app)) == 1
    with app.app_context():
        codes = [entry.code for entry in db.session.scalars(sa.select(JournalEntry).order_by(JournalEntry.id))]
    assert codes == ["stale", "well"]


def test_an_unchanged_calendar_costs_one_question(app: Flask, server: Server) -> None:
    """With nothing new, a reading is one request."""
    read(app)
    before = server.asked
    read(app)
    assert server.asked == before + 1

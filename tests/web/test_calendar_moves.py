"""Sessions that change calendars, and those that are long over; with real servers, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.dav import dav_app
from booking.effects.audit import audit, long_over
from booking.effects.calendar import remove_past, write_event
from booking.effects.conference import arrange
from booking.effects.orders import after_change
from booking.effects.sync import sync
from booking.extensions import db
from booking.models import Calendar, Connection, Delivery
from booking.services import app_passwords
from tests.servers.radicale import PASSWORDS, serve
from tests.servers.radicale_alone import make_calendar, radicale_alone
from tests.servers.raw_calendar import RawCalendar
from tests.servers.zoom import run_zoom
from tests.web.browser import Browser, account_of, bookings, set_policy
from tests.web.conftest import Clock, MakeApp
from tests.web.places import deliver_all
from tests.web.printed import invitations
from tests.web.test_own_calendars import choose, connect

OPENING = "2026-12-01T21:00:00Z"  # 1pm
EXPERT = "example-2"


def settle(app: Flask) -> None:
    """Write the one booking's events, as the job engine would."""
    with app.app_context():
        for name, _, row_id, _ in after_change(bookings(app)[0].id, "test"):
            if name == "write_event":
                write_event(row_id, 0)


def read(app: Flask) -> None:
    """Read every calendar in use, as the job engine would."""
    with app.app_context():
        for calendar_id in db.session.scalars(sa.select(Calendar.id)).all():
            sync(calendar_id, 3)


@pytest.fixture
def base(tmp_path: Path) -> Iterator[str]:
    """A server where the expert has three calendars."""
    with radicale_alone(tmp_path) as base:
        for number, name in enumerate(("Work", "Family", "Club")):
            make_calendar(base, f"/ada/{number}/", name)
        yield base


@pytest.fixture
def calendars(base: str) -> Iterator[list[RawCalendar]]:
    opened = [RawCalendar(f"{base}/ada/{number}/", "ada", PASSWORDS["ada"]) for number in range(3)]
    yield opened
    for calendar in opened:
        calendar.close()


@pytest.fixture
def app(make_app: MakeApp, base: str) -> Flask:
    """Sessions are written into Work; Work and Family are read; Club is not used. What is deleted is cancelled."""
    app = make_app(caldav_allow=urlsplit(base).netloc)
    set_policy(app, rescue=False)
    browser = Browser(app).sign_in(EXPERT)
    answer = connect(browser, base)
    assert choose(browser, answer.location, "Work", "Work", "Family").status_code == 303
    Browser(app).booked(OPENING, "deploy_auth")
    assert bookings(app)[0].maintainer.key == EXPERT
    settle(app)
    read(app)
    deliver_all(app)
    return app


def place(app: Flask) -> str:
    """Where the calendars of the expert's connection are chosen."""
    with app.app_context():
        return f"/maintainer/calendar/{db.session.scalars(sa.select(Connection.id)).one()}"


@pytest.mark.parametrize("target", [1, 2])
def test_moved_into_another_calendar_it_is_kept_there(
    app: Flask, calendars: list[RawCalendar], clock: Clock, target: int
) -> None:
    """Into one that is read, or one that is not used at all: it is followed there, later changes on both sides too."""
    work, other = calendars[0], calendars[target]
    (name,) = work.names()
    text = work.read(name)
    work.delete(name)
    other.write("elsewhere.ics", text)
    read(app)
    assert bookings(app)[0].status == "confirmed"
    later = bookings(app)[0].starts_at.replace(hour=22)
    other.move("elsewhere.ics", later)
    read(app)
    assert bookings(app)[0].starts_at == later
    settle(app)
    deliver_all(app)
    assert (work.names(), other.names()) == ([], ["elsewhere.ics"])
    assert "SEQUENCE:1" in other.read("elsewhere.ics")
    other.delete("elsewhere.ics")
    read(app)
    assert bookings(app)[0].status == "confirmed", "one look is not enough"
    clock.advance(seconds=30)
    read(app)
    assert bookings(app)[0].status == "cancelled"
    deliver_all(app)
    assert [method for method, _ in invitations(app, "asha@example.com")] == ["REQUEST", "REQUEST", "CANCEL"]


def test_a_session_moved_there_comes_back_when_its_calendar_leaves(app: Flask, calendars: list[RawCalendar]) -> None:
    """When the connection is removed, nothing of ours stays behind in any of its calendars."""
    work, family, _ = calendars
    (name,) = work.names()
    family.write("elsewhere.ics", work.read(name))
    work.delete(name)
    read(app)
    browser = Browser(app).sign_in(EXPERT)
    browser.send(f"{place(app)}/remove", browser.get("/maintainer"))
    settle(app)
    assert (work.names(), family.names()) == ([], [])
    assert bookings(app)[0].status == "confirmed"


def test_meeting_and_reminders_move_along(make_app: MakeApp, base: str, calendars: list[RawCalendar]) -> None:
    """What the maintainer moves in their calendar takes the Zoom meeting and every reminder with it."""
    with run_zoom(hosts={f"{EXPERT}@example.org"}) as zoom:
        app = make_app(caldav_allow=urlsplit(base).netloc, **zoom.settings)
        browser = Browser(app).sign_in(EXPERT)
        choose(browser, connect(browser, base).location, "Work", "Work")
        Browser(app).booked(OPENING, "deploy_auth")
        settle(app)
        meet(app)
        later = bookings(app)[0].starts_at + timedelta(days=1, hours=3)
        calendars[0].move(calendars[0].names()[0], later)
        read(app)
        meet(app)
        (meeting,) = zoom.meetings.values()
        assert datetime.fromisoformat(meeting["start_time"]) == later
    with app.app_context():
        planned = sa.select(Delivery.due_at).where(Delivery.kind == "reminder", Delivery.state == "pending").distinct()
        assert set(db.session.scalars(planned)) == {later - timedelta(hours=24), later - timedelta(hours=1)}


def meet(app: Flask) -> None:
    """Bring the one booking's meeting in line, as the job engine would."""
    with app.app_context():
        arrange(bookings(app)[0].id, 0)


def test_choosing_another_calendar_to_write_to_is_no_deletion(app: Flask, calendars: list[RawCalendar]) -> None:
    """The event goes over; the one that we take away ourselves cancels nothing, in whichever order things happen."""
    browser = Browser(app).sign_in(EXPERT)
    assert choose(browser, place(app), "Club", "Work", "Club").status_code == 303
    read(app)
    settle(app)
    read(app)
    assert [len(calendar.names()) for calendar in calendars] == [0, 0, 1]
    assert bookings(app)[0].status == "confirmed"


def test_our_own_pruning_is_no_deletion(make_app: MakeApp, clock: Clock) -> None:
    """Events of sessions over three months ago leave the embedded calendar; their bookings stay as they are."""
    mounted: dict[str, Any] = {}
    with serve(lambda environ, start_response: mounted["dav"](environ, start_response)) as base:
        app = make_app(dav_url=f"{base}/dav")
        mounted["dav"] = dav_app(app)
        Browser(app).booked(OPENING, "deploy_auth")
        settle(app)
        with app.app_context():
            password = app_passwords.create(app.extensions["officehours"], account_of(EXPERT).maintainer_id or 0, "x")
        calendar = RawCalendar(f"{base}/dav/{EXPERT}/office-hours/", EXPERT, password)
        assert len(calendar.names()) == 1
        clock.advance(days=92)
        with app.app_context():
            audit()
            for event_id in db.session.scalars(long_over(clock())).all():
                remove_past(event_id, 0)
        read(app)
        assert calendar.names() == []
        calendar.close()
    assert bookings(app)[0].status == "completed"

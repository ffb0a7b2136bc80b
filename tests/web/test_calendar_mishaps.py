"""Mishaps between a maintainer's calendar and their sessions: nobody's session is lost, nobody's event overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from booking import queries
from booking.connections import in_use
from booking.effects.calendar import write_event
from booking.effects.orders import after_change
from booking.effects.sync import sync
from booking.extensions import db
from booking.history import ATTENDEE
from booking.models import Booking, Calendar, Community, Connection, JournalEntry, Maintainer
from booking.services import resolve
from booking.services.cancel import cancel
from booking.services.reschedule import reschedule
from booking.services.reserve import reserve
from routing.router import offer
from routing.values import NO_SPANS
from tests.booking.arena import request
from tests.servers.fickle import Fickle
from tests.servers.radicale import serve
from tests.web.browser import Browser, account_of, bookings, text_of
from tests.web.conftest import Clock, MakeApp
from tests.web.places import deliver_all
from tests.web.printed import invitations, mails
from tests.web.test_own_calendars import connect

TOPIC, EXPERT, OTHER = "deploy_auth", "example-2", "example-4"
WORK, FAMILY = "/ada/work/", "/ada/family/"
pytestmark = pytest.mark.usefixtures("without_rescue")

HOUR = timedelta(hours=1)
occasions = count()


@pytest.fixture
def server() -> Iterator[Fickle]:
    """A server where Ada has two calendars and Grace one."""
    made = Fickle({WORK: {}, FAMILY: {}, "/grace/home/": {}})
    with serve(made) as made.base:
        yield made


@pytest.fixture
def app(make_app: MakeApp, server: Fickle) -> Flask:
    """The one expert on deployment writes into Ada's calendar Work; Family is known and not used."""
    app = make_app(caldav_allow=urlsplit(server.base).netloc)
    staffed_by(app, EXPERT)
    own(app, server, EXPERT, WORK, FAMILY)
    return app


def staffed_by(app: Flask, *keys: str) -> None:
    """From now on these maintainers take new bookings, as many as there are, and nobody else."""
    with app.app_context():
        db.session.execute(sa.update(Maintainer).values(retired=Maintainer.key.not_in(keys), weekly_limit=None))
        db.session.execute(sa.update(Community).values(revision=Community.revision + 1))
        db.session.commit()


def own(app: Flask, server: Fickle, key: str, *paths: str) -> None:
    """A maintainer's calendars as they are once they were connected and the first of them chosen."""
    with app.app_context():
        office, mine = app.extensions["officehours"], {"maintainer_id": account_of(key).maintainer_id}
        login = {
            "url": server.base,
            "username": paths[0].split("/")[1],
            "auth": "basic",
            "secret": office.vault.encrypt(b"secret"),
        }
        connection = Connection(**mine, **login, created_at=office.now())
        embedded = sa.update(Calendar).where(Calendar.maintainer_id == mine["maintainer_id"])
        db.session.execute(embedded.values(writes=False, reads=False))
        for path in paths:
            used = path == paths[0]
            row = Calendar(**mine, kind="caldav", connection=connection, url=server.base + path, reads=used)
            row.name, row.writes = path.split("/")[2].capitalize(), used
            row.busy, row.busy_as_of = NO_SPANS, office.now()
            db.session.add(row)
        db.session.commit()


def openings(app: Flask) -> list[datetime]:
    with app.app_context():
        roster, now = queries.roster(), app.extensions["officehours"].now()
        found = offer(roster.programme, TOPIC, queries.diaries_of(roster, now, TOPIC), now).openings
        return [opening.range.start for opening in found]


def book(app: Flask, number: int = 1) -> list[str]:
    """So many sessions, written into the calendar; gives where there, in the order of the bookings."""
    for guest, start in enumerate(openings(app)[1 : number + 1]):
        with app.app_context():
            assert isinstance(reserve(app.extensions["officehours"], request(TOPIC, start, guest)), Booking)
    write(app)
    read(app)
    return [f"{WORK}{booking.uid.partition('@')[0]}.ics" for booking in bookings(app)]


def write(app: Flask, *, backwards: bool = False) -> None:
    """Write the events of every booking, as the job engine would, in one order or the other."""
    with app.app_context():
        for booking_id in db.session.scalars(sa.select(Booking.id).order_by(Booking.id)).all():
            orders = [
                row for name, _, row, _ in after_change(booking_id, f"{next(occasions)}") if name == "write_event"
            ]
            for event_id in reversed(orders) if backwards else orders:
                write_event(event_id, 0)


def read(app: Flask, clock: Clock | None = None, times: int = 1) -> None:
    """Read the expert's calendars in use, half a minute apart, as the job engine would."""
    for _ in range(times):
        with app.app_context():
            for calendar_id in db.session.scalars(
                sa.select(Calendar.id).where(Calendar.kind == "caldav", in_use())
            ).all():
                sync(calendar_id, 3)
        if clock is not None:
            clock.advance(seconds=30)


def work(app: Flask) -> Calendar:
    """The expert's calendar Work."""
    with app.app_context():
        return db.session.scalars(sa.select(Calendar).where(Calendar.name == "Work").order_by(Calendar.id)).all()[0]


def move(app: Flask, booking: int = 0, to: int = 2) -> datetime:
    """An attendee moves their session to another opening; gives when it is now."""
    start = openings(app)[to]
    with app.app_context():
        moved = reschedule(app.extensions["officehours"], bookings(app)[booking].id, start)
        assert isinstance(moved, Booking), moved
    return start


def call_off(app: Flask, booking: int) -> None:
    with app.app_context():
        cancel(app.extensions["officehours"], bookings(app)[booking].id, by=ATTENDEE)


def statuses(app: Flask) -> list[str]:
    return [str(booking.status) for booking in bookings(app)]


def starts(app: Flask) -> list[datetime]:
    return [booking.starts_at for booking in bookings(app)]


def told(app: Flask, guest: int = 0) -> list[str]:
    """The methods of all invitations that an attendee was sent."""
    deliver_all(app)
    return [method for method, _ in invitations(app, f"person{guest}@example.com")]


def notices(app: Flask) -> int:
    """How often the expert was told that a calendar needs them."""
    deliver_all(app)
    return sum("needs you" in mail["Subject"] for mail in mails(app, f"{EXPERT}@example.org"))


def journal(app: Flask) -> list[str]:
    with app.app_context():
        return [entry.code for entry in db.session.scalars(sa.select(JournalEntry).order_by(JournalEntry.id))]


def orders(app: Flask) -> int:
    """How many orders to write an event were given."""
    with app.app_context():
        return db.session.scalar(sa.text("SELECT count(*) FROM workflow_status WHERE name = 'write_event'")) or 0


def stamp(at: datetime) -> str:
    return f"DTSTART:{at:%Y%m%dT%H%M%SZ}"


@pytest.mark.parametrize("meanwhile", ["cancelled", "begun"])
def test_a_halt_stays_until_it_is_answered(app: Flask, server: Fickle, clock: Clock, meanwhile: str) -> None:
    """Three of three vanish, one is then cancelled or begins: the other two are still no wish of anybody's."""
    book(app, 3)
    server.lost = True
    read(app)
    assert work(app).halted
    if meanwhile == "cancelled":
        call_off(app, 0)
    else:
        clock.now = starts(app)[0] + timedelta(minutes=1)
    read(app, clock, 2)
    assert work(app).halted
    assert statuses(app)[1:] == ["confirmed", "confirmed"]
    assert journal(app) == ["halted"]
    assert told(app, 1) == ["REQUEST"]


def test_vanished_events_that_come_back(app: Flask, server: Fickle, clock: Clock) -> None:
    """The halt ends by itself, and what was changed meanwhile is written, or taken away."""
    paths = book(app, 3)
    start = move(app, 0, 4)
    staffed_by(app, EXPERT, OTHER)
    server.lost = True
    read(app)
    call_off(app, 1)
    move(app, 2)
    assert bookings(app)[2].maintainer.key == OTHER
    write(app)
    assert server.paths() == sorted(paths)
    server.lost = False
    before = orders(app)
    read(app)
    assert not work(app).halted
    assert orders(app) == before + 3
    write(app)
    assert server.paths() == [paths[0]]
    assert stamp(start) in server.text(paths[0])
    read(app, clock, 2)
    assert statuses(app) == ["confirmed", "cancelled", "confirmed"]


def test_only_sessions_of_theirs_are_cancelled_with_their_word(app: Flask, server: Fickle) -> None:
    """One that an attendee moved to another maintainer meanwhile is held by them."""
    book(app, 3)
    server.lost = True
    read(app)
    staffed_by(app, EXPERT, OTHER)
    move(app)
    assert bookings(app)[0].maintainer.key == OTHER
    with app.app_context():
        calendar = work(app)
        resolve.accept(app.extensions["officehours"], calendar.maintainer_id, calendar.id)
    assert statuses(app) == ["confirmed", "cancelled", "cancelled"]


def test_one_reading_without_the_events_is_no_removal(app: Flask, server: Fickle, clock: Clock) -> None:
    """A server that for a moment knows none: they are back, and nothing happened; the next time counts anew."""
    book(app, 2)
    server.asked.clear()
    for server.lost in (True, False, True):
        read(app, clock)
        write(app)
    assert statuses(app) == ["confirmed", "confirmed"]
    assert not {"PUT", "DELETE"} & {method for method, _ in server.asked}
    assert (journal(app), told(app), notices(app)) == ([], ["REQUEST"], 0)
    read(app, clock)
    assert statuses(app) == ["cancelled", "cancelled"]


def test_halted_and_then_disconnected(app: Flask, server: Fickle) -> None:
    """What a calendar lost that is not used any more keeps nobody from being booked; nothing of ours stays in it."""
    book(app, 3)
    server.lost = True
    read(app)
    assert openings(app) == []
    remove(app)
    assert openings(app) != []
    server.lost = False
    write(app)
    assert server.paths() == []
    assert statuses(app) == ["confirmed"] * 3


def remove(app: Flask) -> None:
    """Remove the connection on the page."""
    browser = Browser(app).sign_in(EXPERT)
    page = browser.get("/maintainer")
    assert browser.send(f"/maintainer/calendar/{work(app).connection_id}/remove", page).status_code == 303


def test_a_second_account_keeps_the_calendars_of_the_first(app: Flask, server: Fickle) -> None:
    """Also those that are not used: a session may be moved there."""
    answer = connect(Browser(app).sign_in(EXPERT), server.base, "secret", username="grace")
    assert answer.status_code == 303, text_of(answer)
    with app.app_context():
        names = set(db.session.scalars(sa.select(Calendar.name).where(Calendar.kind == "caldav")))
    assert names == {"Work", "Family", "Home"}


def test_moved_into_a_calendar_made_later(app: Flask, server: Fickle, clock: Clock) -> None:
    """It is followed there, though nobody connected again."""
    (path,) = book(app)
    server.calendars["/ada/new/"] = {}
    path = server.carry(path, "/ada/new/")
    read(app, clock, 2)
    assert statuses(app) == ["confirmed"]
    later = starts(app)[0] + HOUR
    server.move(path, later)
    read(app)
    assert starts(app) == [later]
    write(app)
    assert server.paths() == [path]

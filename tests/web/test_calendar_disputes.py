"""Calendars that others write to, refuse, rewrite or misunderstand: nothing foreign is touched, everybody keeps up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.models import CalendarEvent, Connection, Maintainer
from tests.servers.fickle import DENTIST, Fickle
from tests.web.browser import Browser, bookings, text_of
from tests.web.conftest import Clock
from tests.web.test_calendar_mishaps import (
    EXPERT,
    FAMILY,
    HOUR,
    OTHER,
    TOPIC,
    WORK,
    book,
    call_off,
    journal,
    move,
    notices,
    openings,
    orders,
    own,
    read,
    staffed_by,
    stamp,
    starts,
    statuses,
    told,
    work,
    write,
)
from tests.web.test_calendar_mishaps import app as app
from tests.web.test_calendar_mishaps import server as server

YEAR_9999 = datetime(9999, 12, 31, 22, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("without_rescue")


@pytest.mark.parametrize(
    ("where", "attendee"), [("anywhere", "moves"), ("at our address", "moves"), ("at our address", "cancels")]
)
def test_nothing_of_somebody_elses_is_touched(
    app: Flask, server: Fickle, clock: Clock, where: str, attendee: str
) -> None:
    """A search by UID that finds other events, or another event where ours stood: it is neither moved nor removed."""
    (path,) = book(app)
    theirs = {f"{FAMILY}dentist.ics", path if where == "at our address" else f"{WORK}dentist.ics"}
    server.search = "everything"
    server.calendars[WORK].clear()
    for one in theirs:
        server.put(one, DENTIST)
    if attendee == "moves":
        move(app)
    else:
        call_off(app, 0)
    for _ in range(3):
        write(app)
        read(app, clock)
    assert {one: server.text(one) for one in server.paths()} == dict.fromkeys(theirs, DENTIST)
    assert statuses(app) == ["cancelled"]


def test_a_refused_write(app: Flask, server: Fickle) -> None:
    """Told once, shown with a button, and the button works when the server has come to its senses."""
    (path,) = book(app)
    server.refusals["PUT"] = "403 Forbidden"
    start = move(app)
    for _ in range(3):
        write(app)
    assert notices(app) == 1
    browser = Browser(app).sign_in(EXPERT)
    page = browser.get("/maintainer/calendars")
    assert "could not be written into your calendar: The server does not allow" in text_of(page)
    assert "Try again" in text_of(page)
    server.refusals.clear()
    with app.app_context():
        event_id = db.session.scalars(sa.select(CalendarEvent.id)).one()
    address = f"/maintainer/calendars/events/{event_id}/put-back"
    assert f'action="{address}"' in page.text
    before = orders(app)
    assert browser.send(address, page).status_code == 303
    assert orders(app) == before + 1
    write(app)
    assert stamp(start) in server.text(path)
    assert "Try again" not in text_of(browser.get("/maintainer/calendars"))
    assert notices(app) == 1


def test_a_server_that_rewrites_what_it_is_given(app: Flask, server: Fickle) -> None:
    """It is written to again three times a day and no more; moves are followed all the same."""
    (path,) = book(app)
    assert told(app) == ["REQUEST"]
    server.drops = True
    server.asked.clear()
    for _ in range(5):
        server.put(path, server.text(path))
        read(app)
        write(app)
    assert [method for method, _ in server.asked].count("PUT") == 3
    assert journal(app) == ["rewritten"] * 3
    later = starts(app)[0] + HOUR
    server.move(path, later)
    read(app)
    assert starts(app) == [later]
    assert told(app) == ["REQUEST", "REQUEST"]


@pytest.mark.parametrize(("drops", "raised"), [(False, False), (False, True), (True, True)])
def test_moved_and_moved_back_before_we_wrote(app: Flask, server: Fickle, drops: bool, raised: bool) -> None:
    """The booking ends where the calendar is, whether or not the app raises SEQUENCE or the server drops our lines."""
    server.drops = drops
    (path,) = book(app)
    before = starts(app)[0]
    server.move(path, before + HOUR, 1 if raised else None)
    read(app)
    assert starts(app) == [before + HOUR]
    server.move(path, before, 2 if raised else None)
    for _ in range(2):
        write(app)
        read(app)
    assert starts(app) == [before]
    assert stamp(before) in server.text(path)


def test_a_move_that_we_have_only_glimpsed(app: Flask, server: Fickle) -> None:
    """Met while writing, it is followed, even when we are to write once more before the calendar is read."""
    (path,) = book(app)
    theirs = starts(app)[0] + HOUR
    server.move(path, theirs)
    move(app)
    write(app)
    write(app)
    assert stamp(theirs) in server.text(path)
    read(app)
    assert starts(app) == [theirs]


def test_moved_to_the_end_of_time(app: Flask, server: Fickle) -> None:
    """Refused and told; every page still answers, for a maintainer and a guest east of Greenwich too."""
    with app.app_context():
        db.session.execute(sa.update(Maintainer).values(timezone="Asia/Kolkata"))
        db.session.commit()
    (path,) = book(app)
    before = starts(app)
    server.move(path, YEAR_9999)
    read(app, times=2)
    assert (starts(app), work(app).failures, notices(app)) == (before, 0, 1)
    browser = Browser(app).sign_in(EXPERT)
    assert "that time is too far away" in text_of(browser.get("/maintainer/calendars"))
    for page in ("/maintainer", "/", f"/topics/{TOPIC}?tz=Pacific/Kiritimati"):
        assert browser.get(page).status_code == 200
    assert openings(app) != []


def test_what_nobody_foresaw_counts_as_a_failure(app: Flask, server: Fickle, clock: Clock) -> None:
    """Loud and safe as any other, here with a secret that our key does not open: told, and not booked."""
    book(app)
    secret = keep_secret(app, b"not of this key")
    clock.advance(minutes=16)
    read(app, times=2)
    assert (work(app).failures, notices(app), openings(app)) == (2, 1, [])
    keep_secret(app, secret)
    read(app)
    assert work(app).failures == 0


def keep_secret(app: Flask, secret: bytes) -> bytes:
    """Give the connection this encrypted secret; gives the one it had."""
    with app.app_context():
        connection = db.session.get_one(Connection, work(app).connection_id)
        before, connection.secret = connection.secret, secret
        db.session.commit()
        return before


def test_a_server_that_cannot_search(app: Flask, server: Fickle, clock: Clock) -> None:
    """It says 501: what it answers about the event itself is enough."""
    (path,) = book(app)
    server.search = "501 Not Implemented"
    del server.calendars[WORK][path.removeprefix(WORK)]
    read(app, clock, 2)
    assert (statuses(app), work(app).failures) == (["cancelled"], 0)


@pytest.mark.parametrize(("theirs", "backwards"), [(WORK, False), (WORK, True), ("/grace/team/", True)])
def test_a_calendar_that_two_maintainers_share(
    app: Flask, server: Fickle, clock: Clock, theirs: str, backwards: bool
) -> None:
    """An attendee's move hands the session on, and another back; the event stays, whichever row is written first.

    Some servers have one address for everybody, others show a shared calendar to each at one of their own.
    """
    server.calendars[theirs] = server.calendars[WORK]
    own(app, server, OTHER, theirs)
    (path,) = book(app)
    for key in (OTHER, EXPERT):
        staffed_by(app, key)
        start = move(app)
        assert bookings(app)[0].maintainer.key == key
        write(app, backwards=backwards)
        assert path in server.paths()
        assert stamp(start) in server.text(path)
        read(app, clock, 2)
        assert statuses(app) == ["confirmed"]

"""Calendars to subscribe to: a maintainer's sessions by a secret address, and the week for everybody."""

from __future__ import annotations

from datetime import timedelta

import icalendar
import pytest
import sqlalchemy as sa
from flask import Flask

from benchmarks.statements import counted
from booking.extensions import db
from booking.links import Purpose
from booking.models import Booking, Maintainer
from tests.web.browser import Browser, bookings
from tests.web.conftest import FIRST, SECOND, Clock
from tests.web.places import feed, token

NEVER = "Wed, 01 Jan 2020 00:00:00 GMT"


@pytest.fixture
def owner(visitor: Browser, app: Flask) -> str:
    """The key of the maintainer with whom a session is booked."""
    visitor.booked(FIRST)
    return bookings(app)[0].maintainer.key


def uids(data: bytes) -> set[str]:
    return {str(event["UID"]) for event in icalendar.Calendar.from_ical(data).events}


def test_a_maintainer_subscribes_to_their_sessions(visitor: Browser, app: Flask, owner: str) -> None:
    """Without signing in, by the secret address: whom they meet, when, and where."""
    answer = visitor.get(feed(app, owner))
    [booking] = bookings(app)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    [event] = icalendar.Calendar.from_ical(answer.data).events
    assert (event["UID"], event.start, event.end) == (booking.uid, booking.starts_at, booking.ends_at)
    assert "Asha Rao" in event["SUMMARY"]
    assert booking.question in event["DESCRIPTION"]
    assert ".manage." not in answer.text
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    others = next(key for key in ("example-1", "example-2") if key != owner)
    assert uids(visitor.get(feed(app, others)).data) == set()


def test_an_unchanged_feed_costs_no_content(visitor: Browser, app: Flask, owner: str) -> None:
    """304 for the version one has, until a session changes."""
    address = feed(app, owner)
    etag = visitor.get(address).headers["ETag"]
    again = visitor.get(address, headers={"If-None-Match": etag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
    link = f"/b/{token(app, Purpose.MANAGE)}"
    visitor.send(f"{link}/cancel", visitor.get(f"{link}/cancel"))
    changed = visitor.get(address, headers={"If-None-Match": etag})
    assert (changed.status_code, uids(changed.data)) == (200, set())


def test_the_last_thirty_days_stay_in_the_feed(visitor: Browser, app: Flask, owner: str, clock: Clock) -> None:
    """A session is there until it is a month old."""
    address = feed(app, owner)
    clock.advance(days=30)
    assert len(uids(visitor.get(address).data)) == 1
    clock.advance(days=1)
    assert len(uids(visitor.get(address).data)) == 0


def test_a_feed_asks_the_same_few_statements_however_long(visitor: Browser, app: Flask, owner: str) -> None:
    """Two hundred sessions cost no more than one."""
    address = feed(app, owner)
    with counted(app) as few:
        visitor.get(address)
    with app.app_context():
        row = db.session.execute(sa.select(Booking.__table__)).mappings().one()
        for number in range(1, 200):
            away = timedelta(days=number)
            own = {"id": number + 1, "public_id": f"{number:032x}", "idempotency_key": str(number)}
            times = {name: row[name] + away for name in ("starts_at", "ends_at")}
            db.session.execute(sa.insert(Booking.__table__).values({**row, **own, **times}))
        db.session.commit()
    with counted(app) as many:
        found = visitor.get(address)
    assert len(uids(found.data)) == 200
    assert len(many.statements) == len(few.statements) <= 4


def test_a_renewed_address_ends_the_old_one(visitor: Browser, app: Flask, owner: str) -> None:
    """The maintainer presses the button: the old address is dead at once, the new one opens, others stay."""
    old, others = feed(app, owner), feed(app, "example-2" if owner != "example-2" else "example-1")
    staff = Browser(app).sign_in(owner)
    answer = staff.send("/maintainer/feed/renew", staff.get("/maintainer"))
    assert (answer.status_code, answer.location) == (303, "/maintainer")
    assert visitor.get(old).status_code == 404
    assert feed(app, owner) != old
    assert [visitor.get(address).status_code for address in (feed(app, owner), others)] == [200, 200]


def test_mallory_finds_no_feed(visitor: Browser, app: Flask, owner: str) -> None:
    """Guessed, cut short, changed, of somebody else or of another purpose: no such page, and no word why."""
    good = feed(app, owner).removeprefix("/feeds/").removesuffix(".ics")
    mac = good.rpartition(".")[2]
    other = "example-2" if owner != "example-2" else "example-1"
    for bad in (
        owner,
        good[:-1],
        good + "x",
        f"{other}.feed.{mac}",
        f"{owner}.manage.{mac}",
        f"nobody.feed.{mac}",
        "%00.feed.x",
        "é.feed.ü",
        token(app, Purpose.MANAGE),
        token(app, Purpose.JOIN),
    ):
        answer = visitor.get(f"/feeds/{bad}.ics")
        assert (answer.status_code, "no such page" in answer.text) == (404, True), bad
    assert visitor.get(f"/b/{good}").status_code == 404


def test_everybody_subscribes_to_the_week(visitor: Browser, app: Flask) -> None:
    """Flyte's three hours on working days by Pacific clocks, with their topics, and nothing of any person."""
    visitor.booked(SECOND)
    answer = visitor.get("/schedule.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    events = icalendar.Calendar.from_ical(answer.data).events
    assert [event.start.strftime("%H:%M") for event in events] == ["07:00", "13:00", "21:00"]
    for event in events:
        assert event.start.tzinfo is not None
        assert event["DTSTART"].params["TZID"] == "America/Los_Angeles"
        assert event["RRULE"]["BYDAY"] == ["MO", "TU", "WE", "TH", "FR"]
        assert event["TRANSP"] == "TRANSPARENT"
    assert "Flyte deployment, auth" in events[1]["DESCRIPTION"]
    with app.app_context():
        people = list(db.session.scalars(sa.select(Maintainer.name)))
    for private in ("Asha", "example.com", "example.org", "ATTENDEE", "ORGANIZER", "/b/", *people):
        assert private not in answer.text


def test_the_week_stays_the_same_for_a_week(visitor: Browser, clock: Clock) -> None:
    """Asked again it is a 304, until Monday comes in Los Angeles."""
    etag = visitor.get("/schedule.ics").headers["ETag"]
    clock.advance(days=6)
    same = {"If-None-Match": etag, "If-Modified-Since": NEVER}
    assert visitor.get("/schedule.ics", headers=same).status_code == 304
    clock.advance(days=1)
    assert visitor.get("/schedule.ics", headers=same).status_code == 200

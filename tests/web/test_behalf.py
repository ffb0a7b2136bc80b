"""A maintainer books for somebody else: the attendee is told by whom, and every rule of booking holds."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.booking.mails import body
from tests.web.browser import Browser, bookings, set_policy, text_of
from tests.web.conftest import FIRST
from tests.web.places import deliver_all
from tests.web.printed import mails

GUEST = "wei@example.com"
TIMES = "/maintainer/book/flytekit"
FIELDS = {"name": "Wei Zhang", "email": GUEST, "tz": "Asia/Shanghai", "language": "en", "question": "Why?"}


@pytest.fixture
def staff(app: Flask) -> Browser:
    return Browser(app).sign_in("example-1")


def first_time(page: TestResponse) -> str:
    return re.findall(r'name="start" value="([^"]+)"', page.text)[0]


def book(staff: Browser, start: str, who: str = "me") -> TestResponse:
    form = staff.get(f"{TIMES}/details?start={start}&who={who}")
    assert form.status_code == 200
    return staff.send(f"{TIMES}/details", form, **FIELDS)


def test_booked_at_a_time_of_their_own(app: Flask, staff: Browser) -> None:
    """From the first page to a session with themselves; the mail names who booked it and leaves the conduct to them."""
    assert 'href="/maintainer/book"' in staff.get("/maintainer").text
    assert f'href="{TIMES}"' in staff.get("/maintainer/book").text
    answer = book(staff, first_time(staff.get(TIMES)))
    assert (answer.status_code, answer.location) == (303, "/maintainer")
    deliver_all(app)
    [booking] = bookings(app)
    assert (booking.maintainer.key, booking.attendee_email, booking.status) == ("example-1", GUEST, "confirmed")
    assert booking.conduct_accepted_at is None
    assert "It is booked with Example maintainer 1." in text_of(staff.get("/maintainer"))
    assert "Booked by Example maintainer 1." in text_of(staff.get("/maintainer/sessions/1"))
    assert "You booked a Flyte office hours session for Wei Zhang." in body(mails(app, booking.maintainer.email)[0])
    words = " ".join(body(mails(app, GUEST)[0]).split())
    assert "Example maintainer 1 booked it for you." in words
    assert "please read it before you come. https://lfprojects.org/policies/code-of-conduct/" in words
    manage = re.findall(r"http\S+/b/\S+manage\S+", words)[0]
    assert "Example maintainer 1 booked it for you." in text_of(Browser(app).get(manage))


def test_routed_to_whoever_is_best(app: Flask, staff: Browser) -> None:
    """Everybody's times, and a topic the booker does not know; who booked it is kept all the same."""
    other = re.findall(r'href="/maintainer/book/(\w+)"', staff.get("/maintainer/book").text)[-1]
    page = staff.get(f"/maintainer/book/{other}")
    assert "routing chooses who" in text_of(page)
    form = staff.get(f"/maintainer/book/{other}/details?start={first_time(page)}")
    assert staff.send(f"/maintainer/book/{other}/details", form, **FIELDS).status_code == 303
    [booking] = bookings(app)
    assert booking.maintainer.key != "example-1"
    assert booking.booked_by_id is not None
    deliver_all(app)
    told = "Example maintainer 1 booked a Flyte office hours session with you for Wei Zhang."
    assert told in body(mails(app, booking.maintainer.email)[0])


def test_the_rules_of_booking_hold(app: Flask, staff: Browser) -> None:
    """Notice, one open session on a topic, wrong fields: refused, and what was typed stays."""
    early = book(staff, "2026-11-30T11:00:00Z")
    assert early.status_code == 409
    assert 'value="Wei Zhang"' in early.text
    start = first_time(staff.get(TIMES))
    assert book(staff, start).status_code == 303
    again = book(staff, "2026-12-02T15:00:00Z")
    assert again.status_code == 409
    assert "already has an open session" in text_of(again)
    wrong = staff.send(f"{TIMES}/details", staff.get(f"{TIMES}/details?start={FIRST}"), **FIELDS | {"email": "x"})
    assert wrong.status_code == 422
    assert 'href="#email"' in wrong.text
    empty = staff.send(f"{TIMES}/details", early, **FIELDS | {"name": "", "email": " ", "question": ""})
    for missing in ("Enter their name.", "Enter their email address.", "Write down their question"):
        assert missing in text_of(empty)
    assert staff.send(f"{TIMES}/details", early, **FIELDS | {"tz": "Mars/Phobos"}).status_code == 422
    assert staff.get(f"{TIMES}/details").status_code == 422
    assert len(bookings(app)) == 1


def test_nobody_else_stands_in_for_the_one_asked_for(app: Flask, staff: Browser) -> None:
    """With their own time gone, it is refused although a colleague is free."""
    start = first_time(staff.get(TIMES))
    assert book(staff, start).status_code == 303
    form = staff.get(f"{TIMES}/details?start={start}&who=me")
    assert staff.send(f"{TIMES}/details", form, **FIELDS | {"email": "b@example.com"}).status_code == 409
    routed = staff.get(f"{TIMES}/details?start={start}&who=anybody")
    assert staff.send(f"{TIMES}/details", routed, **FIELDS | {"email": "b@example.com"}).status_code == 303
    assert {booking.maintainer.key for booking in bookings(app)} > {"example-1"}


def test_where_addresses_are_proven_they_prove_it(app: Flask, staff: Browser) -> None:
    """The time is held until they confirm; their language is kept."""
    set_policy(app, verify_email=True)
    answer = book(staff, first_time(staff.get(TIMES)))
    assert answer.status_code == 303
    deliver_all(app)
    assert "It is booked once they confirm their address" in text_of(staff.get("/maintainer"))
    assert "Example maintainer 1 booked it for you." in body(mails(app, GUEST)[0])
    assert staff.get("/maintainer/sessions/1").status_code == 404


def test_only_maintainers_book_for_others(app: Flask) -> None:
    """An administrator without hours has no page for it, and a stranger signs in first."""
    assert Browser(app).get(TIMES).location == "/sign-in"
    boss = Browser(app).sign_in(None)
    assert boss.get(TIMES).location == "/admin"
    assert boss.send(f"{TIMES}/details", boss.get("/admin"), start=FIRST, **FIELDS).status_code in (400, 403)
    assert bookings(app) == []

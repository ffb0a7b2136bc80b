"""What maintainers and administrators see."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.models import AppPassword, Calendar, CalendarEvent, Conference, Delivery
from booking.services import app_passwords
from tests.web.browser import Browser, bookings, text_of
from tests.web.conftest import FIRST


def test_a_maintainer_sees_the_sessions_with_the_question(visitor: Browser, app: Flask) -> None:
    """When in their zone, who, the question, links, and why it came to them."""
    visitor.booked(FIRST, question="Why does it <wait>?")
    [booking] = bookings(app)
    staff = Browser(app).sign_in(booking.maintainer.key)
    path = f"/maintainer/sessions/{booking.id}"
    assert f'href="{path}"' in staff.get("/maintainer").text
    said = text_of(staff.get(path))
    assert "Monday 30 November 2026, 4:00 pm (Berlin, UTC+1)" in said
    assert "Asha Rao" in said
    assert "asha@example.com" in said
    assert "Why does it <wait>?" in said
    assert "https://github.com/flyteorg/flyte/issues/1" in said
    assert booking.reasons[0]["text"] in said


def test_an_app_password_is_shown_once_and_works(app: Flask) -> None:
    """With address, user name and QR code; afterwards only its name is shown, and removing it ends it."""
    browser = Browser(app).sign_in("example-1")
    page = browser.send("/maintainer/app-passwords", browser.get("/maintainer"), label="My phone")
    secret = re.findall(r'class="secret">([^<]+)<', page.text)[0]
    office = app.extensions["officehours"]
    assert "http://localhost:8000/dav/example-1/office-hours/" in page.text
    assert 'src="data:image/svg+xml' in page.text
    with app.app_context():
        assert app_passwords.check(office, "example-1", secret)
        password_id = db.session.scalars(sa.select(AppPassword.id)).one()
    home = browser.get("/maintainer")
    assert "My phone" in home.text
    assert secret not in home.text
    removed = browser.send(f"/maintainer/app-passwords/{password_id}/remove", home)
    assert removed.status_code == 303
    assert "The app password is removed." in browser.get("/maintainer").text
    with app.app_context():
        assert not app_passwords.check(office, "example-1", secret)


def test_an_app_password_wants_a_name(app: Flask) -> None:
    """Without one: 422, with the remedy, and none is made."""
    browser = Browser(app).sign_in("example-1")
    page = browser.send("/maintainer/app-passwords", browser.get("/maintainer"), label=" ")
    assert page.status_code == 422
    assert 'href="#label"' in page.text
    with app.app_context():
        assert db.session.scalars(sa.select(AppPassword)).all() == []


def test_an_administrator_sees_what_needs_attention(visitor: Browser, app: Flask) -> None:
    """Failed messages, calendars, meetings and events, each with its reason; and that no mail goes out at all."""
    administrator = Browser(app).sign_in(None)
    quiet = administrator.get("/admin").text
    assert "Nothing is sent yet: mail is not configured; every message is printed." in quiet
    assert "is in order" not in quiet
    visitor.booked(FIRST)
    [booking] = bookings(app)
    with app.app_context():
        execute = db.session.execute
        execute(sa.update(Delivery).where(Delivery.lead == "").values(state="failed", reason="Mailbox full."))
        execute(sa.update(Calendar).where(Calendar.id == 1).values(failures=3, last_error="Password refused."))
        execute(sa.update(Conference).values(state="failed", last_error="No such user."))
        event = {"booking_id": booking.id, "calendar_id": 1, "state": "failed", "last_error": "Disk full."}
        execute(sa.insert(CalendarEvent).values(**event, tried_at=app.extensions["officehours"].now()))
        db.session.commit()
    said = text_of(administrator.get("/admin"))
    for reason in ("Mailbox full.", "Password refused.", "No such user.", "Disk full.", booking.reference):
        assert reason in said


@pytest.mark.parametrize("path", ["/maintainer", "/admin"])
def test_a_made_up_session_is_nobody(app: Flask, path: str) -> None:
    """A cookie that no session stands behind leads to the sign-in page."""
    browser = Browser(app)
    browser.client.set_cookie("officehours-session", "made-up")
    assert browser.get(path).location == "/sign-in"

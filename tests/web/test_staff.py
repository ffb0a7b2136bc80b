"""Signing in, and what maintainers and administrators see."""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes, policy

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.models import AppPassword, Calendar, CalendarEvent, Conference, Delivery, PrintedMessage, Session
from booking.services import app_passwords, sign_in
from tests.web.browser import Browser, account_of, bookings, text_of
from tests.web.conftest import FIRST, Clock
from tests.web.places import deliver_all

ADA = "example-1@example.org"


def mailed_link(app: Flask) -> str:
    """The sign-in link of the last mail."""
    deliver_all(app)
    with app.app_context():
        content = db.session.scalars(sa.select(PrintedMessage.content).order_by(PrintedMessage.id.desc())).first()
    assert content is not None
    body = message_from_bytes(content, policy=policy.default).get_body(("plain",))
    assert body is not None
    return re.findall(r"http://\S+/sign-in/\S+", body.get_content())[0]


def printed_link(app: Flask, key: str = "example-1") -> str:
    with app.app_context():
        return sign_in.print_link(app.extensions["officehours"], account_of(key))


def test_a_mailed_link_signs_in_the_browser_that_asked(visitor: Browser, app: Flask) -> None:
    """Ask, open the mail's link, press: a session in a cookie no script can read, and the link is used up."""
    visitor.send("/sign-in", visitor.get("/sign-in"), email=ADA.upper())
    link = mailed_link(app)
    review = visitor.get(link)
    assert review.status_code == 200
    answer = visitor.send(link, review)
    assert (answer.status_code, answer.location) == (303, "/maintainer")
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("officehours-session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Hello" in visitor.get("/maintainer").text
    assert visitor.send(link, visitor.get("/sign-in")).status_code == 410


def test_forms_opened_before_signing_in_are_worth_nothing(app: Flask) -> None:
    """Whoever prepared this browser cannot act in the maintainer's name with a token from before."""
    browser = Browser(app)
    prepared = browser.get("/sign-in")
    browser.sign_in("example-1")
    assert browser.send("/maintainer/app-passwords", prepared, label="Mallory").status_code == 400


def test_a_mail_scanner_uses_nothing_up(visitor: Browser, app: Flask) -> None:
    """Whoever else opens the mailed link gets no button, and the person's own browser still gets in."""
    visitor.send("/sign-in", visitor.get("/sign-in"), email=ADA)
    link = mailed_link(app)
    scanner = Browser(app)
    assert scanner.get(link).status_code == 410
    assert scanner.send(link, scanner.get("/sign-in")).status_code == 410
    assert visitor.send(link, visitor.get(link)).status_code == 303


def test_links_that_are_old_or_wrong_say_so(visitor: Browser, app: Flask, clock: Clock) -> None:
    """After ten minutes, or changed by a letter: 410 and the way to a new one."""
    link = printed_link(app)
    review = visitor.get(link)
    wrong = visitor.get(link[:-1] + ("A" if link[-1] != "A" else "B"))
    clock.advance(minutes=10)
    for page in (wrong, visitor.get(link), visitor.send(link, review)):
        assert page.status_code == 410
        assert "Ask for a new link" in page.text


def test_signing_out_ends_the_session_at_once(app: Flask) -> None:
    """The cookie is worth nothing afterwards, even when somebody kept it."""
    browser = Browser(app).sign_in("example-1")
    kept = browser.client.get_cookie("officehours-session")
    assert kept is not None
    browser.send("/sign-out", browser.get("/maintainer"))
    thief = Browser(app)
    thief.client.set_cookie("officehours-session", kept.value)
    assert thief.get("/maintainer").location == "/sign-in"
    with app.app_context():
        assert db.session.scalars(sa.select(Session)).all() == []


def test_a_disabled_account_is_out_at_once(app: Flask) -> None:
    """The account is read at each request."""
    browser = Browser(app).sign_in("example-1")
    with app.app_context():
        account_of("example-1").disabled = True
        db.session.commit()
    assert browser.get("/maintainer").location == "/sign-in"


def test_over_https_the_cookies_are_bound_to_the_host(make_app: Callable[..., Flask]) -> None:
    """Secure and with the __Host- prefix; the strict-origin check does not need a Referer."""
    base = "https://office-hours.example.org"
    app = make_app(base_url=base)
    client = app.test_client()
    with app.app_context():
        path = sign_in.print_link(app.extensions["officehours"], account_of("example-1")).removeprefix(base)
    page = client.get(path, base_url=base)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page.text)[0]
    answer = client.post(path, data={"csrf_token": token}, base_url=base, headers={"Sec-Fetch-Site": "same-origin"})
    cookies = answer.headers.getlist("Set-Cookie")
    assert answer.status_code == 303
    assert any(cookie.startswith("__Host-officehours-session=") for cookie in cookies)
    assert all("Secure" in cookie and "Path=/" in cookie for cookie in cookies)
    assert answer.headers["Strict-Transport-Security"]


def test_a_maintainer_sees_the_sessions_with_the_question(visitor: Browser, app: Flask) -> None:
    """When in their zone, who, the question, links, and why it came to them."""
    visitor.booked(FIRST, question="Why does it <wait>?")
    [booking] = bookings(app)
    said = text_of(Browser(app).sign_in(booking.maintainer.key).get("/maintainer"))
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
    assert "Monday 30 November 2026, 7:00 am (Los Angeles, UTC-8)" in said


@pytest.mark.parametrize("path", ["/maintainer", "/admin"])
def test_a_made_up_session_is_nobody(app: Flask, path: str) -> None:
    """A cookie that no session stands behind leads to the sign-in page."""
    browser = Browser(app)
    browser.client.set_cookie("officehours-session", "made-up")
    assert browser.get(path).location == "/sign-in"

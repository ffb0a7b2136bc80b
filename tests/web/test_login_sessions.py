"""Sessions: whose they are, how long they last, and how they end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.models import AppPassword, Connection, Role, Session
from booking.services import sign_in
from booking.services.sessions import hashed
from tests.servers.forger import CLIENT, Forger, question, running
from tests.servers.oidc import provider as oidc_provider
from tests.web.browser import Browser, account_of, text_of
from tests.web.conftest import Clock, MakeApp
from tests.web.test_identities import ADA, agreed, come_back

COOKIE = "officehours-session"
AGAIN = "/sign-in?again="
TOO_LATE = {
    "app-passwords": {"label": "Phone"},
    "calendar": {"url": "https://dav.example.org", "username": "ada", "password": "s3cret"},
    "feed": {"address": "https://example.org/s3cret.ics"},
    "calendar/1/remove": {},
}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def provider() -> Iterator[str]:
    """A provider as they are, which knows Ada."""
    with oidc_provider(ada={"email": ADA, "email_verified": True}) as issuer:
        yield issuer


@pytest.fixture
def forger() -> Iterator[Forger]:
    with running(Forger()) as forger:
        yield forger


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


def token(browser: Browser) -> str:
    cookie = browser.client.get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value


def test_a_session_planted_before_is_not_the_one_that_opens(app: Flask) -> None:
    """Fixation: whatever cookie a browser came with, signing in gives a new one, and the old session is over."""
    mallory = Browser(app).sign_in("example-2")
    planted = token(mallory)
    victim = Browser(app)
    victim.client.set_cookie(COOKIE, planted)
    victim.sign_in("example-1")
    assert token(victim) != planted
    assert mallory.get("/maintainer").location == "/sign-in"
    made_up = Browser(app)
    made_up.client.set_cookie(COOKIE, "made-up-by-mallory")
    made_up.sign_in("example-1")
    assert token(made_up) != "made-up-by-mallory"


def test_only_the_hash_of_a_token_is_kept(app: Flask) -> None:
    """Whoever reads the database cannot sign in with it."""
    browser = Browser(app).sign_in("example-1")
    with app.app_context():
        assert db.session.scalars(sa.select(Session.token_hash)).all() == [hashed(token(browser))]


@pytest.mark.parametrize(
    ("role", "idle", "longest"), [(Role.MAINTAINER, 14 * 24, 90 * 24), (Role.ADMINISTRATOR, 12, 7 * 24)]
)
def test_a_session_ends_when_idle_and_in_the_end(app: Flask, clock: Clock, role: Role, idle: int, longest: int) -> None:
    """Two weeks and ninety days for maintainers; half a day and a week for whoever sees more than their own."""
    who, page = ("example-1", "/maintainer") if role is Role.MAINTAINER else (None, "/admin")
    browser = Browser(app).sign_in(who)
    hours = 0
    while hours + idle - 1 < longest:
        clock.advance(hours=idle - 1)
        hours += idle - 1
        assert browser.get(page).status_code == 200, hours
    clock.advance(hours=longest - hours)
    assert browser.get(page).location == "/sign-in"
    browser = Browser(app).sign_in(who)
    clock.advance(hours=idle)
    assert browser.get(page).location == "/sign-in"


def test_the_account_page_lists_sessions_and_ends_them(app: Flask, clock: Clock) -> None:
    """When, how and by what; one, or all but this one."""
    phone, laptop, office = (Browser(app).sign_in("example-1") for _ in range(3))
    with app.app_context():
        ids = list(db.session.scalars(sa.select(Session.id).order_by(Session.id)))
    page = laptop.get("/account")
    said = text_of(page)
    assert said.count("signed in Monday 30 November 2026, 10:00 am (Berlin, UTC+1) by a printed link") == 3
    laptop.send(f"/account/sessions/{ids[0]}/end", page)
    assert phone.get("/account").location == "/sign-in"
    assert office.get("/account").status_code == 200
    laptop.send("/account/sessions/end-others", page)
    assert office.get("/account").location == "/sign-in"
    assert laptop.send(f"/account/sessions/{ids[1]}/end", page).location == "/"
    assert laptop.get("/account").location == "/sign-in"


def test_a_browser_is_known_by_its_name(app: Flask) -> None:
    """So that its owner knows which one to end."""
    browser = Browser(app)
    with app.app_context():
        link = Browser.link_for(app, account_of("example-1"))
    page = browser.get(link)
    browser.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    browser.send(link, page)
    assert "Firefox on Linux, this one" in text_of(browser.get("/account"))


def test_credentials_change_only_soon_after_signing_in(app: Flask, clock: Clock) -> None:
    """After ten minutes the pages say so, every such form leads to the sign-in page, and from there back."""
    browser = Browser(app).sign_in("example-1")
    form = browser.get("/maintainer")
    clock.advance(minutes=10)
    stale = browser.get("/maintainer")
    for button in ("Make an app password", "Connect this calendar", "Use this address"):
        assert (button in form.text, button in stale.text) == (True, False)
    assert stale.text.count(f'href="{AGAIN}maintainer.show"') == 2
    for path in ("/account/passkeys/new", "/account/logins/oidc/link"):
        assert browser.get(path).location == f"{AGAIN}account.show", path
    for path, fields in TOO_LATE.items():
        answer = browser.send(f"/maintainer/{path}", form, **fields)
        assert answer.location == f"{AGAIN}maintainer.show", path
        page = browser.get(answer.location)
        assert "Nothing was changed, and what you typed was not kept: you signed in more than ten" in text_of(page)
        assert "s3cret" not in page.text
    with app.app_context():
        assert db.session.scalars(sa.select(AppPassword)).all() == []
        assert db.session.scalars(sa.select(Connection)).all() == []
    assert "Nothing was changed" not in browser.get("/sign-in").text
    assert arrive(browser) == "/maintainer"
    made = browser.send("/maintainer/app-passwords", browser.get("/maintainer"), label="Phone")
    assert 'class="secret"' in made.text


@pytest.mark.parametrize(
    ("again", "who", "page"),
    [
        ("account.show", "example-1", "/account"),
        ("maintainer.show", "example-1", "/maintainer"),
        ("https://evil.example", "example-1", "/maintainer"),
        ("audit.show", "example-1", "/maintainer"),
        ("maintainer.show", None, "/account"),
    ],
)
def test_signing_in_again_leads_back(app: Flask, again: str, who: str | None, page: str) -> None:
    """To the page of one's own that was left, and to no other; a bare administrator still adds a passkey first."""
    browser = Browser(app)
    browser.get(f"{AGAIN}{again}")
    assert arrive(browser, who) == page


def arrive(browser: Browser, who: str | None = "example-1") -> str | None:
    """Where somebody gets to who signs in now."""
    with browser.app.app_context():
        account = account_of(who) if who else sign_in.first_administrator()
        link = Browser.link_for(browser.app, account)
    return browser.send(link, browser.get(link)).location


@pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")  # the provider's own use of its library
def test_signing_in_again_asks_to_be_proven_anew(make_app: MakeApp, provider: str, clock: Clock) -> None:
    """Of whoever is signed in already, and of nobody else; then their page opens for changes again."""
    app = make_app(oidc_issuer=provider, **CLIENT)
    browser = Browser(app)
    location = browser.get("/sign-in/with/oidc").location or ""
    assert "prompt" not in question(location)
    assert int(question(location)["max_age"]) > timedelta(days=1000).total_seconds()
    browser.get(agreed(location, "ada"))
    clock.advance(minutes=11)
    assert browser.get("/account/passkeys/new").location == "/sign-in?again=account.show"
    location = browser.get("/sign-in/with/oidc").location or ""
    assert (question(location)["prompt"], question(location)["max_age"]) == ("login", "0")
    clock.advance(minutes=3)
    assert browser.get(agreed(location, "ada")).location == "/maintainer"
    assert browser.get("/account/passkeys/new").status_code == 200


def test_a_provider_that_lets_somebody_pass_makes_nothing_fresh(
    make_app: MakeApp, forger: Forger, clock: Clock
) -> None:
    """It does not say when they signed in there, or says that they did before they were asked. Once it may be so.

    Neither for who is signed in, nor for who signs out first and comes in as ever.
    """
    browser = Browser(make_app(oidc_issuer=forger.base, oidc_name="Example login", **CLIENT))
    for claims in ({"auth_time": int(time.time()) - 3600}, {}):
        forger.claims = claims
        assert come_back(browser).location == "/maintainer"
        assert browser.get("/account/passkeys/new").status_code == 303
        browser.send("/sign-out", browser.get("/maintainer"))
    assert come_back(browser).location == "/maintainer"
    for proven_at in ("", float("nan"), int(time.time()) - 300):
        forger.claims = {"auth_time": proven_at}
        refused = come_back(browser)
        assert refused.status_code == 400, proven_at
        assert "Example login does not say that you signed in there again just now." in text_of(refused)
        assert browser.get("/account/passkeys/new").status_code == 303
    forger.claims = {"email": ""}
    forger.userinfo = {"sub": "ada", "auth_time": int(time.time())}
    assert come_back(browser).status_code == 400
    forger.claims = {"auth_time": int(time.time())}
    assert come_back(browser).location == "/maintainer"
    assert browser.get("/account/passkeys/new").status_code == 200

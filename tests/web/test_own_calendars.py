"""Connecting one's own calendars on the page: signing in, choosing, leaving; and what no page ever shows."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from booking.extensions import db
from booking.models import Calendar, Connection
from calendars.discovery import Login
from tests.servers.hostile import Conversation, hostile
from tests.servers.odd import TOKEN, odd
from tests.servers.radicale import PASSWORDS
from tests.servers.radicale_alone import make_calendar, radicale_alone
from tests.servers.xandikos import xandikos
from tests.web.browser import Browser, hidden, text_of
from tests.web.conftest import MakeApp
from tests.web.test_account_mails import told

SECRET = PASSWORDS["ada"]


@pytest.fixture(scope="module")
def three_calendars(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server where Ada has two calendars for events and one for tasks."""
    with radicale_alone(tmp_path_factory.mktemp("radicale")) as base:
        make_calendar(base, "/ada/1/", "Work")
        make_calendar(base, "/ada/2/", "Family", "VEVENT")
        make_calendar(base, "/ada/3/", "Tasks", "VTODO")
        yield base


@contextmanager
def signed_in(make_app: MakeApp, *servers: str) -> Iterator[Browser]:
    app = make_app(caldav_allow=",".join(urlsplit(server).netloc for server in servers))
    yield Browser(app).sign_in("example-1")


def connect(browser: Browser, url: str, secret: str = SECRET, **fields: str) -> TestResponse:
    page = browser.get("/maintainer")
    return browser.send("/maintainer/calendar", page, **{"url": url, "username": "ada", "password": secret, **fields})


def choose(browser: Browser, place: str, write: str, *read: str) -> TestResponse:
    """Choose on the page at `place`, by what the calendars are called there."""
    page = browser.get(place)
    fields = {"write": ids(page)[write] if write else "0", "read": [ids(page)[name] for name in read]}
    return browser.client.post(place, data={**hidden(page.text), **fields})


def ids(page: TestResponse) -> dict[str, str]:
    """Ids of the offered calendars by name."""
    found = re.findall(r'<label for="read-(\d+)"><bdi>([^<]+)</bdi>', page.text)
    return {unescape(name): number for number, name in found}


def rows(app: Flask) -> dict[str, Calendar]:
    """Ada's calendars by name, embedded ones as "Office hours"."""
    with app.app_context():
        found = db.session.scalars(sa.select(Calendar).where(Calendar.maintainer_id == 1)).all()
        return {row.title: row for row in found}


def test_sign_in_then_choose(make_app: MakeApp, three_calendars: str) -> None:
    """The steps are told, nothing is used before it is chosen; then sessions go into one and both are read."""
    with signed_in(make_app, three_calendars) as browser:
        answer = connect(browser, three_calendars)
        assert answer.status_code == 303, text_of(answer)
        assert not rows(browser.app)["Work"].reads
        page = browser.get(answer.location)
        assert "Found 2 calendars, 2 of them to write to." in text_of(page)
        assert set(ids(page)) == {"Work", "Family"}
        assert page.text.count(" checked") == 3
        chosen = choose(browser, answer.location, "Family", "Work", "Family")
        assert (chosen.status_code, chosen.location) == (303, "/maintainer"), text_of(chosen)
        home = text_of(browser.get("/maintainer"))
        assert "14 of 14 checks are as they should be." in home
        assert "Sessions are written to your own calendar, Family." in home
        found = rows(browser.app)
        assert [(row.writes, row.reads) for row in (found["Work"], found["Family"], found["Office hours"])] == [
            (False, True),
            (True, True),
            (False, False),
        ]
        assert all(found[name].busy is not None for name in ("Work", "Family"))


def test_choosing_anew_and_removing(make_app: MakeApp, three_calendars: str) -> None:
    """Exactly one calendar is written to; without one of their own it is the service's again, and the login is gone."""
    with signed_in(make_app, three_calendars) as browser:
        place = connect(browser, three_calendars).location
        choose(browser, place, "Family", "Family")
        choose(browser, place, "Work", "Family")
        found = rows(browser.app)
        assert [found[name].writes for name in ("Work", "Family", "Office hours")] == [True, False, False]
        choose(browser, place, "", "Family")
        found = rows(browser.app)
        assert (found["Office hours"].writes, found["Office hours"].reads, found["Family"].reads) == (True, True, True)
        browser.send(f"{place}/remove", browser.get("/maintainer"))
        assert set(rows(browser.app)) == {"Office hours"}
        assert browser.get(place).status_code == 404
        assert told(browser.app) == [
            f"A calendar was {done} your account." for done in ("connected to", "removed from")
        ]
        assert SECRET.encode() not in secrets(browser.app)


def test_a_second_server_beside_the_first(make_app: MakeApp, three_calendars: str, tmp_path: Path) -> None:
    """Busy times come from both, sessions go to the one chosen last."""
    with xandikos(tmp_path) as other, signed_in(make_app, three_calendars, other) as browser:
        choose(browser, connect(browser, three_calendars).location, "Work", "Work", "Family")
        place = connect(browser, f"{other}/user/", "anything").location
        choose(browser, place, "calendar", "calendar")
        found = rows(browser.app)
        assert [found[name].writes for name in ("calendar", "Work", "Family")] == [True, False, False]
        assert all(found[name].reads for name in ("calendar", "Work", "Family"))
        browser.send(f"{place}/remove", browser.get("/maintainer"))
        assert rows(browser.app)["Office hours"].writes


def test_the_same_login_again_is_a_new_password(make_app: MakeApp, three_calendars: str) -> None:
    """The connection stays, what was chosen stays, and it is asked again."""
    with signed_in(make_app, three_calendars) as browser:
        first = connect(browser, three_calendars).location
        choose(browser, first, "Work", "Work")
        with browser.app.app_context():
            db.session.execute(sa.update(Connection).values(paused=True, secret=b"old"))
            db.session.commit()
        assert "The server refused the login" in text_of(browser.get("/maintainer"))
        assert choose(browser, first, "Work", "Work").status_code == 422
        assert connect(browser, f"{three_calendars}/ada/").location == first
        found = rows(browser.app)["Work"]
        assert (found.writes, found.paused) == (True, False)


def test_a_wrong_password_is_a_sentence(make_app: MakeApp, three_calendars: str) -> None:
    """What was typed stays, but the password; nothing is kept."""
    with signed_in(make_app, three_calendars) as browser:
        page = connect(browser, three_calendars, "wr0ng-one")
        assert page.status_code == 422
        assert "The server refused the user name or password." in text_of(page)
        assert f'value="{three_calendars}"' in page.text
        assert 'value="ada"' in page.text
        assert "wr0ng-one" not in page.text
        assert set(rows(browser.app)) == {"Office hours"}


def test_a_server_that_refers_elsewhere(make_app: MakeApp, three_calendars: str) -> None:
    """The new address is filled in, ready to be confirmed; the password went to the typed server only."""
    away = f"{three_calendars}/ada/"
    with (
        hostile(lambda talk: talk.answer("301 Moved", b"", f"Location: {away}")) as first,
        signed_in(make_app, three_calendars, f"http://127.0.0.1:{first.port}") as browser,
    ):
        page = connect(browser, f"http://127.0.0.1:{first.port}/")
        assert page.status_code == 422
        assert f'value="{away}"' in page.text
        assert not any("Authorization" in head for head in first.asked)
        assert connect(browser, away).status_code == 303


@pytest.mark.parametrize(("way", "sentence"), [("forbids", "does not allow"), ("forgets", "not what was written")])
def test_a_calendar_that_cannot_keep_sessions(way: str, sentence: str, make_app: MakeApp, tmp_path: Path) -> None:
    """It is refused for writing in a sentence and may still be read from."""
    with odd(tmp_path / "odd", way) as base, signed_in(make_app, base) as browser:
        place = connect(browser, base).location
        refused = choose(browser, place, "Office hours", "Office hours")
        assert refused.status_code == 422
        assert sentence in text_of(refused)
        assert choose(browser, place, "", "Office hours").status_code == 303


def test_quirks_are_kept_and_explained(make_app: MakeApp, tmp_path: Path) -> None:
    """The page says what the server does differently; a token is as good as a password."""
    with odd(tmp_path / "odd", "no-sync", scheme="Bearer") as base, signed_in(make_app, base) as browser:
        place = connect(browser, base, TOKEN, token="y", username="").location
        assert choose(browser, place, "Office hours", "Office hours").status_code == 303
        assert "It does not tell what changed since last time" in text_of(browser.get("/maintainer"))
        with browser.app.app_context():
            kept = db.session.scalars(sa.select(Calendar).where(Calendar.kind == "caldav")).one()
            assert (kept.quirks, kept.connection.auth if kept.connection else "") == (["no-sync"], "bearer")


FEED = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"


def test_a_secret_address(make_app: MakeApp) -> None:
    """It is tried, kept, read for busy times, never shown, and sessions stay with the service."""

    def behave(talk: Conversation) -> None:
        good = "GET /s3cret/basic.ics" in talk.server.asked[-1]
        talk.answer("200 OK", FEED, "Content-Type: text/calendar") if good else talk.answer("404 Not Found")

    with hostile(behave) as server, signed_in(make_app, server.url) as browser:
        base = f"http://127.0.0.1:{server.port}"
        home = browser.get("/maintainer")
        refused = browser.send("/maintainer/feed", home, address=f"{base}/s3cret/wrong.ics")
        assert refused.status_code == 422
        assert browser.send("/maintainer/feed", home, address=f"{base}/s3cret/basic.ics").status_code == 303
        after = browser.get("/maintainer")
        for page in (refused, after):
            assert "s3cret" not in page.text
        assert base in after.text
        found = rows(browser.app)
        feed = found["Feed of 127.0.0.1"]
        assert (feed.kind, feed.writes, feed.reads, feed.url) == ("feed", False, True, None)
        assert (found["Office hours"].writes, found["Office hours"].reads) == (True, True)
        assert told(browser.app) == ["A calendar was connected to your account."]
        assert b"s3cret" not in secrets(browser.app)


def test_holes_in_the_forms(app: Flask) -> None:
    """Each empty field is named, nothing is contacted; an email address is a user name too."""
    browser = Browser(app).sign_in("example-1")
    page = browser.send("/maintainer/calendar", browser.get("/maintainer"), url="", username="")
    assert page.status_code == 422
    for field in ("url", "username", "password"):
        assert f'href="#{field}"' in page.text
    page = browser.send("/maintainer/calendar", page, url="ada@localhost", username="", password="x")
    assert 'value="ada@localhost"' in page.text
    assert 'href="#username"' not in page.text
    page = browser.send("/maintainer/feed", page, address="calendar.ics")
    assert page.status_code == 422
    assert 'href="#address"' in page.text


def test_calendars_of_others(make_app: MakeApp, three_calendars: str) -> None:
    """Nobody sees, chooses or removes somebody else's, whatever the address says."""
    with signed_in(make_app, three_calendars) as browser:
        place = connect(browser, three_calendars).location
        names = ids(browser.get(place))
        other = Browser(browser.app).sign_in("example-2")
        home = other.get("/maintainer")
        assert other.get(place).status_code == 404
        assert other.send(place, home, write=names["Work"], read=names["Work"]).status_code == 404
        assert other.send(f"{place}/remove", home).status_code == 404
        embedded = str(rows(browser.app)["Office hours"].id)
        assert browser.send(place, home, write=embedded, read=embedded).status_code in {400, 404}


def test_no_secret_is_logged(make_app: MakeApp, three_calendars: str, caplog: pytest.LogCaptureFixture) -> None:
    """Not even where everything is logged."""
    caplog.set_level(logging.DEBUG)
    with signed_in(make_app, three_calendars) as browser:
        connect(browser, three_calendars, "wr0ng-one")
        place = connect(browser, three_calendars).location
        choose(browser, place, "Work", "Work")
    assert SECRET not in caplog.text
    assert "wr0ng-one" not in caplog.text
    assert "Authorization: " not in caplog.text
    assert SECRET not in repr(Login("x", "ada", SECRET))


def secrets(app: Flask) -> bytes:
    """Everything the data folder's database holds."""
    data = app.extensions["officehours"].settings.data
    return b"".join(path.read_bytes() for path in sorted(data.glob("officehours.db*")))

"""Who learns by mail that a way into their account was changed, and what such a mail says."""

from __future__ import annotations

import re

import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.models import Delivery, Role
from tests.booking.mails import Tags, body
from tests.web.browser import Browser
from tests.web.places import deliver_all
from tests.web.printed import mails
from tests.web.test_roles import belongings, identify

ADA, OLGA = "example-1@example.org", "olga@example.org"
WHEN = "Monday 30 November 2026, 10:00 am (Berlin, UTC+1)"


def told(app: Flask, address: str = ADA) -> list[str]:
    """What each mail of this kind to an address says first."""
    deliver_all(app)
    found = [mail for mail in mails(app, address) if mail["Subject"].startswith("Your account was changed")]
    return [body(mail).splitlines()[2].partition(" That was on ")[0] for mail in found]


def test_every_change_is_told(app: Flask) -> None:
    """What, when on their clock, and what to do about it; no secret, and no link that lets anybody in."""
    ada = Browser(app).sign_in("example-1")
    theirs = belongings(app)
    made = ada.send("/maintainer/app-passwords", ada.get("/maintainer"), label="Phone")
    [secret] = re.findall(r'class="secret">([^<]+)<', made.text)
    for path in (
        "/maintainer/app-passwords/1/remove",
        f"/account/passkeys/{theirs['passkeys.']}/remove",
        f"/account/logins/{theirs['account.unlink']}/unlink",
    ):
        assert ada.send(path, ada.get("/account")).status_code == 303
    assert told(app) == [
        "An app password was made for your calendar.",
        "An app password of your calendar was removed.",
        "A passkey was removed from your account.",
        "A login elsewhere was unlinked from your account.",
    ]
    for mail in mails(app, ADA):
        for words in (body(mail), Tags(body(mail, "html")).text):
            assert WHEN in words
            assert "sign out everywhere else on the page of your account" in words
            assert re.findall(r"http\S+", words) == ["http://localhost:8000/account"]
            assert secret not in words


def test_who_gives_no_hours_is_told_on_the_communitys_clock(app: Flask) -> None:
    """Of a role that somebody else gave them."""
    Browser(app).sign_in_as(Role.ORGANISER, OLGA)
    administrator, path = Browser(app).sign_in(None), f"/people/{identify(app, OLGA)}/role"
    for role in ("maintainer", "maintainer"):
        administrator.send(path, administrator.get("/people"), role=role)
    assert told(app, OLGA) == ["Your role was changed from organiser to maintainer."]
    assert "1:00 am (Los Angeles, UTC-8)" in body(mails(app, OLGA)[0])


def test_thirty_a_day_are_enough(app: Flask) -> None:
    """The rest is a row with its reason; a stranger who has links mailed to somebody silences nothing."""
    for _ in range(31):
        stranger = Browser(app)
        stranger.send("/sign-in", stranger.get("/sign-in"), email=ADA)
    deliver_all(app)
    ada = Browser(app).sign_in("example-1")
    page = ada.get("/maintainer")
    for _ in range(31):
        ada.send("/maintainer/app-passwords", page, label="Phone")
    assert len(told(app)) == 30
    with app.app_context():
        last = db.session.scalars(sa.select(Delivery).order_by(Delivery.id.desc())).first()
        assert last is not None
        assert (last.kind, last.state) == ("account", "skipped")

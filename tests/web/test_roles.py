"""Every address tried as everybody: what each role reaches, and that nobody reaches what belongs to somebody else."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from booking import queries
from booking.effects.rescue import look_after, rescue
from booking.extensions import db
from booking.models import Account, Booking, Identity, Maintainer, Passkey, Role, Session
from booking.services import app_passwords
from booking.views import guards, hours_rules, session_rules
from booking.views.access import RULES
from booking.views.guards import Rule
from tests.web.browser import Browser, account_of, bookings, hidden, text_of
from tests.web.conftest import FIRST, Clock
from tests.web.places import Place, feed, places
from tests.web.test_access import dump

INSIDE = "inside"
EVERYBODY = {"nobody", "ada", "stale", "organiser", "administrator", "held back"}
GIVE_HOURS = {"ada", "stale", "held back"}
ORGANISE = {"organiser", "administrator"}
# Whom each rule lets in. The links' rules let in whoever has the link, signed in or not.
EXPECTED: list[tuple[Rule, set[str]]] = [
    (guards.anyone, EVERYBODY),
    (guards.anyone_afresh, EVERYBODY),
    (guards.anyone_unstored, EVERYBODY),
    (guards.while_printing, EVERYBODY),
    (guards.from_zoom, set()),
    (guards.from_twilio, set()),
    (guards.signed_in, EVERYBODY - {"nobody"}),
    (guards.fresh, {"ada", "organiser", "administrator"}),
    (guards.maintainer, GIVE_HOURS),
    (guards.fresh_maintainer, {"ada"}),
    (guards.maintainer_or_organiser, GIVE_HOURS | ORGANISE),
    (guards.organiser, ORGANISE),
    (guards.manager, ORGANISE),
    (guards.administrator, {"administrator"}),
    (session_rules.session, {"ada"} | ORGANISE),
    (session_rules.own_session, {"ada"}),
    (hours_rules.own_hours, {"ada"} | ORGANISE),
]
UNPROTECTED = ("api.", "reminders.", "twilio.", "zoom_events.")  # want no token of a form


@pytest.fixture
def crowd(town: Flask, clock: Clock) -> dict[str, Browser]:
    """Everybody; "stale" signed in long ago, and "held back" is an administrator who came by a mailed link."""
    stale = Browser(town).sign_in("example-3")
    clock.advance(minutes=11)
    held_back = Browser(town).sign_in("example-4")
    with town.app_context():
        account = account_of("example-4")
        account.role = Role.ADMINISTRATOR
        db.session.execute(sa.update(Session).where(Session.account_id == account.id).values(method="mail"))
        db.session.commit()
    return {
        "nobody": Browser(town),
        "ada": Browser(town).sign_in("example-1"),
        "stale": stale,
        "organiser": Browser(town).sign_in_as(Role.ORGANISER, "olga@example.org"),
        "administrator": Browser(town).sign_in(None),
        "held back": held_back,
    }


def test_the_whole_map_with_every_role(town: Flask, crowd: dict[str, Browser], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each address lets in whom its rule says and nobody else; every view is replaced, so that only doors are tried."""
    rules = {id(rule): who for rule, who in EXPECTED}
    all_places = places(town)
    tokens = {name: hidden(browser.get("/sign-in").text)["csrf_token"] for name, browser in crowd.items()}
    for endpoint in town.view_functions:
        monkeypatch.setitem(town.view_functions, endpoint, lambda **_: INSIDE)
    for place in all_places:
        expected = rules.get(id(RULES[place.endpoint]), EVERYBODY)
        let_in = {name for name, browser in crowd.items() if reach(browser, place, tokens[name])}
        assert let_in == expected, place


def reach(browser: Browser, place: Place, token: str) -> bool:
    """Whether the page itself answers."""
    if place.method == "GET":
        return browser.get(place.path).text == INSIDE
    body = {"json": {}} if place.endpoint.startswith(UNPROTECTED) else {"data": {"csrf_token": token}}
    return browser.client.post(place.path, **body).text == INSIDE


def test_nobody_reaches_what_is_somebody_elses(town: Flask, crowd: dict[str, Browser]) -> None:
    """Every button and page for one thing of a maintainer's, with its number: mallory, organisers, administrators."""
    with town.app_context():
        booking = db.session.scalars(sa.select(Booking).where(Booking.status == "confirmed")).one()
        assert booking.maintainer.key == "example-1"
    all_places = [place for place in places(town) if one_thing(town, place)]
    theirs = belongings(town)
    assert len(all_places) >= 15
    mallory = Browser(town).sign_in("example-2")
    before = dump(town, but="audit_entry")
    for name in ("organiser", "administrator", "nobody"):
        page = crowd[name].get("/sign-in")
        for place in all_places:
            if name == "nobody" or RULES[place.endpoint] is not session_rules.session:
                refused(crowd[name], place, page, theirs)
    for place in all_places:
        refused(mallory, place, mallory.get("/sign-in"), theirs)
    assert dump(town, but="audit_entry") == before


def one_thing(app: Flask, place: Place) -> bool:
    """Whether this is an address of one thing that belongs to a maintainer: it has a number in it."""
    rule = next(each for each in app.url_map.iter_rules() if each.endpoint == place.endpoint)
    numbered = any(name.endswith("_id") for name in rule.arguments)
    return numbered and not place.endpoint.startswith(("people.", "admin.", "outbox.", "notes."))


def belongings(app: Flask) -> dict[str, int]:
    """A session, a passkey and a login of Ada's."""
    with app.app_context():
        ada, now = account_of("example-1").id, app.extensions["officehours"].now()
        passkey = Passkey(account_id=ada, credential_id=b"1", public_key=b"2", sign_count=0, name="Key", created_at=now)
        about = {"issuer": "https://login.example.org", "subject": "ada", "label": "ada"}
        identity = Identity(account_id=ada, created_at=now, used_at=now, **about)
        db.session.add_all([passkey, identity])
        db.session.commit()
        session = db.session.scalars(sa.select(Session.id).where(Session.account_id == ada)).first() or 0
        return {"passkeys.": passkey.id, "account.unlink": identity.id, "account.end_session": session}


def refused(browser: Browser, place: Place, page: TestResponse, theirs: dict[str, int]) -> None:
    """Tried with the right number of Ada's, and the fields such a form has."""
    number = next((str(each) for start, each in theirs.items() if place.endpoint.startswith(start)), None)
    path = "/".join(number if number and part.isdigit() else part for part in place.path.split("/"))
    fields = {"came": "yes", "topic": "plugins", "answer": "accept", "name": "Mine", "reason": "No."}
    answer = browser.get(path) if place.method == "GET" else browser.send(path, page, **fields)
    assert answer.status_code in {303, 403, 404}, (place, answer.status_code)
    assert "asha@example.com" not in answer.text


@pytest.mark.parametrize(
    ("target", "form", "status"),
    [
        ("example-2", {"role": "organiser"}, 403),
        ("example-2", {"role": "maintainer"}, 303),
        ("other@example.org", {"role": "maintainer"}, 403),
        ("other@example.org", {}, 403),
        ("olga@example.org", {}, 403),
    ],
)
def test_organisers_manage_maintainers_only(app: Flask, target: str, form: dict[str, str], status: int) -> None:
    """They neither raise anybody to what they are, nor touch their like, nor themselves."""
    Browser(app).sign_in_as(Role.ORGANISER, "other@example.org")
    olga = Browser(app).sign_in_as(Role.ORGANISER, "olga@example.org")
    account_id = identify(app, target)
    act = "role" if form else "disable"
    assert olga.send(f"/people/{account_id}/{act}", olga.get("/people"), **form).status_code == status
    invited = olga.send("/people", olga.get("/people"), email="ivo@example.org", role="administrator")
    assert invited.status_code == 403
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).where(Account.email == "ivo@example.org")) == 0


def test_nobody_changes_themselves_so_one_administrator_stays(app: Flask) -> None:
    """Neither role nor access, however it is asked for."""
    administrator = Browser(app).sign_in(None)
    with app.app_context():
        mine = db.session.scalars(sa.select(Account.id).where(Account.role == Role.ADMINISTRATOR)).one()
    for act, form in (("disable", {}), ("role", {"role": "maintainer"})):
        answer = administrator.send(f"/people/{mine}/{act}", administrator.get("/people"), **form)
        assert answer.status_code == 403
    assert administrator.get("/audit").status_code == 200


def test_nobody_can_book_a_disabled_person_and_their_sessions_go_to_others(app: Flask) -> None:
    """At once, on every page; enabled again, they are offered again."""
    visitor, administrator = Browser(app), Browser(app).sign_in(None)
    visitor.booked(FIRST)
    [booked] = bookings(app)
    account_id = identify(app, booked.maintainer.key)

    def offered() -> set[str]:
        with app.app_context():
            return {one.key for one in queries.programme().maintainers}

    page = administrator.get("/people")
    administrator.send(f"/people/{account_id}/disable", page)
    told = text_of(administrator.get("/people"))
    assert f"{booked.maintainer.name} is signed out everywhere, and cannot sign in." in told
    for said in (text_of(page), told):
        assert "sessions with them go to others within ten minutes" in said.lower()
    assert f"{booked.maintainer.name} (example)Gives no sessions" in text_of(administrator.get("/admin/programme"))
    assert booked.maintainer.key not in offered()
    with app.app_context():
        look_after()
        rescue(booked.id, 0)
    [moved] = bookings(app)
    assert (moved.status, moved.starts_at) == ("confirmed", booked.starts_at)
    assert moved.maintainer.key != booked.maintainer.key
    administrator.send(f"/people/{account_id}/enable", administrator.get("/people"))
    assert f"{booked.maintainer.name} can sign in again." in text_of(administrator.get("/people"))
    assert booked.maintainer.key in offered()
    assert "Gives no sessions" not in text_of(administrator.get("/admin/programme"))


def test_a_disabled_person_is_out_at_once_everywhere(app: Flask) -> None:
    """Every session ends with the press of the button; links, calendar apps and the feed are shut out as well."""
    phone, laptop = (Browser(app).sign_in("example-2") for _ in range(2))
    office = app.extensions["officehours"]
    with app.app_context():
        secret = app_passwords.create(office, account_of("example-2").maintainer_id or 0, "Phone")
    subscribed = feed(app, "example-2")
    assert phone.get(subscribed).status_code == 200
    administrator = Browser(app).sign_in(None)
    account_id = identify(app, "example-2")
    administrator.send(f"/people/{account_id}/disable", administrator.get("/people"))
    for browser in (phone, laptop):
        assert browser.get("/maintainer").location == "/sign-in"
    with app.app_context():
        assert db.session.scalars(sa.select(Session).where(Session.account_id == account_id)).all() == []
        link = Browser.link_for(app, account_of("example-2"))
        assert not app_passwords.check(office, "example-2", secret)
    assert phone.get(subscribed).status_code == 404
    assert phone.get(link).status_code == 410
    administrator.send(f"/people/{account_id}/enable", administrator.get("/people"))
    assert phone.send(link, phone.get(link)).status_code == 303
    with app.app_context():
        assert app_passwords.check(office, "example-2", secret)


def test_a_role_counts_from_the_next_request(app: Flask) -> None:
    """Changed behind their back, as by the operator in the database: what they may is read each time."""
    olga = Browser(app).sign_in_as(Role.ORGANISER, "olga@example.org")
    assert olga.get("/people").status_code == 200
    with app.app_context():
        db.session.execute(sa.update(Account).where(Account.email == "olga@example.org").values(role="maintainer"))
        db.session.commit()
    assert olga.get("/people").status_code == 403


def test_administrators_need_more_than_a_mailbox(app: Flask) -> None:
    """Nobody is raised to administrator before they have a passkey or a login; then they sign in anew."""
    olga = Browser(app).sign_in_as(Role.ORGANISER, "olga@example.org")
    account_id = identify(app, "olga@example.org")
    administrator = Browser(app).sign_in(None)
    path = f"/people/{account_id}/role"
    administrator.send(path, administrator.get("/people"), role="administrator")
    assert "They must add a passkey" in administrator.get("/people").text
    assert olga.get("/people").status_code == 200
    with app.app_context():
        about = {"issuer": "https://login.example.org", "subject": "olga", "label": "olga"}
        now = app.extensions["officehours"].now()
        db.session.add(Identity(account_id=account_id, created_at=now, used_at=now, **about))
        db.session.commit()
    for happened in ("now, and signs in anew", "already"):
        administrator.send(path, administrator.get("/people"), role="administrator")
        assert f"olga@example.org has the role administrator {happened}." in text_of(administrator.get("/people"))
    assert olga.get("/people").location == "/sign-in"


def test_organisers_see_no_credentials(town: Flask) -> None:
    """Sessions, messages and people, but no calendar's address or login, no passkeys, no audit log."""
    belongings(town)
    places(town)  # makes Ada's connection
    olga = Browser(town).sign_in_as(Role.ORGANISER, "olga@example.org")
    said = "".join(text_of(olga.get(path)) for path in ("/admin", "/admin/messages", "/people", "/account"))
    assert "Asha Rao" in said
    for secret in ("dav.example.org", "Key", "login.example.org", "/feeds/"):
        assert secret not in said


def identify(app: Flask, who: str) -> int:
    """The id of an account, by address or maintainer's key."""
    with app.app_context():
        found = sa.select(Account.id).outerjoin(Maintainer, Maintainer.id == Account.maintainer_id)
        return db.session.scalars(found.where(sa.or_(Account.email == who, Maintainer.key == who))).one()

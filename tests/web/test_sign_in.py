"""Coming in by a mailed or printed link."""

from __future__ import annotations

import re
from email import message_from_bytes, policy

import sqlalchemy as sa
from flask import Flask

from booking import accounts
from booking.extensions import db
from booking.models import Account, AuditEntry, Delivery, PrintedMessage, Role, SignInLink
from booking.office import utc_now
from booking.services import sign_in
from tests.web.browser import Browser, account_of, text_of
from tests.web.commands import run
from tests.web.conftest import Clock, MakeApp
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
    """Whoever else opens the mailed link gets no button but what to do, and the person's own browser still gets in."""
    visitor.send("/sign-in", visitor.get("/sign-in"), email=ADA)
    link = mailed_link(app)
    scanner = Browser(app)
    for page in (scanner.get(link), scanner.get(link), scanner.send(link, scanner.get("/sign-in"))):
        assert page.status_code == 410
        assert "It works only in the browser that asked for it." in page.text
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


def test_over_https_the_cookies_are_bound_to_the_host(make_app: MakeApp) -> None:
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


def test_the_pages_work_is_the_same_for_any_address(app: Flask) -> None:
    """Who is asked for shows neither in the answer nor in what the database is asked: the clock tells nothing."""
    told: list[list[str]] = [[]]

    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        told[-1].append(statement)

    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", note)
    answers = []
    for address in (ADA, "nobody-here@example.org"):
        browser = Browser(app)
        page = browser.get("/sign-in")
        told.append([])
        answer = browser.send("/sign-in", page, email=address)
        told.append([])
        answers.append((answer.status_code, answer.text.replace(address, ""), len(answer.headers)))
    assert answers[0] == answers[1]
    assert told[1] == told[3]
    assert len(told[1]) > 3
    deliver_all(app)
    with app.app_context():
        assert db.session.scalars(sa.select(Delivery.recipient)).all() == [ADA]


def test_a_mailed_link_alone_makes_nobody_an_administrator(visitor: Browser, app: Flask) -> None:
    """They act as what they are besides, are told so, and cannot add a passkey for the next time either."""
    with app.app_context():
        account_of("example-1").role = Role.ADMINISTRATOR
        db.session.commit()
    visitor.send("/sign-in", visitor.get("/sign-in"), email=ADA)
    link = mailed_link(app)
    assert visitor.send(link, visitor.get(link)).location == "/account"
    assert "You do not act as administrator now" in text_of(visitor.get("/account"))
    assert visitor.get("/maintainer").status_code == 200
    for path in ("/admin", "/people", "/audit", "/account/passkeys/new"):
        assert visitor.get(path).status_code == 403, path
    assert "came by a mailed link" in visitor.get("/admin").text


def test_the_first_administrator_is_asked_to_add_a_passkey(app: Flask) -> None:
    """The printed link makes an administrator at once, and leads to the account page, which says what to do now."""
    with app.app_context():
        link = sign_in.print_link(app.extensions["officehours"], sign_in.first_administrator())
    browser = Browser(app)
    assert browser.send(link, browser.get(link)).location == "/account"
    assert "Add a passkey or link a login now" in text_of(browser.get("/account"))
    assert browser.get("/admin").status_code == 200
    assert browser.get("/account/passkeys/new").status_code == 200


def test_an_invitation_lets_somebody_in_once(app: Flask, clock: Clock) -> None:
    """Organisers invite maintainers only; the mail's link opens in any browser, works once and for a week."""
    administrator = Browser(app).sign_in(None)
    administrator.send("/people", administrator.get("/people"), email="Olga@Example.org", role="organiser")
    link = mailed_link(app)
    olga = Browser(app)
    assert "You are invited" in olga.get(link).text
    assert olga.send(link, olga.get(link)).location == "/account"
    assert olga.get("/people").status_code == 200
    assert olga.get("/audit").status_code == 403
    assert Browser(app).get(link).status_code == 410
    with app.app_context():
        found = accounts.by_address("olga@example.org")
        assert found is not None
        assert found.accepted_at == clock.now


def test_an_invitation_ends_after_a_week(app: Flask, clock: Clock) -> None:
    """Then neither its link nor a link asked for lets them in, until they are invited again."""
    administrator = Browser(app).sign_in(None)
    administrator.send("/people", administrator.get("/people"), email="olga@example.org", role="organiser")
    link = mailed_link(app)
    clock.advance(days=7)
    olga = Browser(app)
    assert olga.get(link).status_code == 410
    olga.send("/sign-in", olga.get("/sign-in"), email="olga@example.org")
    deliver_all(app)
    assert sent(app) == 1
    administrator = Browser(app).sign_in(None)
    assert "the invitation is over" in administrator.get("/people").text
    with app.app_context():
        account = accounts.by_address("olga@example.org")
        assert account is not None
        again = f"/people/{account.id}/invite"
    administrator.send(again, administrator.get("/people"))
    link = mailed_link(app)
    assert olga.send(link, olga.get(link)).location == "/account"


def test_an_invitation_does_not_outlive_that_its_account_is_disabled(app: Flask) -> None:
    """Let in again, neither its link nor one asked for opens anything before there is another invitation."""
    administrator = Browser(app).sign_in(None)
    administrator.send("/people", administrator.get("/people"), email="olga@example.org", role="organiser")
    link = mailed_link(app)
    with app.app_context():
        account = accounts.by_address("olga@example.org")
        assert account is not None
        theirs = f"/people/{account.id}"
    for act in ("disable", "enable"):
        administrator.send(f"{theirs}/{act}", administrator.get("/people"))
    assert "olga@example.org can sign in again, once they are invited again." in administrator.get("/people").text
    olga = Browser(app)
    assert olga.get(link).status_code == 410
    olga.send("/sign-in", olga.get("/sign-in"), email="olga@example.org")
    deliver_all(app)
    assert sent(app) == 1
    administrator.send(f"{theirs}/invite", administrator.get("/people"))
    link = mailed_link(app)
    assert olga.send(link, olga.get(link)).location == "/account"


def test_an_invited_administrator_may_add_their_first_passkey(app: Flask, clock: Clock) -> None:
    """By the invitation, or another one, and never by a link they asked for; until they use it they are none."""
    administrator = Browser(app).sign_in(None)
    administrator.send("/people", administrator.get("/people"), email="ivo@example.org", role="administrator")
    link = mailed_link(app)
    ivo = Browser(app)
    ivo.send(link, ivo.get(link))
    assert ivo.get("/admin").status_code == 403
    assert ivo.get("/account/passkeys/new").status_code == 200
    clock.advance(minutes=10)
    assert ivo.get("/account/passkeys/new").location == "/sign-in?again=account.show"
    clock.advance(hours=1)
    ivo.send("/sign-in", ivo.get("/sign-in"), email="ivo@example.org")
    link = mailed_link(app)
    ivo.send(link, ivo.get(link))
    assert ivo.get("/account/passkeys/new").status_code == 403
    with app.app_context():
        found = accounts.by_address("ivo@example.org")
        assert found is not None
        again = f"/people/{found.id}/invite"
    assert f'action="{again}"' in administrator.get("/people").text
    administrator.send(again, administrator.get("/people"))
    link = mailed_link(app)
    ivo.send(link, ivo.get(link))
    assert "ivo@example.org" in ivo.get("/account").text
    assert ivo.get("/account/passkeys/new").status_code == 200


def test_who_is_in_the_community_file_already_is_not_invited_twice(app: Flask) -> None:
    """The form says where to look instead, and keeps what was typed."""
    administrator = Browser(app).sign_in(None)
    page = administrator.send("/people", administrator.get("/people"), email=ADA, role="maintainer")
    assert page.status_code == 422
    assert "Somebody with this address is on the list above" in page.text
    assert ADA in page.text
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).where(Account.email == ADA)) == 0


def test_refused_links_are_in_the_audit_log_without_addresses(visitor: Browser, app: Flask) -> None:
    """What was tried is noted; what identifies anybody is not."""
    link = printed_link(app)
    page = visitor.get(link)
    visitor.send(link, page)
    visitor.send(link, visitor.get("/sign-in"))
    with app.app_context():
        acts = [(entry.act, entry.about, entry.detail) for entry in db.session.scalars(sa.select(AuditEntry))]
        assert ("sign-in refused", "link", "spent") in acts
        assert db.session.scalar(sa.select(sa.func.count()).select_from(SignInLink)) == 1
        assert "@" not in repr(acts)


def test_the_operator_prints_a_link_for_anybody(app: Flask, clock: Clock) -> None:
    """By key, by address, or for their own administrator; nobody else's address is a mistake with a sentence."""
    clock.now = utc_now()  # the command's clock
    olga = Browser(app).sign_in_as(Role.ORGANISER, "olga@example.org")
    olga.send("/sign-out", olga.get("/account"))
    for who, page in (("example-1", "/maintainer"), ("Olga@example.org", "/people"), ("admin", "/audit")):
        link = run(app, "sign-in-link", who).output.strip()
        browser = Browser(app)
        browser.send(link, browser.get(link))
        assert browser.get(page).status_code == 200, who
    assert "Nobody here has the address" in str(run(app, "sign-in-link", "nobody@example.org").exception)


def sent(app: Flask) -> int:
    """How many sign-in links and invitations were mailed."""
    with app.app_context():
        return len(db.session.scalars(sa.select(Delivery).where(Delivery.sign_in_link_id.is_not(None))).all())

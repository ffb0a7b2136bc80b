"""Signing in by a login elsewhere: a provider as they are, and one that lies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from booking.extensions import db
from booking.models import Identity, Role
from tests.servers.forger import CLIENT, OTHER_KEY, Forger, question, running, with_our_own_secret
from tests.servers.oidc import provider as oidc_provider
from tests.web.browser import Browser, account_of, text_of
from tests.web.conftest import Clock, MakeApp
from tests.web.test_account_mails import told

# The provider's own use of its library, in its thread.
pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")

ADA = "example-1@example.org"
LIES: list[dict[str, Any]] = [
    {"alg": "none"},
    {"alg": "none", "metadata": {"id_token_signing_alg_values_supported": ["none"]}},
    {"alg": "HS256", "key": with_our_own_secret()},
    {
        "alg": "HS256",
        "key": with_our_own_secret(),
        "metadata": {"id_token_signing_alg_values_supported": ["HS256", "RS256"]},
    },
    {"key": OTHER_KEY},
    {"claims": {"iss": "https://login.example.com"}},
    {"claims": {"aud": "somebody-else"}},
    {"claims": {"nonce": "of-another-sign-in"}},
    {"claims": {"nonce": ""}},
    {"claims": {"exp": 1}},
    {"claims": {"sub": ""}},
    {"token": {"id_token": None}},
    {"token": {"id_token": "garbage"}},
    {"token": {"id_token": None, "access_token": None, "error": "invalid_grant"}},
    {"metadata": {"jwks": {"keys": [OTHER_KEY.as_dict(private=False)]}}},
    {"claims": {"email": ""}, "userinfo": {"sub": "somebody-else", "email": ADA, "email_verified": True}},
]
ELSEWHERE: list[dict[str, Any]] = [
    {"issuer": "https://login.example.com"},
    {"authorization_endpoint": "http://login.example.com/authorize"},
    {"authorization_endpoint": "javascript:alert(1)"},
    {"authorization_endpoint": None},
    {"token_endpoint": "http://127.0.0.1:1/token"},
    {"token_endpoint": "https://10.0.0.1/token"},
    {"jwks_uri": "file:///etc/passwd"},
    {"jwks_uri": "http://169.254.169.254/latest"},
]


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A provider as they are, which knows Ada, and Eve who gave Ada's address and never proved it."""
    ada, eve = {"email": ADA.upper(), "email_verified": True}, {"email": ADA, "email_verified": False}
    with oidc_provider(ada=ada, eve=eve) as issuer:
        yield issuer


@pytest.fixture
def forger() -> Iterator[Forger]:
    with running(Forger()) as forger:
        yield forger


@pytest.fixture
def lied_to(make_app: MakeApp, forger: Forger) -> Flask:
    """The service of an organisation whose provider is the forger."""
    return make_app(oidc_issuer=forger.base, oidc_name="Example login", **CLIENT)


def sign_in(browser: Browser, sub: str, start: str = "/sign-in/with/oidc") -> TestResponse:
    """There and back, as this person."""
    return browser.get(agreed(browser.get(start).location or "", sub))


def agreed(asked: str, sub: str) -> str:
    """Where the provider sends the browser once this person has agreed."""
    return str(requests.post(asked, data={"sub": sub}, allow_redirects=False, timeout=10).headers["Location"])


def come_back(browser: Browser, start: str = "/sign-in/with/oidc") -> TestResponse:
    """There and back with the forger, whose code is the nonce."""
    asked = question(browser.get(start).location or "")
    return browser.get(f"/sign-in/from/oidc?code={asked['nonce']}&state={asked['state']}")


def identities(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        return [(each.issuer, each.subject) for each in db.session.scalars(sa.select(Identity))]


def test_whom_the_community_file_names_comes_in_by_a_verified_address(make_app: MakeApp, provider: str) -> None:
    """With state, nonce and PKCE; from then on issuer and subject are what counts."""
    app = make_app(oidc_issuer=provider, oidc_name="Example login", **CLIENT)
    browser = Browser(app)
    assert "Sign in with Example login" in browser.get("/sign-in").text
    location = browser.get("/sign-in/with/oidc").location or ""
    asked = question(location)
    assert asked["code_challenge_method"] == "S256"
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert asked["redirect_uri"] == "http://localhost:8000/sign-in/from/oidc"
    assert browser.get(agreed(location, "ada")).location == "/maintainer"
    assert "Hello" in browser.get("/maintainer").text
    assert identities(app) == [(provider, "ada")]
    with app.app_context():
        account_of("example-1").maintainer.email = "new@example.org"  # type: ignore[union-attr]
        db.session.commit()
    again = Browser(app)
    assert sign_in(again, "ada").location == "/maintainer"


def test_an_address_nobody_verified_opens_nothing(make_app: MakeApp, provider: str) -> None:
    """However much it is Ada's; and a stranger with another address learns no more."""
    app = make_app(oidc_issuer=provider, **CLIENT)
    for sub in ("eve", "stranger@example.com"):
        browser = Browser(app)
        answer = sign_in(browser, sub)
        assert answer.status_code == 403
        assert "This login opens no account here" in answer.text
        assert browser.get("/maintainer").location == "/sign-in"
    assert identities(app) == []


def test_an_answer_replayed_is_a_400(make_app: MakeApp, provider: str) -> None:
    """In another browser, and a second time in the same one."""
    app = make_app(oidc_issuer=provider, **CLIENT)
    ada, mallory = Browser(app), Browser(app)
    back = agreed(ada.get("/sign-in/with/oidc").location or "", "ada")
    assert mallory.get(back).status_code == 400
    mallory.get("/sign-in/with/oidc")
    assert mallory.get(back).status_code == 400
    assert ada.get(back).location == "/maintainer"
    replayed = ada.get(back)
    assert replayed.status_code == 400
    assert "begun in another browser, or was finished already" in text_of(replayed)


def test_who_has_come_before_links_a_login_from_inside(make_app: MakeApp, provider: str) -> None:
    """A verified address is not enough for an account somebody uses already; linking and unlinking is on its page."""
    app = make_app(oidc_issuer=provider, **CLIENT)
    browser = Browser(app).sign_in("example-1")
    assert sign_in(Browser(app), "ada").status_code == 403
    assert sign_in(browser, "ada", "/account/logins/oidc/link").location == "/account"
    page = browser.get("/account")
    assert "From now on you can sign in with it." in page.text
    assert sign_in(Browser(app), "ada").location == "/maintainer"
    grace = Browser(app).sign_in("example-2")
    sign_in(grace, "ada", "/account/logins/oidc/link")
    assert "opens another account here already" in grace.get("/account").text
    browser.send("/account/logins/1/unlink", page)
    assert told(app) == [f"A login elsewhere was {done} your account." for done in ("linked to", "unlinked from")]
    assert identities(app) == []
    assert sign_in(Browser(app), "ada").status_code == 403


def test_linking_wants_a_fresh_sign_in_to_the_end(make_app: MakeApp, provider: str, clock: Clock) -> None:
    """Begun in time and finished too late, by whoever sits there by then: nothing is linked."""
    app = make_app(oidc_issuer=provider, **CLIENT)
    browser = Browser(app).sign_in("example-1")
    clock.advance(minutes=9)
    back = agreed(browser.get("/account/logins/oidc/link").location or "", "ada")
    clock.advance(minutes=2)
    assert browser.get(back).location == "/sign-in?again=account.show"
    assert identities(app) == []


def test_a_login_makes_an_administrator_where_a_mail_does_not(make_app: MakeApp, provider: str) -> None:
    """And the last of an administrator's ways in is not taken away."""
    app = make_app(oidc_issuer=provider, **CLIENT)
    sign_in(Browser(app), "ada")
    with app.app_context():
        account_of("example-1").role = Role.ADMINISTRATOR
        db.session.commit()
    browser = Browser(app)
    assert sign_in(browser, "ada").location == "/admin"
    browser.send("/account/logins/1/unlink", browser.get("/account"))
    assert "This is the last way in" in browser.get("/account").text
    assert len(identities(app)) == 1


def test_a_disabled_account_is_not_opened_by_its_login(make_app: MakeApp, provider: str) -> None:
    """The link to the account is still there, and says nothing to whoever tries."""
    app = make_app(oidc_issuer=provider, **CLIENT)
    sign_in(Browser(app), "ada")
    with app.app_context():
        account_of("example-1").disabled = True
        db.session.commit()
    assert sign_in(Browser(app), "ada").status_code == 403


def test_another_website_cannot_begin_a_sign_in(make_app: MakeApp, forger: Forger) -> None:
    """Neither for a stranger nor for somebody signed in, whose account it would be linked to."""
    app = make_app(oidc_issuer=forger.base, **CLIENT)
    browser = Browser(app).sign_in("example-1")
    for path in ("/sign-in/with/oidc", "/account/logins/oidc/link"):
        answer = browser.get(path, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
    assert forger.asked == {}


def test_the_forger_can_be_honest(lied_to: Flask, forger: Forger) -> None:
    """Or the refusals below would prove nothing. Our secret goes to the token's address alone, with the verifier."""
    assert come_back(Browser(lied_to)).location == "/maintainer"
    assert forger.asked["/token"]["code_verifier"]
    assert [path for path, sent in forger.asked.items() if sent["Authorization"]] == ["/token"]


def test_a_forged_token_opens_nothing(lied_to: Flask, forger: Forger) -> None:
    """Not signed, signed by others or for others, of another time: a 400 page, in plain words, and no session."""
    for lie in LIES:
        browser, honest = Browser(lied_to), Forger()
        asked = question(browser.get("/sign-in/with/oidc").location or "")
        for name, value in lie.items():
            setattr(forger, name, value)
        answer = browser.get(f"/sign-in/from/oidc?code={asked['nonce']}&state={asked['state']}")
        assert answer.status_code == 400, lie
        assert "does not prove who you are" in text_of(answer)
        assert browser.get("/maintainer").location == "/sign-in"
        for name in lie:
            setattr(forger, name, getattr(honest, name))
    assert identities(lied_to) == []
    assert come_back(Browser(lied_to)).location == "/maintainer"


def test_only_true_is_verified(lied_to: Flask, forger: Forger) -> None:
    """Authlib passes on whatever the provider says."""
    for verified in (False, None, "true", "false", 1):
        forger.claims = {"email_verified": verified}
        assert come_back(Browser(lied_to)).status_code == 403, verified


def test_an_address_may_come_from_userinfo(lied_to: Flask, forger: Forger) -> None:
    """As the standard has it; of the same subject."""
    forger.claims = {"email": "", "email_verified": ""}
    forger.userinfo = {"sub": "ada", "email": ADA, "email_verified": True}
    assert come_back(Browser(lied_to)).location == "/maintainer"


def test_a_provider_leads_nowhere_else(lied_to: Flask, forger: Forger) -> None:
    """It is on a private network by the operator's leave; what it names besides must be public and encrypted."""
    for metadata in ELSEWHERE:
        forger.metadata, forger.asked = metadata, {}
        browser = Browser(lied_to)
        asked = question(browser.get("/sign-in/with/oidc").location or "")
        answer = browser.get(f"/sign-in/from/oidc?code={asked.get('nonce', 'x')}&state={asked.get('state', 'x')}")
        assert answer.status_code in {400, 503}, metadata
    assert identities(lied_to) == []


def test_what_a_provider_says_of_itself_does_not_set_up_our_client(lied_to: Flask, forger: Forger) -> None:
    """Authlib hands it all to its session: "verify" would be the check of certificates."""
    forger.metadata = {"verify": False, "proxies": {"http": "http://127.0.0.1:1"}, "trust_env": True}
    assert come_back(Browser(lied_to)).location == "/maintainer"


def test_a_provider_that_is_away_is_a_503(make_app: MakeApp) -> None:
    """With words that say what else there is to do."""
    app = make_app(oidc_issuer="http://localhost:1", oidc_name="Example login", **CLIENT)
    answer = Browser(app).get("/sign-in/with/oidc")
    assert answer.status_code == 503
    assert "Example login does not answer as it should. Try again later, or sign in another way." in text_of(answer)


def test_who_declines_there_is_told_so(lied_to: Flask) -> None:
    """No code came back."""
    browser = Browser(lied_to)
    asked = question(browser.get("/sign-in/with/oidc").location or "")
    answer = browser.get(f"/sign-in/from/oidc?error=access_denied&state={asked['state']}")
    assert answer.status_code == 400
    assert "Example login did not let you in." in text_of(answer)

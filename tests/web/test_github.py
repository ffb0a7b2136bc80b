"""Signing in by GitHub, and what the settings of providers must say."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from booking.extensions import db
from booking.identities import IdentityRefused, configured
from booking.models import Identity, Session
from booking.settings import SettingsError, load_settings
from tests.servers.forger import Forger, question, running
from tests.web.browser import Browser
from tests.web.conftest import MakeApp

ADA = "example-1@example.org"


def test_github_by_its_own_protocol(make_app: MakeApp) -> None:
    """Verified addresses only, whatever the profile shows; known again by number, not by name."""
    with running(Forger()) as forger:
        app = make_app(github_client_id="app", github_client_secret="secret", github_api_url=f"{forger.base}/api/v3")

        def there_and_back() -> TestResponse:
            browser = Browser(app)
            asked = question(browser.get("/sign-in/with/github").location or "")
            assert asked["scope"] == "read:user user:email"
            return browser.get(f"/sign-in/from/github?code=c&state={asked['state']}")

        forger.emails = [{"email": ADA, "verified": False, "primary": True}]
        assert there_and_back().status_code == 403
        forger.emails = [{"email": "a@b.example", "verified": True}, {"email": ADA.title(), "verified": True}]
        assert there_and_back().location == "/maintainer"
        forger.emails = []
        assert there_and_back().location == "/maintainer"
        with app.app_context():
            known = [(each.issuer, each.subject) for each in db.session.scalars(sa.select(Identity))]
        assert set(known) == {(forger.base, "4711")}
        assert forger.asked["/login/oauth/access_token"]["client_secret"] == "secret"
        assert forger.asked["/api/v3/user"]["Authorization"] == "Bearer gho_t"
        with app.app_context():
            assert set(db.session.scalars(sa.select(Session.method))) == {"github"}


def test_githubs_public_addresses() -> None:
    """Without a setting it is github.com."""
    settings = load_settings({"OFFICEHOURS_GITHUB_CLIENT_ID": "app", "OFFICEHOURS_GITHUB_CLIENT_SECRET": "secret"})
    start = configured(settings)["github"].start("https://office-hours.example.org/x", again=False)
    assert start.url.startswith("https://github.com/login/oauth/authorize?")
    with pytest.raises(IdentityRefused):
        configured(settings)["github"].finish("https://office-hours.example.org/x", "c", {})


def test_half_a_provider_is_a_mistake_in_the_settings() -> None:
    """And so is one whose passwords would travel in the open."""
    with pytest.raises(SettingsError, match="OIDC_CLIENT_ID, OFFICEHOURS_OIDC_CLIENT_SECRET must be set too"):
        load_settings({"OFFICEHOURS_OIDC_ISSUER": "https://login.example.org"})
    with pytest.raises(SettingsError, match="use https://"):
        load_settings({"OFFICEHOURS_OIDC_ISSUER": "http://login.example.org"})

"""A real browser with an authenticator of its own comes in by passkey, and by mail through the real engine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Request, expect

from tests.servers.command import officehours
from tests.servers.service import Service

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("passkeys") / "data") as service:
        yield service


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A phone."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield context
    context.close()


class Authenticator:
    """A device with a PIN, inside the browser: WebAuthn's virtual authenticator over the DevTools protocol."""

    def __init__(self, page: Page) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        self.id = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})[
            "credentials"
        ]
        return found

    def turn_back(self, credential: dict[str, Any]) -> None:
        """As a copy of the device would be, taken before it was used: its counter is behind."""
        about = {"authenticatorId": self.id, "credentialId": credential["credentialId"]}
        self.session.send("WebAuthn.removeCredential", about)
        self.session.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential})

    def verify(self, *, verified: bool) -> None:
        """Whether the person knows the PIN."""
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": verified})


def come_in(service: Service, page: Page, key: str) -> None:
    page.goto(officehours("sign-in-link", key, data=service.data).stdout.strip())
    page.get_by_role("button", name="Sign in").click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out", exact=True).first.click()


def test_an_administrators_passkey_from_first_link_to_last(service: Service, context: BrowserContext) -> None:
    """Added after the printed link, used without typing a name, renamed; the last one stays."""
    page = context.new_page()
    device = Authenticator(page)
    come_in(service, page, "admin")
    page.wait_for_url("**/account")
    page.get_by_label("Name of this device (optional)").fill("My phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible()
    [made] = device.credentials()
    assert made["isResidentCredential"]
    assert made["rpId"] == "localhost"
    sign_out(page)
    page.goto(f"{service.url}/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/admin")
    page.goto(f"{service.url}/account")
    expect(page.get_by_text("with a passkey; last seen")).to_be_visible()
    page.get_by_text("Rename or remove").click()
    page.get_by_label("Name", exact=True).fill("Old phone")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_text("Old phone").first).to_be_visible()
    page.get_by_text("Rename or remove").click()
    page.get_by_role("button", name="Remove Old phone").click()
    expect(page.get_by_text("This is the last way in")).to_be_visible()
    page.goto(f"{service.url}/audit?act=passkey+added")
    expect(page.get_by_text("Passkey added: passkey 1")).to_be_visible()


def test_what_an_authenticator_must_not_get_away_with(service: Service, context: BrowserContext) -> None:
    """No PIN; a copy of the device, whose counter is behind; a passkey removed here; an answer sent twice."""
    page = context.new_page()
    device = Authenticator(page)
    come_in(service, page, "example-1")
    page.goto(f"{service.url}/account")
    device.verify(verified=False)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("No passkey was made.")).to_be_visible()
    device.verify(verified=True)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible()
    [fresh] = device.credentials()
    answer = answer_of(service, page)
    used = requests.post(f"{service.url}/sign-in/passkey", **answer, timeout=10)
    assert used.status_code == 303, used.text
    assert "officehours-session" in used.cookies
    again = requests.post(f"{service.url}/sign-in/passkey", **answer, timeout=10)
    assert again.status_code == 400
    assert "officehours-session" not in again.cookies
    device.turn_back({**fresh, "signCount": 0})
    refused = requests.post(f"{service.url}/sign-in/passkey", **answer_of(service, page), timeout=10)
    assert refused.status_code == 400
    assert "This passkey opens nothing here" in refused.text
    come_in(service, page, "example-1")
    page.goto(f"{service.url}/account")
    page.get_by_text("Rename or remove").click()
    page.get_by_role("button", name="Remove", exact=False).last.click()
    expect(page.get_by_text("The passkey is removed here.")).to_be_visible()
    gone = requests.post(f"{service.url}/sign-in/passkey", **answer_of(service, page), timeout=10)
    assert gone.status_code == 400
    for done in ("added to", "removed from"):
        assert service.printed(f"(A passkey was {done} your account)")


def answer_of(service: Service, page: Page) -> dict[str, Any]:
    """What the browser would post to sign in by passkey, with the cookies it has then; it is kept from posting it."""
    page.context.clear_cookies(name="officehours-session")
    page.goto(f"{service.url}/sign-in")
    page.route("**/sign-in/passkey", lambda route: route.abort() if posted(route.request) else route.continue_())
    with page.expect_event("requestfailed", posted) as caught:
        page.get_by_role("button", name="Sign in with a passkey").click()
    body = caught.value.post_data
    page.unroute("**/sign-in/passkey")
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return {"data": body, "cookies": cookies, "headers": headers, "allow_redirects": False}


def posted(request: Request) -> bool:
    return request.method == "POST"


def test_without_javascript_there_is_no_button_that_does_nothing(service: Service, browser: Browser) -> None:
    """The other ways are there, and work."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{service.url}/sign-in")
    expect(page.get_by_role("button", name="Mail me a link")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    come_in(service, page, "example-2")
    page.goto(f"{service.url}/account")
    expect(page.locator("noscript p")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    page.wait_for_url(f"{service.url}/")
    context.close()


def test_a_mailed_link_through_the_engine(service: Service, context: BrowserContext) -> None:
    """Asked for on the page, looked up and sent by the worker, opened in the same browser."""
    page = context.new_page()
    page.goto(f"{service.url}/sign-in")
    page.get_by_label("Email address").fill("example-3@example.org")
    page.get_by_role("button", name="Mail me a link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    link = service.printed(r"in the browser that asked for it:\s+(http\S+)")
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/maintainer")
    assert re.search("Hello", page.content())

"""Every page in a real browser: readable, reachable and named, in both themes and at both ends of widths."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from booking.app import create_app
from booking.settings import Settings
from tests.servers.wsgi import serve
from tests.web.browser import Browser
from tests.web.conftest import NOW, leave_database
from tests.web.places import Place, inhabit, places

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
LOOKS = [(PHONE, "dark"), (DESK, "light"), (PHONE, "light"), (DESK, "dark")]
CONTROLS = "main :is(input:not([type=hidden], [tabindex='-1']), select, textarea, .btn, .slot, .month a)"
MEASURE = (Path(__file__).parent / "contrast.js").read_text()


@dataclass(frozen=True)
class Town:
    """The inhabited service at `url`, its addresses, and how to come in as somebody."""

    app: Flask
    url: str
    places: tuple[Place, ...]

    def cookies(self, who: str | None) -> list[dict[str, Any]]:
        client = Browser(self.app).sign_in(who).client
        found = client._cookies.values()
        return [{"name": cookie.key, "value": cookie.value, "url": self.url} for cookie in found]


@pytest.fixture(scope="module")
def town(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    data = tmp_path_factory.mktemp("town") / "data"
    shutil.copytree(furnished, data)
    app = create_app(Settings(data=data, rate_limits="off"), lambda: NOW)
    inhabit(app)
    with serve(app) as url:
        yield Town(app, url.replace("127.0.0.1", "localhost"), tuple(places(app)))
    with app.app_context():
        leave_database()


def problems(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA and good practice, and what it does not look at."""
    # Without frames: one without scripts, as mails are shown in, never answers axe. Its page is looked at by itself.
    options = {"iframes": False, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    said = [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]
    width = page.viewport_size["width"] if page.viewport_size else 0
    if page.evaluate("document.documentElement.scrollWidth") > width:
        said.append("scrolls sideways")
    return said + [f"{what}: {ratio:.2f}" for what, ratio in page.evaluate(MEASURE, CONTROLS) if ratio < 3]


def html_places(town: Town, who: str | None, prefixes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Endpoint and path of each page that this person gets, of these rooms."""
    client = Browser(town.app) if who == "visitor" else Browser(town.app).sign_in(who)
    found = []
    for place in town.places:
        # A mail's own page forbids every script, and so axe too.
        if place.method == "GET" and place.endpoint.startswith(prefixes) and place.endpoint != "outbox.show_html":
            answer = client.get(place.path)
            if answer.mimetype == "text/html" and answer.status_code == 200:
                found.append((place.endpoint, place.path))
    return found


ROOMS = {
    "booking": ("visitor", ("public.", "find.", "waiting.", "embed.", "schedule.", "mine.", "manage.", "reminders.")),
    "notes": ("visitor", ("notes.",)),
    "door": ("visitor", ("sign_in.", "outbox.")),
    "maintainer": (
        "example-1",
        ("maintainer.", "my_hours.", "sessions.", "behalf.", "outcomes.", "routes.", "calendars.", "account."),
    ),
    "administrator": (None, ("admin.", "people.", "audit.", "bookings.", "programme.")),
}


def look_around(town: Town, browser: Chromium, room: str, looks: Sequence[tuple[Any, Any]]) -> dict[str, list[str]]:
    """What is wrong with the pages of a room; each page is looked at in one way, the next in another, and so on."""
    who, prefixes = ROOMS[room]
    found: dict[str, list[str]] = {}
    pages = html_places(town, who, prefixes)
    assert pages
    for number, (viewport, scheme) in enumerate(looks):
        context = browser.new_context(viewport=viewport, color_scheme=scheme, timezone_id="Asia/Kolkata")
        if who != "visitor":
            context.add_cookies(town.cookies(who))  # type: ignore[arg-type]
        page = context.new_page()
        for endpoint, path in pages[number :: len(looks)]:
            page.goto(f"{town.url}{path}")
            if said := problems(page):
                found[endpoint] = said
        context.close()
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_every_page_can_be_used_by_everybody(town: Town, browser: Chromium, room: str) -> None:
    """No violation of WCAG 2.2 A or AA; edges of controls and focus rings at 3:1; nothing wider than the screen."""
    assert look_around(town, browser, room, LOOKS[:2]) == {}


@pytest.mark.proof
@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("room", ROOMS)
def test_every_page_at_both_widths_and_in_both_themes(town: Town, browser: Chromium, room: str, look: Any) -> None:
    """The same of every page in each way."""
    assert look_around(town, browser, room, [look]) == {}


def after_mistakes(page: Page, url: str) -> Iterator[str]:
    """The states that only a mistake leads to, each named when it is shown."""
    page.goto(f"{url}/nothing")
    yield "404"
    page.goto(url)
    page.locator("main button[type=submit]").first.click()
    yield "no question"
    for question in ("My helm ingress fails on EKS", "workflow", "good sourdough bread"):
        page.goto(url)
        page.locator("#question").fill(question)
        page.locator("main button[type=submit]").first.click()
        yield question
    page.goto(f"{url}/topics/flytekit?month=2027-06&tz=Asia/Kolkata")
    yield "empty month"
    page.goto(f"{url}/topics/flytekit?day=2026-12-06&tz=Mars/Base")
    yield "empty day, no such zone"
    page.locator(".soonest button").click()
    page.wait_for_url("**/book**")
    yield "held"
    page.locator("button.btn-primary").click()
    yield "empty form"
    page.goto(f"{url}/topics/flytekit/book?start=2026-12-01T06:00:00Z")
    yield "no such time"


@pytest.mark.parametrize(
    ("viewport", "scheme"),
    [LOOKS[2], *(pytest.param(*look, marks=pytest.mark.proof) for look in (*LOOKS[:2], LOOKS[3]))],
)
def test_mistakes_can_be_mended_by_everybody(town: Town, browser: Chromium, viewport: Any, scheme: Any) -> None:
    """The same of every error state and empty state on the way to a booking."""
    context = browser.new_context(viewport=viewport, color_scheme=scheme)
    page, found = context.new_page(), {}
    for state in after_mistakes(page, town.url):
        if said := problems(page):
            found[state] = said
    context.close()
    assert found == {}


ON_THE_TIMES = [
    ("heading", "Anything flytekit-related"),
    ("combobox", "Time zone"),
    ("combobox", "Clock"),
    ("form", "Soonest available"),
    ("region", "December 2026"),
    ("columnheader", "Mo"),
    ("link", "Thursday 3 December 2026: 2 free times"),
    ("region", "Times"),
    ("group", "Thursday 3 December 2026"),
    ("radio", "10:30 am morning Kolkata, UTC+5:30 Thursday for you, Wednesday in Los Angeles"),
    ("button", "Continue"),
    ("navigation", "Further times"),
]
IN_THE_FORM = [
    ("button", "Hold it for five more minutes"),
    ("textbox", "Your name"),
    ("textbox", "Email address"),
    ("textbox", "Your question"),
    ("textbox", "Links to code, logs or issues (optional)"),
    ("group", "Text messages (optional)"),
    ("textbox", "Mobile number (optional)"),
    ("link", "code of conduct (opens in a new tab)"),
    ("checkbox", "I have read the code of conduct and will keep to it."),
]


def hear(page: Page, tree: list[tuple[Any, str]]) -> None:
    """That the accessibility tree has each role once under exactly this name."""
    for role, name in tree:
        expect(page.get_by_role(role, name=name, exact=True)).to_have_count(1)


def test_screen_readers_hear_names_roles_and_states(town: Town, browser: Chromium) -> None:
    """On the way from the times to a form with mistakes: what there is, what is chosen, held, or wrong and why."""
    context = browser.new_context(viewport=PHONE, timezone_id="Asia/Kolkata")
    page = context.new_page()
    page.goto(f"{town.url}/topics/flytekit?tz=Asia/Kolkata&day=2026-12-03")
    hear(page, ON_THE_TIMES)
    expect(page.locator("[aria-current=date]")).to_have_accessible_name("Thursday 3 December 2026: 2 free times")
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    page.get_by_role("button", name="Take this time").click()
    hear(page, IN_THE_FORM)
    expect(page.get_by_role("status")).to_contain_text("minutes")
    page.get_by_role("button", name=re.compile("^Book ")).click()
    expect(page.get_by_role("alert")).to_have_accessible_name("There is a problem")
    expect(page.get_by_role("alert")).to_be_focused()
    name = page.get_by_role("textbox", name="Your name")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description("Error: Enter your name.")
    page.get_by_role("link", name="Enter your name.").click()
    expect(name).to_be_focused()
    context.close()


@pytest.mark.parametrize("path", ["/", "/topics/flytekit?tz=Asia/Kolkata", "/schedule?tz=Asia/Kolkata"])
def test_a_first_view_is_light(town: Town, browser: Chromium, path: str) -> None:
    """At most twelve requests and 200 kB on the wire, 60 kB of them script; nothing stored but the visit's cookie."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}
    network.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    network.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    page.goto(f"{town.url}{path}", wait_until="networkidle")
    assert 3 <= len(sizes) <= 12
    assert 10_000 < sum(sizes.values()) <= 200_000
    assert sum(size for request, size in sizes.items() if kinds.get(request) == "Script") <= 60_000
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert {cookie["name"] for cookie in context.cookies()} <= {"officehours"}
    context.close()

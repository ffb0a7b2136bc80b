"""Adding a session to a web calendar: every link says the right instant."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from tests.servers.wsgi import serve
from tests.web.browser import Browser

SUMMER, WINTER = "2026-12-01T15:00:00Z", "2026-12-02T05:00:00Z"


def links(visitor: Browser, page: str) -> dict[str, dict[str, str]]:
    """The queries of the links that leave for other calendars, by host."""
    found = re.findall(r'<a href="(https://[^"]+)" target="_blank"', visitor.get(page).text)
    parts = [urlsplit(unescape(url)) for url in found]
    return {part.netloc: {name: one[0] for name, one in parse_qs(part.query).items()} for part in parts}


@pytest.mark.parametrize(("start", "end"), [(SUMMER, "2026-12-01T15:30:00Z"), (WINTER, "2026-12-02T05:30:00Z")])
def test_the_instants_are_right(visitor: Browser, start: str, end: str) -> None:
    """In UTC, whatever the zones of attendee, community and maintainer."""
    page = visitor.booked(start)
    found = links(visitor, page)
    assert set(found) == {"calendar.google.com", "outlook.live.com", "outlook.office.com"}
    wanted = [datetime.fromisoformat(start), datetime.fromisoformat(end)]
    google = [
        datetime.strptime(edge, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        for edge in found["calendar.google.com"]["dates"].split("/")
    ]
    assert google == wanted
    for host in ("outlook.live.com", "outlook.office.com"):
        asked = found[host]
        assert [datetime.fromisoformat(asked[name]) for name in ("startdt", "enddt")] == wanted
        assert asked["rru"] == "addevent"


def test_they_lead_back_and_tell_no_question(visitor: Browser) -> None:
    """Title, join page and the way to move or cancel, as in the file; blanks are no plus signs."""
    page = visitor.booked(SUMMER, question="My secret plan")
    found = links(visitor, page)
    assert found["calendar.google.com"]["text"] == "Office hours: Anything flytekit-related"
    assert "/join" in found["calendar.google.com"]["location"]
    assert page in found["outlook.live.com"]["body"]
    html = visitor.get(page).text
    assert not re.search(r'href="https://[^"]*(?:\+|My%20secret)', html)


def test_a_cancelled_or_past_session_offers_none(visitor: Browser) -> None:
    """There is nothing to add any more."""
    page = visitor.booked(SUMMER)
    assert visitor.send(f"{page}/cancel", visitor.get(f"{page}/cancel")).status_code == 303
    assert links(visitor, page) == {}


def test_the_private_page_prints_on_one_page(app: Flask, visitor: Browser, browser: Chromium) -> None:
    """Dark on white whatever the theme, with whole addresses and nothing to press."""
    path = visitor.booked(SUMMER)
    with serve(app) as service:
        page = browser.new_page(color_scheme="dark")
        page.goto(f"{service}{path}")
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf())) == 1
        page.emulate_media(media="print")
        for hidden in ("nav", "footer", "form", "a.btn"):
            expect(page.locator(hidden).first).to_be_hidden()
        expect(page.get_by_text(f"http://localhost:8000{path}")).to_be_visible()
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(0, 0, 0)"
        page.close()

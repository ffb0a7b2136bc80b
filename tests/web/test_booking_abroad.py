"""The whole booking in a real browser, from other clocks than the community's and across their changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from booking.extensions import db
from booking.models import Calendar
from tests.servers.wsgi import serve
from tests.web.browser import bookings
from tests.web.conftest import Clock

# On 14 March 2027 clocks change in North America, two weeks later in Europe; in India and Nepal never.
BEFORE = datetime(2027, 3, 8, 9, 0, tzinfo=UTC)


@pytest.fixture
def url(app: Flask, clock: Clock) -> Iterator[str]:
    clock.now = BEFORE
    with app.app_context():
        db.session.execute(sa.update(Calendar).values(busy_as_of=BEFORE))
        db.session.commit()
    with serve(app) as address:
        yield address.replace("127.0.0.1", "localhost")


def with_a_pointer(page: Page, day: str) -> None:
    page.locator(f"a[href*='day={day}']").first.click()
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Continue").click()


def by_keyboard(page: Page, day: str) -> None:
    focus(page, f"a[href*='day={day}']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**day={day}**")
    focus(page, "input[type=radio]")
    page.keyboard.press("Space")
    focus(page, "section.times button[type=submit]")
    page.keyboard.press("Enter")


def focus(page: Page, selector: str) -> None:
    """Tab on until the focus is there."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


Way = Callable[[Page, str], None]


@pytest.mark.parametrize(
    ("zone", "day", "width", "scheme", "way", "said", "start"),
    [
        ("America/St_Johns", "2027-03-16", 1280, "light", by_keyboard, (", 1:30 am", "UTC-2:30"), "2027-03-16T04:00"),
        ("America/St_Johns", "2027-03-12", 320, "dark", with_a_pointer, (", 1:30 am", "UTC-3:30"), "2027-03-12T05:00"),
        ("Asia/Kolkata", "2027-03-17", 390, "dark", by_keyboard, ("9:30 am", "UTC+5:30"), "2027-03-17T04:00"),
        ("Europe/Berlin", "2027-03-29", 1280, "dark", with_a_pointer, ("4:00 pm", "UTC+2"), "2027-03-29T14:00"),
        ("Europe/Berlin", "2027-03-26", 320, "light", by_keyboard, ("5:00 am", "UTC+1"), "2027-03-26T04:00"),
    ],
)
def test_somebody_elsewhere_books_the_instant_they_saw(
    app: Flask,
    url: str,
    browser: Chromium,
    zone: str,
    day: str,
    width: int,
    scheme: Any,
    way: Way,
    said: Any,
    start: str,
) -> None:
    """Clock and offset of that date from the form to the private page; the stored instant is the same."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, timezone_id=zone)
    page = context.new_page()
    page.goto(f"{url}/topics/flytekit")
    page.wait_for_url("**tz=**")
    way(page, day)
    page.wait_for_url("**/book?start=**")
    for part in said:
        expect(page.locator(".ticket")).to_contain_text(part)
    page.get_by_label("Your name").fill("Noor")
    page.get_by_label("Email address").fill("noor@example.com")
    page.get_by_label("Your question").fill("Why?")
    page.get_by_role("checkbox", name="code of conduct").check()
    page.get_by_role("button", name="Book").last.click()
    page.wait_for_url("**/b/**")
    for part in said:
        expect(page.locator("main")).to_contain_text(part)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    [booking] = bookings(app)
    assert booking.starts_at.isoformat().startswith(start)

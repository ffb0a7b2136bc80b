"""A real browser books: by keyboard alone, without JavaScript, on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.servers.service import Service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("browser") / "data") as service:
        yield service


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A phone in India."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, timezone_id="Asia/Kolkata")
    yield context
    context.close()


def press_until_focused(page: Page, selector: str) -> None:
    """Tab on until the focus is on what the selector names, as somebody without a mouse would."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


def visible_focus(page: Page) -> bool:
    """Whether what has the focus shows it."""
    return bool(
        page.evaluate(
            """() => { const style = getComputedStyle(document.activeElement);
                return parseFloat(style.outlineWidth) >= 2 || style.boxShadow !== 'none'; }"""
        )
    )


def test_the_whole_booking_by_keyboard_alone(service: Service, context: BrowserContext) -> None:
    """From the first page to the private page with Tab, arrows, Space and Enter; the skip link comes first."""
    page = context.new_page()
    page.goto(f"{service.url}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    press_until_focused(page, "a[href^='/topics/deploy_auth']")
    assert visible_focus(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/topics/deploy_auth?tz=*")
    press_until_focused(page, "input[type=radio]")
    page.keyboard.press("Space")
    press_until_focused(page, "button[type=submit]:not([name])")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/book\?start="))
    fill_in_by_keyboard(page, "keyboard@example.com")
    page.wait_for_url("**/b/*")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked")
    expect(page.get_by_text("UTC+5:30").first).to_be_visible()


def fill_in_by_keyboard(page: Page, email: str) -> None:
    for selector, text in (
        ("[name=name]", "Asha Rao"),
        ("[name=email]", email),
        ("[name=question]", "How do I connect Okta?"),
    ):
        press_until_focused(page, selector)
        page.keyboard.type(text)
    press_until_focused(page, "[name=accept_conduct]")
    page.keyboard.press("Space")
    press_until_focused(page, "form button[type=submit]")
    page.keyboard.press("Enter")


def test_the_whole_booking_without_javascript(service: Service, browser: Browser) -> None:
    """With scripts off: ask, choose topic and zone by hand, book what was asked, move, cancel."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(service.url)
    page.get_by_label("What is your question?").fill("Who runs Flyte for forecasting?")
    page.get_by_role("button", name="Find the topic").click()
    page.get_by_role("link", name="Use cases").or_(page.get_by_role("link", name="See its times")).first.click()
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    page.get_by_role("button", name="Show times").click()
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Your name").fill("Noor")
    page.get_by_label("Email address").fill("noscript@example.com")
    expect(page.get_by_label("Your question")).to_have_value("Who runs Flyte for forecasting?")
    page.get_by_role("checkbox", name="code of conduct").check()
    page.locator("main form button[type=submit]").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked")
    expect(page.get_by_text("Berlin").first).to_be_visible()
    page.get_by_role("link", name="Move", exact=True).click()
    page.get_by_role("radio").last.check()
    page.get_by_role("button", name="Continue").click()
    page.locator("main form button[type=submit]").last.click()
    page.get_by_role("link", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel the session").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("cancelled")
    context.close()


def test_mistakes_are_said_and_what_was_typed_stays(service: Service, context: BrowserContext) -> None:
    """The summary gets the focus and links to each field; nothing typed is lost."""
    page = context.new_page()
    page.goto(f"{service.url}/topics/releases")
    page.wait_for_url("**tz=*")
    page.get_by_role("link", name="Take this time").or_(page.get_by_role("button", name="Take this time")).click()
    page.get_by_label("Your question").fill("When is 2.0?")
    page.get_by_label("Email address").fill("not an address")
    page.locator("main form button[type=submit]").last.click()
    expect(page).to_have_title("Error: Your details: Flyte releases – Flyte office hours")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('.error-summary, [role=alert]') !== null")
    expect(page.get_by_label("Your question")).to_have_value("When is 2.0?")
    expect(page.get_by_label("Email address")).to_have_value("not an address")


def test_no_page_scrolls_sideways(service: Service, context: BrowserContext) -> None:
    """At every width the page fits."""
    page = context.new_page()
    for path in ("/", "/topics/flytekit", "/outbox", "/sign-in"):
        page.goto(f"{service.url}{path}")
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


def test_what_was_found_fits_a_phone(service: Service, context: BrowserContext) -> None:
    """Sure, unsure or hopeless, with long words or without blanks."""
    page = context.new_page()
    for question in ("helm ingress " + "x" * 300, "MLflow plugin", "❓" * 200):
        page.goto(service.url)
        page.get_by_label("What is your question?").fill(question)
        page.get_by_role("button", name="Find the topic").click()
        page.wait_for_url("**/find")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, question
        page.get_by_role("link", name="Change it").click()
        expect(page.get_by_label("What is your question?")).to_have_value(question)


def test_a_page_asks_nobody_else_and_runs_nothing_inline(service: Service, context: BrowserContext) -> None:
    """Every request goes to the service, and the strict policy is never broken."""
    page = context.new_page()
    hosts: set[str] = set()
    complaints: list[str] = []
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.on("console", lambda message: complaints.append(message.text))
    for path in ("/", "/topics/flytekit", "/sign-in", "/outbox"):
        page.goto(f"{service.url}{path}")
        page.wait_for_load_state("networkidle")
    assert hosts == {f"localhost:{service.port}"}
    assert complaints == []


@pytest.mark.parametrize("width", [320, pytest.param(1280, marks=pytest.mark.proof)])
def test_the_whole_booking_from_right_to_left(service: Service, browser: Browser, width: int) -> None:
    """In Arabic pages begin at the right, nothing scrolls sideways, and addresses keep their own direction."""
    context = browser.new_context(viewport={"width": width, "height": 800}, locale="ar", timezone_id="Africa/Cairo")
    page = context.new_page()
    seen = []
    page.on("load", lambda: seen.append(page.evaluate("document.documentElement.scrollWidth")))
    page.goto(f"{service.url}/topics/releases")
    page.wait_for_url("**tz=*")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    edges = page.evaluate(
        "['.brand', 'nav a:last-child'].map(one => document.querySelector(one).getBoundingClientRect().right)"
    )
    assert edges[0] >= edges[1]
    page.get_by_role("radio").nth(width // 1280).check()
    page.get_by_role("button", name="متابعة").click()
    page.get_by_label("اسمك").fill("نور")
    page.get_by_label("عنوان البريد الإلكتروني").fill(f"nour-{width}@example.com")
    page.get_by_label("سؤالك").fill("متى الإصدار القادم؟")
    page.get_by_role("checkbox", name="قواعد السلوك").check()
    page.locator("main form button[type=submit]").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("تم حجز جلستك")
    expect(page.get_by_text("القاهرة").first).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('dd a bdi')).direction") == "ltr"
    page.get_by_role("link", name="نظام 24 ساعة").click()
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked")
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
    assert max(seen) <= width
    context.close()

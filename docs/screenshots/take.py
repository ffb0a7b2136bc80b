"""Take the screenshots anew, beside a fresh `make run`.

    python docs/screenshots/take.py http://localhost:8000 \\
        "$(officehours sign-in-link example-2)" "$(officehours sign-in-link admin)"

It books three sessions on the way. Without the links, the pages of maintainers and organisers are left out.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FOLDER = Path(__file__).parent
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
OTHERS = (
    ("propeller", "Wei Zhang", "wei@example.com", "Why do nodes of my map task stay queued for minutes?"),
    ("releases", "Jonas Berg", "jonas@example.com", "Which version do I take to go from 1.13 to 1.15 without a stop?"),
)


def new_page(browser: Browser, viewport: dict[str, int], scheme: str) -> Page:
    context = browser.new_context(viewport=viewport, color_scheme=scheme, timezone_id="Asia/Kolkata")
    return context.new_page()


def main(base: str, *links: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        desk, phone = new_page(browser, DESK, "light"), new_page(browser, PHONE, "dark")
        attend(base, desk, phone)
        if links:
            for other in OTHERS:
                open_form(phone, base, other[0])
                book(phone, *other[1:])
            maintain(base, browser, links[0])
            organise(base, browser, links[1])
        browser.close()


def attend(base: str, desk: Page, phone: Page) -> None:
    desk.goto(base)
    take(desk, "first-page")
    desk.goto(f"{base}/topics/flytekit?tz=Asia/Kolkata")
    take(desk, "times")
    open_form(phone, base, "deploy_auth")
    take(phone, "form-phone-dark")
    book(phone, "Asha Rao", "asha@example.com", "How do I let users sign in with Okta behind our ingress?")
    take(phone, "booked-phone-dark")
    phone.goto(f"{base}/topics/deploy_auth?tz=Asia/Kolkata&lang=ar")
    take(phone, "times-arabic-phone-dark")
    phone.goto(f"{base}/topics/deploy_auth?tz=Asia/Kolkata&lang=en")
    desk.goto(f"{base}/schedule?tz=Asia/Kolkata")
    take(desk, "schedule")


def maintain(base: str, browser: Browser, link: str) -> None:
    desk = signed_in(browser, link)
    desk.goto(f"{base}/maintainer")
    take(desk, "maintainer", full_page=False)
    phone = beside(browser, desk)
    phone.goto(f"{base}/maintainer")
    phone.locator("main .rows a").first.click()
    take(phone, "session-phone-dark", full_page=False)
    desk.goto(f"{base}/maintainer/availability")
    take(desk, "availability", full_page=False)
    desk.goto(f"{base}/account")
    take(desk, "account")


def organise(base: str, browser: Browser, link: str) -> None:
    desk = signed_in(browser, link)
    for name, path in (("overview", "/admin"), ("bookings", "/admin/bookings")):
        desk.goto(base + path)
        take(desk, name, full_page=False)
    phone = beside(browser, desk)
    phone.goto(f"{base}/people")
    take(phone, "people-phone-dark", full_page=False)


def open_form(page: Page, base: str, topic: str) -> None:
    page.goto(f"{base}/topics/{topic}?tz=Asia/Kolkata")
    page.locator(".soonest button").click()
    page.wait_for_url("**/book**")


def book(page: Page, name: str, email: str, question: str) -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Your question").fill(question)
    page.get_by_role("checkbox", name="code of conduct").check()
    page.get_by_role("button", name="Book").last.click()
    page.wait_for_url("**/b/**")


def signed_in(browser: Browser, link: str) -> Page:
    page = new_page(browser, DESK, "light")
    page.goto(link)
    page.locator("main button").click()
    page.wait_for_load_state()
    return page


def beside(browser: Browser, desk: Page) -> Page:
    """The phone of whoever is signed in at this desk: a link works once."""
    phone = new_page(browser, PHONE, "dark")
    phone.context.add_cookies(desk.context.cookies())
    return phone


def take(page: Page, name: str, *, full_page: bool = True) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.png", full_page=full_page)


if __name__ == "__main__":
    main(*sys.argv[1:])

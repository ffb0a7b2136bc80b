"""Take the screenshots anew: `python docs/screenshots/take.py http://localhost:8000` beside a fresh `make run`.

It books one session on the way. Pictures: first page, times, form, private page, each at a phone's or a desk's width.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FOLDER = Path(__file__).parent
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


def new_page(browser: Browser, viewport: dict[str, int], scheme: str) -> Page:
    context = browser.new_context(viewport=viewport, color_scheme=scheme, timezone_id="Asia/Kolkata")
    return context.new_page()


def main(base: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        desk, phone = new_page(browser, DESK, "light"), new_page(browser, PHONE, "dark")
        desk.goto(base)
        take(desk, "first-page")
        desk.goto(f"{base}/topics/flytekit?tz=Asia/Kolkata")
        take(desk, "times")
        phone.goto(f"{base}/topics/deploy_auth?tz=Asia/Kolkata")
        phone.locator(".soonest button").click()
        phone.wait_for_url("**/book**")
        take(phone, "form-phone-dark")
        phone.get_by_label("Your name").fill("Asha Rao")
        phone.get_by_label("Email address").fill("asha@example.com")
        phone.get_by_label("Your question").fill("How do I let users sign in with Okta behind our ingress?")
        phone.get_by_role("checkbox", name="code of conduct").check()
        phone.get_by_role("button", name="Book").last.click()
        phone.wait_for_url("**/b/**")
        take(phone, "booked-phone-dark")
        phone.goto(f"{base}/topics/deploy_auth?tz=Asia/Kolkata&lang=ar")
        take(phone, "times-arabic-phone-dark")
        desk.goto(f"{base}/schedule?tz=Asia/Kolkata")
        take(desk, "schedule")
        browser.close()


def take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.png", full_page=True)


if __name__ == "__main__":
    main(sys.argv[1])

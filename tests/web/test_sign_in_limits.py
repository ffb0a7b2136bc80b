"""How many sign-in links are mailed: enough for whoever needs one, too few to be a nuisance."""

from __future__ import annotations

from flask import Flask

from tests.web.browser import Browser
from tests.web.conftest import Clock
from tests.web.places import deliver_all
from tests.web.test_sign_in import ADA, sent


def test_five_links_an_hour_from_one_browser(visitor: Browser, app: Flask, clock: Clock) -> None:
    """More are not sent, and the page does not say so; another browser, and the next hour, have links of their own."""
    for _ in range(7):
        ask(visitor, ADA)
    deliver_all(app)
    assert sent(app) == 5
    ask(Browser(app), ADA)
    deliver_all(app)
    assert sent(app) == 6
    clock.advance(hours=1, minutes=1)
    ask(visitor, ADA)
    deliver_all(app)
    assert sent(app) == 7


def test_a_strangers_asking_locks_nobody_out(app: Flask) -> None:
    """Of many asked for in one network ten are mailed, and whoever has the account gets theirs in another."""
    for _ in range(41):
        ask(Browser(app), ADA)
    deliver_all(app)
    assert sent(app) == 10
    ask_elsewhere(app)
    assert sent(app) == 11


def test_twenty_links_an_hour_from_one_network(app: Flask) -> None:
    """Nor can one office have the whole community mailed; addresses that nobody has count too."""
    for number in range(20):
        ask(Browser(app), f"nobody-{number}@example.org")
    ask(Browser(app), ADA)
    deliver_all(app)
    assert sent(app) == 0
    ask_elsewhere(app)
    assert sent(app) == 1


def ask_elsewhere(app: Flask) -> None:
    """Have Ada's link mailed from another network."""
    browser = Browser(app)
    browser.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    ask(browser, ADA)
    deliver_all(app)


def ask(browser: Browser, email: str) -> None:
    browser.send("/sign-in", browser.get("/sign-in"), email=email)

"""Offers to those who wait go by text too, where their number is proven."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.models import PrintedMessage, Waiter
from tests.servers.twilio import run_twilio
from tests.web.browser import Browser, bookings, set_policy, text_of
from tests.web.conftest import MakeApp
from tests.web.phones import NUMBER, Line, enter, printed_code, settings, states, texts
from tests.web.places import deliver_all
from tests.web.test_waiting import UNTIL, app, cancel, go_round, offers, taken, wait

__all__ = ["app", "taken"]

PHONE = {"phone": "(415) 555-2671", "sms_consent": "y"}


@pytest.fixture
def place(app: Flask, taken: str) -> str:
    """The page of somebody who waits, with a number that is not proven yet."""
    page = wait(app, "wei", **PHONE)
    deliver_all(app)
    return page


def offered_by_text(app: Flask) -> list[str]:
    """The texts with offers."""
    with app.app_context():
        printed = sa.select(PrintedMessage.content).where(PrintedMessage.recipient == NUMBER)
        contents = [content.decode() for content in db.session.scalars(printed.order_by(PrintedMessage.id))]
    return [content for content in contents if "/waiting/" in content]


def prove(app: Flask, place: str) -> None:
    assert enter(Browser(app), place, printed_code(app)).status_code == 303


def test_a_proven_number_is_told(app: Flask, visitor: Browser, taken: str, place: str) -> None:
    """In one segment, with time and link; the page behind it takes the time, and no address is proven by that."""
    browser = Browser(app)
    assert "A code is on its way to the number ending in 2671." in text_of(browser.get(place))
    prove(app, place)
    assert "They go to the number ending in 2671." in text_of(browser.get(place))
    cancel(visitor, taken)
    go_round(app)
    [text] = offered_by_text(app)
    assert len(text) <= 160
    assert "free Mon 30 Nov 8:30 pm UTC+5:30" in text
    assert len(offers(app, "wei")) == 1
    [link] = re.findall(r"http\S+", text)
    page = browser.get(link)
    assert "A time is free for you" in text_of(page)
    answer = browser.send(f"{link}/take", page)
    assert answer.status_code == 303
    assert "You are booked" in text_of(browser.get(answer.location))
    booked = bookings(app)[-1]
    assert (booked.status, booked.address_proven, booked.attendee_phone) == ("confirmed", False, NUMBER)
    assert "offers of free times" in (booked.sms_consent or "")
    assert "You have a session" in text_of(browser.get(link))
    assert browser.send(f"{link}/take", page).status_code == 303
    deliver_all(app)
    assert states(app)[-1] == "confirmation printed"


def test_an_unproven_number_is_not(app: Flask, visitor: Browser, taken: str, place: str) -> None:
    """The mail comes alone; once the code is entered while the offer lasts, the text follows."""
    cancel(visitor, taken)
    go_round(app)
    assert len(offers(app, "wei")) == 1
    assert states(app) == ["phone_code printed", "offer skipped"]
    assert texts(app)[-1].reason == "The number was not proven."
    browser = Browser(app)
    assert browser.send(f"{place}/phone-code/new", browser.get(place)).status_code == 303
    deliver_all(app)
    prove(app, place)
    deliver_all(app)
    assert len(offered_by_text(app)) == 1


def test_not_in_the_night(app: Flask, visitor: Browser, taken: str) -> None:
    """At four in the morning nobody is woken for half an hour's offer; the mail comes."""
    place = wait(app, "wei", **PHONE, tz="America/New_York")
    deliver_all(app)
    prove(app, place)
    cancel(visitor, taken)
    go_round(app)
    assert len(offers(app, "wei")) == 1
    assert texts(app)[-1].reason == "It would have come at night."


def test_stop_ends_them(make_app: MakeApp) -> None:
    """Whoever answers STOP gets the mail only; the page says so."""
    with run_twilio() as twilio:
        app = make_app(**settings(twilio))
        place = wait(app, "wei", **PHONE)
        deliver_all(app)
        line = Line(app, twilio, Browser(app), place)
        line.enter_code()
        line.answers("STOP")
        with app.app_context():  # what was free when they came suits them now
            db.session.execute(sa.update(Waiter).values(passed=[]))
            db.session.commit()
        go_round(app)
        assert len(twilio.texts(NUMBER)) == 1
        assert states(app)[-1] == "offer skipped"
        assert "because STOP was sent from it" in text_of(Browser(app).get(place))


def test_where_addresses_are_proven_only_the_mail_takes_it(
    app: Flask, visitor: Browser, taken: str, place: str
) -> None:
    """The page tells, and says that the link is in the mail."""
    set_policy(app, verify_email=True)
    cancel(visitor, taken)
    go_round(app)
    browser = Browser(app)
    page = browser.get(place)
    assert "Take it by the link in your mail" in text_of(page)
    assert browser.send(f"{place}/take", page).status_code == 409
    assert bookings(app)[-1].status == "held"
    [link] = offers(app, "wei")
    assert browser.send(link, browser.get(link)).status_code == 303
    assert bookings(app)[-1].address_proven


@pytest.mark.parametrize("wrong", [{"phone": "12"}, {"phone": "(415) 555-2671"}, {"sms_consent": "y"}])
def test_a_number_comes_with_its_tick(app: Flask, wrong: dict[str, str]) -> None:
    """As on the booking form; what was typed stays."""
    browser = Browser(app)
    form = {"name": "W", "email": "wei@example.com", "question": "Keep me", "accept_conduct": "y", "until": UNTIL}
    answer = browser.send("/topics/flytekit/wait", browser.get("/topics/flytekit/wait"), **form | wrong)
    assert answer.status_code == 422
    assert "Keep me" in answer.text


def test_a_wrong_code_is_said_on_the_page(app: Flask, place: str) -> None:
    """Beside the field, and loading it anew leads back."""
    browser = Browser(app)
    page = enter(browser, place, "12345")
    assert page.status_code == 422
    assert "Enter the six digits from the text message." in page.text
    assert browser.get(f"{place}/phone-code").location == place.removeprefix("http://localhost:8000")
    assert browser.send(f"{place}/take", browser.get(place)).status_code == 409

"""What Twilio tells us, on time, late, twice and out of order, and what people write back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.models import Delivery, PhoneNumber
from tests.servers.twilio import SENDER, Post, TwilioServer, run_twilio
from tests.web.browser import Browser, bookings, text_of
from tests.web.conftest import FIRST, SECOND, Clock, MakeApp
from tests.web.phones import NUMBER, OTHER, Line, post, send, settings, states, texts
from tests.web.places import deliver_all

URL = "http://localhost:8000/webhooks/twilio"


@pytest.fixture
def twilio() -> Iterator[TwilioServer]:
    with run_twilio() as twilio:
        yield twilio


@pytest.fixture
def line(make_app: MakeApp, twilio: TwilioServer) -> Line:
    """Somebody booked with a number; the code has gone to it."""
    app = make_app(**settings(twilio))
    visitor = Browser(app)
    line = Line(app, twilio, visitor, visitor.booked(FIRST, phone=NUMBER, sms_consent="y"))
    deliver_all(app)
    return line


@pytest.fixture
def proven(line: Line) -> Line:
    """And its owner entered it: the confirmation was sent too."""
    line.enter_code()
    deliver_all(line.app)
    assert states(line.app) == ["phone_code sent", "confirmation sent"]
    return line


def confirmation(line: Line) -> tuple[str, str | None]:
    [found] = [text for text in texts(line.app) if text.kind == "confirmation"]
    return found.state, found.reason


def number(line: Line) -> PhoneNumber:
    with line.app.app_context():
        return db.session.get_one(PhoneNumber, NUMBER)


def test_each_text_names_the_configured_address_for_reports(line: Line) -> None:
    """With the message it is about, so that a report may come before Twilio's answer to us."""
    [code] = [text for text in texts(line.app) if text.kind == "phone_code"]
    assert list(line.twilio.callbacks.values()) == [f"{URL}?delivery={code.id}"]


def test_reports_move_the_state_and_the_page_shows_it(proven: Line) -> None:
    """Sent, then delivered."""
    proven.report("sent")
    assert confirmation(proven) == ("sent", None)
    proven.report("delivered")
    assert confirmation(proven) == ("delivered", None)
    assert "Confirmation by text message: sent Monday 30 November 2026, 2:30 pm" in text_of(
        proven.visitor.get(proven.link)
    )


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (["delivered", "sent", "queued", "delivered", "undelivered"], "delivered"),
        (["sent", "failed", "sent", "queued", "failed"], "failed"),
        (["undelivered", "delivered"], "delivered"),
        (["queued", "a status of next year"], "sent"),
    ],
)
def test_late_and_repeated_reports_do_no_harm(proven: Line, told: list[str], state: str) -> None:
    """The most certain word stands, in whatever order they come."""
    for status in told:
        proven.report(status, 30007 if status in {"failed", "undelivered"} else None)
    assert confirmation(proven)[0] == state


def test_a_report_is_faster_than_the_answer(proven: Line) -> None:
    """Twilio took the text and answered 500: its report says what the answer did not, and nothing is sent again."""
    proven.visitor.send(
        f"{proven.link}/move", proven.visitor.get(f"{proven.link}/move/confirm", query_string={"start": SECOND})
    )
    [change] = [text for text in texts(proven.app) if text.kind == "change"]
    proven.twilio.fail("500")
    assert send(proven.app, change) is not None
    proven.report("delivered")
    assert send(proven.app, change, 1) is None
    assert states(proven.app)[-1] == "change delivered"
    assert len([body for body in proven.twilio.texts(NUMBER) if "moved" in body]) == 1


def test_a_wrong_signature_moves_nothing(proven: Line) -> None:
    """Another token, a changed field, another delivery's address, none at all: 403."""
    good = proven.twilio.report(NUMBER, "delivered")
    spoiled = [
        Post(good.url, good.form, token="wrong").headers,
        Post(good.url, {**good.form, "MessageStatus": "sent"}).headers,
        Post(f"{good.url}0", good.form).headers,
        {},
    ]
    for headers in spoiled:
        answer = proven.app.test_client().post(good.path, data=good.form, headers=headers)
        assert answer.status_code == 403, headers
    assert confirmation(proven)[0] == "sent"


def test_the_signature_is_over_the_public_address(make_app: MakeApp, twilio: TwilioServer) -> None:
    """Behind a proxy a request arrives as http; what counts is the configured address, and repeated fields too."""
    app = make_app(base_url="https://office-hours.example.org", **settings(twilio))
    form = {"From": NUMBER, "Body": "STOP"}
    there = {"base_url": "http://office-hours.example.org", "path": "/webhooks/twilio/incoming", "data": form}
    right = Post("https://office-hours.example.org/webhooks/twilio/incoming", form)
    wrong = Post("http://office-hours.example.org/webhooks/twilio/incoming", form)
    client = app.test_client()
    assert client.post(**there, headers=wrong.headers).status_code == 403
    assert client.post(**there, headers=right.headers).status_code == 200


def test_without_twilio_there_is_no_such_page(app: Flask) -> None:
    """404, whatever is sent."""
    for path in ("/webhooks/twilio", "/webhooks/twilio/incoming"):
        assert app.test_client().post(path, data={"From": NUMBER, "Body": "STOP"}).status_code == 404


def test_stop_ends_texts_to_a_number_everywhere(proven: Line) -> None:
    """Whatever waits is skipped with the reason, whoever's it is; nothing new goes; mail does, and the page says so."""
    app, visitor = proven.app, proven.visitor
    other = visitor.booked(SECOND, topic="use_cases", email="other@example.com", phone=NUMBER, sms_consent="y")
    sent = len(proven.twilio.texts(NUMBER))
    assert "Message" not in proven.answers(" Stop ")
    for text in texts(app):
        assert text.state != "pending", text
    assert "Texts to this number were ended by STOP." in {text.reason for text in texts(app)}
    visitor.send(f"{proven.link}/cancel", visitor.get(f"{proven.link}/cancel"))
    deliver_all(app)
    assert len(proven.twilio.texts(NUMBER)) == sent
    said = text_of(visitor.get(other))
    assert "off, because STOP was sent from it. Every message comes by email." in said
    assert f"send START from it to {SENDER}" in said
    with app.app_context():
        mails = sa.select(Delivery.state).where(Delivery.kind == "cancellation", Delivery.channel == "email")
        assert set(db.session.scalars(mails)) == {"printed"}


def test_start_takes_stop_back(proven: Line) -> None:
    """What is still to come is planned again, and goes."""
    planned = [text for text in texts(proven.app) if text.state == "pending"]
    proven.answers("STOP")
    proven.answers("START")
    assert [text for text in texts(proven.app) if text.state == "pending"] == planned
    assert "They go to the number ending in 2671." in text_of(proven.visitor.get(proven.link))


def test_an_unsubscribed_number_is_learnt_from_the_refusal(proven: Line) -> None:
    """STOP never reached us: Twilio's 21610 says it, once."""
    proven.twilio.unsubscribed.add(NUMBER)
    proven.visitor.send(f"{proven.link}/cancel", proven.visitor.get(f"{proven.link}/cancel"))
    deliver_all(proven.app)
    assert states(proven.app)[-1] == "cancellation skipped"
    assert number(proven).opted_out_at is not None


def test_help_is_answered_once(line: Line) -> None:
    """Who writes and how to end it; not where Twilio has answered already; other words get no answer."""
    help_text = line.answers("help")
    assert "Flyte office hours" in help_text
    assert "STOP" in help_text
    for silence in (line.answers("help", OptOutType="HELP"), line.answers("Thank you!"), line.answers("STOP it")):
        assert "<Message>" not in silence
    assert "A code is on its way" in text_of(line.visitor.get(line.link))


def test_what_is_no_number_is_nobody(line: Line) -> None:
    """A sender by name cannot be texted, so there is nothing to end."""
    for sender in ("", "Flyte", "+1", "'; DROP TABLE", "+" + "9" * 40):
        line.answers("STOP", number=sender)
    with line.app.app_context():
        assert db.session.scalars(sa.select(PhoneNumber)).all() == []


def test_a_bad_number_is_told_by_mail(proven: Line) -> None:
    """Refused for good: no text goes to it any more, and its owner learns by mail, once."""
    proven.twilio.fail(21614)
    moved(proven)
    assert states(proven.app)[-1] == "change failed"
    assert all(text.state == "skipped" for text in texts(proven.app) if text.kind == "reminder")
    said = text_of(proven.visitor.get(proven.link))
    assert "are off, because they do not reach it" in said
    deliver_all(proven.app)
    assert told_by_mail(proven) == ["printed"]


def told_by_mail(line: Line) -> list[str]:
    with line.app.app_context():
        return list(db.session.scalars(sa.select(Delivery.state).where(Delivery.kind == "texts_off")))


def test_a_landline_is_learnt_from_a_report(proven: Line) -> None:
    """30006, told twice: marked once, told once, and a code cannot be asked for."""
    for _ in range(2):
        proven.report("undelivered", 30006)
    assert confirmation(proven) == ("failed", "This is a landline, which cannot receive SMS.")
    assert number(proven).bad_since is not None
    assert len(told_by_mail(proven)) == 1


def test_a_blocked_number_is_believed_at_the_second_time(proven: Line) -> None:
    """30004 once may be a whim; twice in a row the number is bad; a text that arrives between them clears it."""
    proven.report("undelivered", 30004, which=0)
    assert number(proven).bad_since is None
    proven.report("delivered", which=1)
    assert number(proven).failures == 0
    moved(proven)
    proven.report("undelivered", 30005)
    assert number(proven).bad_since is None
    moved(proven, back=True)
    proven.report("undelivered", 30004)
    assert number(proven).bad_since is not None


def moved(line: Line, *, back: bool = False) -> None:
    """The session is moved, and the text about it sent."""
    start = FIRST if back else SECOND
    line.visitor.send(f"{line.link}/move", line.visitor.get(f"{line.link}/move/confirm", query_string={"start": start}))
    deliver_all(line.app)


def test_a_phone_that_was_off_is_tried_once_more(proven: Line) -> None:
    """30003: the text goes again, in the same words, and no third time; the number is not blamed."""
    proven.report("undelivered", 30003)
    assert confirmation(proven)[0] == "pending"
    proven.report("undelivered", 30003)
    deliver_all(proven.app)
    bodies = [body for body in proven.twilio.texts(NUMBER) if "booked" in body]
    assert len(bodies) == 2
    assert len(set(bodies)) == 1
    proven.report("undelivered", 30003)
    assert confirmation(proven) == ("failed", "The phone could not be reached.")
    assert "off, because" not in text_of(proven.visitor.get(proven.link))


def test_there_is_no_second_try_when_it_would_be_too_late(proven: Line, clock: Clock) -> None:
    """The session is over by then: skipped, with the reason."""
    proven.report("undelivered", 30003)
    clock.advance(hours=7)
    deliver_all(proven.app)
    assert confirmation(proven) == ("skipped", "The session is over.")


def test_a_reminder_found_late_waits_for_the_morning(make_app: MakeApp, clock: Clock) -> None:
    """Due at 8:30 pm in Kolkata and not sent before 11:30 pm: it goes at 8; the last call waits for nothing."""
    with run_twilio() as twilio:
        app = make_app(**settings(twilio))
        visitor = Browser(app)
        line = Line(app, twilio, visitor, visitor.booked("2026-12-04T15:00:00Z", phone=NUMBER, sms_consent="y"))
        deliver_all(app)
        line.enter_code()
        day, hour = [text for text in texts(app) if text.kind == "reminder"]
        clock.now = datetime(2026, 12, 3, 18, 0, tzinfo=UTC)
        assert send(app, day) == 8.5 * 3600
        clock.advance(hours=8.5)
        assert send(app, day, 1) is None
        assert [text.state for text in texts(app) if text.lead] == ["sent", "pending"]
        assert visitor.get(line.link).status_code == 200
        clock.now = datetime(2026, 12, 4, 14, 0, tzinfo=UTC)
        assert send(app, hour) is None
        assert [text.state for text in texts(app) if text.lead] == ["sent", "sent"]


def test_reports_about_other_things_are_let_pass(proven: Line) -> None:
    """A delivery that is not there, a mail, another text's id: 204, and nothing changes."""
    good = proven.twilio.report(NUMBER, "failed", 30006)
    for delivery, sid in (("99999", good.form["MessageSid"]), ("1", good.form["MessageSid"]), ("x", "SM1")):
        other = Post(f"{URL}?delivery={delivery}", {**good.form, "MessageSid": sid})
        assert post(proven.app, other).status_code == 204
    own = Post(good.url, {**good.form, "MessageSid": "SM" + "e" * 32})
    assert post(proven.app, own).status_code == 204
    assert confirmation(proven)[0] == "sent"
    assert bookings(proven.app)[0].attendee_phone == NUMBER
    assert OTHER not in {text.kind for text in texts(proven.app)}

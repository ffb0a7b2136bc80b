"""A phone that gets texts through a Twilio of ours, and answers."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from booking.effects.delivery import deliver
from booking.extensions import db
from booking.models import Delivery, PrintedMessage
from tests.servers.twilio import ACCOUNT, SENDER, TOKEN, Post, TwilioServer
from tests.web.browser import Browser

NUMBER = "+14155552671"
OTHER = "+12025550123"
CODE = re.compile(r"\b[0-9]{6}\b")


def settings(twilio: TwilioServer) -> dict[str, str]:
    """What connects the service with a Twilio."""
    return {
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "twilio_from": SENDER,
        "twilio_api_url": twilio.url,
    }


def post(app: Flask, sent: Post) -> TestResponse:
    """What Twilio posts, arriving."""
    return app.test_client().post(sent.path, data=sent.form, headers=sent.headers)


def printed_code(app: Flask, number: str = NUMBER) -> str:
    """The code in the latest text to a number that was printed."""
    with app.app_context():
        texts = sa.select(PrintedMessage.content).where(PrintedMessage.recipient == number)
        content = db.session.scalars(texts.order_by(PrintedMessage.id.desc())).first() or b""
    return code_in(content.decode())


def code_in(text: str) -> str:
    found = CODE.search(text)
    assert found is not None, text
    return found.group()


def enter(visitor: Browser, link: str, code: str) -> TestResponse:
    """Type a code into the private page."""
    return visitor.send(f"{link}/phone-code", visitor.get(link), code=code)


@dataclass(frozen=True)
class Text:
    """A planned, sent or skipped text, as it is stored."""

    id: int
    kind: str
    lead: str
    state: str
    reason: str | None


def texts(app: Flask, number: str = NUMBER) -> list[Text]:
    """Every text to a number, oldest first."""
    with app.app_context():
        rows = db.session.scalars(
            sa.select(Delivery).where(Delivery.recipient == number, Delivery.channel == "sms").order_by(Delivery.id)
        )
        return [Text(row.id, row.kind, row.lead, row.state, row.reason) for row in rows]


def states(app: Flask, number: str = NUMBER) -> list[str]:
    """How the texts that were due stand, such as "phone_code sent"."""
    return [f"{text.kind} {text.state}" for text in texts(app, number) if text.kind != "reminder"]


def send(app: Flask, text: Text, attempt: int = 0) -> float | None:
    """One try of the job engine; gives the seconds until the next."""
    with app.app_context():
        return deliver(text.id, attempt)


@dataclass(frozen=True)
class Line:
    """A service with a Twilio, and somebody who booked with a phone."""

    app: Flask
    twilio: TwilioServer
    visitor: Browser
    link: str

    def enter_code(self) -> None:
        """Prove the number with the code that came."""
        answer = enter(self.visitor, self.link, code_in(self.twilio.texts(NUMBER)[-1]))
        assert answer.status_code == 303, answer.text

    def report(self, status: str, code: int | None = None, **how: int) -> None:
        """Twilio tells what became of the latest text."""
        assert post(self.app, self.twilio.report(NUMBER, status, code, **how)).status_code == 204

    def answers(self, word: str, number: str = NUMBER, **more: str) -> str:
        """Somebody writes back; gives what is answered."""
        url = "http://localhost:8000/webhooks/twilio/incoming"
        answer = post(self.app, self.twilio.incoming(url, number, word, **more))
        assert answer.status_code == 200
        return answer.text

"""The outbox: what was printed, as its recipient would see it."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.models import PrintedMessage
from tests.web.browser import Browser, bookings, text_of
from tests.web.conftest import FIRST
from tests.web.places import deliver_all


@pytest.fixture
def ids(visitor: Browser, app: Flask) -> dict[str, int]:
    """A booking's printed messages by recipient."""
    visitor.booked(FIRST, phone="415 555 2671", sms_consent="y")
    deliver_all(app)
    with app.app_context():
        rows = db.session.execute(sa.select(PrintedMessage.recipient, PrintedMessage.id)).all()
    return {row.recipient: row.id for row in rows}


def test_an_empty_outbox_says_what_to_do(visitor: Browser) -> None:
    """Before the first booking it explains itself."""
    assert "Book a session" in visitor.get("/outbox").text


def test_every_message_is_listed(visitor: Browser, ids: dict[str, int]) -> None:
    """Both sides' mails and the text, newest first, each a link."""
    page = visitor.get("/outbox")
    assert len(ids) == 3
    for recipient, message_id in ids.items():
        assert recipient in page.text
        assert f'href="/outbox/{message_id}"' in page.text


def test_a_mail_is_shown_in_all_its_forms(visitor: Browser, app: Flask, ids: dict[str, int]) -> None:
    """Headers, the HTML in a frame that can do nothing, plain text with its links alive, and the invitation."""
    number = ids["asha@example.com"]
    page = visitor.get(f"/outbox/{number}")
    [booking] = bookings(app)
    assert re.search(rf'<iframe [^>]*sandbox [^>]*src="/outbox/{number}/html"', page.text)
    assert re.search(rf'<a href="http://localhost:8000/b/{booking.public_id}\.manage\.', page.text)
    assert "METHOD:REQUEST" in page.text
    assert "Toasha@example.com" in text_of(page)
    html = visitor.get(f"/outbox/{number}/html")
    assert html.mimetype == "text/html"
    assert html.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert html.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    invite = visitor.get(f"/outbox/{number}/invite.ics")
    assert invite.mimetype == "text/calendar"
    assert booking.uid.encode() in invite.data.replace(b"\r\n ", b"")


def test_a_text_is_a_bubble(visitor: Browser, ids: dict[str, int]) -> None:
    """A text message is shown as one, and has no other forms."""
    number = ids["+14155552671"]
    assert 'class="bubble"' in visitor.get(f"/outbox/{number}").text
    assert visitor.get(f"/outbox/{number}/html").status_code == 404


@pytest.mark.parametrize("number", ["0", "99", "99999999999999999999", "x"])
def test_a_message_that_is_not_there(visitor: Browser, number: str) -> None:
    """Any other number is a 404."""
    for rest in ("", "/html", "/invite.ics"):
        assert visitor.get(f"/outbox/{number}{rest}").status_code == 404

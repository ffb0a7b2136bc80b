"""Mails that were printed instead of sent, as their recipient would have got them."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import icalendar
import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.models import PrintedMessage


def mails(app: Flask, recipient: str) -> list[EmailMessage]:
    """Those to this address, oldest first."""
    with app.app_context():
        chosen = sa.select(PrintedMessage.content).where(PrintedMessage.recipient == recipient)
        found = db.session.scalars(chosen.order_by(PrintedMessage.id)).all()
    return [message_from_bytes(content, policy=policy.default) for content in found]  # type: ignore[misc]


def invitations(app: Flask, recipient: str) -> list[tuple[str, icalendar.Event]]:
    """METHOD and event of each mail to this address that has an iTIP object; the part says the same METHOD."""
    found = []
    for mail in mails(app, recipient):
        for part in mail.walk():
            if part.get_content_type() == "text/calendar":
                calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
                assert part.get_param("method") == calendar["METHOD"]
                found.append((str(calendar["METHOD"]), calendar.events[0]))
    return found

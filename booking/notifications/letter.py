"""A mail from its templates: templates/email/<name>/{subject.txt,body.txt,body.html}."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from booking import formatting, reading
from booking.notifications.email import mailbox
from booking.notifications.text import one_line, spelt
from booking.resources import folder

# Seven bits and short lines pass every mail server unchanged.
POLICY = policy.SMTP.clone(cte_type="7bit")
LONGEST_SUBJECT, LONGEST_LINE, LONGEST_TEXT = 180, 200, 8000
BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom, and when. The same message keeps its Message-ID at every try."""

    sender: str
    recipient: str
    message_id: str
    now: datetime


@dataclass(frozen=True)
class CalendarPart:
    """An iTIP object for a mail (RFC 6047): `method` as inside `data`, "REQUEST" or "CANCEL"."""

    method: str
    data: bytes


@cache
def environment() -> Environment:
    """Jinja over the message templates: HTML escaped, a missing variable an error, no access to the application."""
    found = Environment(
        loader=FileSystemLoader(folder("templates")),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    reading.speak(found)
    found.globals.update(reader=reading.current, direction=reading.direction)
    found.filters.update(bdi=formatting.isolated, spelt=spelt)
    return found


def compose(name: str, context: Mapping[str, object], envelope: Envelope) -> EmailMessage:
    """The mail of this name in plain text and HTML. Raises DeliveryError (PERMANENT) for a wrong recipient."""

    def part(file: str) -> str:
        return environment().get_template(f"email/{name}/{file}").render(context)

    message = EmailMessage(policy=POLICY)
    message["From"] = envelope.sender
    message["To"] = mailbox(envelope.recipient)
    message["Subject"] = one_line(part("subject.txt"), LONGEST_SUBJECT)
    message["Date"] = envelope.now
    message["Message-ID"] = envelope.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(BLANK_LINES.sub("\n\n", part("body.txt")))
    message.add_alternative(part("body.html"), subtype="html")
    return message


def attach(message: EmailMessage, calendar: CalendarPart) -> None:
    """The invitation twice: last among the alternatives for clients that show buttons, and as a file for all others."""
    parameters = {"method": calendar.method, "charset": "utf-8"}
    message.add_alternative(calendar.data, maintype="text", subtype="calendar", cte="base64", params=parameters)
    message.add_attachment(calendar.data, maintype="application", subtype="ics", filename="invite.ics")

"""Every message that was printed instead of sent, as its recipient would see it. Only on one's own machine.

GET /outbox                     browse
GET /outbox/<id>                show
GET /outbox/<id>/html           show_html           for the frame in `show`
GET /outbox/<id>/invite.ics     download_invite
"""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from flask import Blueprint, abort, g, render_template
from werkzeug.wrappers import Response

from booking import overviews
from booking.delivery_words import CHANNELS
from booking.models import Channel, PrintedMessage

bp = Blueprint("outbox", __name__)

# The message's own HTML: it may look like something and do nothing, and only our own page may frame it.
FRAMED = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox",
    "X-Frame-Options": "SAMEORIGIN",
}


@dataclass(frozen=True)
class Letter:
    """The parts of a mail that people see."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str | None
    invite: str | None


@bp.get("/outbox")
def browse() -> str:
    return render_template("outbox/list.html", messages=overviews.printed_messages(), channels=CHANNELS)


@bp.get("/outbox/<int(max=2147483647):message_id>")
def show(message_id: int) -> str:
    message = _message(message_id)
    if message.channel == Channel.SMS:
        return render_template("outbox/text.html", message=message, text=message.content.decode())
    return render_template("outbox/letter.html", message=message, letter=_letter(message))


@bp.get("/outbox/<int(max=2147483647):message_id>/html")
def show_html(message_id: int) -> Response:
    html = _letter(_message(message_id)).html
    if html is None:
        abort(404)
    g.headers = FRAMED
    return Response(html, content_type="text/html; charset=utf-8")


@bp.get("/outbox/<int(max=2147483647):message_id>/invite.ics")
def download_invite(message_id: int) -> Response:
    invite = _letter(_message(message_id)).invite
    if invite is None:
        abort(404)
    headers = {"Content-Disposition": 'attachment; filename="invite.ics"'}
    return Response(invite, content_type="text/calendar; charset=utf-8", headers=headers)


def _message(message_id: int) -> PrintedMessage:
    message = overviews.printed_message(message_id)
    if message is None:
        abort(404)
    return message


def _letter(message: PrintedMessage) -> Letter:
    parsed = message_from_bytes(message.content, policy=policy.default)
    return Letter(
        headers=tuple(
            (name, str(parsed[name])) for name in ("From", "To", "Reply-To", "Date", "Subject") if parsed[name]
        ),
        text=_part(parsed, "text/plain") or "",
        html=_part(parsed, "text/html"),
        invite=_part(parsed, "text/calendar"),
    )


def _part(message: EmailMessage, kind: str) -> str | None:
    """The first part of that type as text. CalDAV's lines end in CRLF and stay so."""
    for part in message.walk():
        if part.get_content_type() == kind:
            content = part.get_payload(decode=True)
            return content.decode(part.get_content_charset() or "utf-8") if isinstance(content, bytes) else None
    return None

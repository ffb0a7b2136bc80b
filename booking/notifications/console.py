"""Messages on the console: what development and a service without providers show instead of sending."""

from __future__ import annotations

from email.message import EmailMessage
from typing import TextIO

RULE = "-" * 72


def print_message(message: EmailMessage | str, recipient: str, stream: TextIO) -> None:
    """Write a mail (plain text and the names of its other parts) or a text message, as its recipient would read it."""
    text = f"{RULE}\n{_mail(message) if isinstance(message, EmailMessage) else _sms(message, recipient)}\n{RULE}\n"
    # One write, so that messages of several threads do not mix; a terminal may know fewer letters than people have.
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def _mail(message: EmailMessage) -> str:
    headers = [f"{name}: {message[name]}" for name in ("From", "To", "Subject")]
    body = message.get_body(("plain",))
    files = [part.get_filename() or part.get_content_type() for part in message.iter_attachments()]
    text = body.get_content().rstrip() if body is not None else ""
    return "\n".join([*headers, "", text, *(f"[attached: {name}]" for name in files)])


def _sms(text: str, recipient: str) -> str:
    return f"SMS to {recipient} ({len(text)} characters)\n\n{text}"

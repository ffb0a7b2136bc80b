"""A mail server in a thread: real conversations, kept mails, and faults to order at any step."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True)
class Received:
    """A mail the server took: its envelope and its bytes as they came."""

    sender: str
    recipients: list[str]
    content: bytes
    encrypted: bool

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)  # type: ignore[return-value]


@dataclass
class MailServer:
    """What the server holds, and what it will do wrong.

    `replies` maps a command ("MAIL", "RCPT", "DATA" before the body, "BODY" after it) to what to say instead of yes;
    `drop` is a command at which the connection ends, "BODY" keeping the mail first.
    """

    login: tuple[str, str] | None = None
    url: str = ""
    replies: dict[str, str] = field(default_factory=dict)
    drop: str = ""
    mails: list[Received] = field(default_factory=list)

    def to(self, address: str) -> list[EmailMessage]:
        """The mails this address got, oldest first."""
        return [mail.message for mail in self.mails if address in mail.recipients]

    def check(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object
    ) -> AuthResult:
        known = isinstance(given, LoginPassword) and (given.login.decode(), given.password.decode()) == self.login
        return AuthResult(success=known, handled=False)

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.replies.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if "RCPT" in self.replies:
            return self.replies["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        if "BODY" in self.replies:
            return self.replies["BODY"]
        assert isinstance(envelope.content, bytes)
        encrypted = server.transport.get_extra_info("ssl_object") is not None
        self.mails.append(Received(envelope.mail_from or "", envelope.rcpt_tos, envelope.content, encrypted))
        if self.drop == "BODY":
            server.transport.abort()
        return "250 OK"


class Conversation(SMTP):
    """One connection; aiosmtpd has hooks for all steps but the reply to DATA."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  # aiosmtpd's name
        if self.event_handler.drop == "DATA":
            self.transport.abort()
        elif "DATA" in self.event_handler.replies:
            await self.push(self.event_handler.replies["DATA"])
        else:
            await super().smtp_DATA(arg)


@contextmanager
def run_smtp(
    login: tuple[str, str] | None = None, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[MailServer]:
    """A mail server on a loopback port while the block runs.

    With `starttls` it offers encryption, with `tls` it speaks nothing else; with `starttls` and `login` it takes mail
    only after that.
    """
    mailbox = MailServer(login)
    loop = asyncio.new_event_loop()

    def conversation() -> SMTP:
        return Conversation(
            mailbox,
            hostname="localhost",
            tls_context=starttls,
            auth_required=login is not None,
            auth_require_tls=starttls is not None,
            authenticator=mailbox.check,
            loop=loop,
        )

    server = loop.run_until_complete(loop.create_server(conversation, "127.0.0.1", 0, ssl=tls))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    mailbox.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield mailbox
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(end_conversations())
        loop.close()


async def end_conversations() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)

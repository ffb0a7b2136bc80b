"""Mail over SMTP (RFC 5321), one step of the conversation at a time.

`smtplib.sendmail` raises the same exception whether the connection broke before or after the body was handed over.
Only the step tells "certainly not sent" from "perhaps sent", so each is taken, and judged, by itself.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cached_property
from urllib.parse import unquote, urlsplit

from email_validator import validate_email

from booking.notifications.errors import DeliveryError, Outcome

PLAIN_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w.-]{1,189}", re.ASCII)
RELAY_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT = 25, 587, 465
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
OK, FORWARDED, START_INPUT = 250, 251, 354
REPLY_CODES, PERMANENT_CODES = range(200, 600), range(500, 600)


def mailbox(address: str) -> Address:
    """One mailbox as headers and envelopes need it: exactly one, in ASCII, an international domain in its ACE form.

    Raises DeliveryError (PERMANENT) for anything else: a text with two addresses in it would mail both.
    """
    try:
        if not address.isascii():
            address = validate_email(address, check_deliverability=False, allow_smtputf8=False).ascii_email or ""
        if not PLAIN_ADDRESS.fullmatch(address):
            raise ValueError("not a plain address")
        return Address(addr_spec=address)
    except (ValueError, HeaderParseError) as error:
        raise DeliveryError("This is not one email address that mail servers understand.", Outcome.PERMANENT) from error


class Mailer:
    """Hands mails to the server of an SMTP URL.

    `smtps://` is encrypted from the start. `smtp://` is encrypted by STARTTLS: always when there is a user name, else
    when the server offers it, except on this machine. Certificates are verified, by `context` when given. `timeout` is
    in seconds, for each step. Raises ValueError for a URL that is none of these, without repeating it.
    """

    def __init__(self, smtp_url: str, timeout: float = 15, context: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(smtp_url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("write the mail server as smtp://user:password@host:587 or smtps://user:password@host")
        self._host = parts.hostname
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._encrypted = parts.scheme == "smtps"
        usual = SUBMISSIONS_PORT if self._encrypted else SUBMISSION_PORT if self._user else RELAY_PORT
        self._port = parts.port or usual
        self._timeout = timeout
        self._given_context = context

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Hand `message` over for `recipient` alone, whatever its headers say.

        1. connect, greet, encrypt, log in; 2. name sender and recipient; 3. hand over the body; 4. read the verdict.
        Raises DeliveryError: before 4, or refused in 4, it was certainly not sent; no answer in 4 is UNKNOWN.
        """
        to = mailbox(recipient).addr_spec
        sender = mailbox(message["From"].addresses[0].addr_spec).addr_spec
        content = message.as_bytes(policy=message.policy.clone(linesep="\r\n", cte_type="7bit"))
        smtp = self._connect()
        try:
            self._secure(smtp)
            _envelope(smtp, sender, to)
            _body(smtp, content)
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
        finally:
            smtp.close()

    def check(self) -> None:
        """Connect, greet, encrypt and log in, as before each mail. Raises DeliveryError."""
        smtp = self._connect()
        try:
            self._secure(smtp)
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
        finally:
            smtp.close()

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return self._given_context or ssl.create_default_context()

    def _connect(self) -> smtplib.SMTP:
        with _failing("The mail server could not be reached."):
            if self._encrypted:
                return smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=self._context)
            return smtplib.SMTP(self._host, self._port, timeout=self._timeout)

    def _secure(self, smtp: smtplib.SMTP) -> None:
        with _failing("The mail server could not be greeted."):
            smtp.ehlo_or_helo_if_needed()
        offered = smtp.has_extn("starttls") and self._host not in LOOPBACK
        if not self._encrypted and (self._user or offered):
            with _failing("The mail server offers no encryption, so we gave no password."):
                smtp.starttls(context=self._context)
                smtp.ehlo()
        if self._user:
            with _failing("The mail server did not let us log in."):
                smtp.login(self._user, self._password)


def _envelope(smtp: smtplib.SMTP, sender: str, recipient: str) -> None:
    with _failing("The mail server broke off before it took the mail."):
        _expect(smtp.mail(sender), {OK}, "The mail server refused our sender address")
        _expect(smtp.rcpt(recipient), {OK, FORWARDED}, "The mail server refused this recipient")
        _expect(smtp.docmd("data"), {START_INPUT}, "The mail server refused the mail")


def _body(smtp: smtplib.SMTP, content: bytes) -> None:
    with _failing("The mail server broke off while it took the mail."):
        # The final dot goes last, so a send that failed cannot have completed the mail (RFC 5321 4.5.2).
        smtp.send(re.sub(rb"(?m)^\.", b"..", content).removesuffix(b"\r\n") + b"\r\n.\r\n")
    unclear = "The mail server gave no clear answer after it had the mail; it may have been sent."
    with _failing(unclear, Outcome.UNKNOWN):
        verdict = smtp.getreply()
    if verdict[0] not in REPLY_CODES:
        raise DeliveryError(unclear, Outcome.UNKNOWN)
    _expect(verdict, {OK}, "The mail server refused the mail")


def _expect(reply: tuple[int, bytes], wanted: set[int], text: str) -> None:
    """Refusals by 5xx are for good, all others for now (RFC 5321 4.2.1). The server's own words may name people."""
    code = reply[0]
    if code not in wanted:
        outcome = Outcome.PERMANENT if code in PERMANENT_CODES else Outcome.RETRY
        raise DeliveryError(f"{text} ({code}).", outcome, code)


@contextmanager
def _failing(text: str, outcome: Outcome = Outcome.RETRY) -> Iterator[None]:
    """A broken conversation in this step means `text` and `outcome`."""
    try:
        yield
    except ssl.SSLError as error:
        raise DeliveryError("The mail server's encryption could not be verified.", outcome) from error
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None
        raise DeliveryError(text, outcome, code) from error

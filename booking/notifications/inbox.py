"""Reading a mailbox over IMAP (RFC 3501), without changing more of it than a flag.

The errors say what failed and repeat nothing of what the server said: that may hold addresses or subjects.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from types import TracebackType
from urllib.parse import unquote, urlsplit

from booking.notifications.email import LOOPBACK

PORT, ENCRYPTED_PORT = 143, 993
FORM = "write the mailbox as imaps://user:password@host:993/INBOX, with what is not a plain letter or digit as %20 etc."
Item = bytes | tuple[bytes, ...] | None

_UID, _SIZE = re.compile(rb"\bUID (\d+)"), re.compile(rb"\bRFC822\.SIZE (\d+)")
# imaplib takes an answer apart without much of a check.
_BROKEN = (imaplib.IMAP4.error, OSError, ValueError, TypeError, LookupError)


class InboxError(Exception):
    """What could not be done with the mailbox, as a sentence for an administrator."""


class Inbox:
    """The mailbox of an IMAP URL, open within a `with` block.

    `imaps://` is encrypted from the start, `imap://` by STARTTLS except on this machine; certificates are verified, by
    `context` when given. `timeout` is in seconds, for each step. Raises ValueError for a URL that is none of these,
    without repeating it; everything else raises InboxError.
    """

    def __init__(self, imap_url: str, timeout: float = 15, context: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(imap_url)
        user, password, folder = (unquote(part or "") for part in (parts.username, parts.password, parts.path[1:]))
        plain = all(part.isascii() and part.isprintable() for part in (user, password, folder))
        if parts.scheme not in {"imap", "imaps"} or not (parts.hostname and user and password and plain):
            raise ValueError(FORM)
        self._encrypted = parts.scheme == "imaps"
        try:
            self._port = parts.port or (ENCRYPTED_PORT if self._encrypted else PORT)
        except ValueError:
            raise ValueError(FORM) from None
        self._host, self._user, self._password = parts.hostname, user, password
        self._folder = folder or "INBOX"
        self._timeout, self._context = timeout, context
        self.version = ""
        """Which mailbox, and its UIDVALIDITY (RFC 3501 2.3.1.1): with another one, UIDs name other mails."""

    def __enter__(self) -> Inbox:
        with _failing("The mailbox for replies could not be reached."):
            self._imap = self._connect()
        try:
            self._log_in()
        except InboxError:
            self._close()
            raise
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._close()

    def unseen(self, since: date) -> list[int]:
        """UIDs of the mails that nobody has read and that came on `since` or later, oldest first."""
        with _failing("The mailbox for replies could not be searched."):
            [found, *_] = _checked(self._imap.uid("SEARCH", "UNSEEN", "SINCE", f"{since:%d-%b-%Y}"))
            return sorted(int(uid) for uid in (found if isinstance(found, bytes) else b"").split())

    def sizes(self, uids: Iterable[int]) -> dict[int, int]:
        """How large these mails are, in bytes; those that are gone are missing."""
        wanted = ",".join(map(str, uids))
        if not wanted:
            return {}
        with _failing("The mailbox for replies could not be read."):
            answer = _checked(self._imap.uid("FETCH", wanted, "(RFC822.SIZE)"))
            lines = [line for line in answer if isinstance(line, bytes)]
            found = [(_UID.search(line), _SIZE.search(line)) for line in lines]
            return {int(uid[1]): int(size[1]) for uid, size in found if uid and size}

    def mail(self, uid: int) -> bytes:
        """The mail as it came, left unread; b"" when the server does not give it."""
        with _failing("The mailbox for replies could not be read."):
            status, answer = self._imap.uid("FETCH", str(uid), "(BODY.PEEK[])")
            bodies = [item[1] for item in answer if isinstance(item, tuple)]
            return bytes(bodies[0]) if status == "OK" and bodies else b""

    def mark_seen(self, uid: int) -> None:
        with _failing("A reply could not be marked as read."):
            _checked(self._imap.uid("STORE", str(uid), "+FLAGS", r"(\Seen)"))

    def _connect(self) -> imaplib.IMAP4:
        context = self._context or ssl.create_default_context()
        if self._encrypted:
            return imaplib.IMAP4_SSL(self._host, self._port, ssl_context=context, timeout=self._timeout)
        imap = imaplib.IMAP4(self._host, self._port, timeout=self._timeout)
        if self._host not in LOOPBACK:
            try:
                imap.starttls(context)
            except _BROKEN:
                imap.shutdown()
                raise
        return imap

    def _log_in(self) -> None:
        with _failing("The mailbox for replies did not let us log in."):
            self._imap.login(_quoted(self._user), self._password)  # imaplib quotes the password only
        with _failing("The folder for replies cannot be opened to mark mails as read."):
            _checked(self._imap.select(_quoted(self._folder)))
            validity = self._imap.response("UIDVALIDITY")[1][0] or b""
        place = f"{self._user}@{self._host}:{self._port}/{self._folder}"
        self.version = f"{place};UIDVALIDITY={validity.decode('ascii', 'replace')}"

    def _close(self) -> None:
        with suppress(*_BROKEN):
            self._imap.logout()
        with suppress(*_BROKEN):
            self._imap.shutdown()


@contextmanager
def _failing(sentence: str) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise InboxError(sentence) from error


def _checked(answer: tuple[str, Sequence[Item]]) -> Sequence[Item]:
    status, found = answer
    if status != "OK":
        raise ValueError("the server refused")
    return found


def _quoted(text: str) -> str:
    """A quoted string (RFC 3501 4.3)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

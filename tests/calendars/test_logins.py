"""The ways to sign in to a server: Basic, Digest, bearer tokens; and that no secret shows anywhere."""

from __future__ import annotations

import hashlib
import re

import pytest

from calendars.caldav_store import CalDavStore
from calendars.discovery import Login, discover
from calendars.errors import CalendarRejected, CalendarUnavailable
from tests.calendars.conftest import find_calendar, guard_for
from tests.calendars.events import span
from tests.calendars.test_discovery import ADA, CALENDAR, account_at
from tests.servers.hostile import Conversation, found, hostile, multistatus


def bearers(talk: Conversation) -> None:
    """A server that takes one token and nothing else (RFC 6750)."""
    if "Authorization: Bearer abc.DEF-1~2+3/4==\r\n" in talk.server.asked[-1]:
        talk.answer("207 Multi-Status", multistatus(found("/cal/", CALENDAR)), "Content-Type: application/xml")
    else:
        talk.answer("401 Unauthorized", b"", 'WWW-Authenticate: Bearer realm="cal"')


def test_bearer() -> None:
    """A token is sent as one; a password is not sent at all to a server that only takes tokens."""
    with hostile(bearers) as server:
        base = f"http://127.0.0.1:{server.port}/cal/"
        account = discover(Login(base, "", "abc.DEF-1~2+3/4==", token=True), guard_for(base), len)
        assert account.auth == "bearer"
        with pytest.raises(CalendarRejected, match="user name or password"):
            discover(Login(base, "", "wrong", token=True), guard_for(base), len)
        server.asked.clear()
        with pytest.raises(CalendarRejected, match="takes no password"):
            account_at(server, "/cal/")
        assert not any("Authorization" in head for head in server.asked)


@pytest.mark.parametrize("token", ["", "two words", "line\r\nX-Evil: 1", "schlüssel", "a=b"])
def test_what_is_no_token(token: str) -> None:
    """Characters that no token has are refused before anything is sent with it."""
    with hostile(bearers) as server:
        base = f"http://127.0.0.1:{server.port}/cal/"
        with pytest.raises(CalendarRejected, match="not an access token"):
            discover(Login(base, "", token, token=True), guard_for(base), len)
        assert not any("Authorization" in head for head in server.asked)


def test_steps_and_values_hold_no_secret(radicale_base: str) -> None:
    """What is told on the way, and how values print, never shows the password."""
    steps: list[str] = []
    account = discover(Login(radicale_base, *ADA), guard_for(radicale_base), steps.append)
    assert steps[-1] == "Found 1 calendar, 1 of them to write to."
    for text in (*steps, repr(account), repr(account.calendar(account.calendars[0]))):
        assert ADA[1] not in text


class Digest:
    """A server that takes Digest credentials only (RFC 7616, MD5)."""

    def __call__(self, talk: Conversation) -> None:
        head = talk.server.asked[-1]
        sent = dict(re.findall(r'(\w+)="?([^",\r]*)', head.partition("Authorization: Digest ")[2].split("\r\n")[0]))
        if not sent or sent["response"] != self.expected(head.split(" ")[0], sent):
            challenge = 'WWW-Authenticate: Digest realm="cal", nonce="abc", qop="auth", algorithm=MD5'
            talk.answer("401 Unauthorized", b"", challenge)
        else:
            talk.answer("207 Multi-Status", multistatus(found("/cal/", CALENDAR)), "Content-Type: application/xml")

    @staticmethod
    def expected(method: str, sent: dict[str, str]) -> str:
        def md5(text: str) -> str:
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        secret, target = md5(f"ada:cal:{ADA[1]}"), md5(f"{method}:{sent['uri']}")
        return md5(f"{secret}:abc:{sent['nc']}:{sent['cnonce']}:auth:{target}")


def test_digest() -> None:
    """A server that only takes Digest is found out once, and the password is never sent in the clear."""
    with hostile(Digest()) as server:
        guard = guard_for(server.url)
        account = find_calendar(f"http://127.0.0.1:{server.port}/cal/", *ADA, guard)
        assert account.auth == "digest"
        with CalDavStore(account, guard) as store, pytest.raises(CalendarUnavailable, match="part"):
            store.busy(span("2026-12-01 00:00", "2026-12-02 00:00"))
        assert not any("Authorization: Basic" in head for head in server.asked)

"""The guarded way out, against servers that mean no good."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from calendars.errors import AddressRefused, CalendarRejected, CalendarUnavailable
from calendars.outbound import Redirected, credentials, open_session
from tests.calendars.conftest import guard_for
from tests.servers.hostile import Conversation, HostileServer, hostile

ADA = credentials("basic", "ada", "ada's secret")


def get(server: HostileServer, **options: float) -> bytes:
    """One GET of the server's calendar with ada's credentials, the server allowed."""
    with open_session(guard_for(server.url, **options), server.url, ADA) as session:
        return session.get(server.url).content


@pytest.mark.parametrize(
    "behave",
    [
        lambda talk: talk.every(0.05, b"H"),
        lambda talk: (talk.wfile.write(b"HTTP/1.1 200 OK\r\n"), talk.every(0.05, b"X-Drop: 1\r\n")),
        lambda talk: (talk.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"), talk.every(0.05, b"x")),
        lambda talk: (
            talk.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            talk.every(0.05, b"1\r\nx\r\n"),
        ),
        lambda talk: talk.every(0.05, b"HTTP/1.1 100 Continue\r\n\r\n"),
        lambda talk: talk.server.over.wait(),
    ],
    ids=["status", "headers", "body", "chunks", "continue", "silence"],
)
def test_drop_by_drop(behave: Callable[[Conversation], object]) -> None:
    """A server that keeps sending a little is cut off at the deadline of the whole exchange."""
    with hostile(behave) as server:
        began = time.monotonic()
        with pytest.raises(CalendarUnavailable):
            get(server, deadline=0.3)
        assert time.monotonic() - began < 2


def test_a_challenge_starts_no_new_deadline() -> None:
    """A digest challenge and its answer share one deadline."""

    def behave(talk: Conversation) -> None:
        if len(talk.server.asked) > 1:
            talk.every(0.05, b"x")
        elif not talk.server.over.wait(0.6):
            talk.answer("401 No", b"", 'WWW-Authenticate: Digest realm="x", nonce="y", qop="auth"')

    with hostile(behave) as server:
        session = open_session(guard_for(server.url, deadline=1.0), server.url, credentials("digest", "ada", "x"))
        began = time.monotonic()
        with pytest.raises(CalendarUnavailable, match="longer"):
            session.get(server.url)
        assert time.monotonic() - began < 1.4
        assert len(server.asked) == 2


def test_endless_answer() -> None:
    """An answer is read no further than the greatest size."""
    chunk = b"x" * 65_536
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    def flood(talk: Conversation) -> None:
        talk.wfile.write(head)
        talk.every(0, b"10000\r\n" + chunk + b"\r\n")

    with hostile(flood) as server, pytest.raises(CalendarUnavailable, match="larger"):
        get(server, max_bytes=1_000_000)


def test_compressed_answer() -> None:
    """Compression is not asked for, and a compressed answer is not unpacked, however small it is."""
    bomb = gzip.compress(b"x" * 50_000_000)
    with hostile(lambda talk: talk.answer("200 OK", bomb, "Content-Encoding: gzip")) as server:
        with pytest.raises(CalendarUnavailable, match="compressed"):
            get(server)
        assert "Accept-Encoding: identity\r\n" in server.asked[0]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200,
    ],
    ids=["nothing", "nonsense", "half", "headers"],
)
def test_broken_answer(answer: bytes) -> None:
    """An answer that breaks off or is no HTTP may be better next time."""
    with hostile(lambda talk: talk.wfile.write(answer)) as server, pytest.raises(CalendarUnavailable):
        get(server)


def test_nobody_there() -> None:
    """A refused connection may be accepted later."""
    with hostile(len) as server:
        url, guard = server.url, guard_for(server.url)
    with open_session(guard, url) as session, pytest.raises(CalendarUnavailable):
        session.get(url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    """A redirect is reported and not followed, so credentials go nowhere else."""
    with hostile(lambda talk: talk.answer("200 OK", b"stolen")) as thief:
        location = f"Location: {thief.url}"
        with hostile(lambda talk: talk.answer(f"{status} Elsewhere", b"", location)) as server:
            guard = guard_for(server.url, thief.url)
            with open_session(guard, server.url, ADA) as session, pytest.raises(Redirected) as redirected:
                session.request("PROPFIND", server.url)
            assert redirected.value.location == thief.url
            assert "Authorization: Basic" in server.asked[0]
        assert thief.asked == []


def test_session_stays_at_its_origin() -> None:
    """A session opened for one origin does not talk to another, allowed or not."""
    with hostile(lambda talk: talk.answer("200 OK")) as server, hostile(lambda talk: talk.answer("200 OK")) as other:
        guard = guard_for(server.url, other.url)
        with open_session(guard, server.url, ADA) as session:
            for url in (
                other.url,
                server.url.replace("127.0.0.1", "localhost"),
                "https://93.184.215.14/",
                "file:///etc",
            ):
                with pytest.raises(AddressRefused):
                    session.get(url)
            session.get(f"{server.url}inside")
        assert other.asked == []
        assert len(server.asked) == 1


def test_environment_has_no_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Proxies and password files of this machine are not used for other people's servers."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login root password hunter2")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with hostile(lambda talk: talk.answer("200 OK", b"direct")) as server, hostile(len) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        with open_session(guard_for(server.url), server.url) as session:
            assert session.get(server.url).content == b"direct"
        assert proxy.asked == []
        assert "Authorization" not in server.asked[0]


@pytest.mark.parametrize("challenge", ["Digest", "Digest realm=x", 'Digest nonce="x", qop="auth-int"', "Digest é"])
def test_malformed_challenge(challenge: str) -> None:
    """A digest challenge that makes no sense is a refusal, not a crash."""
    digest = credentials("digest", "ada", "x")
    with hostile(lambda talk: talk.answer("401 No", b"", f"WWW-Authenticate: {challenge}")) as server:
        session = open_session(guard_for(server.url), server.url, digest)
        try:
            assert session.get(server.url).status_code == 401
        except CalendarRejected:
            assert len(server.asked) == 1

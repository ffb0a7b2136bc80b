"""Which addresses are contacted at all, and that it is those very ones."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from calendars.addresses import is_public, same_origin
from calendars.errors import AddressRefused, CalendarUnavailable
from calendars.outbound import Guard, open_session
from tests.calendars.conftest import guard_for
from tests.servers.hostile import hostile


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",  # noqa: S104 (nothing is bound)
        "localhost",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::1]",
        "[2002:7f00:1::]",
        "[2001:db8::1]",
        "[fe80::1]",
        "[fc00::1]",
        "[fec0::1]",
        "[ff02::1]",
    ],
)
def test_private_addresses_are_refused(host: str) -> None:
    """However an address inside is written or wrapped, it is not contacted."""
    with pytest.raises(AddressRefused, match="public Internet"):
        Guard().check(f"https://{host}/")


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "64:ff9b::5db8:d70e", "2002:5db8:d70e::1"])
def test_public_addresses(address: str) -> None:
    """Addresses of the public Internet are allowed, translated ones too."""
    assert is_public(address)
    bracketed = f"[{address}]" if ":" in address else address
    assert Guard().check(f"https://{bracketed}/").origin.port == 443


@pytest.mark.parametrize(
    "url",
    [
        "",
        "calendar",
        "//example.org/",
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://example.org/",
        "unix:///run/socket",
        "javascript:alert(1)",
        "http://93.184.215.14/",
        "https://",
        "https://:443/",
        "https://93.184.215.14:0/",
        "https://93.184.215.14:22/",
        "https://93.184.215.14:25/",
        "https://93.184.215.14:99999/",
        "https://93.184.215.14:x/",
        "https://ada:secret@93.184.215.14/",
        "https://93.184.215.14@127.0.0.1/",
        "https://[::1/",
    ],
)
def test_other_ways_are_refused(url: str) -> None:
    """Only https, to the ports of calendar servers, without credentials in the address."""
    with pytest.raises(AddressRefused):
        Guard().check(url)


def test_allow_list_is_exact() -> None:
    """A host and port that an administrator allows may be private and without TLS; its neighbours may not."""
    guard = Guard(allow=frozenset({"127.0.0.1:5232", "[::1]:5232", "Localhost:8080"}))
    assert guard.check("http://127.0.0.1:5232/dav/").origin.host == "127.0.0.1"
    assert guard.check("http://[::1]:5232/dav/").origin.host == "::1"
    assert guard.check("http://LOCALHOST:8080/").origin.host == "localhost"
    for url in ("http://127.0.0.1:5233/", "http://127.0.0.2:5232/", "http://localhost:5232/", "https://127.0.0.1/"):
        with pytest.raises(AddressRefused):
            guard.check(url)


def test_unknown_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that does not resolve, or cannot be one, may be corrected in the DNS later."""
    with pytest.raises(CalendarUnavailable, match="no server named"):
        Guard().check(f"https://{'a' * 64}.example.org/")
    monkeypatch.setattr(socket, "getaddrinfo", resolver("")[0])
    with pytest.raises(CalendarUnavailable, match="no server named"):
        Guard().check("https://calendar.example.org/")


def resolver(*addresses: str) -> tuple[Callable[..., list[Any]], list[str]]:
    """A name server that gives each answer once, in turn, and the last one ever after; and what it was asked."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_: object) -> list[Any]:
        asked.append(host)
        answer = addresses[min(len(asked), len(addresses)) - 1]
        if not answer:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in answer.split()]

    return getaddrinfo, asked


def test_name_with_a_private_address_among_public_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """One private address among a name's addresses is enough to refuse it."""
    getaddrinfo, _ = resolver("93.184.215.14 127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(AddressRefused):
        Guard().check("https://calendar.example.org/")


def test_name_is_resolved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that was looked at is the one that is contacted, under the name that was typed."""
    with hostile(lambda talk: talk.answer("200 OK", b"hello")) as server:
        getaddrinfo, asked = resolver("127.0.0.1", "127.0.0.99")
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        url = f"http://calendar.example.org:{server.port}/"
        with open_session(guard_for(url), url) as session:
            assert session.get(url).content == b"hello"
        assert asked == ["calendar.example.org"]
        assert f"Host: calendar.example.org:{server.port}\r\n" in server.asked[0]


def test_next_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a name has several addresses and the first refuses, the next one serves."""
    with hostile(lambda talk: talk.answer("200 OK", b"hello")) as server:
        monkeypatch.setattr(socket, "getaddrinfo", resolver("127.0.0.99 127.0.0.1")[0])
        url = f"http://calendar.example.org:{server.port}/"
        with open_session(guard_for(url), url) as session:
            assert session.get(url).content == b"hello"


def test_slow_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that does not answer costs no more than the deadline."""
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait())
    began = time.monotonic()
    with pytest.raises(CalendarUnavailable, match="in time"):
        Guard(deadline=0.3).check("https://calendar.example.org/")
    over.set()
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("base", "href", "url"),
    [
        ("https://example.org/dav/", "/other", "https://example.org/other"),
        ("https://example.org/dav/", "x.ics", "https://example.org/dav/x.ics"),
        ("https://example.org/dav/", "https://EXAMPLE.org:443/y", "https://EXAMPLE.org:443/y"),
        ("https://example.org/dav/", "//example.net/", None),
        ("https://example.org/dav/", "http://example.org/", None),
        ("https://example.org/dav/", "https://example.org:8443/", None),
        ("https://example.org/dav/", "https://sub.example.org/", None),
        ("https://example.org/dav/", "https://ada@example.org/", None),
        ("https://example.org/dav/", "javascript:alert(1)", None),
    ],
)
def test_same_origin(base: str, href: str, url: str | None) -> None:
    """Scheme, host and port are one origin; an href that leaves it is refused."""
    if url is None:
        with pytest.raises(AddressRefused):
            same_origin(base, href)
    else:
        assert same_origin(base, href) == url

"""The one guarded way to a URL that a person typed. No other module opens a connection to such an address.

A URL is parsed once, its name resolved once and every address looked at; the connection goes to an address that was
looked at, so a name server cannot answer differently in between. The whole exchange has one deadline, the answer a
greatest size, and credentials never leave the origin they were given for (RFC 6454).
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth

from calendars.addresses import Origin, SocketAddress, is_public, origin, resolve, same_origin
from calendars.errors import AddressRefused, CalendarRejected, CalendarUnavailable

Credentials = AuthBase

T = TypeVar("T")

_MAX_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


class Redirected(CalendarRejected):
    """The server says that what we ask for is at `location`."""

    def __init__(self, location: str) -> None:
        super().__init__("The server's address has changed; set up the calendar again with the new one.")
        self.location = location


@dataclass(frozen=True, slots=True)
class Address:
    """A URL's origin that was looked at, with the socket addresses it may be reached at."""

    origin: Origin
    sockets: tuple[SocketAddress, ...]


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be reached from here and at which cost.

    `allow` holds "host:port" of servers that may be on a private network and without TLS, written as in their URL;
    `deadline` is for one request with its answer, in seconds; `until` (monotonic seconds) ends all of them;
    `max_bytes` is for one answer. `authorities` names a PEM
    file of certificate authorities to trust instead of the system's.
    """

    allow: frozenset[str] = frozenset()
    deadline: float = 10.0
    until: float = float("inf")
    max_bytes: int = 8_000_000
    authorities: str | None = None

    def end(self) -> float:
        """When a request that begins now must be over, in monotonic seconds."""
        return min(monotonic() + self.deadline, self.until)

    def check(self, url: str, until: float | None = None) -> Address:
        """The address behind a URL, looked up before `until` (monotonic seconds; the deadline from now by default).

        Raises AddressRefused, and CalendarUnavailable if the name cannot be resolved.
        """
        where = origin(url)
        allowed = where.authority in {entry.lower() for entry in self.allow}
        if not allowed and where.scheme != "https":
            raise AddressRefused("Use an address that begins with https://.")
        if not allowed and where.port < 1024 and where.port != 443:
            raise AddressRefused(f"Port {where.port} is not one that calendar servers use.")
        found = resolve(where.host, where.port, self.deadline if until is None else _left(until))
        if not allowed and not all(is_public(str(place[0])) for _, place in found):
            raise AddressRefused(f"{where.host} is not on the public Internet; an administrator can allow it.")
        return Address(where, found)

    def connect(self, url: str, until: float) -> socket.socket:
        """A connected socket, with TLS where the URL says so; none of its operations lasts beyond `until`."""
        address = self.check(url, until)
        plain = _connected(address, until)
        if address.origin.scheme == "http":
            return plain
        try:
            # ssl counts the timeout once for the whole handshake.
            plain.settimeout(_left(until))
            secured = _tls(self.authorities).wrap_socket(plain, server_hostname=address.origin.host)
        except BaseException:
            plain.close()
            raise
        assert isinstance(secured, _Timed)  # noqa: S101 (for the type checker: see _tls)
        secured.until = until
        return secured


def credentials(auth: str, username: str, password: str) -> Credentials:
    """How to sign requests: `auth` is "basic" (RFC 7617, as UTF-8), "digest" (RFC 7616) or "bearer" (RFC 6750).

    The password of a bearer is its token. Raises CalendarRejected for one that cannot be a token (RFC 6750 2.1).
    """
    if auth == "digest":
        return HTTPDigestAuth(username, password)
    if auth == "bearer":
        return _Bearer(password)
    return HTTPBasicAuth(username.encode(), password.encode())


def open_session(guard: Guard, base: str, auth: Credentials | None = None) -> requests.Session:
    """A session that reaches nothing but the origin of `base`, through the guard, every request signed with `auth`.

    Its requests raise CalendarUnavailable, AddressRefused, Redirected or CalendarRejected and nothing else.
    """
    session = _Session(guard)
    session.auth = auth
    guarded(session, guard, base)
    return session


def guarded(session: requests.Session, guard: Guard, base: str | None = None) -> None:
    """Let this session reach what the guard lets it, of the origin of `base` alone if there is one, and nothing else.

    Its requests then raise CalendarUnavailable, AddressRefused or Redirected, too.
    """
    session.trust_env = False  # no proxies and no .netrc of this machine
    # Compressed answers are not asked for and not taken: a megabyte of them can hold a gigabyte.
    session.headers["Accept-Encoding"] = "identity"
    session.adapters.clear()
    session.mount("", _Adapter(guard, base))


class _Bearer(AuthBase):
    def __init__(self, token: str) -> None:
        if not _TOKEN.fullmatch(token):
            raise CalendarRejected("This is not an access token: it has characters that no token has.")
        self._header = f"Bearer {token}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


def follow(place: str, send: Callable[[str], T], onward: Callable[[str, str], str]) -> tuple[str, T]:
    """Where `send` was answered, and the answer: at `place`, or where redirects lead `onward`, which may refuse.

    Raises CalendarRejected after a few of them.
    """
    for _ in range(_MAX_REDIRECTS):
        try:
            return place, send(place)
        except Redirected as redirected:
            place = onward(place, redirected.location)
    raise CalendarRejected("The server redirects in circles.")


class _Session(requests.Session):
    def __init__(self, guard: Guard) -> None:
        super().__init__()
        self._guard = guard

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        # The library hands its timeout down unchanged, to the answer to a challenge too: here it carries the very end.
        kwargs["timeout"] = self._guard.end()
        try:
            return super().request(*args, **kwargs)
        except (requests.RequestException, ValueError, KeyError) as error:
            # Our transport raises none of these: the request itself was impossible, or the server's digest challenge.
            raise CalendarRejected(
                "The server cannot be asked like this; check address, user name, password."
            ) from error


class _Adapter(BaseAdapter):
    """The transport under a session: one connection per exchange, nothing kept, nothing followed."""

    def __init__(self, guard: Guard, base: str | None) -> None:
        super().__init__()
        self._guard = guard
        self._base = base

    def send(self, request: requests.PreparedRequest, *_: object, **options: Any) -> requests.Response:
        """The answer, before the end that `timeout` says in monotonic seconds."""
        asked = request.url or ""
        url = asked if self._base is None else same_origin(self._base, asked)
        try:
            answer = self._exchange(request, url, until=options["timeout"] or self._guard.end())
        except TimeoutError as error:
            raise CalendarUnavailable(f"The server took longer than {self._guard.deadline:g} seconds.") from error
        except ssl.SSLCertVerificationError as error:
            raise CalendarUnavailable(f"The server's certificate is not valid: {error.verify_message}.") from error
        except (OSError, http.client.HTTPException) as error:
            raise CalendarUnavailable("The server could not be reached, or broke off the connection.") from error
        location = answer.headers.get("Location")
        if answer.status_code in _REDIRECTS and location:
            raise Redirected(urljoin(url, location))
        return answer

    def close(self) -> None:
        """Nothing is kept."""

    def _exchange(self, request: requests.PreparedRequest, url: str, until: float) -> requests.Response:
        host = urlsplit(url).netloc
        with closing(self._guard.connect(url, until)) as connected:
            connection = http.client.HTTPConnection(host)
            connection.auto_open = 0
            connection.sock = connected
            headers = {**request.headers, "Host": host, "Connection": "close"}
            connection.request(request.method or "GET", request.path_url, request.body, headers)
            with connection.getresponse() as received:
                return self._answer(request, received)

    def _answer(self, request: requests.PreparedRequest, received: http.client.HTTPResponse) -> requests.Response:
        if received.getheader("Content-Encoding", "identity").lower() != "identity":
            raise CalendarUnavailable("The server answers compressed although it was asked not to.")
        body = received.read(self._guard.max_bytes + 1)
        if len(body) > self._guard.max_bytes:
            raise CalendarUnavailable(f"The server's answer is larger than {self._guard.max_bytes} bytes.")
        if received.length:
            raise CalendarUnavailable("The server broke off in the middle of its answer.")
        answer = requests.Response()
        answer.status_code, answer.reason = received.status, received.reason
        answer.headers.update({name: received.getheader(name, "") for name in received.headers})
        answer.url = request.url or ""
        answer.request = request
        answer.connection = self  # type: ignore[assignment]  # the digest handler answers a challenge through it
        answer.raw = BytesIO(body)
        return answer


class _Timed(socket.socket):
    """A socket whose every operation ends at `until` (monotonic seconds): drop by drop is still over in time."""

    until: float = float("inf")

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_left(self.until))
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_left(self.until))
        return super().send(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(_left(self.until))
        return super().sendall(*args, **kwargs)


class _TimedTls(_Timed, ssl.SSLSocket):
    """The same, encrypted."""


@cache
def _tls(authorities: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authorities)
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = _TimedTls
    return context


def _connected(address: Address, until: float) -> _Timed:
    failure: OSError = OSError("no address")
    for tried, (family, socket_address) in enumerate(address.sockets):
        candidate = _Timed(family, socket.SOCK_STREAM)
        try:
            # An address that swallows packets must leave time for the others.
            candidate.settimeout(_left(until) / (len(address.sockets) - tried))
            candidate.connect(socket_address)
        except OSError as error:
            candidate.close()
            failure = error
        else:
            candidate.until = until
            return candidate
    raise failure


def _left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError
    return left

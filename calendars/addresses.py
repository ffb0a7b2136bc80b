"""Addresses that people type: what a URL leads to, and whether that is the public Internet.

Nothing here connects; `outbound` does, to the very addresses that were looked at here.
"""

from __future__ import annotations

import queue
import socket
import threading
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit

from calendars.errors import AddressRefused, CalendarUnavailable

DEFAULT_PORTS = {"http": 80, "https": 443}
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052 2.1
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291 2.4

SocketAddress = tuple[socket.AddressFamily, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a URL (RFC 6454 4), comparable. `host` is lower case, without brackets."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """ "host:port", as an allow-list has it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        name = self.authority
        if self.port == DEFAULT_PORTS[self.scheme]:
            name = name.rpartition(":")[0]
        return f"{self.scheme}://{name}"


def origin(url: str) -> Origin:
    """The origin of an http or https URL. Raises AddressRefused for any other address and for one with credentials."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("This is not a web address.") from error
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or port == 0:
        raise AddressRefused("Write the address as https://calendar.example.org/path.")
    if "@" in parts.netloc:
        raise AddressRefused("Write user name and password into their own fields, not into the address.")
    return Origin(parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme])


def same_origin(base: str, href: str) -> str:
    """`href` resolved against `base`. Raises AddressRefused if it leads to another origin."""
    url = urljoin(base, href)
    if origin(url) != origin(base):
        raise AddressRefused(f"The server refers to {origin(url)}. If that is yours too, type its address instead.")
    return url


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet, whatever it is wrapped in."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = _wrapped(ip)
        if inner is None:
            return ip in _GLOBAL_UNICAST and ip.is_global
        ip = inner
    return ip.is_global and not ip.is_multicast


def resolve(host: str, port: int, seconds: float) -> tuple[SocketAddress, ...]:
    """Every address of a name. The system's resolver knows no timeout, so it gets a thread and we stop waiting.

    What is an address already is asked of nobody, and needs no thread.
    """
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    if _is_address(host):
        ask()
    else:
        threading.Thread(target=ask, daemon=True, name="resolve").start()
    try:
        found = answers.get(timeout=seconds)
    except queue.Empty as error:
        raise CalendarUnavailable(f"The name {host} could not be looked up in time.") from error
    if isinstance(found, Exception):
        raise CalendarUnavailable(f"There is no server named {host}.") from found
    return tuple((family, socket_address) for family, _, _, _, socket_address in found)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _wrapped(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 one: mapped (RFC 4291 2.5.5.2), 6to4 (RFC 3056) or NAT64 (RFC 6052)."""
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour

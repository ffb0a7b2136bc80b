"""From what a maintainer types to their calendars (RFC 4791 6.2.1, RFC 5397, RFC 6764 5).

Nothing is guessed over DNS (RFC 6764 3). From a bare domain the way may lead to another origin as long as nothing
secret was sent; from the first request with a password on, only that one origin is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import unquote, urljoin, urlsplit

from caldav.elements import cdav, dav

from calendars.addresses import origin
from calendars.connection import Connection, PasswordRefused, Resource
from calendars.errors import AddressRefused, CalendarRejected
from calendars.outbound import Guard, credentials, follow, open_session
from calendars.store import CalendarAccount

WELL_KNOWN = "/.well-known/caldav"
_LONGEST_NAME = 100
_LONGEST_STEP = 200
_MOST_HOMES, _MOST_CALENDARS = 5, 100
_MAY_WRITE = frozenset({"{DAV:}all", "{DAV:}write", "{DAV:}write-content", "{DAV:}bind"})  # RFC 3744 3
_WANTED = (
    dav.ResourceType,
    dav.DisplayName,
    dav.CurrentUserPrincipal,
    dav.CurrentUserPrivilegeSet,
    cdav.CalendarHomeSet,
    cdav.SupportedCalendarComponentSet,
)
_WAYS = {"basic": "a password", "digest": "a password (Digest)", "bearer": "an access token"}

T = TypeVar("T")
Say = Callable[[str], object]


class LeadsElsewhere(AddressRefused):
    """The server refers to `location`, which is at another origin: nothing secret was sent there."""

    def __init__(self, location: str) -> None:
        super().__init__(
            f"The server refers to {origin(location)}, and your password was not sent there. If that is your calendar "
            "server too, connect with its address."
        )
        self.location = location


@dataclass(frozen=True, slots=True)
class Login:
    """What a maintainer types. `token`: the secret is an access token (RFC 6750) and no password."""

    address: str
    username: str
    secret: str = field(repr=False)
    token: bool = False


@dataclass(frozen=True, slots=True)
class FoundCalendar:
    """A calendar that holds events. `url` is its own address."""

    url: str
    name: str
    writable: bool


@dataclass(frozen=True, slots=True)
class Account:
    """What a login opens: the server's origin, how it takes the secret, and the calendars, the typed one first."""

    server: str
    login: Login
    auth: str
    calendars: tuple[FoundCalendar, ...]

    def calendar(self, found: FoundCalendar) -> CalendarAccount:
        return CalendarAccount(found.url, self.login.username, self.login.secret, self.auth)


def discover(login: Login, guard: Guard, say: Say) -> Account:
    """Every calendar that a login opens, from a server's, principal's or calendar's address, a domain or an email.

    `say` is told each step in a sentence. Raises CalendarRejected (wrong password, no calendar), LeadsElsewhere, and
    CalendarUnavailable, each with a sentence for the maintainer.
    """
    as_whom = f" as {login.username}" if login.username else ""
    for typed, may_leave in _entries(login.address.strip()):
        origin(typed)  # credentials in an address are refused before it is shown
        say(f"Asking {typed}"[:_LONGEST_STEP])
        entry, challenge = _locate(typed, guard, may_leave=may_leave)
        if entry != typed:
            say(f"It leads to {origin(entry)}: your password goes there and nowhere else.")
        auth = _auth_kind(challenge, login)
        connection = Connection(entry, guard, credentials(auth, login.username, login.secret))
        try:
            found = _calendars(connection, say, f"Signed in{as_whom} with {_WAYS[auth]}.")
        finally:
            connection.close()
        if found:
            writable = sum(calendar.writable for calendar in found)
            say(f"Found {len(found)} {'calendar' if len(found) == 1 else 'calendars'}, {writable} of them to write to.")
            return Account(str(origin(entry)), login, auth, found)
    raise CalendarRejected("No calendar that holds events was found there. Try the address of the calendar itself.")


def _entries(typed: str) -> tuple[tuple[str, bool], ...]:
    """Where to begin, and whether from there the way may lead to another origin, as long as nothing secret was sent."""
    start = typed if "://" in typed else f"https://{typed.rpartition('@')[2]}"
    well_known = urljoin(start, WELL_KNOWN)
    if start == typed or urlsplit(start).path.strip("/"):
        return (start, False), (well_known, False)
    return (well_known, True), (urljoin(start, "/"), False)


def _locate(url: str, guard: Guard, *, may_leave: bool) -> tuple[str, str]:
    """The address to sign in at, and the challenge there (RFC 9110 11.6.1); asked without credentials."""
    guard.check(url)
    question = str(dav.Propfind() + (dav.Prop() + dav.ResourceType())).encode()
    headers = {"Depth": "0", "Content-Type": "text/xml; charset=utf-8"}

    def ask(place: str) -> str:
        session = open_session(guard, place)
        try:
            answer = session.request("PROPFIND", place, data=question, headers=headers)
        finally:
            session.close()
        return answer.headers.get("WWW-Authenticate", "")

    place, challenge = follow(url, ask, _onward if may_leave else _within)
    # Within an origin, a page to sign in at may be shown to strangers only.
    return (url if origin(place) == origin(url) else place), challenge


def _auth_kind(challenge: str, login: Login) -> str:
    """How to sign: "digest" where a server does not take "basic". Raises CalendarRejected if it takes no password."""
    kinds = set(re.findall(r"(?:^|,)\s*(basic|digest|bearer)\b", challenge.lower()))
    if login.token:
        return "bearer"
    if kinds == {"bearer"}:
        raise CalendarRejected("This server takes no password, only an access token; or use a secret .ics address.")
    return "digest" if "digest" in kinds and "basic" not in kinds else "basic"


def _calendars(connection: Connection, say: Say, welcome: str) -> tuple[FoundCalendar, ...]:
    """The calendar at the connection's own address, then those of the user behind it, by address."""
    base = connection.base
    here = _properties(connection, base, depth=0)
    if not here:
        return ()
    say(welcome)
    try:
        homes = _homes(connection, here)[:_MOST_HOMES] or [base]
        listed = [one for home in homes for one in _properties(connection, home, depth=1)]
    except LeadsElsewhere:
        # A home on a server of its own, like iCloud's, refers back to the first server for everything else.
        homes, listed = [base], _properties(connection, base, depth=1)
        if not any(map(_holds_events, [*here, *listed])):
            raise
    say(f"Your calendars are listed at {', '.join(homes)}"[:_LONGEST_STEP])
    found: dict[str, FoundCalendar] = {}
    for one in [here[0], *sorted(listed, key=lambda one: one.href)]:
        if _holds_events(one):
            url = _within(base, one.href)
            found.setdefault(url, FoundCalendar(url, _name(one), _may_write(one)))
    return tuple(found.values())[:_MOST_CALENDARS]


def _homes(connection: Connection, here: list[Resource]) -> list[str]:
    """Where the calendars of the user are listed: told at the address itself, or by the principal."""
    homes = _hrefs(here, cdav.CalendarHomeSet.tag)
    if not homes:
        principals = _hrefs(here, dav.CurrentUserPrincipal.tag)
        homes = [
            home for who in principals for home in _hrefs(_properties(connection, who, 0), cdav.CalendarHomeSet.tag)
        ]
    return homes


def _properties(connection: Connection, href: str, depth: int) -> list[Resource]:
    """What a PROPFIND tells; nothing where the server knows no such resource or method."""
    body = dav.Propfind() + (dav.Prop() + [wanted() for wanted in _WANTED])
    place = _within(connection.base, href)
    try:
        return follow(place, lambda at: connection.resources("PROPFIND", at, body, depth), _within)[1]
    except (PasswordRefused, AddressRefused):
        raise
    except CalendarRejected:
        return []


def _within(base: str, href: str) -> str:
    """`href` resolved against `base`. Raises LeadsElsewhere for another origin."""
    url = urljoin(base, href)
    if origin(url) != origin(base):
        raise LeadsElsewhere(url)
    return url


def _onward(base: str, href: str) -> str:
    """The same at whatever origin, but never from https to http."""
    url = urljoin(base, href)
    if (origin(base).scheme, origin(url).scheme) == ("https", "http"):
        raise AddressRefused(f"The server refers to {origin(url)}, which is not encrypted.")
    return url


def _hrefs(found: list[Resource], tag: str) -> list[str]:
    element = found[0].properties.get(tag) if found else None
    return [] if element is None else [href.text for href in element.iterfind(dav.Href.tag) if href.text]


def _name(found: Resource) -> str:
    """What its owner calls it, or the last part of its address."""
    element = found.properties.get(dav.DisplayName.tag)
    told = (element.text or "") if element is not None else ""
    name = told if told.strip() else unquote(urlsplit(found.href).path.rstrip("/").rpartition("/")[2])
    return " ".join("".join(mark if mark.isprintable() else " " for mark in name).split())[:_LONGEST_NAME]


def _holds_events(found: Resource) -> bool:
    """Whether it is a calendar for events; one that does not say so takes everything (RFC 4791 5.2.3)."""
    kinds = found.properties.get(dav.ResourceType.tag)
    components = found.properties.get(cdav.SupportedCalendarComponentSet.tag)
    names = {child.get("name", "").upper() for child in components} if components is not None else set()
    return kinds is not None and kinds.find(cdav.Calendar.tag) is not None and (not names or "VEVENT" in names)


def _may_write(found: Resource) -> bool:
    """Whether events may be written there; a server that tells no privileges leaves it to the first try."""
    privileges = found.properties.get(dav.CurrentUserPrivilegeSet.tag)
    granted = {element.tag for element in privileges.iter()} if privileges is not None else set()
    return not granted or bool(granted & _MAY_WRITE)

"""From what a maintainer types to the calendar to use (RFC 4791 6.2.1, RFC 5397, RFC 6764 5), within one origin."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urljoin

from caldav.elements import cdav, dav

from calendars.addresses import same_origin
from calendars.connection import Connection, PasswordRefused, Resource
from calendars.errors import AddressRefused, CalendarRejected
from calendars.outbound import Guard, Redirected, credentials, open_session
from calendars.store import CalendarAccount

WELL_KNOWN = "/.well-known/caldav"
_MAX_REDIRECTS = 3
_MAY_WRITE = frozenset({"{DAV:}all", "{DAV:}write", "{DAV:}write-content", "{DAV:}bind"})  # RFC 3744 3
_WANTED = (
    dav.ResourceType,
    dav.CurrentUserPrincipal,
    dav.CurrentUserPrivilegeSet,
    cdav.CalendarHomeSet,
    cdav.SupportedCalendarComponentSet,
)

T = TypeVar("T")


def find_calendar(url: str, username: str, password: str, guard: Guard) -> CalendarAccount:
    """The account to keep for a server's, a principal's or a calendar's address.

    1. Whether the server wants Basic or Digest is asked first, without the password.
    2. A calendar at the address itself is taken.
    3. Else the user's own calendars are listed (principal, calendar home), and the first one by address that takes
       events and may be written to is taken.
    4. Else the same is tried from /.well-known/caldav.

    Redirects and hrefs are followed within the origin. Raises CalendarRejected (wrong password, no calendar, another
    origin) and CalendarUnavailable, each with a sentence for the maintainer.
    """
    typed = url.strip()
    start = typed if "://" in typed else f"https://{typed}"
    guard.check(start)
    for entry in (start, urljoin(start, WELL_KNOWN)):
        auth = _auth_kind(entry, guard)
        connection = Connection(entry, guard, credentials(auth, username, password))
        try:
            found = _calendar_from(connection, entry)
        finally:
            connection.close()
        if found:
            return CalendarAccount(same_origin(entry, found), username, password, auth)
    raise CalendarRejected("No calendar that takes events was found there. Try the address of the calendar itself.")


def _auth_kind(url: str, guard: Guard) -> str:
    """How the server wants to be told the password: "digest" where it does not take "basic"."""
    session = open_session(guard, url)
    question = str(dav.Propfind() + (dav.Prop() + dav.ResourceType())).encode()
    headers = {"Depth": "0", "Content-Type": "text/xml; charset=utf-8"}
    try:
        answer = _follow(url, lambda place: session.request("PROPFIND", place, data=question, headers=headers))
    finally:
        session.close()
    kinds = set(re.findall(r"(?:^|,)\s*(basic|digest)\b", answer.headers.get("WWW-Authenticate", "").lower()))
    return "digest" if kinds == {"digest"} else "basic"


def _calendar_from(connection: Connection, entry: str) -> str | None:
    here = _properties(connection, entry, depth=0)
    if not here:
        return None
    if _is_calendar(here[0]):
        if not _takes_events(here[0]):
            raise CalendarRejected("This user cannot add events to that calendar.")
        return here[0].href
    homes = _hrefs(here, cdav.CalendarHomeSet.tag)
    if not homes:
        principals = _hrefs(here, dav.CurrentUserPrincipal.tag)
        homes = [
            home for who in principals for home in _hrefs(_properties(connection, who, 0), cdav.CalendarHomeSet.tag)
        ]
    listed = [found for home in homes or [entry] for found in _properties(connection, home, depth=1)]
    return min((found.href for found in listed if _is_calendar(found) and _takes_events(found)), default=None)


def _properties(connection: Connection, href: str, depth: int) -> list[Resource]:
    """What a PROPFIND tells; nothing where the server knows no such resource or method."""
    body = dav.Propfind() + (dav.Prop() + [wanted() for wanted in _WANTED])
    try:
        return _follow(connection.base, lambda place: connection.resources("PROPFIND", place, body, depth), href)
    except (PasswordRefused, AddressRefused):
        raise
    except CalendarRejected:
        return []


def _follow(base: str, send: Callable[[str], T], href: str | None = None) -> T:
    """The answer of `send` at `href`, by default at the base, or where the server redirects it within the origin."""
    place = base if href is None else href
    for _ in range(_MAX_REDIRECTS):
        try:
            return send(place)
        except Redirected as redirected:
            place = same_origin(base, redirected.location)
    raise CalendarRejected("The server redirects in circles.")


def _hrefs(found: list[Resource], tag: str) -> list[str]:
    element = found[0].properties.get(tag) if found else None
    return [] if element is None else [href.text for href in element.iterfind(dav.Href.tag) if href.text]


def _is_calendar(found: Resource) -> bool:
    kinds = found.properties.get(dav.ResourceType.tag)
    return kinds is not None and kinds.find(cdav.Calendar.tag) is not None


def _takes_events(found: Resource) -> bool:
    """Whether events may be written there; a server that does not say so allows it (RFC 4791 5.2.3)."""
    components = found.properties.get(cdav.SupportedCalendarComponentSet.tag)
    names = {child.get("name", "").upper() for child in components} if components is not None else set()
    privileges = found.properties.get(dav.CurrentUserPrivilegeSet.tag)
    granted = {element.tag for element in privileges.iter()} if privileges is not None else set()
    return (not names or "VEVENT" in names) and (not granted or bool(granted & _MAY_WRITE))

"""What is in a calendar and what became of it since: by sync-token (RFC 6578), or by the ETags of everything.

hrefs are paths as this module spells them, whatever the server writes: with or without host, escaped in one way or
another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from caldav.elements import cdav, dav
from caldav.elements.base import BaseElement

from calendars.connection import Connection, Multistatus, PasswordRefused, Resource, refusal
from calendars.errors import CalendarRejected, CalendarUnavailable
from calendars.invitation import stands_for
from calendars.store import EventRef, StoredEvent

BATCH = 50
_PAGES = 50
_MOST = 100_000


class NoSync(CalendarRejected):
    """The server does not take this sync-token, or knows no sync-collection at all: compare all ETags instead."""


@dataclass(frozen=True, slots=True)
class Versions:
    """ETags by href, of all objects or of those that changed; hrefs that are no more; and the token to go on from."""

    etags: Mapping[str, str | None]
    removed: frozenset[str] = frozenset()
    token: str | None = None

    @property
    def fingerprint(self) -> str:
        """The same for the same objects in the same versions."""
        return hashlib.sha256(repr(sorted(self.etags.items())).encode()).hexdigest()


class Changes:
    """The changes of one calendar collection at `home`, a path that ends in a slash."""

    def __init__(self, connection: Connection, home: str) -> None:
        self._connection = connection
        self._home = normal(home)

    def since(self, token: str) -> Versions:
        """What changed since that token, or everything for an empty one. Raises NoSync.

        An answer in pages (507, RFC 6578 3.6) is read to its end.
        """
        etags: dict[str, str | None] = {}
        removed: set[str] = set()
        for _ in range(_PAGES):
            answer = self._report(token)
            more = False
            for found in answer.resources:
                href = normal(found.href)
                if href == self._home:
                    more = more or " 507" in found.status
                elif " 404" in found.status or " 410" in found.status:
                    removed.add(href)
                    etags.pop(href, None)
                elif not href.endswith("/"):
                    removed.discard(href)
                    etags[href] = _etag(found)
            token = answer.token
            if len(etags) + len(removed) > _MOST:
                raise CalendarRejected(f"The calendar has more than {_MOST} events.")
            if not more:
                return Versions(etags, frozenset(removed), token)
        raise CalendarUnavailable("The server's list of changes has no end.")

    def all(self) -> Versions:
        """Every object with its ETag: the one question that every server answers right.

        Raises CalendarRejected unless the answer holds the calendar itself (RFC 4918 9.1): without it nothing is empty.
        """
        body = dav.Propfind() + (dav.Prop() + dav.GetEtag())
        listed = self._connection.resources("PROPFIND", self._home, body, depth=1)
        found = {normal(one.href): one for one in listed if " 404" not in one.status}
        if self._home not in found:
            raise refusal(404)
        return Versions({href: _etag(one) for href, one in found.items() if not href.endswith("/")})

    def fetch(self, hrefs: Collection[str]) -> dict[str, StoredEvent]:
        """The objects at those addresses, without those that are no more."""
        found: dict[str, StoredEvent] = {}
        wanted = list(hrefs)
        for begin in range(0, len(wanted), BATCH):
            addresses = [dav.Href(value=href) for href in wanted[begin : begin + BATCH]]
            body = cdav.CalendarMultiGet() + _WANTED + addresses
            found.update(self._objects(body))
        return found

    def find(self, uid: str) -> dict[str, StoredEvent]:
        """Where the event with that UID stands here (RFC 4791 7.8.6); nowhere if the server cannot search.

        Servers that ignore the question answer with other people's events: those are left out.
        """
        match = cdav.PropFilter("UID") + cdav.TextMatch(uid)
        events = cdav.Filter() + (cdav.CompFilter("VCALENDAR") + (cdav.CompFilter("VEVENT") + match))
        try:
            found = self._objects(cdav.CalendarQuery() + _WANTED + events)
            return {href: event for href, event in found if stands_for(event.data, uid)}
        except PasswordRefused:
            raise
        except CalendarRejected:
            return {}

    def _objects(self, body: BaseElement) -> Iterator[tuple[str, StoredEvent]]:
        for found in self._connection.resources("REPORT", self._home, body, depth=1):
            data = found.properties.get(cdav.CalendarData.tag)
            if data is not None and data.text:
                href = normal(found.href)
                yield href, StoredEvent(EventRef(href, _etag(found)), str(data.text).encode())

    def _report(self, token: str) -> Multistatus:
        body = (
            dav.SyncCollection() + dav.SyncToken(value=token) + dav.SyncLevel(value="1") + (dav.Prop() + dav.GetEtag())
        )
        try:
            answer = self._connection.multistatus("REPORT", self._home, body, depth=0)
        except PasswordRefused:
            raise
        except CalendarRejected as error:
            raise NoSync("The server does not tell changes by sync-token.") from error
        if not answer.token:
            raise NoSync("The server's answer has no sync-token.")
        return answer


def normal(href: str) -> str:
    """An href as a path in one spelling, to compare with others and to ask for."""
    return quote(unquote(urlsplit(href).path))


_WANTED = dav.Prop() + dav.GetEtag() + cdav.CalendarData()


def _etag(found: Resource) -> str | None:
    element = found.properties.get(dav.GetEtag.tag)
    return str(element.text) if element is not None and element.text else None

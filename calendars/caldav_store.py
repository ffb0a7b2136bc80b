"""A calendar on any CalDAV server (RFC 4791), as a CalendarStore.

Objects are written as the very bytes given, under conditions (RFC 9110 13.1), so SEQUENCE stays ours and nothing is
overwritten that we have not seen. Schedule-Tag (RFC 6638 3.2.10), which some servers put above the ETag, is not used:
with it a changed event would be merged silently.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from types import TracebackType
from typing import Self
from urllib.parse import quote, unquote, urlsplit

from caldav.elements import cdav, dav
from caldav.elements.base import BaseElement
from caldav.response import DAVResponse

from calendars.busy import BusyResult, busy_spans
from calendars.connection import Connection, Resource, refusal, uid_conflict
from calendars.discovery import find_calendar
from calendars.errors import CalendarUnavailable, EventChanged, EventExists, EventGone
from calendars.objects import Limits
from calendars.outbound import Guard, credentials
from calendars.store import CalendarAccount, EventRef, StoredEvent
from routing.values import Spans, TimeRange

__all__ = ["CalDavStore", "find_calendar"]

# Dates and floating times have no zone; a server may take them for UTC, or for a zone of its own.
_ZONE_MARGIN = timedelta(days=1)
_GONE = frozenset({404, 410})


class CalDavStore:
    """One calendar over CalDAV. Close it after use, or use it as a context manager.

    `timezone` is the maintainer's zone, in which dates and floating times are read. hrefs are paths on the account's
    own server.
    """

    def __init__(
        self, account: CalendarAccount, guard: Guard, timezone: str = "UTC", limits: Limits | None = None
    ) -> None:
        self._home = urlsplit(account.url).path.rstrip("/") + "/"
        self._timezone = timezone
        self._guard = guard
        self._limits = limits or Limits()
        signed = credentials(account.auth, account.username, account.password)
        self._connection = Connection(account.url, guard, signed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def create(self, uid: str, data: bytes) -> EventRef:
        """Store a new object, only if none is there. Raises EventExists, also if the UID has another name there."""
        href = self.href_for(uid)
        answer = self._put(href, data, {"If-None-Match": "*"})
        if answer.status == 412 or uid_conflict(answer):
            raise EventExists("The calendar already has an event at this place.")
        return self._written(href, answer)

    def update(self, ref: EventRef, data: bytes) -> EventRef:
        """Replace the version we know, or whatever version is there if we know none. Raises EventChanged, EventGone."""
        answer = self._put(ref.href, data, {"If-Match": ref.etag or "*"})
        if answer.status in _GONE or (answer.status == 412 and self.get(ref.href) is None):
            raise EventGone("The event is no longer in the calendar.")
        if answer.status == 412:
            raise EventChanged("The event was changed in the calendar.")
        return self._written(ref.href, answer)

    def delete(self, ref: EventRef) -> None:
        """Remove the version we know; already gone is success. Raises EventChanged."""
        answer = self._connection.ask("DELETE", ref.href, headers={"If-Match": ref.etag} if ref.etag else None)
        if answer.status in _GONE or (answer.status == 412 and self.get(ref.href) is None):
            return
        if answer.status == 412:
            raise EventChanged("The event was changed in the calendar.")
        _expect_success(answer)

    def get(self, href: str) -> StoredEvent | None:
        """What stands there now, with lines ending as RFC 5545 3.1 has them, or None."""
        answer = self._connection.ask("GET", href, headers={"Accept": "text/calendar"})
        if answer.status in _GONE:
            return None
        _expect_success(answer)
        # The library gives the text with bare line feeds.
        return StoredEvent(EventRef(href, _etag(answer)), answer.raw.replace("\n", "\r\n").encode())

    def href_for(self, uid: str) -> str:
        """The address `create` would use: the UID up to its "@", as a file name in the calendar."""
        return f"{self._home}{quote(uid.partition('@')[0], safe='')}.ics"

    def busy(self, window: TimeRange, ignore_uids: Collection[str] = ()) -> Spans:
        """Busy times within `window`, but for those UIDs, transparent or cancelled events."""
        return self.read_busy(window, ignore_uids).spans

    def read_busy(self, window: TimeRange, ignore_uids: Collection[str] = ()) -> BusyResult:
        """The same, with the number of objects that could not be read in full, for the maintainer to know.

        Asking and reading together have the guard's deadline.
        """
        until = monotonic() + self._guard.deadline
        found = self._connection.resources("REPORT", self._home, _query(window), depth=1)
        objects = [data for resource in found if (data := _calendar_data(resource)) is not None]
        limits = replace(self._limits, seconds=min(self._limits.seconds, until - monotonic()))
        return busy_spans(objects, window, ignore_uids, self._timezone, limits)

    def close(self) -> None:
        """Give back every connection."""
        self._connection.close()

    def _put(self, href: str, data: bytes, condition: Mapping[str, str]) -> DAVResponse:
        headers = {"Content-Type": "text/calendar; charset=utf-8", **condition}
        return self._connection.ask("PUT", href, data, headers)

    def _written(self, href: str, answer: DAVResponse) -> EventRef:
        _expect_success(answer)
        etag = _etag(answer)
        if etag is None and (stored := self.get(href)):
            # A server that stores other bytes than it was given must not tell their ETag (RFC 4791 5.3.4).
            return stored.ref
        return EventRef(href, etag)


def _query(window: TimeRange) -> BaseElement:
    """A calendar-query for the events of a window (RFC 4791 7.8.1), a little wider: see _ZONE_MARGIN."""
    when = cdav.TimeRange(window.start - _ZONE_MARGIN, window.end + _ZONE_MARGIN)
    events = cdav.CompFilter("VCALENDAR") + (cdav.CompFilter("VEVENT") + when)
    return cdav.CalendarQuery() + (dav.Prop() + cdav.CalendarData()) + (cdav.Filter() + events)


def _calendar_data(resource: Resource) -> bytes | None:
    """The object of one resource; None if it went away meanwhile. Raises CalendarUnavailable for an answer in part."""
    element = resource.properties.get(cdav.CalendarData.tag)
    if element is not None and element.text:
        return str(element.text).encode()
    if " 404" in resource.status:
        return None
    # Such as 507 (RFC 4791 7.8 and RFC 6578 3.6): what is left out could be busy.
    raise CalendarUnavailable("The server answered only in part.")


def _etag(answer: DAVResponse) -> str | None:
    """The ETag to send in If-Match later. A weak one could never match there (RFC 9110 13.1.1)."""
    etag = str(answer.headers.get("ETag") or "")
    if etag.startswith("%22"):  # Bedework escapes it, and takes it back only unescaped
        etag = unquote(etag)
    return None if not etag or etag.startswith("W/") else etag


def _expect_success(answer: DAVResponse) -> None:
    if not 200 <= answer.status < 300:
        raise refusal(answer.status)

"""A calendar on any CalDAV server (RFC 4791), as a CalendarStore.

Objects are written as the very bytes given, under conditions (RFC 9110 13.1), so SEQUENCE stays ours and nothing is
overwritten that we have not seen. Schedule-Tag (RFC 6638 3.2.10), which some servers put above the ETag, is not used:
with it a changed event would be merged silently.

Where an examination (`doctor`) found that a server ignores a condition, or the server tells no ETag to put into one,
the store looks first and compares. Between the look and the write somebody may still change the event: then their
change is lost. No server that keeps RFC 9110 pays for that.
"""

from __future__ import annotations

import hashlib
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

from calendars.busy import BusyPolicy, BusyResult, busy_spans
from calendars.changes import Changes
from calendars.connection import Connection, Resource, refusal, uid_conflict
from calendars.errors import CalendarUnavailable, EventChanged, EventExists, EventGone
from calendars.objects import Limits
from calendars.outbound import Guard, credentials
from calendars.store import CalendarAccount, EventRef, StoredEvent
from routing.values import Spans, TimeRange

# Dates and floating times have no zone; a server may take them for UTC, or for a zone of its own.
_ZONE_MARGIN = timedelta(days=1)
_GONE = frozenset({404, 410})
_OWN_VERSION = "sha256:"  # of the bytes, where the server tells no ETag; an ETag begins with a quote or W/


class CalDavStore:
    """One calendar over CalDAV. Close it after use, or use it as a context manager.

    `timezone` is the maintainer's zone, in which dates and floating times are read. hrefs are paths on the account's
    own server. `quirks` are what `doctor` found out about it, `policy` says which events make busy.
    """

    def __init__(
        self,
        account: CalendarAccount,
        guard: Guard,
        timezone: str = "UTC",
        limits: Limits | None = None,
        quirks: Collection[str] = (),
        policy: BusyPolicy | None = None,
    ) -> None:
        self._home = urlsplit(account.url).path.rstrip("/") + "/"
        self._timezone = timezone
        self._guard = guard
        self._limits = limits or Limits()
        self._quirks = frozenset(quirks)
        self._policy = policy
        signed = credentials(account.auth, account.username, account.password)
        self._connection = Connection(account.url, guard, signed)
        self.changes = Changes(self._connection, self._home)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def create(self, uid: str, data: bytes) -> EventRef:
        """Store a new object, only if none is there. Raises EventExists, also if the UID has another name there."""
        href = self.href_for(uid)
        there = "ignores-if-none-match" in self._quirks and self.get(href) is not None
        answer = None if there else self.put(href, data, {"If-None-Match": "*"})
        if answer is None or answer.status == 412 or uid_conflict(answer):
            raise EventExists("The calendar already has an event at this place.")
        return self._written(href, answer)

    def update(self, ref: EventRef, data: bytes) -> EventRef:
        """Replace the version we know, or whatever version is there if we know none. Raises EventChanged, EventGone."""
        condition = self._condition(ref, "ignores-if-match")
        if not condition and "refuses-if-match-any" in self._quirks:
            self._look(ref)
        elif not condition:
            condition = {"If-Match": "*"}
        answer = self.put(ref.href, data, condition)
        if answer.status in _GONE or (answer.status == 412 and self.get(ref.href) is None):
            raise EventGone("The event is no longer in the calendar.")
        if answer.status == 412:
            raise EventChanged("The event was changed in the calendar.")
        return self._written(ref.href, answer)

    def delete(self, ref: EventRef) -> None:
        """Remove the version we know; already gone is success. Raises EventChanged."""
        try:
            condition = self._condition(ref, "ignores-if-match-on-delete")
        except EventGone:
            return
        answer = self.remove(ref.href, condition)
        if answer.status in _GONE or (answer.status == 412 and self.get(ref.href) is None):
            return
        if answer.status == 412:
            raise EventChanged("The event was changed in the calendar.")
        expect_success(answer)

    def get(self, href: str) -> StoredEvent | None:
        """What stands there now, with lines ending as RFC 5545 3.1 has them, or None."""
        answer = self._connection.ask("GET", href, headers={"Accept": "text/calendar"})
        if answer.status in _GONE:
            return None
        expect_success(answer)
        # The library gives the text with bare line feeds.
        data = answer.raw.replace("\n", "\r\n").encode()
        return StoredEvent(EventRef(href, told_etag(answer) or _OWN_VERSION + hashlib.sha256(data).hexdigest()), data)

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
        objects = self.objects(window)
        limits = replace(self._limits, seconds=min(self._limits.seconds, until - monotonic()))
        return busy_spans(objects, window, ignore_uids, self._timezone, limits, policy=self._policy)

    def objects(self, window: TimeRange) -> list[bytes]:
        """The objects with events in a window, and perhaps a little around it: what a time-range REPORT gives."""
        found = self._connection.resources("REPORT", self._home, _query(window), depth=1)
        return [data for resource in found if (data := _calendar_data(resource)) is not None]

    def close(self) -> None:
        """Give back every connection."""
        self._connection.close()

    def put(self, href: str, data: bytes, condition: Mapping[str, str]) -> DAVResponse:
        """The server's bare answer to a PUT under that condition; for the examination. Raises as `Connection.ask`."""
        headers = {"Content-Type": "text/calendar; charset=utf-8", **condition}
        return self._connection.ask("PUT", href, data, headers)

    def remove(self, href: str, condition: Mapping[str, str]) -> DAVResponse:
        """The same for a DELETE."""
        return self._connection.ask("DELETE", href, headers=condition)

    def _condition(self, ref: EventRef, ignored: str) -> Mapping[str, str]:
        """The header that asks for the version we know; where the server would not care, we look for ourselves.

        Raises EventGone, EventChanged.
        """
        strong = ref.etag is not None and _is_strong(ref.etag)
        if ignored in self._quirks or (ref.etag is not None and not strong):
            self._look(ref)
        return {"If-Match": ref.etag} if ref.etag is not None and strong else {}

    def _look(self, ref: EventRef) -> None:
        found = self.get(ref.href)
        if found is None:
            raise EventGone("The event is no longer in the calendar.")
        if ref.etag not in {None, found.ref.etag}:
            raise EventChanged("The event was changed in the calendar.")

    def _written(self, href: str, answer: DAVResponse) -> EventRef:
        expect_success(answer)
        etag = told_etag(answer)
        trusted = etag is not None and _is_strong(etag) and "no-etag-on-put" not in self._quirks
        if not trusted and (stored := self.get(href)):
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


def told_etag(answer: DAVResponse) -> str | None:
    """The version that an answer tells."""
    etag = str(answer.headers.get("ETag") or "")
    if etag.startswith("%22"):  # Bedework escapes it, and takes it back only unescaped
        etag = unquote(etag)
    return etag or None


def _is_strong(etag: str) -> bool:
    """Whether the version can be sent in If-Match: a weak one could never match there (RFC 9110 13.1.1)."""
    return not etag.startswith(("W/", _OWN_VERSION))


def expect_success(answer: DAVResponse) -> None:
    """Raises what a status that is no success means."""
    if not 200 <= answer.status < 300:
        raise refusal(answer.status)

"""What a CalDAV server really does, found out by a round trip with one event of our own.

The event lies in the past, makes nobody busy, is named for what it is and is taken away again. What is not as the
specifications say is a quirk, which the store works around, or a failure: then nothing can be kept there.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from time import monotonic
from typing import TypeGuard

from caldav.response import DAVResponse

from calendars.caldav_store import CalDavStore, expect_success, told_etag
from calendars.changes import NoSync, normal
from calendars.connection import PasswordRefused, uid_conflict
from calendars.errors import CalendarError, CalendarUnavailable, EventExists
from calendars.findings import MEANINGS, Check, Outcome
from calendars.invitation import BOOKING_PROPERTY, WRITTEN_PROPERTY, SessionEvent, stored_event
from calendars.objects import MALFORMED, Limits, ObjectError, check, content_lines, parse
from routing.values import TimeRange
from routing.zones import utc

NAME = "Office hours: connection test"
SECONDS = 60.0
_OURS = (
    *("UID", "SEQUENCE", "DTEND", "SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "TRANSP", "URL", "CONFERENCE"),
    *(BOOKING_PROPERTY, WRITTEN_PROPERTY),
)

_AN_HOUR = timedelta(hours=1)


def examine(store: CalDavStore, now: datetime, seconds: float = SECONDS) -> Iterator[Check]:
    """Try everything that keeping sessions in this calendar needs, one check after the other, within `seconds`.

    The store must have been opened without quirks. What stops the examination is its last check, a failure; the
    event is taken away in any case, also if nobody asks for the next check. Raises PasswordRefused.
    """
    examination = _Examination(store, now, monotonic() + seconds)
    step, welcome = "reach the calendar", True
    try:
        for step, attempt in examination.steps:
            yield from attempt(step)
    except PasswordRefused:
        welcome = False
        raise
    except CalendarError as error:
        yield Check(step, "fail", str(error))
    finally:
        with contextlib.suppress(CalendarError):
            if welcome:
                store.remove(examination.href, {})


Step = Callable[[str], Iterator[Check]]


class _Examination:
    """The event, where it stands, and the versions of it that went by."""

    def __init__(self, store: CalDavStore, now: datetime, until: float) -> None:
        self._store, self._until = store, until
        start = (now - timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
        self._session = SessionEvent(
            uid=f"connection-test-{secrets.token_hex(8)}@officehours",
            sequence=0,
            range=TimeRange(start, start + timedelta(minutes=15)),
            summary=NAME,
            description="Written to try out your calendar, and taken away again. Žluťoučký kůň, 時間, ✓",
            location="https://office-hours.example.org/connection-test",
            url="https://office-hours.example.org/connection-test",
            updated=now,
            booking_reference="CONNECTION-TEST",
        )
        self.href = store.href_for(self._session.uid)
        self._token = ""
        self._first: str | None = None
        self._etag: str | None = None
        self.steps: tuple[tuple[str, Step], ...] = (
            ("create an event", self._create),
            ("read it back", self._read_back),
            ("create it only once", self._create_once),
            ("change the version we know", self._update),
            ("change whatever version is there", self._update_any),
            ("refuse to change an outdated version", self._update_outdated),
            ("see a move on the server", self._see_move),
            ("find it by its time", self._find),
            ("refuse to delete an outdated version", self._delete_outdated),
            ("delete it, and see that", self._delete),
            ("refuse to change what was deleted", self._revive),
        )

    def _create(self, step: str) -> Iterator[Check]:
        answer = self._put(self._session, {"If-None-Match": "*"})
        expect_success(answer)
        yield Check(step, "pass", "Sessions can be written.")
        self._etag = self._version()
        if self._etag is None:
            yield _quirk("tell its version", "no-etag")
        elif told_etag(answer) != self._etag or self._etag.startswith("W/"):
            yield _quirk("tell its version", "no-etag-on-put")
        else:
            yield Check("tell its version", "pass", "It tells the version it stored, at once.")

    def _read_back(self, step: str) -> Iterator[Check]:
        stored = self._store.get(self.href)
        theirs = _properties(stored.data) if stored else {}
        ours = _properties(_written(self._session))
        if any(theirs.get(name) != ours[name] for name in ("UID", "DTSTART", "DTEND")):
            yield Check(step, "fail", "What stands there is not what was written.")
            return
        changed = [name for name, value in ours.items() if theirs.get(name) != value]
        if changed:
            yield Check(
                step, "quirk", f"It changes or drops some of what is written: {', '.join(changed)}.", "rewrites"
            )
        else:
            yield Check(step, "pass", "It keeps what is written, letters of any script and our own lines too.")

    def _create_once(self, step: str) -> Iterator[Check]:
        try:
            answer = self._put(self._session, {"If-None-Match": "*"})
            refused = answer.status == 412 or uid_conflict(answer)
        except EventExists:
            refused = True
        yield _judged(step, refused, "It never overwrites an event that it has.", "ignores-if-none-match")
        self._etag = self._version()

    def _update(self, step: str) -> Iterator[Check]:
        self._first = self._etag
        self._session = _later(self._session)
        expect_success(self._put(self._session, {"If-Match": self._first} if _strong(self._first) else {}))
        self._etag = self._version()
        if self._etag is not None and self._etag == self._first:
            yield Check(step, "fail", "The version it tells stays the same when the event changes.")
        else:
            yield Check(step, "pass", "Sessions can be moved.")

    def _update_any(self, step: str) -> Iterator[Check]:
        self._session = _later(self._session)
        answer = self._put(self._session, {"If-Match": "*"})
        if answer.status != 412:
            expect_success(answer)
        yield _judged(step, answer.status != 412, "It takes a change without a version.", "refuses-if-match-any")
        self._etag = self._version()

    def _update_outdated(self, step: str) -> Iterator[Check]:
        if not _strong(self._first):
            return
        refused = self._put(_later(self._session), {"If-Match": self._first}).status == 412
        yield _judged(step, refused, "It never overwrites your changes.", "ignores-if-match")

    def _see_move(self, step: str) -> Iterator[Check]:
        before = self._listed()
        yield from self._begin_sync()
        self._session = _later(_later(self._session))
        expect_success(self._put(self._session, {}))
        self._etag = self._version()
        stored = self._store.get(self.href)
        theirs, ours = _properties(stored.data) if stored else {}, _properties(_written(self._session))
        if theirs.get("DTSTART") != ours["DTSTART"] or (before is not None and self._listed() == before):
            yield Check(step, "fail", "A session that you move would not be noticed.")
        else:
            yield Check(step, "pass", "A session that you move is noticed.")
        yield from self._synced("see the move by sync-token", gone=False)

    def _find(self, step: str) -> Iterator[Check]:
        found = self._store.objects(self._session.range)
        there = any(self._session.uid.encode() in data for data in found)
        yield _judged(step, there, "It can be asked when you are busy.", "no-time-search", "fail")

    def _delete_outdated(self, step: str) -> Iterator[Check]:
        if not _strong(self._first):
            return
        refused = self._remove({"If-Match": self._first}).status == 412
        yield _judged(step, refused, "It never deletes what you have just changed.", "ignores-if-match-on-delete")
        if not refused:
            expect_success(self._put(self._session, {}))

    def _delete(self, step: str) -> Iterator[Check]:
        yield from self._begin_sync(quietly=True)
        expect_success(self._remove({}))
        if self._store.get(self.href) is not None or normal(self.href) in self._store.changes.all().etags:
            yield Check(step, "fail", "A deleted event is still there.")
        else:
            yield Check(step, "pass", "A session that you delete is noticed.")
        yield from self._synced("see the deletion by sync-token", gone=True)

    def _revive(self, step: str) -> Iterator[Check]:
        if not _strong(self._etag):
            return
        refused = not 200 <= self._put(self._session, {"If-Match": self._etag}).status < 300
        yield _judged(step, refused, "It never brings back what you have deleted.", "ignores-if-match")

    def _begin_sync(self, *, quietly: bool = False) -> Iterator[Check]:
        """A sync-token of before a change; without one the server has no sync."""
        try:
            self._token = self._store.changes.since("").token or ""
        except NoSync:
            self._token = ""
        if not self._token and not quietly:
            yield _quirk("tell changes by sync-token", "no-sync")

    def _synced(self, step: str, *, gone: bool) -> Iterator[Check]:
        """Whether the change since `_begin_sync` is told by token."""
        if not self._token:
            return
        try:
            changes = self._store.changes.since(self._token)
        except NoSync:
            yield _quirk(step, "no-sync")
            return
        told = changes.removed if gone else changes.etags
        yield _judged(step, normal(self.href) in told, "What changed is told at once.", "no-sync")

    def _version(self) -> str | None:
        """The ETag it tells when asked for the event; None if it tells none."""
        stored = self._store.get(self.href)
        etag = stored.ref.etag if stored else None
        return etag if etag and etag.startswith(('"', "W/")) else None

    def _listed(self) -> str | None:
        return self._store.changes.all().etags.get(normal(self.href))

    def _put(self, session: SessionEvent, condition: dict[str, str]) -> DAVResponse:
        self._in_time()
        return self._store.put(self.href, _written(session), condition)

    def _remove(self, condition: dict[str, str]) -> DAVResponse:
        self._in_time()
        return self._store.remove(self.href, condition)

    def _in_time(self) -> None:
        if monotonic() > self._until:
            raise CalendarUnavailable("The server is too slow to be tried out. Try again later.")


def _quirk(step: str, quirk: str) -> Check:
    return Check(step, "quirk", MEANINGS[quirk], quirk)


def _judged(step: str, good: bool, meaning: str, quirk: str, otherwise: Outcome = "quirk") -> Check:
    return Check(step, "pass", meaning) if good else Check(step, otherwise, MEANINGS[quirk], quirk)


def _strong(etag: str | None) -> TypeGuard[str]:
    """Whether an ETag can be a condition (RFC 9110 13.1.1)."""
    return etag is not None and not etag.startswith("W/")


def _later(session: SessionEvent) -> SessionEvent:
    later = TimeRange(session.range.start + _AN_HOUR, session.range.end + _AN_HOUR)
    return replace(session, range=later, sequence=session.sequence + 1)


def _written(session: SessionEvent) -> bytes:
    """A session as it is written, only that it makes nobody busy."""
    return stored_event(session).replace(b"TRANSP:OPAQUE", b"TRANSP:TRANSPARENT")


def _properties(data: bytes) -> dict[str, object]:
    """The properties that are ours, comparable however they are spelled; times in UTC. None if it cannot be read."""
    try:
        lines = content_lines(data, _OURS)
        check(lines, Limits())
        (event,) = parse(lines).events
        times: dict[str, object] = {"DTSTART": _instant(event.start), "DTEND": _instant(event.end)}
        return {name: str(value).replace("\r\n", "\n").strip() for name, value in event.items()} | times
    except (ObjectError, *MALFORMED):
        return {}


def _instant(at: date) -> datetime | None:
    return utc(at) if isinstance(at, datetime) else None

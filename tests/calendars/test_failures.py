"""What a server's failures mean to the caller: again later, or never without a person."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from calendars.caldav_store import CalDavStore
from calendars.errors import CalendarError, CalendarRejected, CalendarUnavailable, EventExists
from calendars.store import CalendarAccount, EventRef
from routing.values import NO_SPANS, Spans
from tests.calendars.conftest import guard_for
from tests.calendars.events import foreign, span
from tests.servers.hostile import Behave, Conversation, HostileServer, found, hostile, multistatus

DAY = span("2026-12-01 00:00", "2026-12-02 00:00")
EVENT = foreign("DTSTART:20261201T100000Z", "DTEND:20261201T110000Z")
REF = EventRef("/calendar/1.ics", '"1"')


@contextmanager
def store_at(behave: Behave) -> Iterator[tuple[CalDavStore, HostileServer]]:
    with hostile(behave) as server:
        account = CalendarAccount(server.url, "ada", "ada's secret")
        with CalDavStore(account, guard_for(server.url)) as store:
            yield store, server


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, CalendarRejected),
        (401, CalendarRejected),
        (403, CalendarRejected),
        (405, CalendarRejected),
        (409, CalendarRejected),
        (413, CalendarRejected),
        (408, CalendarUnavailable),
        (423, CalendarUnavailable),
        (429, CalendarUnavailable),
        (500, CalendarUnavailable),
        (502, CalendarUnavailable),
        (503, CalendarUnavailable),
        (507, CalendarUnavailable),
    ],
)
def test_statuses(status: int, error: type[CalendarError]) -> None:
    """Every operation tells by the status whether trying again may help."""
    with store_at(lambda talk: talk.answer(f"{status} So", b"<p>no</p>", "Retry-After: 1")) as (store, _):
        for operation in (
            lambda: store.create("1@x", EVENT),
            lambda: store.update(REF, EVENT),
            lambda: store.delete(REF),
            lambda: store.get(REF.href),
            lambda: store.busy(DAY),
        ):
            with pytest.raises(error):
                operation()


@pytest.mark.parametrize("status", [404, 410])
def test_calendar_gone(status: int) -> None:
    """A calendar that is not there is not a calendar without busy times."""
    with store_at(lambda talk: talk.answer(f"{status} Gone")) as (store, _):
        for operation in (lambda: store.busy(DAY), lambda: store.create("1@x", EVENT)):
            with pytest.raises(CalendarRejected, match="no calendar"):
                operation()
        assert store.get(REF.href) is None
        store.delete(REF)


@pytest.mark.parametrize("status", ["403 Forbidden", "409 Conflict"])
def test_uid_under_another_name(status: str) -> None:
    """Where the calendar has the UID at another address, the event exists (RFC 4791 5.3.2.1)."""
    body = b'<?xml version="1.0"?><d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><c:no-uid-conflict/>'
    body += b"</d:error>"

    def behave(talk: Conversation) -> None:
        talk.answer(status, body, "Content-Type: application/xml")

    with store_at(behave) as (store, _), pytest.raises(EventExists):
        store.create("1@x", EVENT)


def test_credentials_and_conditions_are_sent() -> None:
    """Every write carries its condition and the credentials from the first request on, and no Schedule-Tag."""
    with store_at(lambda talk: talk.answer("204 Done", b"", 'ETag: "2"', 'Schedule-Tag: "9"')) as (store, server):
        store.create("1@x", EVENT)
        store.update(REF, EVENT)
        store.update(EventRef(REF.href, None), EVENT)
        store.delete(REF)
    conditions = ["If-None-Match: *", 'If-Match: "1"', "If-Match: *", 'If-Match: "1"']
    assert len(server.asked) == 4
    for condition, head in zip(conditions, server.asked, strict=True):
        assert f"{condition}\r\n" in head
        assert "Authorization: Basic" in head
        assert "schedule-tag" not in head.lower()


@pytest.mark.parametrize("etag", ["", 'ETag: W/"weak"'])
def test_etag_is_read_back(etag: str) -> None:
    """A server that tells no usable ETag when storing is asked for it."""

    def behave(talk: Conversation) -> None:
        if talk.server.asked[-1].startswith("PUT"):
            talk.answer("201 Created", b"", *filter(None, [etag]))
        else:
            talk.answer("200 OK", EVENT, 'ETag: "stored"', "Content-Type: text/calendar")

    with store_at(behave) as (store, _):
        assert store.create("1@x", EVENT) == EventRef("/calendar/1.ics", '"stored"')


def test_get_gives_what_is_stored() -> None:
    """The bytes of an object come back as they are, whatever they are."""
    with store_at(lambda talk: talk.answer("200 OK", EVENT, 'ETag: "1"', "Content-Type: text/calendar")) as (store, _):
        stored = store.get(REF.href)
        assert stored is not None
        assert (stored.data, stored.ref) == (EVENT, REF)


def test_hrefs_of_other_servers_are_refused() -> None:
    """An href that leads to another server is not followed."""
    with store_at(lambda talk: talk.answer("200 OK")) as (store, server):
        for href in ("https://example.org/1.ics", "//example.org/1.ics"):
            with pytest.raises(CalendarRejected):
                store.get(href)
        assert server.asked == []


def report(*responses: str) -> Behave:
    return lambda talk: talk.answer("207 Multi-Status", multistatus(*responses), "Content-Type: text/xml")


def event_found(href: str) -> str:
    return found(href, f"<c:calendar-data>{EVENT.decode()}</c:calendar-data>")


def test_busy_is_one_report() -> None:
    """Busy times cost one request; an event that vanished in between is no error."""
    vanished = "<d:response><d:href>/calendar/2.ics</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>"
    with store_at(report(event_found("/calendar/1.ics"), vanished)) as (store, server):
        assert store.busy(DAY) == Spans.of([span("2026-12-01 10:00", "2026-12-01 11:00")])
        assert [head.split(" ")[0] for head in server.asked] == ["REPORT"]


@pytest.mark.parametrize("status", ["507 Insufficient Storage", "403 Forbidden", "500 Oh"])
def test_busy_in_part_is_not_busy(status: str) -> None:
    """An answer that leaves something out is no answer: what is left out could be busy."""
    missing = f"<d:response><d:href>/calendar/</d:href><d:status>HTTP/1.1 {status}</d:status></d:response>"
    part = report(event_found("/calendar/1.ics"), missing)
    with store_at(part) as (store, _), pytest.raises(CalendarUnavailable, match="part"):
        store.busy(DAY)


def test_nothing_busy() -> None:
    """An empty answer is an empty day."""
    with store_at(report()) as (store, _):
        assert store.busy(DAY) == NO_SPANS


def test_busy_has_one_deadline() -> None:
    """Asking and reading together end at the guard's deadline, however many events there are."""
    series = EVENT.decode().replace("END:VEVENT", "RRULE:FREQ=DAILY;COUNT=5\r\nEND:VEVENT")
    many = [found(f"/calendar/{n}.ics", f"<c:calendar-data>{series}</c:calendar-data>") for n in range(3_000)]
    with hostile(report(*many)) as server:
        account = CalendarAccount(server.url, "ada", "ada's secret")
        with CalDavStore(account, guard_for(server.url, deadline=0.5)) as store:
            began = time.monotonic()
            with pytest.raises(CalendarUnavailable):
                store.busy(DAY)
            assert time.monotonic() - began < 2


def test_refusals_are_counted() -> None:
    """The maintainer can be told how many events could not be read in full."""
    trap = EVENT.decode().replace("END:VEVENT", "RRULE:FREQ=SECONDLY\r\nEND:VEVENT")
    with store_at(report(found("/calendar/1.ics", f"<c:calendar-data>{trap}</c:calendar-data>"))) as (store, _):
        result = store.read_busy(DAY)
        assert (result.refused, len(result.spans)) == (1, 1)


def test_href_of_any_uid() -> None:
    """A UID becomes a file name in the calendar, whatever characters it has, without its part after the @."""
    with CalDavStore(
        CalendarAccount("https://example.org/cal", "ada", "x"), guard_for("https://example.org/")
    ) as store:
        assert store.href_for("session-1@example.org") == "/cal/session-1.ics"
        assert store.href_for("../a b/é?#") == "/cal/..%2Fa%20b%2F%C3%A9%3F%23.ics"

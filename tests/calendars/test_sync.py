"""Reading back what happened in a calendar, on every server; the changes are made over bare HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from calendars.caldav_store import CalDavStore
from calendars.changes import BATCH
from calendars.embedded import make_dav_app
from calendars.errors import CalendarRejected, CalendarUnavailable
from calendars.invitation import SessionEvent, stored_event
from calendars.store import CalendarAccount
from calendars.sync import Known, Mark, Pull, pull
from tests.calendars.conftest import find_calendar, guard_for
from tests.calendars.events import foreign, make_session, span, utc
from tests.servers.radicale import PASSWORDS, check_login, radicale, serve
from tests.servers.raw_calendar import RawCalendar

LATER = utc("2026-12-03 10:00")


class Desk:
    """A calendar with three sessions of ours, and its owner's app."""

    def __init__(self, store: CalDavStore, app: RawCalendar) -> None:
        self.store, self.app = store, app
        self.sessions = [make_session() for _ in range(3)]
        self.known = [self._create(session) for session in self.sessions]

    def _create(self, session: SessionEvent) -> Known:
        ref = self.store.create(session.uid, stored_event(session))
        return Known(session.uid, ref.href, ref.etag)

    def name(self, number: int) -> str:
        return self.known[number].href.rpartition("/")[2]

    def pull(self, mark: Mark | None = None, *, full: bool = False) -> Pull:
        return pull(self.store, self.known, mark or Mark(), full=full)


@pytest.fixture
def desk(store: CalDavStore, account: CalendarAccount) -> Iterator[Desk]:
    app = RawCalendar(account.url, account.username, account.password)
    yield Desk(store, app)
    for name in app.names():
        app.delete(name)
    app.close()


WAYS: dict[str, Callable[[Desk], Mark]] = {
    "token": lambda desk: desk.pull(full=True).mark,
    "etags": lambda _: Mark(None, "whatever it was"),
    "an old token": lambda _: Mark("http://example.org/no/such/token"),
}


@pytest.fixture(params=WAYS)
def mark(request: pytest.FixtureRequest, desk: Desk) -> Mark:
    """Where a reading goes on from: a good token, none at all, one the server forgot."""
    return WAYS[request.param](desk)


def test_nothing_happened(desk: Desk, mark: Mark) -> None:
    """Neither our own writes nor the passing of time are changes."""
    found = desk.pull(mark)
    assert (found.changed, found.missing) == ({}, frozenset())


def test_moved(desk: Desk, mark: Mark) -> None:
    """One event in another version, with its new text and the ETag to write under."""
    desk.app.move(desk.name(1), LATER)
    found = desk.pull(mark)
    assert list(found.changed) == [desk.known[1].uid]
    stored = found.changed[desk.known[1].uid]
    assert f"DTSTART:{LATER:%Y%m%dT%H%M%SZ}".encode() in stored.data
    assert stored.ref.etag == desk.app.etag(desk.name(1))
    assert found.missing == frozenset()


def test_deleted(desk: Desk, mark: Mark) -> None:
    """One event is no more."""
    desk.app.delete(desk.name(0))
    found = desk.pull(mark)
    assert (found.changed, found.missing) == ({}, frozenset({desk.known[0].uid}))


def test_renamed_is_not_deleted(desk: Desk, mark: Mark) -> None:
    """The same UID under another name is the same event, and where it stands is told."""
    text = desk.app.read(desk.name(2))
    desk.app.delete(desk.name(2))
    desk.app.write("renamed.ics", text)
    found = desk.pull(mark)
    assert found.missing == frozenset()
    assert found.changed[desk.known[2].uid].ref.href.endswith("/renamed.ics")


def test_deleted_and_made_again_at_once(desk: Desk, mark: Mark) -> None:
    """It was gone for a moment, which nobody saw."""
    text = desk.app.read(desk.name(2))
    desk.app.delete(desk.name(2))
    desk.app.write(desk.name(2), text)
    assert desk.pull(mark).missing == frozenset()


def test_others(desk: Desk, mark: Mark) -> None:
    """An event of the owner's own is a change that is not ours, seen once."""
    desk.app.add("own.ics", LATER)
    found = desk.pull(mark)
    assert (found.changed, found.missing, found.others_changed) == ({}, frozenset(), True)
    assert not desk.pull(found.mark).others_changed


def test_the_mark_goes_on(desk: Desk, mark: Mark) -> None:
    """From one reading's mark the next tells only what came after."""
    desk.app.delete(desk.name(0))
    found = desk.pull(mark)
    desk.known.pop(0)
    again = desk.pull(found.mark)
    assert (again.changed, again.missing, again.others_changed) == ({}, frozenset(), False)


@pytest.mark.parametrize("account", ["radicale"], indirect=True)  # who asks makes the batches, whatever the server
def test_more_than_a_batch(desk: Desk) -> None:
    """One moved event more than is asked for at once: they come back all."""
    desk.known += [desk._create(make_session()) for _ in range(BATCH + 1 - len(desk.known))]
    before = desk.pull(full=True).mark
    for number in range(BATCH + 1):
        desk.app.move(desk.name(number), LATER + timedelta(hours=number))
    assert len(desk.pull(before).changed) == BATCH + 1


def test_a_calendar_that_is_gone_tells_nothing(desk: Desk, account: CalendarAccount) -> None:
    """Where the whole calendar is no more, nothing may be concluded about what was in it."""
    elsewhere = CalendarAccount(account.url.rstrip("/") + "-gone/", account.username, account.password, account.auth)
    with (
        CalDavStore(elsewhere, guard_for(account.url)) as store,
        pytest.raises((CalendarRejected, CalendarUnavailable)),
    ):
        pull(store, desk.known, Mark("x"), full=False)


def test_a_server_that_fails_at_the_question_itself_tells_nothing(tmp_path: Path) -> None:
    """A listing without an event is no removal yet: the server is asked for the event, and may answer 503."""
    with radicale(tmp_path) as base:
        account = find_calendar(base, "ada", PASSWORDS["ada"], guard_for(base))
        with CalDavStore(account, guard_for(base)) as store:
            session = make_session(range=span("2026-12-05 15:00", "2026-12-05 15:30"))
            ref = store.create(session.uid, stored_event(session))
            store.create("foreign", foreign("DTSTART:20261203T100000Z", "DTEND:20261203T110000Z"))
            store.delete(ref)
    known = [Known(session.uid, ref.href, ref.etag)]

    def failing(environ: dict[str, object], start_response: Callable[..., object]) -> list[bytes]:
        if environ["REQUEST_METHOD"] == "GET":
            start_response("503 Service Unavailable", [("Content-Length", "0")])
            return [b""]
        return list(app(environ, start_response))

    app = make_dav_app(tmp_path, check_login)
    with serve(failing) as base:
        again = CalendarAccount(f"{base}/dav/ada/office-hours/", "ada", PASSWORDS["ada"])
        with CalDavStore(again, guard_for(base)) as store, pytest.raises(CalendarUnavailable):
            pull(store, known, Mark(), full=True)


def test_made_and_removed_between_two_readings(desk: Desk) -> None:
    """Some servers tell nothing of such an event; a fresh one is asked for by its address."""
    mark = desk.pull(full=True).mark
    session = make_session()
    desk.known.append(replace(desk._create(session), fresh=True))
    assert desk.pull(mark).missing == frozenset()
    desk.app.delete(desk.name(3))
    assert desk.pull(mark).missing == frozenset({session.uid})

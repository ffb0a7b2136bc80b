"""What the examination finds out about servers, good and odd, and that the store then copes with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from calendars.caldav_store import CalDavStore
from calendars.connection import PasswordRefused
from calendars.discovery import Login, discover
from calendars.doctor import NAME, examine
from calendars.errors import EventChanged, EventExists, EventGone
from calendars.findings import MEANINGS, READ_ONLY, Check, explained, failure, quirks, verdict
from calendars.store import CalendarAccount, EventRef
from tests.calendars.conftest import ZONE, guard_for
from tests.calendars.contract import CalendarContract
from tests.calendars.events import foreign, new_uid, utc
from tests.servers.hostile import hostile
from tests.servers.odd import TOKEN, odd
from tests.servers.radicale import PASSWORDS

QUIRKS = sorted(MEANINGS.keys() - {READ_ONLY, "no-time-search"})
IGNORING = ("ignores-if-none-match", "ignores-if-match", "ignores-if-match-on-delete", "refuses-if-match-any")


@contextmanager
def store_on(base: str, *quirks: str, secret: str = PASSWORDS["ada"], token: bool = False) -> Iterator[CalDavStore]:
    guard = guard_for(base)
    account = discover(Login(base, "ada", secret, token=token), guard, len)
    with CalDavStore(account.calendar(account.calendars[0]), guard, ZONE, quirks=quirks) as store:
        yield store


def examined(store: CalDavStore) -> list[Check]:
    """The findings; nothing is left behind by them."""
    before = store.changes.all().etags.keys()
    checks = list(examine(store, datetime.now(UTC)))
    assert store.changes.all().etags.keys() == before
    return checks


def test_good_servers(store: CalDavStore) -> None:
    """On a server that keeps to the specifications everything is as it should be, and nothing is left behind."""
    checks = examined(store)
    assert [one for one in checks if one.outcome != "pass"] == []
    assert len(checks) == 14
    assert failure(checks) is None
    assert verdict(checks) == "14 of 14 checks are as they should be."


@pytest.mark.parametrize("quirk", QUIRKS)
def test_each_quirk_is_found(quirk: str, tmp_path: Path) -> None:
    """A server with one oddity is found to have just that one, which is explained; sessions can be kept there."""
    with odd(tmp_path, quirk) as base, store_on(base) as store:
        checks = examined(store)
        assert quirks(checks) == [quirk]
        assert failure(checks) is None
        assert explained([quirk])[0] != quirk


def test_all_quirks_at_once(tmp_path: Path) -> None:
    """Oddities do not hide each other, but where there are no versions to put into conditions."""
    ways = [quirk for quirk in QUIRKS if quirk != "no-etag"]
    with odd(tmp_path, *ways) as base, store_on(base) as store:
        assert quirks(examined(store)) == ways


@pytest.mark.parametrize(
    ("way", "step"),
    [
        ("forbids", "create an event"),
        ("forgets", "read it back"),
        ("blind", "find it by its time"),
        ("keeps", "delete it, and see that"),
    ],
)
def test_useless_servers(way: str, step: str, tmp_path: Path) -> None:
    """Where sessions cannot be written, read back, found or deleted, it is said which of it, in a sentence."""
    with odd(tmp_path, way) as base, store_on(base) as store:
        checks = list(examine(store, datetime.now(UTC)))
        assert next(one.name for one in checks if one.outcome == "fail") == step
        assert step in (failure(checks) or "")


@pytest.mark.parametrize(("scheme", "secret"), [("Digest", PASSWORDS["ada"]), ("Bearer", TOKEN)])
def test_other_ways_to_sign_in(scheme: str, secret: str, tmp_path: Path) -> None:
    """Digest and bearer tokens carry through a whole round trip."""
    with (
        odd(tmp_path, scheme=scheme) as base,
        store_on(base, secret=secret, token=scheme == "Bearer") as store,
    ):
        assert failure(examined(store)) is None


def test_a_refused_login_ends_it_at_once() -> None:
    """The server is not asked a second time."""
    with hostile(lambda talk: talk.answer("401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="x"')) as server:
        account = CalendarAccount(server.url, "ada", "wrong")
        with CalDavStore(account, guard_for(server.url)) as store, pytest.raises(PasswordRefused):
            list(examine(store, datetime.now(UTC)))
        assert len(server.asked) == 1


def test_the_event_bothers_nobody(tmp_path: Path) -> None:
    """While it is there it says what it is, lies in the past and makes nobody busy; giving up takes it away."""
    now = utc("2026-12-01 09:30")
    with odd(tmp_path) as base, store_on(base) as store:
        findings = examine(store, now)
        next(findings)
        (stored,) = store.changes.fetch(store.changes.all().etags).values()
        assert NAME.encode() in stored.data
        assert b"TRANSP:TRANSPARENT" in stored.data
        assert b"DTSTART:20261130T09" in stored.data
        findings.close()  # type: ignore[attr-defined]
        assert store.changes.all().etags == {}


def test_a_slow_server_is_not_waited_for(tmp_path: Path) -> None:
    """The examination as a whole ends in time, with what was found so far."""
    with odd(tmp_path) as base, store_on(base) as store:
        (only,) = examine(store, datetime.now(UTC), seconds=0.0)
        assert (only.outcome, "too slow" in only.meaning) == ("fail", True)


class TestWithoutConditions(CalendarContract):
    """A server that ignores every condition, through a store that knows it."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[CalDavStore]:
        with odd(tmp_path, *IGNORING, "no-etag-on-put") as base, store_on(base, *IGNORING, "no-etag-on-put") as store:
            yield store

    test_one_winner_among_many_creators = None  # type: ignore[assignment]  # the small race that is left


class TestWithoutVersions(CalendarContract):
    """A server that tells no ETag at all, and the store was not told so."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[CalDavStore]:
        with odd(tmp_path, "no-etag") as base, store_on(base) as store:
            yield store


def test_weak_versions_are_compared_and_never_sent() -> None:
    """A weak ETag is a version to compare, but no condition (RFC 9110 13.1.1)."""
    event = foreign("DTSTART:20261201T100000Z", "DTEND:20261201T110000Z")
    with hostile(lambda talk: talk.answer("200 OK", event, 'ETag: W/"2"', "Content-Type: text/calendar")) as server:
        with CalDavStore(CalendarAccount(server.url, "ada", "x"), guard_for(server.url)) as store:
            assert store.get("/calendar/1.ics").ref.etag == 'W/"2"'  # type: ignore[union-attr]
            with pytest.raises(EventChanged):
                store.update(EventRef("/calendar/1.ics", 'W/"1"'), event)
            store.update(EventRef("/calendar/1.ics", 'W/"2"'), event)
        assert not any('W/"' in head for head in server.asked)


def test_nothing_is_overwritten_where_conditions_are_ignored(tmp_path: Path) -> None:
    """The same errors come, whoever looks."""
    with odd(tmp_path, *IGNORING) as base, store_on(base, *IGNORING) as store:
        uid = new_uid()
        event = foreign("DTSTART:20261201T100000Z", "DTEND:20261201T110000Z", uid=uid)
        ref = store.create(uid, event)
        stale = EventRef(ref.href, '"stale"')
        with pytest.raises(EventExists):
            store.create(uid, event)
        for refused in (lambda: store.update(stale, event), lambda: store.delete(stale)):
            with pytest.raises(EventChanged):
                refused()
        store.delete(ref)
        for known in (ref, EventRef(ref.href, None)):
            with pytest.raises(EventGone):
                store.update(known, event)

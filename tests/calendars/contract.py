"""What every calendar store must do, whichever server stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from calendars.errors import CalendarUnavailable, EventChanged, EventExists, EventGone
from calendars.invitation import same_session, stands_for, stored_event
from calendars.store import CalendarStore, EventRef
from routing.values import NO_SPANS, Spans
from tests.calendars.events import foreign, make_session, moved, new_uid, span, vcalendar, vevent

Put = Callable[..., EventRef]
DECEMBER = span("2026-12-01 00:00", "2027-01-01 00:00")


class CalendarContract:
    """Needs a fixture `store`; every test leaves the calendar as it found it."""

    @pytest.fixture
    def put(self, store: CalendarStore) -> Iterator[Put]:
        """Creates an object and takes whatever became of it away afterwards."""
        hrefs = []

        def create(data: bytes, uid: str) -> EventRef:
            ref = store.create(uid, data)
            hrefs.append(ref.href)
            return ref

        yield create
        for href in hrefs:
            store.delete(EventRef(href, None))

    def test_stores_what_it_is_given(self, store: CalendarStore, put: Put) -> None:
        """A created event stands at its href, with its ETag, saying what we wrote, SEQUENCE included."""
        session = make_session(sequence=7)
        ref = put(stored_event(session), session.uid)
        stored = store.get(ref.href)
        assert stored is not None
        assert stored.ref == ref
        assert ref.etag
        assert same_session(stored.data, session)

    def test_href_is_known_beforehand(self, store: CalendarStore, put: Put) -> None:
        """An event stands where `href_for` said it would, so a lost answer can be looked up."""
        session = make_session(uid=f"réservation 1+1 {new_uid()}")
        assert put(stored_event(session), session.uid).href == store.href_for(session.uid)

    def test_creates_once(self, store: CalendarStore, put: Put) -> None:
        """A second creation of the same event fails and leaves the first as it is."""
        session = make_session()
        ref = put(stored_event(session), session.uid)
        with pytest.raises(EventExists):
            store.create(session.uid, stored_event(moved(session, timedelta(hours=1))))
        stored = store.get(ref.href)
        assert stored is not None
        assert same_session(stored.data, session)

    def test_one_winner_among_many_creators(self, put: Put) -> None:
        """Of eight creations of one event at the same time exactly one succeeds, also where the server locks."""
        session = make_session()

        def create(_: int) -> bool:
            while True:
                try:
                    put(stored_event(session), session.uid)
                except CalendarUnavailable:
                    continue
                except EventExists:
                    return False
                return True

        with ThreadPoolExecutor(8) as pool:
            assert sorted(pool.map(create, range(8))) == [False] * 7 + [True]

    def test_updates_the_known_version(self, store: CalendarStore, put: Put) -> None:
        """An update replaces the event and gives another ETag, good for the next update."""
        session = make_session()
        ref = put(stored_event(session), session.uid)
        later = moved(session, timedelta(hours=1))
        second = store.update(ref, stored_event(later))
        assert second.href == ref.href
        assert second.etag != ref.etag
        third = store.update(second, stored_event(moved(later, timedelta(hours=1))))
        assert store.get(ref.href).ref == third  # type: ignore[union-attr]

    def test_refuses_a_stale_update(self, store: CalendarStore, put: Put) -> None:
        """An update of a version that somebody changed meanwhile fails and leaves their change."""
        session = make_session()
        ref = put(stored_event(session), session.uid)
        theirs = moved(session, timedelta(hours=2))
        store.update(ref, stored_event(theirs))
        with pytest.raises(EventChanged):
            store.update(ref, stored_event(moved(session, timedelta(hours=1))))
        stored = store.get(ref.href)
        assert stored is not None
        assert same_session(stored.data, theirs)

    def test_does_not_revive(self, store: CalendarStore, put: Put) -> None:
        """An update of an event that somebody deleted says so and does not bring it back, ETag known or not."""
        session = make_session()
        ref = put(stored_event(session), session.uid)
        store.delete(ref)
        for known in (ref, EventRef(ref.href, None)):
            with pytest.raises(EventGone):
                store.update(known, stored_event(session))
        assert store.get(ref.href) is None

    def test_deletes(self, store: CalendarStore, put: Put) -> None:
        """A deleted event is gone, and deleting it again is no error."""
        session = make_session()
        ref = put(stored_event(session), session.uid)
        store.delete(ref)
        assert store.get(ref.href) is None
        store.delete(ref)

    def test_refuses_a_stale_deletion(self, store: CalendarStore, put: Put) -> None:
        """A version that somebody changed meanwhile is not deleted."""
        session = make_session()
        ref = put(stored_event(session), session.uid)
        store.update(ref, stored_event(moved(session, timedelta(hours=1))))
        with pytest.raises(EventChanged):
            store.delete(ref)
        assert store.get(ref.href) is not None

    def test_nothing_there(self, store: CalendarStore) -> None:
        """An href where nothing stands gives None."""
        assert store.get(store.href_for(new_uid())) is None

    def test_recognises_its_event(self, store: CalendarStore, put: Put) -> None:
        """What stands at an href tells whose event it is, even after somebody moved it."""
        session = make_session()
        ref = put(stored_event(session), session.uid)
        store.update(ref, stored_event(moved(session, timedelta(hours=1))))
        stored = store.get(ref.href)
        assert stored is not None
        assert stands_for(stored.data, session.uid)
        assert not stands_for(stored.data, "another@office-hours.example.org")
        assert not same_session(stored.data, session)

    def test_busy(self, store: CalendarStore, put: Put) -> None:
        """An event makes its time busy; one that ends as the window begins does not; ours can be left out."""
        session = make_session()
        put(stored_event(session), session.uid)
        assert store.busy(DECEMBER) == Spans.of([session.range])
        assert store.busy(span("2026-12-01 15:30", "2026-12-01 18:00")) == NO_SPANS
        assert store.busy(DECEMBER, {session.uid}) == NO_SPANS

    def test_busy_within_the_window_only(self, store: CalendarStore, put: Put) -> None:
        """An event that began before the window is busy from the window's start on."""
        put(foreign("DTSTART:20261201T100000Z", "DTEND:20261201T140000Z", uid="long@x"), "long@x")
        window = span("2026-12-01 12:00", "2026-12-01 13:00")
        assert store.busy(window) == Spans.of([window])

    def test_not_busy(self, store: CalendarStore, put: Put) -> None:
        """Events that are transparent, cancelled or without duration make nobody busy."""
        times = ("DTSTART:20261202T100000Z", "DTEND:20261202T110000Z")
        put(foreign(*times, "TRANSP:TRANSPARENT", uid="free@x"), "free@x")
        put(foreign(*times, "STATUS:CANCELLED", uid="off@x"), "off@x")
        put(foreign("DTSTART:20261202T100000Z", uid="moment@x"), "moment@x")
        assert store.busy(DECEMBER) == NO_SPANS

    def test_recurring(self, store: CalendarStore, put: Put) -> None:
        """A weekly event is busy at each occurrence across a clock change, but not where it was left out or moved."""
        series = vevent(
            "DTSTART;TZID=America/New_York:20261020T090000",
            "DTEND;TZID=America/New_York:20261020T100000",
            "RRULE:FREQ=WEEKLY;COUNT=5",
            "EXDATE;TZID=America/New_York:20261027T090000",
            uid="weekly@x",
        )
        override = vevent(
            "RECURRENCE-ID;TZID=America/New_York:20261110T090000",
            "DTSTART;TZID=America/New_York:20261111T130000",
            "DTEND;TZID=America/New_York:20261111T133000",
            uid="weekly@x",
        )
        cancelled = vevent(
            "RECURRENCE-ID;TZID=America/New_York:20261117T090000",
            "DTSTART;TZID=America/New_York:20261117T090000",
            "DTEND;TZID=America/New_York:20261117T100000",
            "STATUS:CANCELLED",
            uid="weekly@x",
        )
        put(vcalendar(series, override, cancelled), "weekly@x")
        assert store.busy(span("2026-10-01 00:00", "2026-12-01 00:00")) == Spans.of(
            [
                span("2026-10-20 13:00", "2026-10-20 14:00"),
                span("2026-11-03 14:00", "2026-11-03 15:00"),
                span("2026-11-11 18:00", "2026-11-11 18:30"),
            ]
        )

    def test_all_day(self, store: CalendarStore, put: Put) -> None:
        """An event on a date makes that day busy as the maintainer lives it, in India here."""
        put(foreign("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261226", uid="days@x"), "days@x")
        assert store.busy(DECEMBER) == Spans.of([span("2026-12-23 18:30", "2026-12-25 18:30")])
        assert len(store.busy(span("2026-12-23 18:30", "2026-12-23 19:00"))) == 1

    def test_floating(self, store: CalendarStore, put: Put) -> None:
        """A time without zone is read in the maintainer's zone, even where the server would not look for it."""
        put(foreign("DTSTART:20261203T040000", "DTEND:20261203T050000", uid="floating@x"), "floating@x")
        assert store.busy(span("2026-12-02 22:30", "2026-12-02 23:00")) == Spans.of(
            [span("2026-12-02 22:30", "2026-12-02 23:00")]
        )

"""Feeds: busy times out of a secret address, and the calendars we give to subscribe to."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from datetime import date, time, timedelta
from pathlib import Path

import icalendar
import pytest
import recurring_ical_events

from calendars.busy import BusyPolicy, BusyResult
from calendars.errors import CalendarError, CalendarRejected, CalendarUnavailable
from calendars.feed import WeeklyHour, objects, read_feed, schedule_feed, sessions_feed
from calendars.invitation import stored_event
from calendars.objects import Limits
from calendars.outbound import Guard
from routing.values import NO_SPANS, Spans, TimeRange
from tests.calendars.conftest import guard_for
from tests.calendars.events import foreign, make_session, span, utc, vcalendar, vevent
from tests.servers.certificate import contexts
from tests.servers.hostile import Behave, Conversation, hostile

DECEMBER = span("2026-12-01 00:00", "2027-01-01 00:00")
HOUR = ("DTSTART:20261202T100000Z", "DTEND:20261202T110000Z")
ITS_HOUR = Spans.of([span("2026-12-02 10:00", "2026-12-02 11:00")])
ZONE = """BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:{offset}
TZOFFSETTO:{offset}
END:STANDARD
END:VTIMEZONE""".replace("\n", "\r\n")


def read(
    behave: Behave | bytes, window: TimeRange = DECEMBER, ours: Iterable[str] = (), **changes: object
) -> BusyResult:
    """What a feed of those bytes, or of a server with that behaviour, makes busy."""
    body = behave if isinstance(behave, bytes) else b""
    with hostile((lambda talk: talk.answer("200 OK", body)) if body else behave) as server:
        settings = {"timezone": "Asia/Kolkata", "policy": BusyPolicy(), "limits": None} | changes
        return read_feed(f"{server.url}secret.ics", window, set(ours), guard_for(server.url), **settings)


def test_a_feed_is_read_like_a_calendar() -> None:
    """Every kind of event counts as in a CalDAV calendar: ours are left out, series stay with their exceptions."""
    feed = vcalendar(
        ZONE.format(name="Custom", offset="+0500"),
        vevent("DTSTART;TZID=Custom:20261202T150000", "DURATION:PT1H", uid="zoned@x"),
        vevent("RECURRENCE-ID:20261204T100000Z", "DTSTART:20261204T120000Z", "DURATION:PT1H", uid="series@x"),
        vevent("DTSTART:20261205T040000", "DURATION:PT1H", uid="floating@x"),
        vevent(*HOUR, uid="ours@x"),
        vevent("DTSTART:20261210T100000Z", "DURATION:PT1H", "TRANSP:TRANSPARENT", uid="free@x"),
        vevent("DTSTART:20261211T100000Z", "DURATION:PT1H", "STATUS:CANCELLED", uid="off@x"),
        vevent("DTSTART:20261203T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2", uid="series@x"),
        vevent("DTSTART:20261212T100000Z", "DURATION:PT1H", "ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.org"),
        "BEGIN:VTODO\r\nUID:todo@x\r\nDTSTART:20261213T100000Z\r\nDUE:20261213T110000Z\r\nEND:VTODO",
    )
    result = read(feed, ours={"ours@x"}, policy=BusyPolicy(frozenset({"ada@example.org"})))
    expected = [
        span("2026-12-02 10:00", "2026-12-02 11:00"),
        span("2026-12-03 10:00", "2026-12-03 11:00"),
        span("2026-12-04 12:00", "2026-12-04 13:00"),
        span("2026-12-04 22:30", "2026-12-04 23:30"),
    ]
    assert (result.spans, result.refused) == (Spans.of(expected), 0)


def test_one_event_spoils_no_other() -> None:
    """A rule or an event that is refused is counted; the others are read, those without UID too."""
    nameless = vevent("DTSTART:20261205T100000Z", "DURATION:PT1H").replace("UID:foreign@example.org\r\n", "")
    feed = vcalendar(
        vevent("DTSTART:20261231T230000Z", "RRULE:FREQ=SECONDLY", uid="trap@x"),
        nameless,
        nameless.replace("1205", "1206"),
    )
    result = read(feed)
    days = [span(f"2026-12-0{day} 10:00", f"2026-12-0{day} 11:00") for day in (5, 6)]
    last = span("2026-12-31 23:00", "2027-01-01 00:00")
    assert (result.spans, result.refused) == (Spans.of([*days, last]), 1)


def test_thousands_of_events() -> None:
    """The limits of one object do not bind a feed: ten years of events are read, each with Outlook's own zone."""
    first = utc("2017-01-01 10:00")
    starts = [first + timedelta(days=day) for day in range(3_652)]
    events = [
        vevent(
            f"DTSTART;TZID=Custom:{start:%Y%m%dT%H%M%S}",
            f"DTEND;TZID=Custom:{start + timedelta(hours=1):%Y%m%dT%H%M%S}",
            uid=f"{start:%Y%m%d}@x",
        )
        for start in starts
    ]
    feed = vcalendar(ZONE.format(name="Custom", offset="+0000"), *events)
    result = read(feed)
    days = [span(f"2026-12-{day:02} 10:00", f"2026-12-{day:02} 11:00") for day in range(1, 32)]
    assert (result.spans, result.refused) == (Spans.of(days), 0)


@pytest.mark.parametrize(
    ("lines", "looked_at"),
    [
        (["DTSTART:20261129T100000Z", "DTEND:20261129T110000Z"], True),
        (["DTSTART:20261101T100000Z", "DTEND:20261101T110000Z"], False),
        (["DTSTART:20270103T100000Z", "DTEND:20270103T110000Z"], True),
        (["DTSTART;VALUE=DATE:20270109"], False),
        (['DTSTART;TZID="(UTC+01:00) Bern":20261101T100000', 'DTEND;TZID="(UTC+01:00) Bern":20261101T110000'], False),
        (["DTSTART:20261101T100000Z", "DTEND:20270601T110000Z"], True),
        (["DTSTART:20261101T100000Z", "DURATION:P60D"], True),
        (["DTSTART:20261101T100000Z", "DTEND:20261101T110000Z", "RRULE:FREQ=DAILY"], True),
        (["DTSTART:20261101T100000Z", "DTEND:20261101T110000Z", "RDATE:20261204T100000Z"], True),
        (["DTSTART:20261101T100000Z", "DTEND:some day"], True),
        (["DTEND:20270109T110000Z"], True),
    ],
)
def test_what_is_surely_elsewhere_is_left_out(lines: list[str], looked_at: bool) -> None:
    """An event is dropped unread only when all its dates say that it lies outside the window."""
    assert len(list(objects(foreign(*lines), DECEMBER))) == looked_at


def test_zones_go_with_their_events() -> None:
    """An event gets the zones that it names and no others; an escaped comma is the comma of the parameter."""
    zones = [ZONE.format(name=name, offset="+0100") for name in (r"Bern\, Paris", "Other")]
    event = vevent('DTSTART;TZID="Bern, Paris":20261202T110000', "DURATION:PT1H")
    feed = vcalendar(*zones, event)
    (alone,) = objects(feed, DECEMBER)
    assert (alone.count(b"BEGIN:VTIMEZONE"), alone.count(b"Other")) == (1, 0)
    assert read(feed).spans == ITS_HOUR


def test_an_empty_feed_is_an_empty_calendar() -> None:
    """Nothing in the feed is nothing busy."""
    assert read(vcalendar()) == BusyResult(NO_SPANS, 0)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"<html>Sign in</html>", CalendarRejected),
        (b"{}", CalendarRejected),
        (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", CalendarRejected),
        (vcalendar(vevent(*HOUR))[:-20], CalendarUnavailable),
        (vcalendar(vevent(*HOUR)).replace(b"END:VEVENT\r\n", b""), CalendarUnavailable),
    ],
    ids=["page", "json", "event", "cut", "open"],
)
def test_no_feed(body: bytes, error: type[CalendarError]) -> None:
    """What is no iCalendar is refused with what to do; a feed in part is no feed, for what is left out may be busy."""
    with pytest.raises(error, match=r"secret address|in part"):
        read(body)


@pytest.mark.parametrize(
    ("status", "error"),
    [("401 No", CalendarRejected), ("404 Gone", CalendarRejected), ("204 Nothing", CalendarRejected),
     ("429 Slowly", CalendarUnavailable), ("503 Later", CalendarUnavailable)],
)  # fmt: skip
def test_statuses(status: str, error: type[CalendarError]) -> None:
    """The status says whether trying again may help, and no sentence tells the secret."""
    with pytest.raises(error) as caught:
        read(lambda talk: talk.answer(status))
    assert "secret" not in str(caught.value)


def test_redirects() -> None:
    """A redirect is followed within the origin, a few times; another origin is refused, and never asked."""

    def moved(talk: Conversation) -> None:
        if talk.server.asked[-1].startswith("GET /calendar/secret.ics "):
            talk.answer("302 There", b"", "Location: /elsewhere.ics?key=1")
        else:
            talk.answer("200 OK", vcalendar(vevent(*HOUR)))

    assert read(moved).spans == ITS_HOUR
    with pytest.raises(CalendarRejected, match="circles"):
        read(lambda talk: talk.answer("302 There", b"", "Location: /calendar/secret.ics"))
    with hostile(len) as other:
        with pytest.raises(CalendarRejected, match="refers to"):
            read(lambda talk: talk.answer("302 There", b"", f"Location: {other.url}"))
        assert other.asked == []


def test_webcal_means_https(tmp_path: Path) -> None:
    """The address that calendar apps show, webcal://, is fetched over TLS."""
    server_side: ssl.SSLContext = contexts(tmp_path)[0]
    with hostile(lambda talk: talk.answer("200 OK", vcalendar(vevent(*HOUR))), server_side) as server:
        where = f"localhost:{server.port}"
        guard = Guard(frozenset({where}), authorities=str(tmp_path / "server.pem"))
        result = read_feed(f" webcal://{where}/a.ics\n", DECEMBER, (), guard, "UTC", BusyPolicy())
        assert result.spans == ITS_HOUR
    with pytest.raises(CalendarRejected, match="https"):
        read_feed("webcal+http://localhost/a.ics", DECEMBER, (), guard, "UTC", BusyPolicy())


def test_a_feed_has_one_limit_of_time() -> None:
    """All events together end at the limit of seconds, however small each is."""
    events = (vevent("DTSTART:20261202T100000Z", "DURATION:PT1H", uid=f"{n}@x") for n in range(5_000))
    with pytest.raises(CalendarUnavailable, match="in time"):
        read(vcalendar(*events), limits=Limits(seconds=0.1))


def test_sessions_feed() -> None:
    """Subscribers get the very events that are stored in calendars, under the feed's name."""
    sessions = [make_session(), make_session(summary="Another; one")]
    feed = sessions_feed(sessions, "Office hours of Zoë")
    calendar = icalendar.Calendar.from_ical(feed)
    assert feed == sessions_feed(sessions, "Office hours of Zoë")
    assert (str(calendar["NAME"]), str(calendar["X-WR-CALNAME"])) == ("Office hours of Zoë",) * 2
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in feed
    assert "METHOD" not in calendar
    stored = [icalendar.Calendar.from_ical(stored_event(session)).events[0] for session in sessions]
    assert [event.to_ical() for event in calendar.events] == [event.to_ical() for event in stored]
    assert read(feed).spans == Spans.of([sessions[0].range])
    assert icalendar.Calendar.from_ical(sessions_feed([], "None yet")).events == []


MORNING = WeeklyHour(
    uid="7am@office-hours.example.org",
    starts=time(7),
    duration=timedelta(minutes=30),
    weekdays=frozenset({0, 4, 6}),
    timezone="America/Los_Angeles",
    summary="Office hours: Flytekit",
    description="Releases, plugins\x0band\u2028more",
    url="https://office-hours.example.org/",
)
STAMP = utc("2026-10-01 00:00")


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 10, 30), date(2026, 11, 3), ["2026-10-30 14:00", "2026-11-01 15:00", "2026-11-02 15:00"]),
        (date(2027, 3, 12), date(2027, 3, 16), ["2027-03-12 15:00", "2027-03-14 14:00", "2027-03-15 14:00"]),
    ],
)
def test_schedule_around_clock_changes(first: date, last: date, expected: list[str]) -> None:
    """Subscribers see the hour at seven by the clocks of Los Angeles, also from its VTIMEZONE alone."""
    feed = schedule_feed([MORNING], "Flyte office hours", date(2026, 10, 1), STAMP)
    for text in (feed, feed.replace(b"America/Los_Angeles", b"Zone of our own")):
        found = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(first, last)
        assert [event.start for event in found] == [utc(at) for at in expected]
        assert {event.end - event.start for event in found} == {timedelta(minutes=30)}


def test_schedule_feed() -> None:
    """The schedule makes nobody busy, names nobody, keeps its UIDs, and starts on the first of its own weekdays."""
    evening = WeeklyHour("9pm@x", time(21), timedelta(minutes=30), frozenset({1}), "Asia/Kolkata", "Late", "", None)
    never = WeeklyHour("never@x", time(9), timedelta(minutes=30), frozenset(), "UTC", "Never", "", None)
    feed = schedule_feed([MORNING, evening, never], "Flyte office hours", date(2026, 10, 1), STAMP)
    assert feed == schedule_feed([MORNING, evening, never], "Flyte office hours", date(2026, 10, 1), STAMP)
    calendar = icalendar.Calendar.from_ical(feed)
    assert [str(event["UID"]) for event in calendar.events] == [MORNING.uid, evening.uid]
    assert [event.start.date() for event in calendar.events] == [date(2026, 10, 2), date(2026, 10, 6)]
    assert {str(event["TRANSP"]) for event in calendar.events} == {"TRANSPARENT"}
    assert str(calendar.events[0]["DESCRIPTION"]) == "Releases, plugins\nand\nmore"
    assert b"RRULE:FREQ=WEEKLY;BYDAY=MO,FR,SU\r\n" in feed
    assert {zone.tz_name for zone in calendar.timezones} == {"America/Los_Angeles", "Asia/Kolkata"}
    assert not any(name in feed for name in (b"ATTENDEE", b"ORGANIZER", b"mailto:", b"METHOD", b"COMMENT"))
    assert read(feed).spans == NO_SPANS
    assert len(feed) < 4_000

"""Busy times out of what anybody may write into a calendar."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.busy import busy_spans
from calendars.errors import CalendarUnavailable
from calendars.objects import Limits
from routing.values import NO_SPANS, Spans, TimeRange
from tests.calendars.events import foreign, span, vcalendar, vevent

DECEMBER = span("2026-12-01 00:00", "2027-01-01 00:00")
HOUR = ("DTSTART:20261202T100000Z", "DTEND:20261202T110000Z")
ITS_HOUR = Spans.of([span("2026-12-02 10:00", "2026-12-02 11:00")])
WHOLE_WINDOW = Spans.of([DECEMBER])

CUSTOM_ZONE = """BEGIN:VTIMEZONE
TZID:Custom Time Zone
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:{offset}
TZOFFSETTO:{offset}
END:STANDARD
END:VTIMEZONE""".replace("\n", "\r\n")


@pytest.mark.parametrize(
    "zone_rule", ["FREQ=SECONDLY", "FREQ=DAILY", "FREQ=YEARLY;BYHOUR=1,2,3", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"]
)
def test_time_zone_is_no_way_in(zone_rule: str) -> None:
    """A rule inside a time zone's definition is judged too: the event is then one whose zone is unknown."""
    zone = CUSTOM_ZONE.format(offset="+0100").replace("END:STANDARD", f"RRULE:{zone_rule}\r\nEND:STANDARD")
    times = ("DTSTART;TZID=Custom Time Zone:20261202T100000", "DTEND;TZID=Custom Time Zone:20261202T110000")
    began = time.monotonic()
    result = busy_spans([vcalendar(zone, vevent(*times))], DECEMBER)
    assert (result.spans, result.refused) == (Spans.of([span("2026-12-01 20:00", "2026-12-02 23:00")]), 1)
    assert time.monotonic() - began < 2


def test_zones_of_two_people_stay_apart() -> None:
    """Two calendars may define different zones under one name; each event is read with its own."""
    times = ("DTSTART;TZID=Custom Time Zone:20261202T100000", "DTEND;TZID=Custom Time Zone:20261202T110000")
    east, west = (vcalendar(CUSTOM_ZONE.format(offset=offset), vevent(*times)) for offset in ("+0500", "-0500"))
    assert busy_spans([east], DECEMBER).spans == Spans.of([span("2026-12-02 05:00", "2026-12-02 06:00")])
    assert busy_spans([west], DECEMBER).spans == Spans.of([span("2026-12-02 15:00", "2026-12-02 16:00")])


@pytest.mark.parametrize(
    ("name", "utc_hour"), [("Europe/Berlin", "09"), ("W. Europe Standard Time", "09"), ("America/Vancouver", "17")]
)
def test_known_zones(name: str, utc_hour: str) -> None:
    """Zones of the database count by pytz's edition, Windows' names for them too."""
    result = busy_spans(
        [foreign(f"DTSTART;TZID={name}:20270105T100000", "DURATION:PT1M")], span("2027-01-05 00:00", "2027-01-06 00:00")
    )
    expected = span(f"2027-01-05 {utc_hour}:00", f"2027-01-05 {utc_hour}:01")
    assert (result.spans, result.refused) == (Spans.of([expected]), 0)


@pytest.mark.filterwarnings("ignore::icalendar.error.GloballyUniqueTZIDGuessed")  # the library says that it guesses
def test_vendor_prefixed_zone() -> None:
    """Evolution and Lightning put a prefix before the zone's name."""
    start = "DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20261202T100000"
    assert busy_spans([foreign(start, "DURATION:PT1H")], DECEMBER).spans == Spans.of(
        [span("2026-12-02 09:00", "2026-12-02 10:00")]
    )


def test_floating_series() -> None:
    """A series without zone is read in the maintainer's zone at each occurrence, whatever day that is in UTC."""
    series = foreign("DTSTART:20261101T040000", "DURATION:PT1H", "RRULE:FREQ=DAILY")
    for start, end in (("2026-12-01 22:30", "2026-12-01 23:00"), ("2026-12-02 23:00", "2026-12-02 23:30")):
        window = span(start, end)
        assert busy_spans([series], window, timezone="Asia/Kolkata").spans == Spans.of([window])


def test_unknown_zone_is_never_free() -> None:
    """A time in a zone that nobody knows is busy wherever on Earth it may be, and counted."""
    times = ("DTSTART;TZID=Moon/Tycho:20261202T100000", "DTEND;TZID=Moon/Tycho:20261202T110000")
    result = busy_spans([foreign(*times)], DECEMBER, timezone="Asia/Kolkata")
    assert (result.spans, result.refused) == (Spans.of([span("2026-12-01 20:00", "2026-12-02 23:00")]), 1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff\xfe",
        b"<html>Sign in</html>",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
        b"BEGIN:VEVENT\r\nEND:VEVENT\r\n",
        foreign("DTEND:20261202T110000Z"),
        foreign("DTSTART:yesterday"),
        foreign("DTSTART:20261202T100000Z", "DTEND:later"),
        foreign("DTSTART:20261202T100000Z", "DTEND;VALUE=DATE:20261203"),
        foreign("DTSTART:99991231T235959Z", "DURATION:P9999W"),
        vcalendar(*[vevent(*HOUR)] * 600),
    ],
    ids=range(11),
)
def test_unreadable_is_never_free(data: bytes) -> None:
    """What cannot be read at all makes the whole window busy, and is counted."""
    result = busy_spans([data], DECEMBER)
    assert (result.spans, result.refused) == (WHOLE_WINDOW, 1)


def test_unreadable_does_not_hide_others() -> None:
    """One refused object does not change how the next is read."""
    result = busy_spans(
        [
            foreign("DTSTART:20261231T100000Z", "RRULE:FREQ=SECONDLY"),
            foreign("DTSTART:20261205T100000Z", "DURATION:PT1H"),
        ],
        DECEMBER,
    )
    assert result.refused == 1
    assert len(result.spans) == 2


def test_ignored_and_harmless_objects_are_not_refused() -> None:
    """Our own events, transparent and cancelled ones are left out before anything about them could be refused."""
    secondly = "RRULE:FREQ=SECONDLY"
    objects = [
        foreign(*HOUR, uid="ours@x"),
        foreign("DTSTART:16040229", "RRULE:FREQ=YEARLY", "TRANSP:TRANSPARENT"),
        foreign(*HOUR, "STATUS:CANCELLED"),
        foreign("DTSTART:yesterday", "TRANSP:TRANSPARENT"),
    ]
    assert busy_spans(objects, DECEMBER, {"ours@x"}).spans == NO_SPANS
    assert busy_spans(objects, DECEMBER, {"ours@x"}).refused == 0
    assert busy_spans([foreign(*HOUR, secondly, uid="ours@x")], DECEMBER, {"ours@x"}).spans == NO_SPANS


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("America/Los_Angeles", date(2026, 12, 24), span("2026-12-24 08:00", "2026-12-25 08:00")),
        ("Pacific/Kiritimati", date(2026, 12, 24), span("2026-12-23 10:00", "2026-12-24 10:00")),
        ("Europe/Berlin", date(2026, 10, 25), span("2026-10-24 22:00", "2026-10-25 23:00")),
    ],
)
def test_day_of_the_maintainer(zone: str, day: date, expected: TimeRange) -> None:
    """A date is the day as the maintainer lives it, 25 hours long where the clocks go back; without DTEND one day."""
    result = busy_spans(
        [foreign(f"DTSTART;VALUE=DATE:{day:%Y%m%d}")], span("2026-10-01 00:00", "2027-01-01 00:00"), timezone=zone
    )
    assert result.spans == Spans.of([expected])


def test_large_attachment_does_not_matter() -> None:
    """Titles, descriptions and attachments are not parsed, so they may be as large as they like."""
    result = busy_spans([foreign(*HOUR, "ATTACH;ENCODING=BASE64;VALUE=BINARY:" + "QUJD" * 500_000)], DECEMBER)
    assert (result.spans, result.refused) == (ITS_HOUR, 0)


def test_too_much_in_all() -> None:
    """A calendar that takes longer than allowed is unreadable as a whole."""
    with pytest.raises(CalendarUnavailable):
        busy_spans([foreign(*HOUR)] * 5_000, DECEMBER, limits=Limits(seconds=0.1))


@given(st.data())
@settings(max_examples=150)
def test_any_damage(data: st.DataObject) -> None:
    """Whatever is damaged in an object, there is an answer: its times, or a refusal."""
    text = bytearray(
        vcalendar(
            CUSTOM_ZONE.format(offset="+0100"),
            vevent("DTSTART;TZID=Custom Time Zone:20261201T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3"),
            vevent("RECURRENCE-ID:20261202T090000Z", "DTSTART:20261202T120000Z", "DTEND:20261202T130000Z"),
        )
    )
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    assert busy_spans([bytes(text)], DECEMBER).refused in {0, 1}

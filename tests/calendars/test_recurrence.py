"""Series with exceptions, odd zones and clock changes; every expectation is worked out by hand."""

from __future__ import annotations

import pytest

from calendars.busy import busy_spans
from routing.values import Spans
from tests.calendars.events import foreign, span, vcalendar, vevent

DECEMBER = span("2026-12-01 00:00", "2027-01-01 00:00")
AUTUMN = span("2026-10-10 00:00", "2026-11-20 00:00")  # the clocks go back on 1 November in Los Angeles
SPRING = span("2027-03-10 00:00", "2027-03-20 00:00")  # and forward on 14 March
FIVE_DAYS = ("DTSTART:20261201T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=5")
FIVE = ["01", "02", "03", "04", "05"]
THIRD = ("DTSTART:20261203T100000Z", "DURATION:PT1H")
LA = "TZID=America/Los_Angeles"


def spans(*times: str) -> Spans:
    """Spans of "2026-12-01 10:00/11:00", or with a date before the second time too."""
    ranges = []
    for text in times:
        start, end = text.split("/")
        ranges.append(span(start, end if " " in end else f"{start[:10]} {end}"))
    return Spans.of(ranges)


def in_december(*times: str) -> Spans:
    """Spans of "03 14:00/16:00", days of December 2026."""
    return spans(*(f"2026-12-{text}" for text in times))


@pytest.mark.parametrize(
    ("exceptions", "expected"),
    [
        (
            [("RECURRENCE-ID:20261203T100000Z", "DTSTART:20261203T200000Z", "DURATION:PT30M")],
            ["01 10:00/11:00", "02 10:00/11:00", "03 20:00/20:30", "04 10:00/11:00", "05 10:00/11:00"],
        ),
        (
            [("RECURRENCE-ID;TZID=Asia/Kolkata:20261203T153000", "DTSTART:20270203T200000Z", "DURATION:PT1H")],
            ["01 10:00/11:00", "02 10:00/11:00", "04 10:00/11:00", "05 10:00/11:00"],
        ),
        (
            [("RECURRENCE-ID;RANGE=THISANDFUTURE:20261203T100000Z", "DTSTART:20261203T140000Z", "DURATION:PT2H")],
            ["01 10:00/11:00", "02 10:00/11:00", "03 14:00/16:00", "04 14:00/16:00", "05 14:00/16:00"],
        ),
        (
            [
                ("RECURRENCE-ID;RANGE=THISANDFUTURE:20261202T100000Z", "DTSTART:20261202T110000Z", "DURATION:PT1H"),
                ("RECURRENCE-ID:20261204T100000Z", "DTSTART:20261204T200000Z", "DURATION:PT1H"),
            ],
            ["01 10:00/11:00", "02 11:00/12:00", "03 11:00/12:00", "04 20:00/21:00", "05 11:00/12:00"],
        ),
        (
            [("RECURRENCE-ID;RANGE=THISANDFUTURE:20261203T100000Z", *THIRD, "STATUS:CANCELLED")],
            ["01 10:00/11:00", "02 10:00/11:00"],
        ),
        (
            [
                ("RECURRENCE-ID:20261202T100000Z", "DTSTART:20261202T200000Z", "DURATION:PT1H", "SEQUENCE:1"),
                ("RECURRENCE-ID:20261202T100000Z", "DTSTART:20261202T220000Z", "DURATION:PT1H", "SEQUENCE:2"),
            ],
            ["01 10:00/11:00", "02 22:00/23:00", "03 10:00/11:00", "04 10:00/11:00", "05 10:00/11:00"],
        ),
    ],
    ids=["moved", "moved-out", "this-and-future", "twice", "ended", "newer"],
)
def test_exceptions(exceptions: list[tuple[str, ...]], expected: list[str]) -> None:
    """An occurrence, or all from one on, happens where its exception says (RFC 5545 3.8.4.4)."""
    result = busy_spans([vcalendar(vevent(*FIVE_DAYS), *(vevent(*lines) for lines in exceptions))], DECEMBER)
    assert (result.spans, result.refused) == (in_december(*expected), 0)


def test_exceptions_without_series() -> None:
    """Somebody invited to two meetings of a series has these alone, without the series itself."""
    alone = [
        vevent(f"RECURRENCE-ID:202611{day}T100000Z", f"DTSTART:202612{day}T200000Z", "DURATION:PT1H")
        for day in ("04", "05")
    ]
    assert busy_spans([vcalendar(*alone)], DECEMBER).spans == in_december("04 20:00/21:00", "05 20:00/21:00")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["EXDATE:20261202T100000Z", "EXDATE:20261204T100000Z,20261205T100000Z"], ["01", "03"]),
        (["EXDATE;TZID=Asia/Kolkata:20261202T153000"], ["01", "03", "04", "05"]),
        (["EXDATE;VALUE=DATE:20261202"], ["01", "03", "04", "05"]),
        (["RDATE:20261220T100000Z,20261221T100000Z"], [*FIVE, "20", "21"]),
        (["RDATE;TZID=America/Los_Angeles:20261220T020000", "EXDATE:20261201T100000Z"], ["02", "03", "04", "05", "20"]),
        (["RDATE;VALUE=PERIOD:20261220T100000Z/PT1H,20261221T100000Z/20261221T110000Z"], [*FIVE, "20", "21"]),
    ],
    ids=["exdates", "exdate-zone", "exdate-day", "rdates", "rdate-zone", "periods"],
)
def test_dates_left_out_and_added(lines: list[str], expected: list[str]) -> None:
    """EXDATE and RDATE name occurrences by their instant, in whatever zone they are written."""
    result = busy_spans([foreign(*FIVE_DAYS, *lines)], DECEMBER)
    assert (result.spans, result.refused) == (in_december(*(f"{day} 10:00/11:00" for day in expected)), 0)


@pytest.mark.parametrize(
    ("start", "until", "zone", "expected"),
    [
        (f"{LA}:20261201T200000", "20261204T040000Z", "UTC", ["02 04:00/05:00", "03 04:00/05:00", "04 04:00/05:00"]),
        (f"{LA}:20261201T200000", "20261203", "UTC", ["02 04:00/05:00", "03 04:00/05:00", "04 04:00/05:00"]),
        (f"{LA}:20261201T200000", "20261203T200000", "UTC", ["02 04:00/05:00", "03 04:00/05:00", "04 04:00/05:00"]),
        ("TZID=Asia/Kolkata:20261202T040000", "20261203", "UTC", ["01 22:30/23:30", "02 22:30/23:30"]),
        ("VALUE=DATE-TIME:20261204T100000Z", "20261205", "UTC", ["04 10:00/11:00", "05 10:00/11:00"]),
        ("VALUE=DATE-TIME:20261204T100000", "20261205T043000Z", "Asia/Kolkata", ["04 04:30/05:30", "05 04:30/05:30"]),
        ("VALUE=DATE-TIME:20261204T100000", "20261205", "Asia/Kolkata", ["04 04:30/05:30", "05 04:30/05:30"]),
        (f"{LA}:20261230T200000", "99991231", "UTC", ["31 04:00/05:00"]),
    ],
)
def test_until(start: str, until: str, zone: str, expected: list[str]) -> None:
    """The last occurrence is in, also where UNTIL is a date or a local time, which RFC 5545 3.3.10 does not allow."""
    event = foreign(f"DTSTART;{start}", "DURATION:PT1H", f"RRULE:FREQ=DAILY;UNTIL={until}")
    result = busy_spans([event], DECEMBER, timezone=zone)
    assert (result.spans, result.refused) == (in_december(*expected), 0)


@pytest.mark.parametrize("until", ["20261206", "20261205T230000Z", "20261206T000000Z", "20261206T080000Z"])
def test_until_of_days(until: str) -> None:
    """A series of days ends with the day of UNTIL, at whichever midnight it is written."""
    event = foreign("DTSTART;VALUE=DATE:20261204", f"RRULE:FREQ=DAILY;UNTIL={until}")
    expected = spans("2026-12-03 23:00/2026-12-06 23:00")
    assert busy_spans([event], DECEMBER, timezone="Europe/Berlin").spans == expected


def test_days_of_the_maintainer() -> None:
    """A weekly day off is the maintainer's local day, also where one of them was changed into an hour."""
    series = vevent("DTSTART;VALUE=DATE:20261030", "RRULE:FREQ=WEEKLY;COUNT=3")
    hour = vevent("RECURRENCE-ID;VALUE=DATE:20261106", "DTSTART:20261106T100000Z", "DURATION:PT1H")
    result = busy_spans([vcalendar(series, hour)], AUTUMN, timezone="America/Los_Angeles")
    assert result.spans == spans(
        "2026-10-30 07:00/2026-10-31 07:00", "2026-11-06 10:00/11:00", "2026-11-13 08:00/2026-11-14 08:00"
    )


def test_series_across_a_clock_change() -> None:
    """A weekly hour stays where the clocks show it, and so does one moved from a date on."""
    series = vevent(f"DTSTART;{LA}:20261014T070000", "DURATION:PT30M", "RRULE:FREQ=WEEKLY;COUNT=5")
    later = vevent(
        f"RECURRENCE-ID;RANGE=THISANDFUTURE;{LA}:20261028T070000", f"DTSTART;{LA}:20261028T090000", "DURATION:PT30M"
    )
    assert busy_spans([vcalendar(series)], AUTUMN).spans == spans(
        "2026-10-14 14:00/14:30", "2026-10-21 14:00/14:30", "2026-10-28 14:00/14:30",
        "2026-11-04 15:00/15:30", "2026-11-11 15:00/15:30",
    )  # fmt: skip
    assert busy_spans([vcalendar(series, later)], AUTUMN).spans == spans(
        "2026-10-14 14:00/14:30", "2026-10-21 14:00/14:30", "2026-10-28 16:00/16:30",
        "2026-11-04 17:00/17:30", "2026-11-11 17:00/17:30",
    )  # fmt: skip


@pytest.mark.parametrize("recurrence", [[], ["RRULE:FREQ=WEEKLY;COUNT=1"]], ids=["once", "series"])
def test_days_end_at_the_same_time_of_day(recurrence: list[str]) -> None:
    """A week of duty lasts an hour longer where the clocks go back (RFC 5545 3.3.6)."""
    duty = foreign(f"DTSTART;{LA}:20261028T090000", "DURATION:P7D", *recurrence)
    assert busy_spans([duty], AUTUMN).spans == spans("2026-10-28 16:00/2026-11-04 17:00")


@pytest.mark.parametrize(
    ("start", "zone"), [(f"DTSTART;{LA}:20270313T023000", "UTC"), ("DTSTART:20270313T023000", "America/Los_Angeles")]
)
def test_skipped_time(start: str, zone: str) -> None:
    """At 02:30 on the day that has none, with zone or floating, the event is read with the offset before the gap."""
    event = foreign(start, "DURATION:PT30M", "RRULE:FREQ=DAILY;COUNT=3")
    expected = spans("2027-03-13 10:30/11:00", "2027-03-14 10:30/11:00", "2027-03-15 09:30/10:00")
    assert busy_spans([event], SPRING, timezone=zone).spans == expected


OUTLOOK_ZONE = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16011104T020000
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
TZOFFSETFROM:-0700
TZOFFSETTO:-0800
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010311T020000
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
TZOFFSETFROM:-0800
TZOFFSETTO:-0700
END:DAYLIGHT
END:VTIMEZONE""".replace("\n", "\r\n")
HALF_HOURS = OUTLOOK_ZONE.replace("-0700", "+1145").replace("-0800", "+1215")


BY_THE_DATABASE = ["2026-10-31 14:00/14:30", "2026-11-01 15:00/15:30"]
ABOLISHED = OUTLOOK_ZONE.replace("BYMONTH=11", "BYMONTH=11;UNTIL=20091101T090000Z")
FALSE = OUTLOOK_ZONE.replace("Customized Time Zone", "America/Los_Angeles").replace("-0700", "+0900")


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (OUTLOOK_ZONE, BY_THE_DATABASE),
        (HALF_HOURS, ["2026-10-30 19:15/19:45", "2026-10-31 18:45/19:15"]),
        (ABOLISHED, ["2026-10-31 14:00/14:30", "2026-11-01 14:00/14:30"]),
        (FALSE, BY_THE_DATABASE),
    ],
    ids=["since-1601", "half-hours", "abolished", "false"],
)
def test_odd_zones(zone: str, expected: list[str]) -> None:
    """A zone of somebody's own counts as defined; of a zone that the database knows, the database's rules do."""
    name = "America/Los_Angeles" if "America" in zone else "Customized Time Zone"
    event = vevent(f"DTSTART;TZID={name}:20261031T070000", "DURATION:PT30M", "RRULE:FREQ=DAILY;COUNT=2")
    result = busy_spans([vcalendar(zone, event)], AUTUMN)
    assert (result.spans, result.refused) == (spans(*expected), 0)


def test_byte_order_mark() -> None:
    """A mark that some programs put before everything is no reason to call the object unreadable."""
    result = busy_spans([b"\xef\xbb\xbf" + foreign(*FIVE_DAYS[:2])], DECEMBER)
    assert (result.spans, result.refused) == (in_december("01 10:00/11:00"), 0)

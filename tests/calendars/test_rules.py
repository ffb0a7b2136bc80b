"""Recurrence rules: which are expanded, that it is right, and that no rule takes long."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.busy import busy_spans
from routing.values import Spans, TimeRange
from tests.calendars.events import foreign, span

DECEMBER = span("2026-12-01 00:00", "2027-01-01 00:00")
HOUR = ("DTSTART:20261202T100000Z", "DTEND:20261202T110000Z")
FROM_THEN_ON = Spans.of([span("2026-12-02 10:00", "2027-01-01 00:00")])
RANGES = {"BYMONTH": (1, 13), "BYMONTHDAY": (-31, 31), "BYYEARDAY": (-366, 366), "BYWEEKNO": (-53, 53)}
RANGES |= {"BYSETPOS": (-20, 20), "BYHOUR": (0, 24), "BYMINUTE": (0, 60)}


def many_dates(name: str, count: int) -> str:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    return name + ":" + ",".join(f"{first + timedelta(hours=n):%Y%m%dT%H%M%SZ}" for n in range(count))


@pytest.mark.parametrize(
    "rule",
    [
        "RRULE:FREQ=SECONDLY",
        "RRULE:FREQ=MINUTELY;INTERVAL=15",
        "RRULE:FREQ=DAILY;INTERVAL=0",
        "RRULE:FREQ=DAILY;INTERVAL=-1",
        "RRULE:FREQ=DAILY;INTERVAL=many",
        "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "RRULE:FREQ=DAILY;BYDAY=MO;BYSETPOS=2",
        "RRULE:FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "RRULE:FREQ=WEEKLY;BYMONTHDAY=30;BYMONTH=2",
        "RRULE:FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=3",
        "RRULE:FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30,31",
        "RRULE:FREQ=MONTHLY;BYDAY=6MO",
        "RRULE:FREQ=MONTHLY;INTERVAL=12;BYMONTH=3",
        "RRULE:FREQ=MONTHLY;BYDAY=MO;BYMONTHDAY=1;BYSETPOS=2",
        "RRULE:FREQ=MONTHLY;BYDAY=TU,-1FR",
        "RRULE:FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31",
        "RRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29",
        "RRULE:FREQ=YEARLY;BYWEEKNO=20;BYMONTH=2",
        "RRULE:FREQ=YEARLY;BYYEARDAY=1;BYMONTHDAY=2",
        "RRULE:FREQ=YEARLY;BYWEEKNO=54",
        "RRULE:FREQ=DAILY;BYMONTH=13",
        "RRULE:FREQ=DAILY;BYMONTH=",
        "RRULE:FREQ=WEEKLY;BYDAY=1MO",
        "RRULE:FREQ=FORTNIGHTLY",
        "RRULE:FREQ=DAILY;BYEASTER=1",
        "RRULE:",
        "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))),
        many_dates("RDATE", 5_000),
        "RRULE:FREQ=DAILY\r\n" + many_dates("EXDATE", 50_000),
        "\r\n".join(["RRULE:FREQ=MONTHLY"] * 20),
    ],
    ids=lambda rule: rule.replace("\r\n", " ")[:40],
)
def test_refused_recurrence_is_busy_from_then_on(rule: str) -> None:
    """A rule that would take long, or never ends, makes all time from its first on busy and is counted; quickly."""
    began = time.monotonic()
    result = busy_spans([foreign(*HOUR, rule)], DECEMBER)
    assert (result.spans, result.refused) == (FROM_THEN_ON, 1)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("start", "rule"),
    [("19700101", "FREQ=HOURLY"), ("00010101", "FREQ=DAILY"), ("19700101", "FREQ=DAILY;BYHOUR=9,10,11,12")],
)
def test_refused_long_history(start: str, rule: str) -> None:
    """A rule with tens of thousands of occurrences before the window is refused rather than run through, and busy."""
    result = busy_spans([foreign(f"DTSTART:{start}T100000Z", f"DTEND:{start}T101000Z", f"RRULE:{rule}")], DECEMBER)
    assert (result.spans, result.refused) == (Spans.of([DECEMBER]), 1)


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        (("DTSTART:20000101T100000Z", "RRULE:FREQ=DAILY"), range(1, 32)),
        (("DTSTART:20261201T100000Z", "RRULE:FREQ=DAILY;INTERVAL=10"), [1, 11, 21, 31]),
        (("DTSTART:20200101T100000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO,FR"), [4, 7, 11, 14, 18, 21, 25, 28]),
        (("DTSTART:20200131T100000Z", "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"), [31]),
        (("DTSTART:20200131T100000Z", "RRULE:FREQ=MONTHLY;BYMONTHDAY=29,30,31"), [29, 30, 31]),
        (("DTSTART:16041225T100000Z", "RRULE:FREQ=YEARLY"), [25]),
        (("DTSTART:20201201T100000Z", "RRULE:FREQ=YEARLY;BYMONTH=12;BYDAY=2TU"), [8]),
        (("DTSTART:20261201T100000Z", "RRULE:FREQ=DAILY;UNTIL=20261203T100000Z"), [1, 2, 3]),
        (("DTSTART:20261201T100000Z", "RDATE:20261205T100000Z,20261206T100000Z"), [1, 5, 6]),
    ],
    ids=str,
)
def test_ordinary_rules(lines: tuple[str, ...], days: list[int]) -> None:
    """Rules as calendar apps write them are expanded, however long ago they began."""
    result = busy_spans([foreign(*lines, "DURATION:PT30M")], DECEMBER)
    expected = [span(f"2026-12-{day:02} 10:00", f"2026-12-{day:02} 10:30") for day in days]
    assert (result.spans, result.refused) == (Spans.of(expected), 0)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules of any shape, sensible or not, of the frequencies we expand."""
    parts = ["FREQ=" + draw(st.sampled_from(["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))]
    parts.append(f"INTERVAL={draw(st.sampled_from([1, 1, 2, 7, 12, 24, 52, 168, 400]))}")
    for name in draw(st.sets(st.sampled_from(["BYDAY", *RANGES]), max_size=3)):
        least, most = RANGES.get(name, (0, 0))
        numbers = st.integers(least, most).map(str)
        days = st.tuples(st.sampled_from(["", "1", "-1", "5"]), st.sampled_from(["MO", "WE", "SU"])).map("".join)
        values = draw(st.lists(days if name == "BYDAY" else numbers, min_size=1, max_size=3))
        parts.append(f"{name}={','.join(values)}")
    return ";".join(parts)


@given(rules(), st.sampled_from(["20200131", "20240229", "20261203"]))
@settings(max_examples=60)
def test_every_rule_is_quick(rule: str, start: str) -> None:
    """Expanded or refused: no rule whatsoever takes long."""
    began = time.process_time()
    busy_spans([foreign(f"DTSTART:{start}T100000Z", "DURATION:PT1H", f"RRULE:{rule}")], DECEMBER)
    assert time.process_time() - began < 3


@given(
    days_before=st.integers(0, 2_500),
    minutes=st.integers(1, 3_000),
    step=st.integers(1, 90),
    weekly=st.booleans(),
    left_out=st.sets(st.integers(0, 60), max_size=5),
)
@settings(max_examples=50)
def test_expansion_against_enumeration(
    days_before: int, minutes: int, step: int, weekly: bool, left_out: set[int]
) -> None:
    """Daily and weekly rules, with dates left out, give what counting one by one gives."""
    start = DECEMBER.end - timedelta(days=days_before, minutes=minutes)
    every, length = timedelta(days=7 * step if weekly else step), timedelta(minutes=minutes)
    lines = [f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DURATION:PT{minutes}M"]
    lines.append(f"RRULE:FREQ={'WEEKLY' if weekly else 'DAILY'};INTERVAL={step}")
    lines += [f"EXDATE:{start + n * every:%Y%m%dT%H%M%SZ}" for n in left_out]
    expected = []
    for n in range(2_600):
        begin = start + n * every
        if n not in left_out and begin < DECEMBER.end and begin + length > DECEMBER.start:
            expected.append(TimeRange(max(begin, DECEMBER.start), min(begin + length, DECEMBER.end)))
    assert busy_spans([foreign(*lines)], DECEMBER).spans == Spans.of(expected)

"""What hostile calendars cost: memory and processor time, limited by the system in a process of their own.

Each child may take so much more than our loaded code and no more; beyond it the system ends it.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from routing.values import Spans
from tests.calendars.events import foreign, span, vcalendar, vevent
from tests.servers.hostile import Conversation, found, hostile, multistatus

MEGABYTE = 1_000_000
DECEMBER = span("2026-12-01 00:00", "2027-01-01 00:00")
HOUR = ("DTSTART:20261202T100000Z", "DTEND:20261202T110000Z")
ITS_HOUR = list(Spans.of([span("2026-12-02 10:00", "2026-12-02 11:00")]))
FROM_THEN_ON = list(Spans.of([span("2026-12-02 10:00", "2027-01-01 00:00")]))
WHOLE_WINDOW = list(Spans.of([DECEMBER]))

EVERY_MIDNIGHT = [(day * 86_400, day * 86_400 + 1) for day in range(20_788, 20_819)]

Limited = Callable[..., str]


@pytest.fixture(scope="module")
def limited() -> Iterator[Limited]:
    """Does a piece of work with at most so many megabytes and seconds more than loading took; gives what it prints."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.calendars.limited"]
    here = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=here) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        window = [DECEMBER.start.isoformat(), DECEMBER.end.isoformat()]

        def run(work: str, megabytes: int, seconds: int, **task: object) -> str:
            limits = {"megabytes": megabytes, "seconds": seconds}
            print(json.dumps({**task, **limits, "work": work, "window": window}), file=process.stdin, flush=True)
            done = json.loads(process.stdout.readline())
            assert done["status"] == 0, done["output"][-2_000:]
            return str(done["output"])

        yield run
        process.stdin.close()


def dates(count: int, name: str = "") -> str:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    return name + ",".join(f"{first + timedelta(hours=n):%Y%m%dT%H%M%SZ}" for n in range(count))


def zone(rule: str, begin: str = "BEGIN", times: int = 1) -> str:
    lines = [
        "BEGIN:STANDARD",
        "DTSTART:19000101T000000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0000",
        rule,
        "END:STANDARD",
    ]
    return "\r\n".join([f"{begin}:VTIMEZONE", "TZID:Trap", *lines * times, "END:VTIMEZONE"])


IN_TRAP = vevent("DTSTART;TZID=Trap:20261202T100000", "DURATION:PT1H")
# Nobody knows the zone: any between UTC-12 and UTC+14.
SOMEWHERE = list(Spans.of([span("2026-12-01 20:00", "2026-12-02 23:00")]))
DECLINED = "ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.org"


@pytest.mark.parametrize(
    ("data", "refused", "spans"),
    [
        (lambda: foreign(*HOUR, "RRULE:FREQ=SECONDLY"), 1, FROM_THEN_ON),
        (lambda: foreign(*HOUR, "RRULE:FREQ=DAILY;INTERVAL=0"), 1, FROM_THEN_ON),
        (lambda: foreign(*HOUR, "RRULE:FREQ=DAILY", dates(50_000, "EXDATE:")), 1, FROM_THEN_ON),
        (lambda: foreign(*HOUR, "RRULE:FREQ=DAILY", *[dates(1, "EXDATE:")] * 50_000), 1, FROM_THEN_ON),
        (lambda: foreign(*HOUR, dates(50_000, "RDATE:")), 1, FROM_THEN_ON),
        (lambda: foreign(*HOUR, "RRULE:FREQ=WEEKLY;BYDAY=WE;BYSETPOS=" + ",".join("1" * 60_000)), 1, FROM_THEN_ON),
        (lambda: foreign(*HOUR, "RRULE:FREQ=YEARLY;INTERVAL=400;BYMONTH=2;BYMONTHDAY=29"), 1, FROM_THEN_ON),
        (lambda: foreign("DTSTART:19700101T000000Z", "DURATION:PT1S", "RRULE:FREQ=DAILY"), 0, EVERY_MIDNIGHT),
        (lambda: vcalendar(zone("RRULE:FREQ=HOURLY"), IN_TRAP), 1, SOMEWHERE),
        (lambda: vcalendar(zone("RRULE:FREQ=HOURLY", "BEGIN;X=1"), IN_TRAP), 1, SOMEWHERE),
        (lambda: vcalendar(zone("RRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR", times=60), IN_TRAP), 1, SOMEWHERE),
        (
            lambda: vcalendar(zone("RRULE:FREQ=YEARLY;BYMONTH=3;UNTIL=99991231T000000Z", times=60), IN_TRAP),
            1,
            SOMEWHERE,
        ),
        (lambda: vcalendar(zone("RRULE:FREQ=YEARLY;BYMONTH=3;COUNT=9000", times=60), IN_TRAP), 1, SOMEWHERE),
        (
            lambda: vcalendar(zone("RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1,2,3,4,5,6,7", times=60), IN_TRAP),
            0,
            ITS_HOUR,
        ),
        (lambda: vcalendar(zone(dates(100_000, "RDATE:")), IN_TRAP), 1, SOMEWHERE),
        (lambda: b"BEGIN:VTIMEZONE\r\n" * 400_000, 1, WHOLE_WINDOW),
        (lambda: b"BEGIN:VEVENT\r\n" * 500_000, 1, WHOLE_WINDOW),
        (lambda: b"BEGIN:VCALENDAR\r\n" * 240 + foreign(*HOUR) + b"END:VCALENDAR\r\n" * 240, 0, ITS_HOUR),
        (lambda: b"x" * 8 * MEGABYTE, 1, WHOLE_WINDOW),
        (lambda: b"ab\n" * (8 * MEGABYTE // 3), 1, WHOLE_WINDOW),
        (lambda: b"\r\n " * (8 * MEGABYTE // 3), 1, WHOLE_WINDOW),
        (lambda: foreign(*HOUR, "DESCRIPTION:" + "x\r\n " * (2 * MEGABYTE)), 0, ITS_HOUR),
        (lambda: foreign(*HOUR, 'ATTENDEE;CN="' * 500_000, DECLINED), 0, []),
        (lambda: foreign(*HOUR, "ATTENDEE" + ";A=b" * MEGABYTE, *[DECLINED] * 50_000), 0, []),
    ],
    ids=[
        "secondly",
        "interval-0",
        "exdates",
        "exdate-lines",
        "rdates",
        "setpos",
        "four-centuries",
        "1970",
        "zone",
        "zone-in-disguise",
        "zone-days",
        "zone-for-ever",
        "zone-count",
        "zone-within-limits",
        "zone-dates",
        "zones",
        "events",
        "calendars",
        "line",
        "lines",
        "folds",
        "folded",
        "quotes",
        "parameters",
    ],
)
def test_cost_of_an_object(
    limited: Limited, data: Callable[[], bytes], refused: int, spans: list[tuple[int, int]]
) -> None:
    """Eight megabytes of the worst are read in 150 MB and 8 seconds; what they say of their own times is busy."""
    answer = json.loads(limited("read_object", 150, 8, object=data().decode()))
    assert answer == [refused, [list(pair) for pair in spans]]


def hundred_megabytes(talk: Conversation) -> None:
    talk.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    for _ in range(100):
        talk.wfile.write(b"x" * MEGABYTE)


def bomb(talk: Conversation) -> None:
    packed = gzip.compress(bytes(100 * MEGABYTE))
    talk.answer("200 OK", packed, "Content-Encoding: gzip", "Content-Type: text/calendar")


def one_byte_a_second(talk: Conversation) -> None:
    talk.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    talk.every(1, b"B")


def endless_redirects(talk: Conversation) -> None:
    number = len(talk.server.asked)
    talk.answer("302 On", b"", f"Location: /calendar/{number}")


def billion_laughs(talk: Conversation) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    xml = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{entities}]>'.encode()
    body = multistatus(found("/calendar/1.ics", "<c:calendar-data>&e11;</c:calendar-data>"))
    talk.answer("207 Multi-Status", xml + body.partition(b"?>")[2], "Content-Type: text/xml")


def too_much_to_do(talk: Conversation) -> None:
    """Eight megabytes of rules, each just within its limits."""
    rule = "RRULE:FREQ=DAILY;BYHOUR=1,3,5,7,9,11;BYMINUTE=1,3,5,7,9"
    if talk.server.asked[-1].startswith("GET"):
        events = [vevent("DTSTART:20261101T100000Z", "DURATION:PT1M", rule, uid=str(n)) for n in range(35_000)]
        talk.answer("200 OK", vcalendar(*events))
    else:
        data = (
            f"<c:calendar-data>{foreign('DTSTART:20261101T100000Z', 'DURATION:PT1M', rule).decode()}</c:calendar-data>"
        )
        talk.answer("207 Multi-Status", multistatus(*[found("/1.ics", data)] * 18_000), "Content-Type: text/xml")


@pytest.mark.parametrize(
    ("behave", "calendar", "feed"),
    [
        (hundred_megabytes, "larger than", "larger than"),
        (bomb, "compressed", "compressed"),
        (one_byte_a_second, "took longer than 2 seconds", "took longer than 2 seconds"),
        (endless_redirects, "address has changed", "redirects in circles"),
        (billion_laughs, "not XML", "not a calendar server's"),
        (too_much_to_do, "can be read in time", "can be read in time"),
    ],
)
def test_cost_of_a_server(limited: Limited, behave: Callable[[Conversation], object], calendar: str, feed: str) -> None:
    """Asking a hostile server, by CalDAV and for a feed, takes 250 MB and 10 seconds at most and ends in a sentence."""
    with hostile(behave) as server:
        allowed = f"127.0.0.1:{server.port}"
        deadline = 2 if behave is one_byte_a_second else 10
        said = limited("ask_server", 250, 10, url=server.url, allow=allowed, deadline=deadline).splitlines()
    assert len(said) == 2
    assert calendar in said[0]
    assert feed in said[1]

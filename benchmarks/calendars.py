"""Reading calendars back, and expanding what repeats, against the least that each could cost."""

from __future__ import annotations

import http.client
import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import icalendar

from benchmarks.dav import PASSWORD, USER, fill
from benchmarks.measure import Server, cpu_seconds, in_turn, ratio
from benchmarks.web import Line
from calendars.busy import busy_spans
from calendars.caldav_store import CalDavStore
from calendars.outbound import Guard
from calendars.store import CalendarAccount
from calendars.sync import Known, Mark, pull
from routing.values import TimeRange

ROUNDS = 5
OURS = 20
RECURRING = 1_000
AIMS = {"nothing changed": 1.0, "one changed": 1.5, "busy times": 5.0}
HOME = f"/dav/{USER}/office-hours/"
ETAGS = b'<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'
ZONE = [
    *("BEGIN:VTIMEZONE", "TZID:Europe/Berlin"),
    *("BEGIN:DAYLIGHT", "DTSTART:19810329T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200"),
    *("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "END:DAYLIGHT"),
    *("BEGIN:STANDARD", "DTSTART:19961027T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100"),
    *("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "END:STANDARD", "END:VTIMEZONE"),
]


def event(number: int, summary: str, *more: str, zone: bool = False) -> str:
    """An object as calendar apps write them."""
    first = datetime(2026, 1, 5, 7, 0, tzinfo=UTC) + timedelta(days=number % 365, minutes=number)
    stamp, mark = ("%Y%m%dT%H%M%S", ";TZID=Europe/Berlin") if zone else ("%Y%m%dT%H%M%SZ", "")
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//App//EN", *(ZONE if zone else ()), "BEGIN:VEVENT"),
        *(f"UID:{number}@bench", "DTSTAMP:20260101T000000Z", f"SUMMARY:{summary}", f"DESCRIPTION:{'words ' * 40}"),
        *(f"DTSTART{mark}:{first:{stamp}}", f"DTEND{mark}:{first + timedelta(minutes=30):{stamp}}", *more),
        *("END:VEVENT", "END:VCALENDAR", ""),
    ]
    return "\r\n".join(lines)


class Reading:
    """One calendar, what we know of it, and how much it costs to know it again; both processes' CPU is counted."""

    def __init__(self, server: Server) -> None:
        self._server = server
        base = f"localhost:{server.client.port}"
        self._plain = http.client.HTTPConnection(base, timeout=120)
        guard = Guard(allow=frozenset({base}), deadline=120.0)
        self._store = CalDavStore(CalendarAccount(f"http://{base}{HOME}", USER, PASSWORD), guard)
        self._versions = 0
        found = pull(self._store, [], Mark(), full=True)
        etags = self._store.changes.all().etags
        self._known = [
            Known(f"{number}@bench", f"{HOME}{number}.ics", etags[f"{HOME}{number}.ics"]) for number in range(OURS)
        ]
        self._mark = found.mark

    def floor(self) -> float:
        """The ETags of everything, asked for with nothing but the standard library."""
        return self._cost(lambda: self._ask("PROPFIND", HOME, ETAGS, 207))

    def unchanged(self) -> float:
        return self._cost(lambda: self._pull(0))

    def one_changed(self) -> float:
        """One of our events, changed since by its owner."""
        self._versions += 1
        self._ask("PUT", f"{HOME}0.ics", event(0, f"Version {self._versions}").encode(), 204)
        return self._cost(lambda: self._pull(1))

    def counts(self, cost: Callable[[], float]) -> tuple[int, int]:
        """Requests and bytes of answers of one such reading, its preparation left out."""
        cost()
        requests, size = json.loads(self._server.client.get("/counts"))
        return requests, size

    def _pull(self, changed: int) -> None:
        found = pull(self._store, self._known, self._mark, full=False)
        assert (len(found.changed), len(found.missing), found.others_changed) == (changed, 0, False)
        self._mark = found.mark
        for uid, stored in found.changed.items():
            self._known = [Known(uid, one.href, stored.ref.etag) if one.uid == uid else one for one in self._known]

    def _cost(self, deed: Callable[[], None]) -> float:
        self._server.client.get("/counts")
        began = cpu_seconds(self._server.process.pid) + time.process_time()
        deed()
        return cpu_seconds(self._server.process.pid) + time.process_time() - began

    def _ask(self, method: str, path: str, body: bytes, expected: int) -> None:
        login = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        headers = {"Depth": "1", "Content-Type": "text/calendar", "Authorization": f"Basic {login}"}
        self._plain.request(method, path, body, headers)
        answer = self._plain.getresponse()
        text = answer.read()
        assert answer.status == expected, f"{method} {path}: {answer.status} {text[:500]!r}"

    def close(self) -> None:
        self._plain.close()
        self._store.close()


def readings(work: Path, sizes: tuple[int, ...]) -> Iterator[Line]:
    """A calendar of each size, laid down before its server starts; the first reading fills a cache and is left out."""
    for size in sizes:
        fill(work / str(size), ((f"{number}.ics", event(number, "Meeting")) for number in range(size)))
        with Server("benchmarks.dav", work / str(size)) as server, closing(Reading(server)) as reading:
            subjects = {"nothing changed": reading.unchanged, "one changed": reading.one_changed}
            found = in_turn({"floor": reading.floor, **subjects}, ROUNDS)
            counted = {what: reading.counts(cost) for what, cost in {"floor": reading.floor, **subjects}.items()}
        for what in subjects:
            (asked, told), (_, least) = counted[what], counted["floor"]
            name = f"{size:,} events, {what}: {asked} requests, {told:,} of {least:,} B"
            yield _line(name, found[what], found["floor"], AIMS[what])


def expansion() -> Line:
    """Busy times of many weekly events over sixty days, against parsing the same objects."""
    weekly = [event(number, "Weekly", "RRULE:FREQ=WEEKLY", zone=True).encode() for number in range(RECURRING)]
    window = TimeRange(datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 30, tzinfo=UTC))

    def expand() -> None:
        found = busy_spans(weekly, window)
        assert found.refused == 0
        assert found.spans

    def parse() -> None:
        for data in weekly:
            icalendar.Calendar.from_ical(data)

    found = in_turn({"parse": _timed(parse), "expand": _timed(expand)}, 3)
    name = f"busy times, {RECURRING:,} weekly events, {window.duration.days} days"
    return _line(name, found["expand"], found["parse"], AIMS["busy times"])


def _timed(deed: Callable[[], None]) -> Callable[[], float]:
    def cost() -> float:
        began = time.process_time()
        deed()
        return time.process_time() - began

    return cost


def _line(what: str, figure: list[float], floor: list[float], aim: float) -> Line:
    return Line(what, 1e3 * median(floor), 1e3 * median(figure), ratio(figure, floor), aim)

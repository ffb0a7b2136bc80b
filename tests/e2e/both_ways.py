"""Where guests, a maintainer and bad luck meet: the service, a moody server, and what must be true afterwards."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import icalendar
import requests

from tests.e2e.test_inbound import event_of
from tests.e2e.test_remote import KEY, Desk, one_maintainer
from tests.servers.command import officehours
from tests.servers.moody import Moody, moody_xandikos
from tests.servers.raw_calendar import RawCalendar
from tests.servers.service import Service, until
from tests.servers.smtp import run_smtp
from tests.servers.visitor import Visitor, person

TOPIC = "use_cases"
# A reading that was put off a little by the clock's turn is no work in hand: another is ordered when it matters.
IN_HAND = """SELECT count(*) FROM workflow_status WHERE status IN ('ENQUEUED', 'PENDING')
    OR (status = 'DELAYED' AND delay_until_epoch_ms < ? AND name != 'sync_calendar')"""
PATIENCE = 60.0


@dataclass
class Guest:
    """Somebody with a session. `places` are the times where it may be in the end, `disputed` says that both sides may
    disagree then, `over` that it must be cancelled."""

    number: int
    id: str
    token: str
    first: datetime
    places: set[datetime]
    moves: int = 0
    over: bool = False
    disputed: bool = False
    removed: bool = False
    rescheduled: bool = False

    @property
    def name(self) -> str:
        return f"{self.id}.ics"

    @property
    def email(self) -> str:
        return f"guest{self.number}@example.com"


@dataclass(kw_only=True)
class Place(Desk):
    """The service with one maintainer, whose calendar is on a moody server."""

    moody: Moody
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def topic(self) -> str:
        return TOPIC

    def api(self, path: str, body: dict[str, Any], **headers: str) -> requests.Response:
        return requests.post(f"{self.service.url}/api/v1/bookings{path}", json=body, headers=headers, timeout=30)

    def newcomer(self, start: str) -> Guest | None:
        """Somebody who books that time, once their event is in the calendar; nobody, if it is not to be had."""
        number = next(self.numbers)
        who = person(name=f"Guest {number}", email=f"guest{number}@example.com")
        asked = {name: who[name] for name in ("name", "email", "question")}
        asked |= {"topic": TOPIC, "start": start, "timezone": "Asia/Kolkata"}
        answer = self.api("", asked | {"accept_conduct": True}, **{"Idempotency-Key": uuid.uuid4().hex})
        assert answer.status_code in {201, 409}, answer.text
        if answer.status_code == 409:
            return None
        booking = answer.json()
        token, first = booking["manage_url"].rpartition("/")[2], instant(booking["start"])
        guest = Guest(number, booking["id"], token, first, {first})
        self.rest()
        assert guest.name in self.calendar.names()
        return guest

    def of(self, guest: Guest) -> dict[str, Any]:
        return self.booking(guest.token)

    def stands_at(self, guest: Guest) -> datetime:
        """When the session is by the maintainer's calendar."""
        (event,) = icalendar.Calendar.from_ical(self.calendar.read(guest.name)).walk("VEVENT")
        start: datetime = event.start
        return start

    def order_reading(self) -> None:
        self.press("calendars/read")

    def rest(self) -> None:
        """Wait until nothing is in hand: nothing to write, to read or to send, but for reminders of later days."""
        until(
            lambda: not self._in_hand(), PATIENCE, lambda: f"{self._in_hand()} orders are left\n{self.service.output}"
        )

    def settle(self) -> None:
        """All goes well again, and the calendar is read once more."""
        self.moody.faults.clear()
        self.rest()
        self.order_reading()
        self.rest()

    def _in_hand(self) -> int:
        with closing(sqlite3.connect(self.service.data / "officehours.db")) as connection:
            (found,) = connection.execute(IN_HAND, [1000 * (time.time() + 120)]).fetchone()
        return int(found)

    def free_time(self) -> datetime:
        """A time off the slots that nobody was ever moved to."""
        number = next(self.numbers)
        day = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=3 + number % 50)
        return day + timedelta(minutes=40 * (number // 50 % 9))

    def events(self) -> dict[str, list[icalendar.Event]]:
        """All that stands in the calendar, by UID."""
        found: dict[str, list[icalendar.Event]] = {}
        for name in self.calendar.names():
            for event in icalendar.Calendar.from_ical(self.calendar.read(name)).walk("VEVENT"):
                found.setdefault(str(event["UID"]), []).append(event)
        return found

    def problems(self, guests: list[Guest]) -> list[str]:
        """Where both sides and the mails disagree, a line each."""
        events, page = self.events(), self.page().partition("What was done")[0]
        notices = [str(mail) for mail in self.mail.to(f"{KEY}@example.org")]
        bookings = {guest.number: self.of(guest) for guest in guests}
        found = list(overlapping([booking for booking in bookings.values() if booking["status"] == "confirmed"]))
        for guest in guests:
            booking = bookings[guest.number]
            mine = events.get(f"{guest.id}@officehours", [])
            shown = f"Guest {guest.number}<" in page
            told = any(f"Guest {guest.number} " in notice and "was changed in your" in notice for notice in notices)
            about = [*standing(guest, booking, mine, shown), *self.mailed(guest, booking)]
            if shown and not (told and guest.disputed):
                about.append(f"in dispute (told: {told})")
            found += [f"guest {guest.number}: {line}" for line in about]
        return found

    def mailed(self, guest: Guest, booking: dict[str, Any]) -> Iterator[str]:
        """What is wrong with the mails of one guest: each version once, in order, and the last one true."""
        mails = self.mail.to(guest.email)
        if len({str(mail["Message-ID"]) for mail in mails}) != len(mails):
            yield "one mail came twice"
        told = [(int(event["SEQUENCE"]), str(event["STATUS"]), event.start) for event in map(event_of, mails)]
        if [version[0] for version in told] != sorted(version[0] for version in told):
            yield f"not in order: {told}"
        if max(Counter(version[:2] for version in told).values(), default=0) > 1:
            yield f"told twice: {told}"
        if any(one[0] + 1 == other[0] and one[1:] == other[1:] for one, other in pairwise(told)):
            yield f"told of a change that is none: {told}"
        truth = (booking["sequence"], booking["status"].upper(), instant(booking["start"]))
        if told[-1:] != [truth]:
            yield f"told {told[-1:]}, and it is {truth}"


def standing(guest: Guest, booking: dict[str, Any], events: list[icalendar.Event], shown: bool) -> Iterator[str]:
    """What is wrong between a booking and its event, where no dispute is shown."""
    live = [event for event in events if str(event.get("STATUS")) != "CANCELLED"]
    start = instant(booking["start"])
    if booking["status"] != ("cancelled" if guest.over else "confirmed"):
        yield f"is {booking['status']}"
    elif guest.over:
        yield from (f"its event still stands: {event.start}" for event in live)
    elif len(events) != 1 or not live:
        yield f"has {len(live)} live events, {len(events)} in all"
    elif start not in guest.places:
        yield f"is at {start} and should be at {guest.places}"
    elif not shown and (live[0].start, live[0].end) != (start, instant(booking["end"])):
        yield f"is at {start}, its event at {live[0].start}"
    elif not shown and int(live[0]["SEQUENCE"]) != booking["sequence"]:
        yield f"is version {booking['sequence']}, its event {live[0]['SEQUENCE']}"


def overlapping(bookings: list[dict[str, Any]]) -> Iterator[str]:
    for one, other in pairwise(sorted(bookings, key=lambda booking: str(booking["start"]))):
        if other["start"] < one["end"]:
            yield f"{one['id']} and {other['id']} overlap"


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@contextmanager
def both_sides(folder: Path, sessions: int = 1) -> Iterator[Place]:
    """The service, connected by the command to a calendar on a moody server, and the maintainer signed in.

    So many sessions a slot: what a maintainer calls off is kept free, and a long life needs room.
    """
    community = one_maintainer(folder / "flyte.toml", sessions)
    with run_smtp() as mail, moody_xandikos(folder / "xandikos") as server:
        settings = {"OFFICEHOURS_CALDAV_ALLOW": server.url.removeprefix("http://"), "OFFICEHOURS_SMTP_URL": mail.url}
        with Service(folder / "data", community=community, **settings) as service:
            (folder / "password").write_text("secret\n")
            login = ["--url", f"{server.url}/user/", "--user", "user", "--password-file", str(folder / "password")]
            done = officehours("connect", KEY, *login, data=service.data, **settings)
            assert done.returncode == 0, done.stdout + done.stderr
            link = officehours("sign-in-link", KEY, data=service.data).stdout.strip()
            calendar = RawCalendar(f"{server.direct}/user/calendars/calendar/", "user", "secret")
            with Visitor(service.url) as browser, closing(calendar):
                browser.post(link, browser.get(link))
                yield Place(service, mail, server.url, calendar, browser, moody=server)

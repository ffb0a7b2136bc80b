"""Somebody's own calendar on another server, which tells nobody of its changes: read now and then, or when asked."""

from __future__ import annotations

import re
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import tomli_w

from tests.e2e.flyte import with_real_people
from tests.servers.command import officehours
from tests.servers.raw_calendar import RawCalendar, replaced
from tests.servers.service import Service, until
from tests.servers.smtp import MailServer, run_smtp
from tests.servers.visitor import Visitor
from tests.servers.xandikos import xandikos

KEY, TOPIC = "example-3", "use_cases"
IN_HAND = "SELECT count(*) FROM workflow_status WHERE name = 'sync_calendar' AND status IN ('ENQUEUED', 'PENDING')"


@dataclass
class Desk:
    """The service with one maintainer, whose calendars are on a server by other people."""

    service: Service
    mail: MailServer
    server: str
    calendar: RawCalendar
    browser: Visitor
    booked: list[dict[str, Any]] = field(default_factory=list)

    def openings(self) -> list[str]:
        answer = requests.get(f"{self.service.url}/api/v1/openings", params={"topic": TOPIC}, timeout=30).json()
        return [found["start"] for found in answer["openings"]]

    def book(self, number: int, email: str) -> dict[str, Any]:
        """A booking as the interface gives it, once its event is there and the guest was told."""
        start = self.openings()[number]
        with Visitor(self.service.url) as visitor:
            page = visitor.book(TOPIC, start, email=email)
        assert page.status_code == 200, page.text
        booking = self.booking(page.url)
        until(lambda: name(booking) in self.calendar.names(), 20, lambda: "the event did not come")
        until(lambda: self.mails(email) == 1, 20, lambda: "the confirmation did not come")
        self.booked.append(booking)
        return booking

    def booking(self, url: str) -> dict[str, Any]:
        found: dict[str, Any] = requests.get(
            f"{self.service.url}/api/v1/bookings/{url.rpartition('/')[2]}", timeout=30
        ).json()
        return found

    def again(self, booking: dict[str, Any]) -> dict[str, Any]:
        return self.booking(booking["manage_url"])

    def press(self, action: str) -> str:
        """Press the button of the calendars page whose form leads to an address like this."""
        page = self.browser.get("/maintainer/calendars")
        (address,) = re.findall(rf'action="([^"]*{action})"', page.text)
        return self.browser.post(address, page).text

    def read(self) -> None:
        """Have the calendars read now, and wait until they were."""
        self.press("calendars/read")
        until(lambda: not self.readings_in_hand(), 30, lambda: "the calendars were not read")

    def readings_in_hand(self) -> int:
        """How many are ordered and not done; those for later do not count."""
        with closing(sqlite3.connect(self.service.data / "officehours.db")) as connection:
            found: int = connection.execute(IN_HAND).fetchone()[0]
            return found

    def clear(self) -> None:
        """Everybody cancels, and what is left in the calendar goes."""
        for booking in self.booked:
            token = booking["manage_url"].rpartition("/")[2]
            requests.post(f"{self.service.url}/api/v1/bookings/{token}/cancel", json={}, timeout=30)
        self.booked.clear()
        for left in self.calendar.names():
            with suppress(AssertionError):  # the service may be faster
                self.calendar.delete(left)

    def page(self) -> str:
        return self.browser.get("/maintainer/calendars").text

    def mails(self, address: str) -> int:
        return len(self.mail.to(address))


def name(booking: dict[str, Any]) -> str:
    return f"{booking['id']}.ics"


def start_of(booking: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(booking["start"])


def one_maintainer(target: Path, sessions: int = 1) -> Path:
    """Flyte's programme with one maintainer for everything, so that it is known who takes a session."""
    programme = tomllib.loads(with_real_people(target).read_text())
    for slot in programme["slots"]:
        slot["sessions"] = sessions
    everything = {topic["key"]: 3 for topic in programme["topics"]}
    (somebody,) = [each for each in programme["maintainers"] if each["key"] == KEY]
    del somebody["weekly_limit"]
    programme["maintainers"] = [{**somebody, "slots": ["7am", "1pm", "9pm"], "expertise": everything}]
    target.write_text(tomli_w.dumps(programme))
    return target


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    tmp_path = tmp_path_factory.mktemp("remote")
    community = one_maintainer(tmp_path / "flyte.toml")
    with run_smtp() as mail, xandikos(tmp_path / "xandikos") as server:
        settings = {"OFFICEHOURS_CALDAV_ALLOW": server.removeprefix("http://"), "OFFICEHOURS_SMTP_URL": mail.url}
        with Service(tmp_path / "data", community=community, **settings) as service:
            secret = tmp_path / "password"
            secret.write_text("secret\n")
            connect = ["connect", KEY, "--url", f"{server}/user/", "--user", "user", "--password-file", str(secret)]
            done = officehours(*connect, data=service.data, **settings)
            assert done.returncode == 0, done.stdout + done.stderr
            link = officehours("sign-in-link", KEY, data=service.data).stdout.strip()
            calendar = RawCalendar(f"{server}/user/calendars/calendar/", "user", "secret")
            with Visitor(service.url) as browser:
                browser.post(link, browser.get(link))
                yield Desk(service, mail, server, calendar, browser)
            calendar.close()


@pytest.fixture
def desk(house: Desk) -> Iterator[Desk]:
    """Nobody has a session, at the beginning and at the end."""
    yield house
    house.clear()


def test_one_is_deleted_and_one_is_moved(desk: Desk) -> None:
    """After the next reading the bookings follow, each guest is told once, and the next reading finds nothing."""
    first, second = desk.book(0, "first@example.com"), desk.book(1, "second@example.com")
    later = start_of(second) + timedelta(hours=30)
    desk.calendar.delete(name(first))
    desk.calendar.move(name(second), later)
    desk.read()
    assert desk.again(first)["status"] == "confirmed", "one look is not enough"
    until(lambda: desk.again(first)["status"] == "cancelled", 60, lambda: "nobody looked again")
    assert desk.again(second)["start"] == f"{later:%Y-%m-%dT%H:%M:%SZ}"
    until(lambda: desk.mails("first@example.com") == desk.mails("second@example.com") == 2, 20, lambda: "not told")
    until(lambda: "SEQUENCE:1" in desk.calendar.read(name(second)), 20, lambda: desk.calendar.read(name(second)))
    settled = desk.calendar.etag(name(second))
    desk.read()
    assert (desk.mails("first@example.com"), desk.mails("second@example.com")) == (2, 2)
    assert desk.calendar.etag(name(second)) == settled


def test_when_most_sessions_vanish_nothing_is_cancelled(desk: Desk) -> None:
    """The maintainer is told once and asked; until they answer nobody can book them. A mishap: all is written again."""
    told = len(vanished(desk))
    booked = [desk.book(number, f"guest{number}@example.com") for number in range(4)]
    for booking in booked[:3]:
        desk.calendar.delete(name(booking))
    desk.read()
    desk.read()
    assert [desk.again(booking)["status"] for booking in booked] == ["confirmed"] * 4
    assert [desk.mails(f"guest{number}@example.com") for number in range(4)] == [1] * 4
    until(lambda: len(vanished(desk)) == told + 1, 20, lambda: "the maintainer was not told once")
    assert desk.openings() == []
    desk.press("restore")
    until(lambda: len(desk.calendar.names()) == 4, 20, lambda: str(desk.calendar.names()))
    desk.read()
    assert len(vanished(desk)) == told + 1
    assert desk.openings()
    assert "vanished" not in desk.page().partition("What was done")[0]
    assert [desk.again(booking)["status"] for booking in booked] == ["confirmed"] * 4


def test_when_most_sessions_were_meant_to_go_they_do(desk: Desk) -> None:
    """The same, with the other answer."""
    booked = [desk.book(number, f"visitor{number}@example.com") for number in range(3)]
    for booking in booked:
        desk.calendar.delete(name(booking))
    desk.read()
    assert [desk.again(booking)["status"] for booking in booked] == ["confirmed"] * 3
    desk.press("accept")
    until(lambda: {desk.again(booking)["status"] for booking in booked} == {"cancelled"}, 20, lambda: "still on")
    until(lambda: all(desk.mails(f"visitor{n}@example.com") == 2 for n in range(3)), 20, lambda: "not told")


def vanished(desk: Desk) -> list[object]:
    return [mail for mail in desk.mail.to(f"{KEY}@example.org") if "vanished" in str(mail)]


def test_moved_by_both_the_maintainer_wins(desk: Desk) -> None:
    """The guest moves a session that the maintainer has moved already: it is held when the maintainer can."""
    booking = desk.book(0, "both@example.com")
    theirs = start_of(booking) + timedelta(hours=31)
    desk.calendar.move(name(booking), theirs)
    token = booking["manage_url"].rpartition("/")[2]
    ours = desk.openings()[4]
    url = f"{desk.service.url}/api/v1/bookings/{token}/reschedule"
    assert requests.post(url, json={"start": ours}, timeout=30).status_code == 200
    wanted = f"{theirs:%Y-%m-%dT%H:%M:%SZ}"
    until(lambda: desk.again(booking)["start"] == wanted, 20, lambda: str(desk.again(booking)))
    until(lambda: "SEQUENCE:2" in desk.calendar.read(name(booking)), 20, lambda: desk.calendar.read(name(booking)))
    assert f"DTSTART:{theirs:%Y%m%dT%H%M%SZ}" in desk.calendar.read(name(booking))
    # The mail about their own move may have been overtaken by the maintainer's.
    until(lambda: desk.mails("both@example.com") in (2, 3), 20, lambda: str(desk.mails("both@example.com")))


def test_text_edited_by_the_maintainer_and_time_moved_by_the_guest(desk: Desk) -> None:
    """Both changes stand side by side where they can: the guest's time goes into the calendar."""
    booking = desk.book(0, "text@example.com")
    desk.calendar.write(name(booking), replaced(desk.calendar.read(name(booking)), "SUMMARY", ":My title"))
    ours = desk.openings()[3]
    url = f"{desk.service.url}/api/v1/bookings/{booking['manage_url'].rpartition('/')[2]}/reschedule"
    assert requests.post(url, json={"start": ours}, timeout=30).status_code == 200
    stamp = f"DTSTART:{datetime.fromisoformat(ours):%Y%m%dT%H%M%SZ}"
    until(lambda: stamp in desk.calendar.read(name(booking)), 20, lambda: desk.calendar.read(name(booking)))


def test_a_client_that_will_not_stop_is_stopped(desk: Desk) -> None:
    """A program that moves an event again and again does not send the guest mail after mail."""
    booking = desk.book(0, "loop@example.com")
    for hours in range(30, 36):
        desk.calendar.move(name(booking), start_of(booking) + timedelta(hours=hours))
        desk.read()
    assert desk.again(booking)["sequence"] == 3
    assert "several times within the hour" in desk.page()
    assert desk.mails("loop@example.com") <= 4


def test_a_calendar_that_was_deleted_cancels_nothing(desk: Desk) -> None:
    """Where there is nothing at all any more, the last copy counts for a while and nothing is concluded."""
    booking = desk.book(0, "gone@example.com")
    answer = desk.calendar.session.request("DELETE", desk.calendar.url, timeout=30)
    assert answer.ok
    desk.read()
    assert desk.again(booking)["status"] == "confirmed"
    assert desk.mails("gone@example.com") == 1
    assert "There is no calendar at this address" in desk.page()

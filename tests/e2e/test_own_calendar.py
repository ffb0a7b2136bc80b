"""A maintainer's own CalDAV calendar, on a server by other people, instead of the embedded one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
from caldav.collection import Calendar
from caldav.davclient import DAVClient

from tests.servers.calendar_app import events
from tests.servers.command import officehours
from tests.servers.service import Service, until
from tests.servers.visitor import Visitor
from tests.servers.xandikos import xandikos

EXPERTS = ["example-2", "example-4"]


@dataclass
class Desk:
    """The service, and the own calendar of the two maintainers who know deployment."""

    service: Service
    address: str
    calendar: Calendar

    def starts(self) -> list[str]:
        answer = requests.get(f"{self.service.url}/api/v1/openings?topic=deploy_auth", timeout=30).json()
        return [found["start"] for found in answer["openings"]]

    def sign_in(self, maintainer: str) -> Visitor:
        link = officehours("sign-in-link", maintainer, data=self.service.data).stdout.strip()
        visitor = Visitor(self.service.url)
        visitor.post(link, visitor.get(link))
        return visitor

    def second_calendar(self, name: str) -> Calendar:
        assert self.calendar.client is not None
        return self.calendar.client.principal().make_calendar(name=name, cal_id=name)

    def offer(self, visitor: Visitor, address: str) -> requests.Response:
        """The page that offers the calendars of an account."""
        page = visitor.get("/maintainer")
        return visitor.post("/maintainer/calendar", page, url=address, username="user", password="secret")

    def connect(self, visitor: Visitor, address: str) -> requests.Response:
        """Sign in, and use what is offered: write into the first calendar, read all."""
        offer = self.offer(visitor, address)
        offered = re.findall(r'name="(write|read)" type="\w+" value="(\d+)" checked', offer.text)
        return visitor.post(offer.url, offer, **dict(offered)) if offered else offer


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with (
        xandikos(tmp_path / "xandikos") as base,
        Service(tmp_path / "data", OFFICEHOURS_CALDAV_ALLOW=base.removeprefix("http://")) as service,
        DAVClient(f"{base}/user/", username="user", password="secret", auth_type="basic", timeout=20) as client,
    ):
        yield Desk(service, f"{base}/user/", client.principal().get_calendars()[0])


def choose(offers: Iterable[tuple[Visitor, requests.Response]], name: str) -> None:
    """Write to the calendar of this name, and read it."""
    for visitor, offer in offers:
        (number,) = re.findall(rf'for="write-(\d+)"><bdi>{name}</bdi>', offer.text)
        answer = visitor.post(offer.url, visitor.get(offer.url), write=number, read=number)
        assert answer.status_code == 200, answer.text


def test_sessions_and_busy_times_go_to_and_come_from_the_own_calendar(desk: Desk) -> None:
    """Sessions appear there, and what they have there is looked at in the last moment before a booking."""
    for maintainer in EXPERTS:
        with desk.sign_in(maintainer) as visitor:
            answer = desk.connect(visitor, desk.address)
            assert answer.status_code == 200, answer.text
    start, taken = desk.starts()[2:4]
    with Visitor(desk.service.url) as attendee:
        assert attendee.book("deploy_auth", start, email="first@example.com").status_code == 200
        until(lambda: len(events(desk.calendar)) == 1, 30, lambda: "no event in the own calendar")
        (event,) = events(desk.calendar).values()
        assert f"{event.start:%Y-%m-%dT%H:%M:%SZ}" == start
        begin = datetime.fromisoformat(taken)
        desk.calendar.add_event(dtstart=begin, dtend=begin + timedelta(minutes=30), summary="School play")
        refused = attendee.book("deploy_auth", taken, email="second@example.com")
        assert refused.status_code == 409
        assert "second@example.com" in refused.text


def test_sessions_move_to_the_calendar_chosen_last(desk: Desk) -> None:
    """From one calendar of the account into another, and out of it when the connection is removed."""
    other = desk.second_calendar("private")
    with ExitStack() as stack:
        maintainers = [stack.enter_context(desk.sign_in(maintainer)) for maintainer in EXPERTS]
        offers = [desk.offer(maintainer, desk.address) for maintainer in maintainers]
        choose(zip(maintainers, offers, strict=True), "calendar")
        with Visitor(desk.service.url) as attendee:
            assert attendee.book("deploy_auth", desk.starts()[2], email="first@example.com").status_code == 200
        until(lambda: len(events(desk.calendar)) == 1, 30, lambda: "no event in the first calendar")
        choose(zip(maintainers, offers, strict=True), "private")
        until(lambda: not events(desk.calendar), 30, lambda: "the event is still in the first calendar")
        until(lambda: len(events(other)) == 1, 30, lambda: "no event in the second calendar")
        for maintainer, offer in zip(maintainers, offers, strict=True):
            gone = maintainer.post(f"{offer.url}/remove", maintainer.get("/maintainer"))
            assert "the calendar that this service keeps for you" in gone.text
        until(lambda: not events(other), 30, lambda: "the event is still in the second calendar")


def test_a_private_address_nobody_allowed_is_refused_in_a_sentence(desk: Desk) -> None:
    """The service does not become a way into its own network; what was typed stays, but the password."""
    with desk.sign_in("example-1") as visitor:
        answer = desk.connect(visitor, "http://127.0.0.1:9/calendars/")
        assert answer.status_code == 422
        assert "http://127.0.0.1:9/calendars/" in answer.text
        assert 'value="secret"' not in answer.text


def test_nobody_answering_is_said_in_a_sentence(desk: Desk, tmp_path: Path) -> None:
    """A wrong path on a reachable server is not stored as a calendar."""
    with desk.sign_in("example-1") as visitor:
        answer = desk.connect(visitor, desk.address.replace("/user/", "/nobody/"))
        assert answer.status_code == 422
        assert "There is a problem" in answer.text

"""Booked sessions from both sides: the guest's private page, and the maintainer's calendar app."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import Any

import requests

from tests.servers.command import officehours
from tests.servers.raw_calendar import RawCalendar
from tests.servers.service import Service, until
from tests.servers.smtp import MailServer
from tests.servers.visitor import Visitor


@dataclass
class Held:
    """A booked session, from both sides: its private page, and its event in the maintainer's calendar."""

    town: Town
    url: str
    maintainer: str
    calendar: RawCalendar
    name: str

    @property
    def booking(self) -> dict[str, Any]:
        token = self.url.rpartition("/")[2]
        found: dict[str, Any] = requests.get(f"{self.town.service.url}/api/v1/bookings/{token}", timeout=30).json()
        return found

    @property
    def start(self) -> datetime:
        return datetime.fromisoformat(self.booking["start"])

    def becomes(self, **expected: object) -> dict[str, Any]:
        """The booking, once it says all that: within a few seconds, without anybody asking for it."""
        until(lambda: expected.items() <= self.booking.items(), 15, lambda: f"{expected} not in {self.booking}")
        return self.booking

    def text(self) -> str:
        return self.calendar.read(self.name)


@dataclass
class Town:
    service: Service
    mail: MailServer
    calendars: dict[str, RawCalendar]
    browsers: dict[str, Visitor] = field(default_factory=dict)

    def openings(self, topic: str) -> list[str]:
        answer = requests.get(f"{self.service.url}/api/v1/openings", params={"topic": topic}, timeout=30).json()
        return [found["start"] for found in answer["openings"]]

    def book(self, topic: str, number: int, email: str) -> Held:
        """Book the opening of that number, and wait for its event."""
        with Visitor(self.service.url) as visitor:
            page = visitor.book(topic, self.openings(topic)[number], email=email)
        assert page.status_code == 200, page.text
        token = page.url.rpartition("/")[2]
        booking = requests.get(f"{self.service.url}/api/v1/bookings/{token}", timeout=30).json()
        key = f"example-{booking['maintainer']['name'][-1]}"
        held = Held(self, page.url, key, self.calendars[key], f"{booking['id']}.ics")
        until(lambda: held.name in held.calendar.names(), 20, lambda: "the event did not come")
        self.mails(email, 1)
        told = f"{key}@example.org"
        until(lambda: any(email in str(mail) for mail in self.mail.to(told)), 20, lambda: f"no mail to {told}")
        return held

    def mails(self, address: str, number: int) -> list[EmailMessage]:
        until(lambda: len(self.mail.to(address)) >= number, 20, lambda: f"no mail {number} to {address}")
        return self.mail.to(address)

    def page(self, maintainer: str) -> str:
        return self.browser(maintainer).get("/maintainer/calendars").text

    def browser(self, maintainer: str) -> Visitor:
        """The maintainer's browser, signed in."""
        if maintainer not in self.browsers:
            link = officehours("sign-in-link", maintainer, data=self.service.data).stdout.strip()
            visitor = self.browsers[maintainer] = Visitor(self.service.url)
            visitor.post(link, visitor.get(link))
        return self.browsers[maintainer]

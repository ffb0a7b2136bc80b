"""The main job from outside: a service started on an empty folder, driven over HTTP, DAV and SMTP."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import icalendar
import pytest
import requests
from caldav.collection import Calendar

from tests.e2e.flyte import PUBLISHED, with_real_people
from tests.servers.calendar_app import app_password, app_passwords_for, calendar_app, events
from tests.servers.command import officehours
from tests.servers.service import Service, until
from tests.servers.smtp import MailServer, run_smtp
from tests.servers.visitor import Visitor

CASES = [(topic, slot) for slot, topics in PUBLISHED.items() for topic in topics]
MAINTAINERS = [f"example-{number}" for number in range(1, 6)]


@dataclass
class Town:
    """One running service and everything around it."""

    service: Service
    mail: MailServer
    calendars: list[Calendar]

    def openings(self, topic: str, slot: str | None = None) -> list[str]:
        """The starts that are offered, as the interface gives them."""
        answer = requests.get(f"{self.service.url}/api/v1/openings", params={"topic": topic}, timeout=30).json()
        return [found["start"] for found in answer["openings"] if slot in (None, found["slot"])]

    def opening(self, topic: str, slot: str, position: int = 0) -> str:
        return self.openings(topic, slot)[position]

    def mail_to(self, address: str, number: int) -> EmailMessage:
        """The mail number `number` (from 1) to this address, once it has come."""
        until(lambda: len(self.mail.to(address)) >= number, 30, lambda: f"mail {number} to {address} did not come")
        return self.mail.to(address)[number - 1]

    def booking(self, url: str) -> dict[str, Any]:
        """A booking as the interface gives it, by the address of its private page."""
        token = url.rpartition("/")[2]
        found: dict[str, Any] = requests.get(f"{self.service.url}/api/v1/bookings/{token}", timeout=30).json()
        return found

    def event(self, uid: str) -> icalendar.Event | None:
        """The event with this UID, in whichever maintainer's calendar it stands; it must not stand in two."""
        found = []
        for calendar in self.calendars:
            found += [event for known, event in events(calendar).items() if known == uid]
        assert len(found) <= 1
        return found[0] if found else None


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    community = with_real_people(folder / "flyte.toml")
    with (
        run_smtp() as mail,
        Service(folder / "data", community=community, OFFICEHOURS_SMTP_URL=mail.url) as service,
        ExitStack() as apps,
    ):
        passwords = app_passwords_for(service.data, MAINTAINERS)
        yield Town(
            service, mail, [apps.enter_context(calendar_app(service.url, *login)) for login in passwords.items()]
        )


def invitation(message: EmailMessage) -> icalendar.Calendar:
    """The iTIP object of a mail; the attachment carries the same bytes."""
    parts = {part.get_content_type(): part for part in message.walk()}
    (attached,) = [part for part in message.iter_attachments() if part.get_filename() == "invite.ics"]
    inline = parts["text/calendar"].get_payload(decode=True)
    assert attached.get_payload(decode=True) == inline
    calendar = icalendar.Calendar.from_ical(inline)
    assert parts["text/calendar"].get_param("method") == calendar["METHOD"]
    return calendar


def starts(event: icalendar.Event) -> str:
    begin: datetime = event.start
    return f"{begin:%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def visitor(town: Town) -> Iterator[Visitor]:
    with Visitor(town.service.url) as visitor:
        yield visitor


@pytest.mark.parametrize(("topic", "slot"), CASES)
def test_every_published_topic_is_booked_in_every_slot_that_serves_it(
    town: Town, visitor: Visitor, topic: str, slot: str
) -> None:
    """Booked by form: the event stands in the maintainer's calendar, and both sides have their mail."""
    address = f"{topic}-{slot}@example.com"
    start = town.opening(topic, slot)
    page = visitor.book(topic, start, email=address)
    assert page.status_code == 200, page.text
    booking = town.booking(page.url)
    assert (booking["start"], booking["topic"], booking["status"]) == (start, topic, "confirmed")
    mail = town.mail_to(address, 1)
    asked = invitation(mail)
    (event,) = asked.walk("VEVENT")
    assert (asked["METHOD"], starts(event), int(event["SEQUENCE"])) == ("REQUEST", start, 0)
    until(lambda: town.event(event["UID"]) is not None, 20, lambda: "no event in any calendar")
    stored = town.event(event["UID"])
    assert stored is not None
    assert starts(stored) == start
    assert "ORGANIZER" not in stored
    assert "Asha Rao" in stored["SUMMARY"]
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().index("Kolkata, UTC+5:30") < text.get_content().index("Los Angeles, UTC-8")


def test_a_move_carries_through(town: Town, visitor: Visitor) -> None:
    """The private page moves the session: same UID, higher SEQUENCE, in the calendar and in the mail."""
    page = visitor.book("releases", town.opening("releases", "7am", 3), email="mover@example.com")
    (before,) = invitation(town.mail_to("mover@example.com", 1)).walk("VEVENT")
    start = town.opening("releases", "7am", 6)
    confirm = visitor.session.get(f"{page.url}/move/confirm", params={"start": start}, timeout=30)
    moved = visitor.post(f"{page.url}/move", confirm, start=start)
    assert moved.status_code == 200, moved.text
    (after,) = invitation(town.mail_to("mover@example.com", 2)).walk("VEVENT")
    assert after["UID"] == before["UID"]
    assert (int(after["SEQUENCE"]), starts(after)) == (1, start)
    until(
        lambda: (event := town.event(after["UID"])) is not None and starts(event) == start,
        20,
        lambda: "the event in the calendar did not move",
    )


def test_a_cancellation_carries_through(town: Town, visitor: Visitor) -> None:
    """The private page cancels: METHOD:CANCEL by mail, the event gone from the calendar, the time free again."""
    start = town.opening("deploy_auth", "1pm", 4)
    page = visitor.book("deploy_auth", start, email="leaver@example.com")
    (booked,) = invitation(town.mail_to("leaver@example.com", 1)).walk("VEVENT")
    until(lambda: town.event(booked["UID"]) is not None, 20, lambda: "no event in any calendar")
    form = visitor.get(f"{page.url}/cancel")
    assert town.booking(page.url)["status"] == "confirmed", "a GET must not cancel"
    visitor.post(f"{page.url}/cancel", form, reason="Solved it myself")
    called_off = invitation(town.mail_to("leaver@example.com", 2))
    (event,) = called_off.walk("VEVENT")
    assert (called_off["METHOD"], event["STATUS"], event["UID"]) == ("CANCEL", "CANCELLED", booked["UID"])
    assert int(event["SEQUENCE"]) == 1
    until(lambda: town.event(booked["UID"]) is None, 20, lambda: "the event is still in the calendar")
    assert start in town.openings("deploy_auth")


def test_what_maintainers_write_into_their_calendars_is_not_offered(town: Town) -> None:
    """Events from calendar apps close an opening as soon as nobody is left for it."""
    start = town.opening("platform_config", "7am", 9)
    begin = datetime.fromisoformat(start)
    for calendar in town.calendars:
        calendar.add_event(dtstart=begin, dtend=begin + timedelta(minutes=30), summary="Dentist")
    until(lambda: start not in town.openings("platform_config"), 20, lambda: f"{start} is still offered")


def test_a_calendar_app_needs_its_password(town: Town) -> None:
    """Nobody reads a calendar with a wrong password or with somebody else's."""
    url = f"{town.service.url}/dav/example-1/office-hours/"
    assert requests.get(url, timeout=20).status_code == 401
    assert requests.get(url, auth=("example-1", "wrong"), timeout=20).status_code == 401
    right = app_password(town.service.data, "example-1")
    assert requests.get(url, auth=("example-1", right), timeout=20).status_code == 200


def test_calendar_apps_find_their_way_by_the_host_alone(town: Town) -> None:
    """The well-known address leads to the calendar server (RFC 6764)."""
    answer = requests.request("PROPFIND", f"{town.service.url}/.well-known/caldav", allow_redirects=False, timeout=20)
    assert (answer.status_code, answer.headers["Location"]) == (301, "/dav/")


def test_the_interface_books_once_for_one_key(town: Town) -> None:
    """The same request again, with its Idempotency-Key, gives the booking it made."""
    body = {
        "topic": "integrations",
        "start": town.opening("integrations", "9pm", 5),
        "name": "Noor",
        "email": "noor@example.com",
        "timezone": "Europe/Berlin",
        "question": "Does the Snowflake agent take key pairs?",
        "accept_conduct": True,
    }
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    url = f"{town.service.url}/api/v1/bookings"
    first, second = (requests.post(url, json=body, headers=headers, timeout=30) for _ in range(2))
    assert first.status_code == 201, first.text
    assert second.json()["id"] == first.json()["id"]
    assert any("expert" in reason["text"] or "knows" in reason["text"] for reason in first.json()["reasons"])


def test_commands_say_what_the_service_does(town: Town) -> None:
    """The reading commands look at the same data, while it is served."""
    data = town.service.data
    assert "deploy_auth" in officehours("topics", data=data).stdout
    assert "Los Angeles" in officehours("openings", "deploy_auth", data=data).stdout
    assert "Flyte deployment, auth" in officehours("route", "deploy_auth", data=data).stdout
    assert officehours("tz-check", "--json", data=data).stdout.strip() == "[]"

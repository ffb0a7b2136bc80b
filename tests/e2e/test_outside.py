"""Zoom, Twilio and a mail server that work, fail and come back: the booking never suffers, and nothing goes twice."""

from __future__ import annotations

import math
import re
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from werkzeug.wrappers import Response

import booking.workflows  # noqa: F401 - declares what may be ordered
from booking.app import create_app
from booking.effects.sweep import sweep_meetings
from booking.extensions import db
from booking.settings import Settings
from tests.e2e.flyte import with_real_people
from tests.servers.service import Service, until
from tests.servers.smtp import MailServer, run_smtp
from tests.servers.twilio import ACCOUNT, SENDER, TOKEN, Post, TwilioServer, run_twilio
from tests.servers.visitor import Visitor
from tests.servers.zoom import ZoomServer, run_zoom
from tests.servers.zoom_events import SECRET, event, signed

PHONE = "+12025550123"


@dataclass
class World:
    """The service and the three vendors it talks to."""

    service: Service
    mail: MailServer
    zoom: ZoomServer
    twilio: TwilioServer

    def starts(self, topic: str) -> list[str]:
        answer = requests.get(f"{self.service.url}/api/v1/openings", params={"topic": topic}, timeout=30).json()
        return [found["start"] for found in answer["openings"]]

    def book(self, topic: str, start: str, **more: Any) -> dict[str, Any]:
        """A booking over the interface by somebody new."""
        body = {
            "topic": topic,
            "start": start,
            "name": "Asha Rao",
            "email": f"{uuid.uuid4().hex[:10]}@example.com",
            "timezone": "Asia/Kolkata",
            "question": "Why?",
            "accept_conduct": True,
            **more,
        }
        answer = requests.post(
            f"{self.service.url}/api/v1/bookings",
            json=body,
            headers={"Idempotency-Key": uuid.uuid4().hex},
            timeout=30,
        )
        assert answer.status_code == 201, answer.text
        return {**answer.json(), "email": body["email"]}

    def prove(self, booking: dict[str, Any], number: str) -> None:
        """Enter the code that comes to the number."""
        until(lambda: self.twilio.texts(number), 30, lambda: "no code came")
        [code] = re.findall(r"\b[0-9]{6}\b", self.twilio.texts(number)[-1])
        self.act(booking, "phone-code", code=code)

    def tell(self, sent: Post) -> int:
        """Twilio posts to the service; gives the status it answers with."""
        return requests.post(sent.url, data=sent.form, headers=sent.headers, timeout=30).status_code

    def act(self, booking: dict[str, Any], verb: str, **body: str) -> None:
        token = booking["manage_url"].rpartition("/")[2]
        answer = requests.post(f"{self.service.url}/api/v1/bookings/{token}/{verb}", json=body, timeout=30)
        assert answer.status_code == 200, answer.text

    def deliveries(self, email: str) -> list[dict[str, Any]]:
        """The attendee's deliveries of the booking of this address."""
        connection = sqlite3.connect(f"file:{self.service.data}/officehours.db?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        rows = connection.execute(
            "SELECT delivery.* FROM delivery JOIN booking ON booking.id = booking_id "
            "WHERE attendee_email = ? AND audience = 'attendee' ORDER BY delivery.id",
            (email,),
        ).fetchall()
        connection.close()
        return [dict(row) for row in rows]

    def states(self, email: str) -> dict[tuple[str, str], str]:
        """The state of the newest of those of each kind and channel."""
        return {(row["kind"], row["channel"]): row["state"] for row in self.deliveries(email)}

    def reason(self, email: str) -> str:
        """Why the confirmation has not gone out yet."""
        return str(self.deliveries(email)[0]["reason"])

    def meetings(self) -> list[str]:
        return sorted(meeting["start_time"] for meeting in self.zoom.meetings.values())


@contextmanager
def start_world(folder: Path, community: Path) -> Iterator[World]:
    with run_smtp() as mail, run_zoom() as zoom, run_twilio() as twilio:
        settings = {
            "OFFICEHOURS_SMTP_URL": mail.url,
            "OFFICEHOURS_ZOOM_ACCOUNT_ID": zoom.account_id,
            "OFFICEHOURS_ZOOM_CLIENT_ID": zoom.client[0],
            "OFFICEHOURS_ZOOM_CLIENT_SECRET": zoom.client[1],
            "OFFICEHOURS_ZOOM_API_URL": zoom.api_url,
            "OFFICEHOURS_ZOOM_OAUTH_URL": zoom.oauth_url,
            "OFFICEHOURS_ZOOM_WEBHOOK_SECRET": SECRET,
            "OFFICEHOURS_TWILIO_ACCOUNT_SID": ACCOUNT,
            "OFFICEHOURS_TWILIO_AUTH_TOKEN": TOKEN,
            "OFFICEHOURS_TWILIO_FROM": SENDER,
            "OFFICEHOURS_TWILIO_API_URL": twilio.url,
        }
        with Service(folder / "data", community=community, **settings) as service:
            yield World(service, mail, zoom, twilio)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("outside")
    with start_world(folder, with_real_people(folder / "flyte.toml")) as world:
        yield world


def test_a_meeting_lives_exactly_as_long_as_its_booking(world: World) -> None:
    """Made at booking, moved with it, deleted with it; the stable join page says when it opens."""
    first, second = world.starts("releases")[2:4]
    booking = world.book("releases", first)
    until(lambda: first in world.meetings(), 20, lambda: "no meeting was made")
    joined = requests.get(booking["join_url"], allow_redirects=False, timeout=10)
    assert "The meeting opens at" in joined.text
    world.act(booking, "reschedule", start=second)
    until(lambda: second in world.meetings(), 20, lambda: "the meeting did not move")
    assert first not in world.meetings()
    world.act(booking, "cancel", reason="Solved")
    until(lambda: second not in world.meetings(), 20, lambda: "the meeting is still there")


def test_a_meeting_whose_creation_was_not_heard_of_is_found_again(world: World) -> None:
    """Zoom made the meeting and cut the connection: the next try looks first, and there is one meeting."""
    start = world.starts("plugins")[5]
    world.zoom.fail("create", "cut")
    world.book("plugins", start)
    until(lambda: len(world.zoom.asked("create")) >= 1, 20, lambda: "Zoom was not asked")
    until(lambda: len(world.zoom.asked("find")) >= 1, 30, lambda: "nobody looked for the lost meeting")
    until(lambda: world.meetings().count(start) == 1, 20, lambda: str(world.meetings()))


def test_zoom_down_fails_no_booking(world: World) -> None:
    """While Zoom is down the booking stands and its mail goes out; the meeting follows when Zoom is back."""
    start = world.starts("use_cases")[5]
    world.zoom.fail("create", Response(status=503), Response(status=503))
    booking = world.book("use_cases", start)
    until(lambda: len(world.mail.to(booking["email"])) == 1, 20, lambda: "no confirmation")
    until(lambda: start in world.meetings(), 40, lambda: "Zoom came back, and no meeting was made")


def test_a_meeting_deleted_by_hand_is_made_again(world: World) -> None:
    """Zoom tells, signed; the booking gets another meeting at its time."""
    start = world.starts("releases")[8]
    world.book("releases", start)
    until(lambda: start in world.meetings(), 20, lambda: "no meeting was made")
    number = next(number for number, meeting in world.zoom.meetings.items() if meeting["start_time"] == start)
    del world.zoom.meetings[number]
    body = event("meeting.deleted", number, datetime.now(UTC))
    address = f"{world.service.url}/webhooks/zoom"
    until(
        lambda: (
            requests.post(address, data=body, headers=signed(body, datetime.now(UTC)), timeout=10).ok
            and start in world.meetings()
        ),
        20,
        lambda: "no new meeting was made",
    )


def test_the_nightly_sweep_is_carried_out(world: World) -> None:
    """Ordered as the nightly tick does it, and worked off by the running service: what no booking has goes."""
    start = world.starts("releases")[9]
    world.book("releases", start)
    until(lambda: start in world.meetings(), 20, lambda: "no meeting was made")
    meeting = next(meeting for meeting in world.zoom.meetings.values() if meeting["start_time"] == start)
    world.zoom.meetings[1] = {**meeting, "id": 1}
    app = create_app(Settings(data=world.service.data, zoom_account_id="a", zoom_client_id="b", zoom_client_secret="c"))
    with app.app_context():
        sweep_meetings()
        db.session.remove()
        db.engine.dispose()
    until(lambda: 1 not in world.zoom.meetings, 20, lambda: "the second meeting is still there")
    assert world.meetings().count(start) == 1


def test_a_mail_server_that_says_later_gets_the_mail_later(world: World) -> None:
    """A temporary refusal is tried again, and the mail arrives once."""
    world.mail.replies["RCPT"] = "450 later"
    booking = world.book("integrations", world.starts("integrations")[5])
    until(lambda: "450" in world.reason(booking["email"]), 20, lambda: "the refusal is not on the delivery")
    assert world.mail.to(booking["email"]) == []
    del world.mail.replies["RCPT"]
    until(lambda: len(world.mail.to(booking["email"])) == 1, 40, lambda: "the mail never came")
    until(lambda: world.states(booking["email"])[("confirmation", "email")] == "sent", 20, lambda: "not marked sent")


def test_a_refused_address_is_a_failed_delivery_with_a_reason(world: World) -> None:
    """A permanent refusal is not repeated, and the attendee's page shows it."""
    world.mail.replies["RCPT"] = "550 no such user"
    booking = world.book("getting_started", world.starts("getting_started")[6])
    until(lambda: world.states(booking["email"])[("confirmation", "email")] == "failed", 20, lambda: "still not failed")
    del world.mail.replies["RCPT"]
    with Visitor(world.service.url) as visitor:
        assert "failed" in visitor.get(booking["manage_url"]).text.lower()


def test_a_text_goes_only_with_consent_and_never_twice(world: World) -> None:
    """Twilio took the code and answered 500: its list is asked, and neither code nor confirmation is repeated."""
    starts = world.starts("propeller")
    world.twilio.fail("500")
    booking = world.book("propeller", starts[3], phone=PHONE, sms_consent=True)
    until(lambda: world.states(booking["email"])[("confirmation", "sms")] == "skipped", 20, lambda: "not skipped")
    until(lambda: any(method == "GET" for method, _ in world.twilio.requests), 30, lambda: "the list was not asked")
    world.prove(booking, PHONE)
    until(lambda: world.states(booking["email"])[("confirmation", "sms")] == "sent", 30, lambda: "not sent")
    assert len(world.twilio.texts(PHONE)) == 2
    assert world.tell(world.twilio.report(PHONE, "delivered")) == 204
    assert world.states(booking["email"])[("confirmation", "sms")] == "delivered"
    silent = world.book("propeller", starts[4], phone="+12025550124", sms_consent=False)
    until(lambda: len(world.mail.to(silent["email"])) == 1, 20, lambda: "no confirmation")
    assert world.twilio.texts("+12025550124") == []


def test_a_phone_that_was_off_gets_the_text_once_more(world: World) -> None:
    """The report orders one more try on the real engine; STOP ends it all before that."""
    number = "+12025550125"
    booking = world.book("propeller", world.starts("propeller")[5], phone=number, sms_consent=True)
    world.prove(booking, number)
    until(lambda: world.states(booking["email"])[("confirmation", "sms")] == "sent", 30, lambda: "not sent")
    assert world.tell(world.twilio.report(number, "undelivered", 30003)) == 204
    assert world.states(booking["email"])[("confirmation", "sms")] == "pending"
    assert world.tell(world.twilio.incoming(f"{world.service.url}/webhooks/twilio/incoming", number, "STOP")) == 200
    states = {row["state"] for row in world.deliveries(booking["email"]) if row["channel"] == "sms"}
    assert states == {"skipped"}


def test_a_reminder_comes_when_it_is_due_and_not_for_a_cancelled_session(tmp_path: Path) -> None:
    """Two sessions that start in under two minutes, one of them cancelled: one reminder, to the other."""
    now = datetime.now(UTC)
    start = datetime.fromtimestamp(math.ceil((now.timestamp() + 75) / 60) * 60, UTC)
    lead = int((start - now) / timedelta(seconds=1)) - 25
    wall = start.astimezone(ZoneInfo("America/Los_Angeles"))
    days = 'weekdays = ["mon", "tue", "wed", "thu", "fri"]'
    community = with_real_people(
        tmp_path / "soon.toml",
        **{
            'starts = "13:00"': f'starts = "{wall:%H:%M}"',
            days: 'weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]',
            'minimum_notice = "4h"': 'minimum_notice = "0s"',
            'reminders = ["24h", "1h"]': f'reminders = ["{lead}s"]',
        },
    )
    with start_world(tmp_path, community) as world:
        instant = f"{start:%Y-%m-%dT%H:%M:%SZ}"
        kept, dropped = (world.book("deploy_auth", instant) for _ in range(2))
        world.act(dropped, "cancel")
        until(lambda: len(world.mail.to(kept["email"])) == 2, 60, lambda: "no reminder came")
        assert len({mail["Subject"] for mail in world.mail.to(kept["email"])}) == 2
        until(lambda: world.states(dropped["email"])[("reminder", "email")] == "skipped", 20, lambda: "still planned")
        reminder = world.mail.to(kept["email"])[1]["Subject"]
        assert reminder not in [mail["Subject"] for mail in world.mail.to(dropped["email"])]


def test_an_unproven_address_gets_one_mail_and_nothing_else(tmp_path: Path) -> None:
    """With proof of the address on, the time is held; only the mailed link confirms it, by a button."""
    community = with_real_people(tmp_path / "proof.toml", **{"verify_email = false": "verify_email = true"})
    with start_world(tmp_path, community) as world:
        booking = world.book("releases", world.starts("releases")[0])
        assert booking["status"] == "held"
        until(lambda: len(world.mail.to(booking["email"])) == 1, 20, lambda: "no mail to prove the address")
        text = world.mail.to(booking["email"])[0].get_body(("plain",)).get_content()
        assert "Why?" not in text
        link = next(word for word in text.split() if word.endswith("/verify"))
        with Visitor(world.service.url) as visitor:
            page = visitor.get(link)
            assert world.zoom.meetings == {}
            confirmed = visitor.post(link, page)
            assert confirmed.status_code == 200
        until(lambda: len(world.mail.to(booking["email"])) == 2, 20, lambda: "no confirmation")
        until(lambda: len(world.zoom.meetings) == 1, 20, lambda: "no meeting")

"""The main job from outside: a service started on an empty folder, driven over HTTP, DAV and SMTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import icalendar
import pytest
import requests

from tests.e2e.flyte import PUBLISHED, with_real_people
from tests.servers.calendar_app import CalendarApp
from tests.servers.service import Service, officehours, until
from tests.servers.smtp import SmtpServer
from tests.servers.visitor import Visitor, person

CASES = [(topic, slot) for slot, topics in PUBLISHED.items() for topic in topics]


@dataclass
class Town:
    """Everything around one running service."""

    service: Service
    mail: SmtpServer
    data: Path

    def openings(self, topic: str) -> list[dict[str, str]]:
        answer = requests.get(f"{self.service.url}/api/v1/openings", params={"topic": topic}, timeout=30)
        found: list[dict[str, str]] = answer.json()["openings"]
        return found

    def opening(self, topic: str, slot: str, position: int = 0) -> str:
        return [found["start"] for found in self.openings(topic) if found["slot"] == slot][position]

    def mails_to(self, address: str) -> list[EmailMessage]:
        return [message for message in self.mail.messages if message["To"].addresses[0].addr_spec == address]

    def mail_to(self, address: str, number: int) -> EmailMessage:
        """The mail number `number` (from 1) to this address, once it has come."""
        until(lambda: len(self.mails_to(address)) >= number, 30, lambda: f"mail {number} to {address} did not come")
        return self.mails_to(address)[number - 1]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    community = with_real_people(folder / "flyte.toml")
    with SmtpServer() as mail:
        service = Service(folder / "data", community=community, OFFICEHOURS_SMTP_URL=mail.url)
        with service:
            yield Town(service, mail, folder / "data")

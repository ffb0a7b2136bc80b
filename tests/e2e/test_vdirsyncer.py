"""A calendar app by other people: vdirsyncer keeps a folder of files and the maintainer's calendar alike, both ways."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.test_inbound import as_text, event_of
from tests.e2e.test_remote import KEY, one_maintainer
from tests.servers.calendar_app import app_password
from tests.servers.command import clean_environment
from tests.servers.raw_calendar import replaced
from tests.servers.service import Service, until
from tests.servers.smtp import MailServer, run_smtp
from tests.servers.visitor import Visitor

COMMAND = str(Path(sys.executable).with_name("vdirsyncer"))
CONFIGURATION = """
[general]
status_path = "{home}/status/"
[pair office]
a = "folder"
b = "calendar"
collections = ["office-hours"]
conflict_resolution = "b wins"
[storage folder]
type = "filesystem"
path = "{home}/calendars/"
fileext = ".ics"
[storage calendar]
type = "caldav"
url = "{url}/dav/"
username = "{user}"
password = "{password}"
"""


@dataclass
class Laptop:
    """The maintainer's machine, and the service it talks to."""

    home: Path
    service: Service
    mail: MailServer

    @property
    def folder(self) -> Path:
        return self.home / "calendars" / "office-hours"

    def runs(self, command: str) -> None:
        done = subprocess.run(
            [COMMAND, "--config", str(self.home / "config"), command],
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def syncs_until(self, booking: dict[str, Any], words: str) -> Path:
        """Sync again and again until the file of a booking says that; gives it, whatever name it was given."""

        def files() -> list[Path]:
            texts = {path: path.read_text() for path in self.folder.iterdir()}
            return [path for path, text in texts.items() if booking["id"] in text and words in text]

        def there() -> bool:
            self.runs("sync")
            return len(files()) == 1

        until(there, 30, lambda: f"{words} for {booking} is in {files()}")
        return files()[0]

    def book(self, number: int, email: str) -> dict[str, Any]:
        openings = requests.get(f"{self.service.url}/api/v1/openings?topic=use_cases", timeout=30).json()["openings"]
        with Visitor(self.service.url) as visitor:
            page = visitor.book("use_cases", openings[number]["start"], email=email)
        assert page.status_code == 200, page.text
        return self.booking(page.url)

    def booking(self, url: str) -> dict[str, Any]:
        token = url.rpartition("/")[2]
        found: dict[str, Any] = requests.get(f"{self.service.url}/api/v1/bookings/{token}", timeout=30).json()
        return found

    def becomes(self, booking: dict[str, Any], **expected: object) -> None:
        url = booking["manage_url"]
        until(lambda: expected.items() <= self.booking(url).items(), 15, lambda: str(self.booking(url)))


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    community = one_maintainer(tmp_path / "flyte.toml")
    with run_smtp() as mail, Service(tmp_path / "data", community=community, OFFICEHOURS_SMTP_URL=mail.url) as service:
        laptop = Laptop(tmp_path, service, mail)
        laptop.folder.mkdir(parents=True)
        password = app_password(service.data, KEY)
        text = CONFIGURATION.format(home=tmp_path, url=service.url, user=KEY, password=password)
        (tmp_path / "config").write_text(text)
        laptop.runs("discover")
        yield laptop


def test_files_edited_and_deleted_there_are_sessions_moved_and_cancelled(laptop: Laptop) -> None:
    """Bookings come down as files; another time in one file and the deletion of another go up, and are followed."""
    moved, deleted = laptop.book(0, "moved@example.com"), laptop.book(1, "deleted@example.com")
    later = datetime.fromisoformat(moved["start"]) + timedelta(hours=30)
    unwanted = laptop.syncs_until(deleted, "SEQUENCE:0")
    file = laptop.syncs_until(moved, "SEQUENCE:0")
    text = replaced(file.read_text(), "DTSTART", f":{later:%Y%m%dT%H%M%SZ}")
    text = replaced(text, "DTEND", f":{later + timedelta(minutes=30):%Y%m%dT%H%M%SZ}")
    file.write_text(text)
    unwanted.unlink()
    laptop.runs("sync")
    laptop.becomes(moved, start=as_text(later), status="confirmed", sequence=1)
    laptop.becomes(deleted, status="cancelled")
    assert laptop.syncs_until(moved, "SEQUENCE:1") == file
    assert f"DTSTART:{later:%Y%m%dT%H%M%SZ}" in file.read_text()
    assert list(laptop.folder.iterdir()) == [file]
    for address, status in (("moved@example.com", "CONFIRMED"), ("deleted@example.com", "CANCELLED")):
        until(lambda address=address: len(laptop.mail.to(address)) == 2, 15, lambda: "not told once")
        assert event_of(laptop.mail.to(address)[1])["STATUS"] == status

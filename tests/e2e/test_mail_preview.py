"""`officehours mail preview`: every message as a file, before anybody gets one."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

import pytest
import vobject

from booking.resources import folder
from tests.e2e.flyte import with_real_people
from tests.servers.command import officehours

WORDS = '[messages]\nintro = "Welcome {name}, bring your logs."\nfooter = "Find us in #office-hours. {{code}}"\n'


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command wrote for Flyte with words of its own."""
    place = tmp_path_factory.mktemp("preview")
    file = place / "flyte.toml"
    with_real_people(file, **{"[policy]": f"{WORDS}[policy]"})
    migrated = officehours("migrate", data=place / "data", OFFICEHOURS_COMMUNITY=str(file))
    assert migrated.returncode == 0, migrated.stderr
    done = officehours("mail", "preview", "--to", str(place / "out"), data=place / "data")
    assert done.returncode == 0, done.stderr
    return place / "out"


def test_every_template_is_among_them(written: Path) -> None:
    """As a whole mail, as a page and as plain text; texts and posts as text."""
    mails = {path.name for path in (folder("templates") / "email").iterdir() if path.is_dir()}
    assert {path.stem for path in written.glob("*.eml")} == mails
    assert {path.stem for path in written.glob("*.html")} == mails
    for channel in ("sms", "chat"):
        names = {f"{path.stem}_{channel}" for path in (folder("templates") / channel).iterdir()}
        assert {path.stem for path in written.glob(f"*_{channel}.txt")} == names


def test_the_mails_are_whole(written: Path) -> None:
    """Each can be read back; the calendar part comes last among the alternatives, and another library reads it."""
    invited = 0
    for path in written.glob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert not mail.defects
        alternatives = [part.get_content_type() for part in mail.walk() if part.get_content_maintype() == "text"]
        assert alternatives[:2] == ["text/plain", "text/html"]
        for part in mail.walk():
            if part.get_content_type() == "text/calendar":
                assert alternatives[2:] == ["text/calendar"]
                calendar = vobject.readOne(part.get_payload(decode=True).decode())
                assert calendar.method.value == part.get_param("method")
                assert calendar.vevent.uid.value.endswith("@officehours")
                assert calendar.vevent.organizer.value.lower().startswith("mailto:")
                invited += 1
    assert invited == 4


def test_the_communitys_own_words_are_in_them(written: Path) -> None:
    """The intro where a session is new, changed or near; the footer in all mails to attendees; braces by doubling."""
    for name in ("confirmation", "change", "reminder"):
        assert "Welcome Asha Rao, bring your logs." in (written / f"{name}_attendee.txt").read_text()
        assert "Welcome Asha Rao, bring your logs." in (written / f"{name}_attendee.html").read_text()
    for path in written.glob("*_attendee.txt"):
        assert "Find us in #office-hours. {code}" in path.read_text()

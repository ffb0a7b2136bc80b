"""`officehours doctor --providers`: what the service sends by, tried without a message to anybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.flyte import with_real_people
from tests.e2e.town import settings
from tests.servers.command import officehours
from tests.servers.smtp import MailServer, run_smtp
from tests.servers.twilio import TwilioServer
from tests.servers.wsgi import serve
from tests.servers.zoom import ZoomServer

NAMES = ["email", "sms", "zoom", "jitsi", "chat", "replies"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("providers")
    file = with_real_people(folder / "flyte.toml")
    migrated = officehours("migrate", data=folder / "data", OFFICEHOURS_COMMUNITY=str(file))
    assert migrated.returncode == 0, migrated.stderr
    return folder / "data"


@pytest.fixture
def outside() -> Iterator[tuple[MailServer, ZoomServer, TwilioServer]]:
    zoom, twilio = ZoomServer(), TwilioServer()
    with ExitStack() as stack:
        mail = stack.enter_context(run_smtp())
        zoom.url, twilio.url = stack.enter_context(serve(zoom)), stack.enter_context(serve(twilio))
        yield mail, zoom, twilio


def doctor(data: Path, code: int, **variables: str) -> dict[str, tuple[str, str]]:
    """Health and detail by provider."""
    done = officehours("doctor", "--providers", "--json", data=data, **variables)
    assert done.returncode == code, done.stderr
    rows = json.loads(done.stdout)
    assert [row["name"] for row in rows] == NAMES
    return {row["name"]: (row["health"], row["detail"]) for row in rows}


def test_nothing_is_configured_and_nothing_is_wrong(data: Path) -> None:
    """The embedded default: each line says what happens instead."""
    assert {health for health, _ in doctor(data, 0).values()} == {"not configured"}


def test_all_answer_and_nobody_gets_a_message(data: Path, outside: tuple[MailServer, ZoomServer, TwilioServer]) -> None:
    """Logged in at the mail server, asked Twilio and Zoom; no mail, no text, no meeting."""
    mail, zoom, twilio = outside
    found = doctor(data, 0, **settings(mail, zoom, twilio))
    assert [found[name][0] for name in ("email", "sms", "zoom")] == ["works"] * 3
    assert (mail.mails, twilio.messages, zoom.meetings) == ([], [], {})


def test_what_is_wrong_is_said(data: Path, outside: tuple[MailServer, ZoomServer, TwilioServer]) -> None:
    """A refused token, an unknown host, a server that is gone: a sentence each, and no secret in any."""
    mail, zoom, twilio = outside
    variables = settings(mail, zoom, twilio) | {
        "OFFICEHOURS_SMTP_URL": "smtp://hours:hush@localhost:1",
        "OFFICEHOURS_TWILIO_AUTH_TOKEN": "wrong-token",
        "OFFICEHOURS_ZOOM_CLIENT_SECRET": "wrong-secret",
    }
    found = doctor(data, 1, **variables)
    assert found["email"] == ("broken", "The mail server could not be reached.")
    assert found["zoom"] == ("broken", "Zoom refused the app's account, id or secret.")
    assert found["sms"][0] == "broken"
    assert not any(secret in str(found) for secret in ("hush", "wrong-token", "wrong-secret"))

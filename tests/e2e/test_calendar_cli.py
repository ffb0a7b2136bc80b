"""`officehours connect`, `connections` and `doctor`, as an operator types them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.servers.command import officehours
from tests.servers.odd import odd
from tests.servers.radicale import PASSWORDS
from tests.servers.radicale_alone import make_calendar, radicale_alone
from tests.servers.service import Service
from tests.servers.xandikos import xandikos

SECRET = PASSWORDS["ada"]


class Operator:
    """Somebody at the command line, over one data folder; private servers may be reached."""

    def __init__(self, data: Path, *servers: str) -> None:
        self.data = data
        self.allow = ",".join(server.removeprefix("http://").partition("/")[0] for server in servers)
        self.password = data.with_name("password")
        self.password.write_text(f"{SECRET}\n")

    def types(self, *arguments: str) -> CompletedProcess[str]:
        printed = officehours(*arguments, data=self.data, OFFICEHOURS_CALDAV_ALLOW=self.allow)
        assert SECRET not in printed.stdout + printed.stderr
        assert "Traceback" not in printed.stderr
        return printed

    def connects(self, url: str, *options: str, maintainer: str = "example-1") -> CompletedProcess[str]:
        login = ("--url", url, "--user", "ada", "--password-file", str(self.password))
        return self.types("connect", maintainer, *login, *options)

    def reads(self, *arguments: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.types(*arguments, "--json").stdout)
        return found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with Flyte's community, and no service on it."""
    folder = tmp_path / "data"
    migrated = officehours("migrate", data=folder)
    assert migrated.returncode == 0, migrated.stderr
    return folder


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with radicale_alone(tmp_path) as base:
        make_calendar(base, "/ada/1/", "Work")
        make_calendar(base, "/ada/2/", "Family", "VEVENT")
        make_calendar(base, "/ada/3/", "Tasks", "VTODO")
        yield base


def test_connecting_and_listing(data: Path, server: str, tmp_path: Path) -> None:
    """Steps and examination are printed; a second server takes over the writing, and a wrong name lists the right."""
    with xandikos(tmp_path / "xandikos") as other:
        operator = Operator(data, server, other)
        wrong = operator.connects(server, "--calendar", "Wrok")
        assert wrong.returncode == 1
        assert "'Work'" in wrong.stderr
        printed = operator.connects(server, "--calendar", "Family")
        assert printed.returncode == 0, printed.stderr
        assert "Found 2 calendars, 2 of them to write to." in printed.stdout
        assert "pass   create an event" in printed.stdout
        rows = {row["calendar"]: row for row in operator.reads("connections") if row["maintainer"] == "example-1"}
        assert set(rows) == {"Work", "Family"}
        family = rows["Family"]
        assert (family["writes"], family["reads"], family["state"], family["quirks"]) == (True, True, "ok", [])
        assert (family["server"], family["last_error"]) == (server, None)
        assert family["last_success"]
        assert not rows["Work"]["writes"]
        assert operator.connects(f"{other}/user/").returncode == 0
        rows = {row["calendar"]: row for row in operator.reads("connections") if row["maintainer"] == "example-1"}
        assert [name for name, row in rows.items() if row["writes"]] == ["calendar"]
        assert "Family at http://127.0.0.1:" in operator.types("connections").stdout


def test_what_is_refused(data: Path, server: str) -> None:
    """Each in a sentence, with exit code 1; nothing is kept."""
    operator = Operator(data, server)
    operator.password.write_text("wrong")
    refused = operator.connects(server)
    assert (refused.returncode, "refused the user name or password" in refused.stderr) == (1, True)
    private = Operator(data).connects(server)
    assert (private.returncode, "begins with https://" in private.stderr) == (1, True)
    nobody = operator.connects(server, maintainer="nobody")
    assert (nobody.returncode, "There is no maintainer" in nobody.stderr) == (1, True)
    assert operator.types("connect", "example-1").returncode == 2
    assert all(row["kind"] == "embedded" for row in operator.reads("connections"))


def test_doctor_tells_quirks_and_failures(data: Path, tmp_path: Path) -> None:
    """A table of pass, quirk and fail with what each means; a failure is exit code 1; what it found is kept."""
    with odd(tmp_path / "odd") as good:
        operator = Operator(data, good)
        assert operator.connects(good).returncode == 0
        healthy = operator.types("doctor", "example-1")
        assert healthy.returncode == 0
        assert healthy.stdout.count("pass ") == 14
    away = operator.types("doctor", "example-1")
    assert (away.returncode, "FAIL" in away.stdout, "could not be reached" in away.stdout) == (1, True, True)
    with odd(tmp_path / "other", "ignores-if-match", "no-sync") as strange:
        operator = Operator(data, strange)
        assert operator.connects(strange).returncode == 0
        checks = operator.reads("doctor", "example-1")
        assert sorted(row["check"] for row in checks if row["outcome"] == "quirk") == [
            "refuse to change an outdated version",
            "refuse to change what was deleted",
            "tell changes by sync-token",
        ]
        kept = [row["quirks"] for row in operator.reads("connections") if row["writes"] and row["kind"] == "caldav"]
        assert kept == [["ignores-if-match", "no-sync"]]


def test_doctor_on_embedded_calendars(tmp_path: Path) -> None:
    """Beside a running service its own calendars are proven too; without one, it is said that it is not there."""
    with Service(tmp_path / "data") as service:
        operator = Operator(service.data)
        proven = operator.types("doctor", "example-1")
        assert (proven.returncode, proven.stdout.count("pass ")) == (0, 14), proven.stdout
    stopped = operator.types("doctor", "example-1")
    assert (stopped.returncode, "could not be reached" in stopped.stdout) == (1, True)

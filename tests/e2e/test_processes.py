"""Starting, stopping, starting again, and starting elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.e2e.flyte import with_real_people
from tests.servers.command import installed, officehours
from tests.servers.service import Service, free_port
from tests.servers.visitor import Visitor

ROOT = Path(__file__).parents[2]


def test_a_new_folder_becomes_a_service_with_a_way_in_for_the_first_administrator(tmp_path: Path) -> None:
    """The start prints where everything is; the link works once; a second start keeps all and prints a new link only
    until one was used."""
    data = tmp_path / "data"
    with Service(data, launch=installed) as service:
        link = service.printed(r"Administrator: +(\S+)")
        with Visitor(service.url) as visitor:
            page = visitor.get(link)
            assert visitor.post(link, page).url == f"{service.url}/account"
        with Visitor(service.url) as stranger:
            assert stranger.post(link, stranger.get(link)).status_code >= 400
            booked = stranger.book("deploy_auth", first_opening(service, "deploy_auth"))
            assert booked.status_code == 200
        assert service.stop() == 0
    with Service(data, port=service.port) as again:
        assert requests.get(booked.url, timeout=10).status_code == 200
        assert "Administrator" not in again.output


def first_opening(service: Service, topic: str) -> str:
    answer = requests.get(f"{service.url}/api/v1/openings", params={"topic": topic}, timeout=30).json()
    return str(answer["openings"][0]["start"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """SIGINT and SIGTERM end the service with success, without a traceback."""
    service = Service(tmp_path / "data").start()
    assert service.stop(number) == 0
    assert "Traceback" not in service.output


def test_a_second_process_on_the_same_data_is_refused(tmp_path: Path) -> None:
    """Two processes would each think they own the job engine: the second says who has the data, and ends."""
    with Service(tmp_path / "data") as service:
        second = officehours("run", "--port", str(free_port()), data=tmp_path / "data")
        assert service.process is not None
        assert second.returncode != 0
        assert f"Another process (id {service.process.pid})" in second.stderr
        assert "Traceback" not in second.stderr


def test_a_taken_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    """The port is part of the message, and so is what to do."""
    with Service(tmp_path / "one") as service:
        second = officehours("run", "--port", str(service.port), data=tmp_path / "two")
    assert second.returncode != 0
    assert f"Port {service.port}" in second.stderr
    assert "Traceback" not in second.stderr


def test_every_wrong_setting_is_listed_at_once(tmp_path: Path) -> None:
    """A misspelt, a malformed and an unreadable setting are all named in one answer."""
    answer = officehours(
        "settings",
        data=tmp_path,
        OFFICEHOURS_BASE_URL="ftp://example.org",
        OFFICEHOURS_SMPT_URL="smtp://localhost",
        OFFICEHOURS_SECRET_KEY_FILE=str(tmp_path / "none"),
        OFFICEHOURS_ZOOM_CLIENT_ID="abc",
    )
    assert answer.returncode != 0
    for name in ("BASE_URL", "SMPT_URL", "SECRET_KEY_FILE"):
        assert f"OFFICEHOURS_{name}" in answer.stderr


def test_example_maintainers_are_never_promised_to_real_people(tmp_path: Path) -> None:
    """With mail configured, the example community does not start."""
    answer = officehours("run", "--port", str(free_port()), data=tmp_path, OFFICEHOURS_SMTP_URL="smtp://localhost:1")
    assert answer.returncode != 0
    assert "examples" in answer.stderr


def test_a_wheel_starts_elsewhere(tmp_path: Path) -> None:
    """Installed from a wheel, away from the checkout, it finds its templates, migrations and communities."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wheels, site = tmp_path / "wheels", tmp_path / "site"
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(wheels), str(ROOT)], check=True, timeout=120)
    (wheel,) = wheels.iterdir()
    shutil.unpack_archive(wheel, site, "zip")  # which is what installing one is
    where = subprocess.run(
        [sys.executable, "-c", "import booking; print(booking.__file__)"],
        env={**os.environ, "PYTHONPATH": str(site)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(site))
    with Service(tmp_path / "data", launch=installed, PYTHONPATH=str(site)) as service:
        assert "Flyte deployment, auth" in requests.get(service.url, timeout=10).text


def test_plan_apply_and_export_keep_the_programme_in_a_file(tmp_path: Path) -> None:
    """`plan` shows, `apply` does, `export` gives back what `plan` finds nothing to change in."""
    data, file = tmp_path / "data", tmp_path / "community.toml"
    assert officehours("migrate", data=data).returncode == 0
    with_real_people(file, **{'title = "Flyte releases"': 'title = "Releases of Flyte"'})
    planned = officehours("plan", str(file), data=data)
    assert "Releases of Flyte" in planned.stdout
    assert "Flyte releases" in officehours("topics", data=data).stdout
    assert officehours("apply", str(file), data=data).returncode == 0
    assert "Releases of Flyte" in officehours("topics", data=data).stdout
    file.write_text(officehours("export", data=data).stdout)
    assert "Nothing to change" in officehours("plan", str(file), data=data).stdout


def test_a_wrong_community_file_changes_nothing(tmp_path: Path) -> None:
    """The answer names table, key and line, and the programme stays as it was."""
    data, file = tmp_path / "data", tmp_path / "community.toml"
    assert officehours("migrate", data=data).returncode == 0
    with_real_people(file, **{'starts = "13:00"': 'starts = "25:00"'})
    answer = officehours("apply", str(file), data=data)
    assert answer.returncode != 0
    assert re.search(r"slots .*starts.*line \d+", answer.stderr)
    assert "Traceback" not in answer.stderr
    assert "deploy_auth" in officehours("topics", data=data).stdout

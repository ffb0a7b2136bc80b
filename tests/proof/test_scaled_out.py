"""Web and workers apart, on PostgreSQL: a worker that never comes back leaves nothing undone."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from tests.e2e.afterwards import Aftermath, database, settle, wait_for_reminders
from tests.e2e.people import all_entered, newcomer
from tests.e2e.town import SECONDS, Town, town
from tests.servers.command import COMMAND, clean_environment, officehours
from tests.servers.service import START_SECONDS, free_port, until

PEOPLE = 16
OF_WORKER = sa.text("SELECT workflow_uuid FROM dbos.workflow_status WHERE executor_id = :worker AND status = 'PENDING'")
WHO_DID = sa.text("SELECT executor_id, status FROM dbos.workflow_status WHERE workflow_uuid IN :orders").bindparams(
    sa.bindparam("orders", expanding=True)
)


@pytest.mark.proof
def test_the_work_of_a_worker_that_died_is_taken_over(tmp_path: Path, postgres_url: str) -> None:
    """One of two workers is killed with orders in hand. The other one carries them out, and nothing is done twice."""
    port = free_port()
    with town(tmp_path, port, seed=1, longest_answer=0.5) as place:
        place.settings |= scaled_out(port, postgres_url)
        migrated = officehours("migrate", data=place.data, OFFICEHOURS_COMMUNITY=str(place.community), **place.settings)
        assert migrated.returncode == 0, migrated.stderr
        with running(place, "web", "--port", str(port)), worker(place) as (doomed, its_id), worker(place) as (_, heir):
            until(lambda: answers(place), START_SECONDS, lambda: "the web did not start")
            place.up.set()
            for number in range(PEOPLE):
                newcomer(place, number)
            orphans = kill_with_work_in_hand(place, doomed, its_id)
            until(lambda: all_entered(place), 2 * SECONDS, lambda: "somebody got no code")
            wait_for_reminders(place)
            settle(place)
            assert Aftermath.of(place).problems() == []
            with database(place).connect() as connection:
                done = connection.execute(WHO_DID, {"orders": orphans}).all()
            assert done == [(heir, "SUCCESS")] * len(orphans)


def scaled_out(port: int, postgres_url: str) -> dict[str, str]:
    """What web and workers on any hosts must have in common; the web serves the embedded calendars."""
    return {
        "OFFICEHOURS_BASE_URL": f"http://localhost:{port}",
        "OFFICEHOURS_DATABASE_URL": postgres_url,
        "OFFICEHOURS_DAV_URL": f"http://127.0.0.1:{port}/dav",
        "OFFICEHOURS_SECRET_KEY": "one secret that all of them have in common",
        "OFFICEHOURS_RATE_LIMITS": "off",
    }


@contextmanager
def running(town: Town, *command: str) -> Iterator[subprocess.Popen[str]]:
    """A command of the service in a process of its own; ended by SIGTERM, unless it was killed."""
    environment = clean_environment(OFFICEHOURS_DATA=str(town.data), **town.settings)
    with subprocess.Popen([*COMMAND, *command], env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def worker(town: Town) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A worker, and the name it works under."""
    with running(town, "worker") as process:
        assert process.stdout is not None
        told = re.fullmatch(r"Working as (\S+)\.", process.stdout.readline().strip())
        assert told is not None
        yield process, told.group(1)


def answers(town: Town) -> bool:
    try:
        return requests.get(f"{town.url}/readyz", timeout=5).ok
    except requests.RequestException:
        return False


def kill_with_work_in_hand(town: Town, process: subprocess.Popen[str], name: str) -> list[str]:
    """Freeze the worker until it is caught with orders in hand; kill it for good, and give the orders."""
    caught: list[str] = []

    def at_work() -> bool:
        process.send_signal(signal.SIGSTOP)
        with database(town).connect() as connection:
            caught[:] = connection.scalars(OF_WORKER, {"worker": name})
        if not caught:
            process.send_signal(signal.SIGCONT)
        return bool(caught)

    until(at_work, 30, lambda: "the worker never had anything to do")
    process.kill()
    process.wait()
    return caught

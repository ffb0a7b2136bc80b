"""What a booking costs the whole service, its background work included."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import visits
from benchmarks.measure import Client, cpu_seconds
from tests.servers.service import Service, until

BOOKINGS = 20
IDLE_SECONDS = 5.0
PATIENCE = 60.0


@dataclass(frozen=True)
class Whole:
    """CPU milliseconds of `officehours run`: a booking until all that is due for it is done, and a second of rest."""

    booking: float
    idle: float


def measure(data: Path) -> Whole:
    """Books on a service over this data, and waits until events and mails are out."""
    with Service(data) as service:
        assert service.process is not None
        pid, client = service.process.pid, Client(service.port)
        until(lambda: _open_work(data) == 0, PATIENCE, lambda: "the service does not come to rest")
        begun = cpu_seconds(pid)
        time.sleep(IDLE_SECONDS)
        idle = (cpu_seconds(pid) - begun) / IDLE_SECONDS
        begun, since = cpu_seconds(pid), time.monotonic()
        for start in visits.openings(client, BOOKINGS):
            visits.book_by_json(client, start)
        until(lambda: _written(data) == BOOKINGS and not _open_work(data), PATIENCE, lambda: "work is left over")
        busy = cpu_seconds(pid) - begun - idle * (time.monotonic() - since)
        client.close()
    return Whole(1e3 * busy / BOOKINGS, 1e3 * idle)


def _open_work(data: Path) -> int:
    """Workflows that could run now, and messages that are due."""
    return _count(data, "SELECT count(*) FROM workflow_status WHERE status IN ('ENQUEUED', 'PENDING')") + _count(
        data,
        "SELECT count(*) FROM delivery WHERE state IN ('pending', 'sending') AND due_at <= ?",
        datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
    )


def _written(data: Path) -> int:
    return _count(data, "SELECT count(*) FROM calendar_event WHERE state = 'written'")


def _count(data: Path, query: str, *values: str) -> int:
    connection = sqlite3.connect(data / "officehours.db")
    try:
        (found,) = connection.execute(query, values).fetchone()
    finally:
        connection.close()
    return int(found)

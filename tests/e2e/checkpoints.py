"""Where each workflow of a booking stands, seen from outside: our rows, the engine's checkpoints, and the world.

A workflow passes its stages in order, whatever it does. Between any two of them the machine may be switched off.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.e2e.town import Promise, Town
from tests.servers.service import Service, until

SETTLE = ("not ordered", "ordered", "rows made", "checkpointed", "first orders placed", "over")
EFFECT = ("not ordered", "ordered", "claimed", "acted", "recorded", "checkpointed", "over")
STAGES = {"settle": SETTLE, "meeting": EFFECT, "event": EFFECT, "mail": EFFECT, "text": EFFECT}
OVER = "SELECT count(*) FROM workflow_status WHERE workflow_uuid = ? AND status = 'SUCCESS'"
ORDERED = "SELECT count(*) FROM workflow_status WHERE workflow_uuid = ?"
DONE = "SELECT count(*) FROM operation_outputs WHERE workflow_uuid = ?"
EVENTS = "SELECT id, state, pushed_sequence FROM calendar_event WHERE booking_id = ?"
MESSAGE = (
    "SELECT id, state FROM delivery WHERE booking_id = ? AND sequence = ? AND channel = ? AND audience = 'attendee'"
)
CODE = "SELECT id, state FROM delivery WHERE recipient = ? AND kind = 'phone_code'"
SECONDS = 30.0

Look = tuple[str, bool, bool, bool]  # the order's key; whether it is claimed, acted, recorded


@dataclass(frozen=True)
class Eye:
    """Looks at what follows from one version of one person's booking."""

    town: Town
    promise: Promise
    sequence: int
    cancelled: bool

    def stage(self, workflow: str) -> str:
        row = self._one("SELECT * FROM booking WHERE attendee_email = ?", self.promise.email)
        if row is None or row["sequence"] != self.sequence:
            return "not ordered"
        if workflow == "settle":
            return self._settling(row)
        look: Callable[[sqlite3.Row], Look] = getattr(self, f"_{workflow}")
        key, claimed, acted, recorded = look(row)
        if not self._count(ORDERED, key):
            return "not ordered"
        if self._count(OVER, key):
            return "over"
        if self._count(DONE, key):
            return "checkpointed"
        return "recorded" if recorded else "acted" if acted else "claimed" if claimed else "ordered"

    def _settling(self, row: sqlite3.Row) -> str:
        key = f"settle:{row['id']}:{self._occasion(row)}"
        if self._count(OVER, key):
            return "over"
        done = self._count(DONE, key)
        if done:
            return "checkpointed" if done == 1 else "first orders placed"
        made = self._one(EVENTS, row["id"]) is not None and not self.sequence
        return "rows made" if made else "ordered" if self._count(ORDERED, key) else "not ordered"

    def _meeting(self, row: sqlite3.Row) -> Look:
        known = self._one("SELECT state, synced_sequence FROM conference WHERE booking_id = ?", row["id"])
        assert known is not None
        mine = [each for each in list(self.town.zoom.meetings.values()) if row["public_id"] in each["agenda"]]
        start = f"{row['starts_at'][:19].replace(' ', 'T')}Z"
        acted = not mine if self.cancelled else any(each["start_time"] == start for each in mine)
        recorded = known["synced_sequence"] == self.sequence
        return f"conference:{row['id']}:{self._occasion(row)}", known["state"] == "creating", acted, recorded

    def _event(self, row: sqlite3.Row) -> Look:
        known = self._one(EVENTS, row["id"])
        if known is None:
            return "", False, False, False
        stored = self._stored(row["public_id"])
        acted = not stored if self.cancelled else f"SEQUENCE:{self.sequence}\r".encode() in stored
        recorded = known["state"] in ("written", "removed") and known["pushed_sequence"] == self.sequence
        return f"event:{row['id']}.{known['id']}:{self._occasion(row)}", False, acted, recorded

    def _mail(self, row: sqlite3.Row) -> Look:
        return self._message(row, "email", len(self.town.mail.to(self.promise.email)))

    def _text(self, row: sqlite3.Row) -> Look:
        """The text that the change brings; the first thing a number gets is its code, and then the confirmation."""
        arrived = len(self.town.twilio.texts(self.promise.phone))
        if self.sequence:
            return self._message(row, "sms", arrived - 1)
        known = self._one(CODE, self.promise.phone)
        if known is None:
            return "", False, False, False
        return f"deliver:{known['id']}", known["state"] == "sending", arrived > 0, known["state"] == "sent"

    def _message(self, row: sqlite3.Row, channel: str, arrived: int) -> Look:
        known = self._one(MESSAGE, row["id"], self.sequence, channel)
        if known is None:
            return "", False, False, False
        return f"deliver:{known['id']}", known["state"] == "sending", arrived > self.sequence, known["state"] == "sent"

    def _occasion(self, row: sqlite3.Row) -> str:
        return f"{row['sequence']}.{row['status']}"

    def _stored(self, public_id: str) -> bytes:
        """The event's file in the embedded calendars."""
        for path in (self.town.data / "calendars" / "collection-root").glob(f"*/*/*{public_id}*.ics"):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                continue  # removed while we looked
        return b""

    def _count(self, statement: str, *values: Any) -> int:
        row = self._one(statement, *values)
        assert row is not None
        number: int = row[0]
        return number

    def _one(self, statement: str, *values: Any) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._connection.execute(statement, values).fetchone()
        return row

    @cached_property
    def _connection(self) -> sqlite3.Connection:
        path = self.town.data / "officehours.db"
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30, isolation_level=None)
        connection.row_factory = sqlite3.Row
        return connection


def catch(service: Service, eye: Eye, workflow: str, stage: str) -> bool:
    """Wait for the workflow to be in this stage, and stop the service's process there; False if it passed unseen."""
    assert service.process is not None
    stages, deadline = STAGES[workflow], time.monotonic() + SECONDS
    while (present := eye.stage(workflow)) != stage:
        if stages.index(present) > stages.index(stage):
            return False
        assert time.monotonic() < deadline, f"{workflow} is still {present}"
    os.kill(service.process.pid, signal.SIGSTOP)
    state = Path(f"/proc/{service.process.pid}/stat")
    until(lambda: state.read_text().rpartition(")")[2].split()[0] == "T", SECONDS, lambda: "it does not stop")
    if eye.stage(workflow) == stage:
        return True
    os.kill(service.process.pid, signal.SIGCONT)
    return False

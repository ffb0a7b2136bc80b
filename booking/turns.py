"""The writers of a SQLite file take turns before they ask it for its lock.

SQLite's own way to wait (`sqlite3_busy_timeout`) is to try again, at last every tenth of a second, while whoever comes
in between goes first: of many at once some wait for seconds. Nearly all who write are in one process, and can stand in
line.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

SECONDS = 15.0
WRITES = ("BEGIN IMMEDIATE", "INSERT", "UPDATE", "DELETE")


class Line:
    """Whoever came first goes first."""

    def __init__(self) -> None:
        self._mutex = threading.RLock()  # a dropped connection may be collected, and leave, while it is held
        self._waiting: deque[threading.Lock] = deque()

    def wait(self, seconds: float) -> bool:
        """Wait for a turn, which `leave` ends. False when it did not come in time."""
        mine = threading.Lock()
        mine.acquire()
        with self._mutex:
            self._waiting.append(mine)
            if self._waiting[0] is mine:
                return True
        came = False
        try:
            came = mine.acquire(timeout=seconds)
        finally:
            if not came:
                self._give_up(mine)
        return came

    def _give_up(self, mine: threading.Lock) -> None:
        with self._mutex:
            if self._waiting[0] is mine:  # it came just now
                self.leave()
            else:
                self._waiting.remove(mine)

    def leave(self) -> None:
        """Give the turn to the next."""
        with self._mutex:
            self._waiting.popleft()
            if self._waiting:
                self._waiting[0].release()


def take_turns(engine: Engine) -> None:
    """Let a connection wait for its turn before its first writing statement, and leave when it goes back to the pool.

    After `SECONDS` it goes on without, and SQLite decides.
    """
    line, holder = Line(), None

    def wait(connection: sa.Connection, _cursor: Any, statement: str, *_others: object) -> None:
        nonlocal holder
        asking: Any = connection.connection.dbapi_connection
        if statement.startswith(WRITES) and not asking.in_transaction and asking is not holder and line.wait(SECONDS):
            holder = asking

    def leave(connection: object, *_others: object) -> None:
        nonlocal holder
        if holder is not None and connection is holder:
            holder = None
            line.leave()

    sa.event.listen(engine, "before_cursor_execute", wait)
    for ending in ("checkin", "invalidate", "detach", "close"):
        sa.event.listen(engine, ending, leave)

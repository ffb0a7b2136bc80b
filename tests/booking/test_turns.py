"""Many who write in one process on SQLite."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from booking.turns import SECONDS, take_turns
from tests.servers.service import until

WRITERS, AGAIN = 4, 20


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    found = sa.create_engine(f"sqlite:///{tmp_path / 'turns.db'}")
    take_turns(found)
    with found.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE note (writer TEXT)")
    yield found
    found.dispose()


def write(engine: Engine, writer: str) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO note VALUES (:writer)"), {"writer": writer})


def written(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(sa.text("SELECT writer FROM note ORDER BY rowid")))


def test_who_waits_comes_before_who_has_just_written(engine: Engine) -> None:
    """SQLite alone lets somebody who writes again and again go first, while the others sleep."""
    threads = [threading.Thread(target=write, args=(engine, "waiting")) for _ in range(WRITERS)]
    pool: Any = engine.pool
    with engine.connect() as busy:
        busy.exec_driver_sql("BEGIN IMMEDIATE")
        for number, thread in enumerate(threads, 2):
            thread.start()
            until(lambda number=number: pool.checkedout() == number, 10, lambda: "it never came to write")
        busy.rollback()
    for _ in range(AGAIN):
        write(engine, "again")
    for thread in threads:
        thread.join()
    came = written(engine)
    assert Counter(came[: WRITERS + AGAIN // 2])["waiting"] == WRITERS


@pytest.mark.parametrize("end", [sa.Connection.invalidate, sa.Connection.detach, sa.Connection.close])
def test_a_lost_connection_keeps_nobody_waiting(engine: Engine, end: Callable[[sa.Connection], None]) -> None:
    """One that is thrown away in the middle of its transaction has had its turn."""
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        end(connection)
    following = threading.Thread(target=write, args=(engine, "the next"), daemon=True)
    following.start()
    following.join(SECONDS / 2)
    assert written(engine) == ["the next"]


def test_reading_waits_for_nobody(engine: Engine) -> None:
    """While somebody writes, others read what was there before."""
    write(engine, "before")
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO note VALUES ('now')"))
        assert written(engine) == ["before"]

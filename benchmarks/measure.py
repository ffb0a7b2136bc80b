"""Server CPU a request: user and system time of the server's process and its children, on Linux."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median
from typing import Any

import psutil


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and its children so far.

    A process's own clock (as clock_getcpuclockid(3) names it) counts nanoseconds; /proc/<pid>/stat would count
    hundredths of a second, which is several requests.
    """
    family = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    return sum(time.clock_gettime(~member << 3 | 2) for member in family)


class Server(AbstractContextManager["Server"]):
    """A module of ours that serves in a process of its own, and one connection to it that is kept open."""

    def __init__(self, module: str, *arguments: str | int | Path) -> None:
        command = [sys.executable, "-m", module, *map(str, arguments)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.client = Client(int(self.process.stdout.readline()))

    def cost(self, ask: Callable[[int], object], times: int) -> float:
        """CPU seconds that one request costs, over `times` requests one after another."""
        before = cpu_seconds(self.process.pid)
        for number in range(times):
            ask(number)
        return (cpu_seconds(self.process.pid) - before) / times

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.process.kill()
        self.process.communicate()


class Client:
    """A keep-alive connection to a port of this machine; every answer must have the status that is expected."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._connection = http.client.HTTPConnection("localhost", port, timeout=60)
        self.cookie = ""

    def get(self, path: str) -> str:
        return self._ask("GET", path, None, {}, 200)

    def post_json(self, path: str, body: Mapping[str, Any], **headers: str) -> str:
        return self._ask("POST", path, json.dumps(body), {"Content-Type": "application/json"} | headers, 201)

    def post_form(self, path: str, body: str, cookie: str) -> str:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        return self._ask("POST", path, body, headers, 303)

    def _ask(self, method: str, path: str, body: str | None, headers: Mapping[str, str], expected: int) -> str:
        self._connection.request(method, path, body and body.encode(), dict(headers))
        answer = self._connection.getresponse()
        self.cookie = (answer.headers["Set-Cookie"] or "").partition(";")[0]
        text = answer.read().decode()
        assert answer.status == expected, f"{method} {path}: {answer.status} {text[:1000]}"
        return text

    def close(self) -> None:
        self._connection.close()


def in_turn(subjects: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each subject gives in each round, asked in turn (A-B-A-B); the first round warms up and is left out."""
    found: dict[str, list[float]] = {name: [] for name in subjects}
    for number in range(rounds + 1):
        for name, ask in subjects.items():
            figure = ask()
            if number:
                found[name].append(figure)
    return found


def ratio(ours: list[float], floor: list[float]) -> float:
    """The median of the ratios within each round: what slows the machine down slows both."""
    return median(one / other for one, other in zip(ours, floor, strict=True))

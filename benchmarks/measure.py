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
    """A process of `benchmarks.serve`, and one connection to it that is kept open."""

    def __init__(self, *arguments: str | Path) -> None:
        command = [sys.executable, "-m", "benchmarks.serve", *map(str, arguments)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.client = Client(int(self.process.stdout.readline()))

    def cpu(self) -> float:
        return cpu_seconds(self.process.pid)

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.process.kill()
        self.process.communicate()


class Client:
    """A keep-alive connection to a port of this machine; every answer must have the status that is expected."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("localhost", port, timeout=60)

    def get(self, path: str, expected: int = 200) -> str:
        return self._ask("GET", path, b"", {}, expected)

    def post_json(self, path: str, body: Mapping[str, Any], **headers: str) -> str:
        return self._ask("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"} | headers, 201)

    def post_form(self, path: str, body: str, cookie: str) -> str:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        return self._ask("POST", path, body.encode(), headers, 303)

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str], expected: int) -> str:
        self.connection.request(method, path, body or None, dict(headers))
        answer = self.connection.getresponse()
        self.headers = answer.headers
        text = answer.read().decode()
        assert answer.status == expected, f"{method} {path}: {answer.status} {text[:2000]}"
        return text

    def close(self) -> None:
        self.connection.close()


def cost(server: Server, ask: Callable[[int], object], times: int) -> float:
    """CPU seconds that one request costs the server, over `times` requests one after another."""
    before = server.cpu()
    for number in range(times):
        ask(number)
    return (server.cpu() - before) / times


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

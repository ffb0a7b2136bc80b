"""Many who want the same at once: over HTTP against a running service, or as processes of their own on one database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any, TypeVar

import requests

from booking.settings import Settings
from tests.booking.contender import compete
from tests.servers.command import forks
from tests.servers.service import Service

T = TypeVar("T")
SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """What one client got for one opening."""

    start: str
    status: int
    media_type: str
    body: dict[str, Any]


def at_once(number: int, work: Callable[[int], T]) -> list[T]:
    """What `work(0)` ... `work(number - 1)` give, begun in the same instant, each in a thread."""
    barrier = threading.Barrier(number)

    def begin(index: int) -> T:
        barrier.wait(SECONDS)
        return work(index)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(begin, range(number)))


def race(service: Service, topics_and_starts: Sequence[tuple[str, str]], clients: int) -> list[Answer]:
    """Every client asks for every opening, all for the same one in the same instant."""
    barrier = threading.Barrier(clients)

    def take_part(client: int) -> list[Answer]:
        answers = []
        with requests.Session() as session:
            for place, (topic, start) in enumerate(topics_and_starts):
                barrier.wait(SECONDS)
                answers.append(ask(session, service, topic, start, f"racer{client}.{place}"))
        return answers

    return [answer for answers in at_once(clients, take_part) for answer in answers]


def ask(session: requests.Session, service: Service, topic: str, start: str, name: str) -> Answer:
    answer = session.post(
        f"{service.url}/api/v1/bookings",
        json=details(topic, start, name),
        headers={"Idempotency-Key": name},
        timeout=SECONDS,
    )
    return Answer(start, answer.status_code, answer.headers["Content-Type"], answer.json())


def details(topic: str, start: str, name: str) -> dict[str, object]:
    """A request of the JSON interface by somebody of this name."""
    return {
        "topic": topic,
        "start": start,
        "name": name,
        "email": f"{name}@example.com",
        "timezone": "Asia/Kolkata",
        "question": "Why?",
    }


@contextmanager
def contenders(number: int, settings: Settings) -> Iterator[list[Connection]]:
    """So many processes that book on one database, each ready for its first line."""
    with ExitStack() as stack:
        lines = []
        for _ in range(number):
            ours, theirs = forks.Pipe()
            process = forks.Process(target=compete, args=(theirs, settings))
            process.start()
            theirs.close()
            stack.callback(process.join, SECONDS)
            lines.append(stack.enter_context(ours))
        assert [heard(line) for line in lines] == ["ready"] * number
        yield lines


def contend(lines: Sequence[Connection], topic: str, start: datetime, number: int) -> list[dict[str, str]]:
    """The answers of all processes, each asked for this opening in the name of another person."""
    return contend_for(lines, topic, [start] * len(lines), number)


def contend_for(
    lines: Sequence[Connection], topic: str, starts: Sequence[datetime], number: int
) -> list[dict[str, str]]:
    """The same where each process is asked for an opening of its own."""
    for place, (line, start) in enumerate(zip(lines, starts, strict=True)):
        line.send((topic, start, number * len(lines) + place))
    return [heard(line) for line in lines]


def heard(line: Connection) -> Any:
    assert line.poll(SECONDS), "a process says nothing; if it ended, its traceback is on standard error"
    return line.recv()

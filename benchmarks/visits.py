"""The requests that are measured: an openings page, and a booking by form and over JSON."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from itertools import count
from typing import Any
from urllib.parse import urlencode

from benchmarks.measure import Client
from tests.servers.visitor import hidden, person

TOPIC = "flytekit"
TIMES = f"/topics/{TOPIC}?tz=Asia/Kolkata"
BOOK = f"/topics/{TOPIC}/book"
BOOKINGS = "/api/v1/bookings"
VISITOR = "Visitor"

_numbers = count(1)


def openings(client: Client, number: int) -> list[str]:
    """`number` starts in a row that several maintainers are free for, so that losing one changes nothing."""
    offered = json.loads(client.get(f"/api/v1/openings?topic={TOPIC}"))["openings"]
    starts = sorted({opening["start"] for opening in offered if opening["free"] >= 3})[1 : number + 1]
    assert len(starts) == number, f"only {len(starts)} openings have three free maintainers"
    return starts


def details() -> dict[str, str]:
    """What a new person types."""
    return person(name=VISITOR, email=f"visitor-{next(_numbers)}@example.com")


def booking(start: str) -> dict[str, Any]:
    """The JSON of a new person's booking."""
    typed = details()
    asked = {name: typed[name] for name in ("name", "email", "question")}
    return asked | {
        "topic": TOPIC,
        "start": start,
        "timezone": "Asia/Kolkata",
        "links": [typed["links"]],
        "accept_conduct": True,
    }


def book_by_json(client: Client, start: str) -> None:
    client.post_json(BOOKINGS, booking(start), **{"Idempotency-Key": uuid.uuid4().hex})


class BookingForm:
    """The booking form as one browser got it; it is sent again and again, each time by a new person."""

    def __init__(self, client: Client, start: str) -> None:
        page = client.get(f"{BOOK}?{urlencode({'start': start, 'tz': 'Asia/Kolkata'})}")
        self._client, self._fields = client, hidden(page)
        self._cookie = client.cookie

    def send(self, start: str) -> None:
        fields: Mapping[str, str] = {
            **self._fields,
            **details(),
            "start": start,
            "idempotency_key": uuid.uuid4().hex,
        }
        self._client.post_form(BOOK, urlencode(fields), self._cookie)

"""Statements a page, and commits a booking, in this process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from flask import Flask

from benchmarks import visits
from benchmarks.statements import Counted, counted


def per_request(app: Flask) -> Iterator[tuple[str, Counted]]:
    """What each kind of page asks of the database once the process is warm, and a booking over JSON."""
    client = app.test_client()
    offered = client.get(f"/api/v1/openings?topic={visits.TOPIC}").get_json()["openings"]
    first, second = [opening["start"] for opening in offered if opening["free"] > 1][:2]
    with counted(app) as booking:
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        answer = client.post(visits.BOOKINGS, json=visits.booking(first), headers=headers)
    assert answer.status_code == 201, answer.text
    private = answer.get_json()["manage_url"].removeprefix(app.extensions["officehours"].settings.base_url)
    pages = {
        "topics": "/",
        "openings": visits.TIMES,
        "booking form": f"{visits.BOOK}?start={second}",
        "private page": private,
        "another time": f"{private}/move",
        "openings, JSON": f"/api/v1/openings?topic={visits.TOPIC}",
    }
    for name, path in pages.items():
        with counted(app) as page:
            answer = client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status}"
        yield name, page
    yield "booking, JSON", booking

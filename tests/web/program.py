"""A client of the JSON interface that holds every answer against the OpenAPI document."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.json_schema import check

FIRST = "2026-11-30T15:00:00Z"  # the first 7am slot outside the minimum notice
SECOND = "2026-12-01T05:00:00Z"  # 9pm of the same day
BOOKINGS = "/api/v1/bookings"


class Program:
    """A client of the interface. Every answer it gets is checked against the document."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.document: dict[str, Any] = self.client.get("/api/v1/openapi.json").json or {}

    def get(self, path: str, **query: str) -> TestResponse:
        return self._checked(self.client.get(path, query_string=query), path, "get")

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self._checked(self.client.post(path, json=body, headers=headers), path, "post")

    def book(self, key: str | None = "a-key-of-my-own", **changes: Any) -> TestResponse:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.post(BOOKINGS, request(**changes), **headers)

    def _checked(self, answer: TestResponse, path: str, method: str) -> TestResponse:
        parts = path.split("/")
        if len(parts) > 4:
            parts[4] = "{token}"
        described = self.document["paths"]["/".join(parts)][method]["responses"][str(answer.status_code)]
        check(answer.json, described["content"][answer.mimetype]["schema"], self.document)
        return answer


def request(**changes: Any) -> dict[str, Any]:
    """A booking that is taken; members set to None are left out."""
    body = {
        "topic": "flytekit",
        "start": FIRST,
        "name": "Asha Rao",
        "email": "asha@example.com",
        "timezone": "Asia/Kolkata",
        "question": "Why does my map task wait for ever?",
        "links": ["https://github.com/flyteorg/flyte/issues/1"],
        "accept_conduct": True,
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def fields(answer: TestResponse) -> set[str]:
    return {error["field"] for error in (answer.json or {})["errors"]}

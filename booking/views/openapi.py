"""The OpenAPI 3.1 document, made from the models that check requests and build answers."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from booking.views.schemas import (
    BookingIn,
    BookingOut,
    CancelIn,
    NothingIn,
    OpeningsOut,
    PhoneCodeIn,
    Problem,
    RescheduleIn,
    TopicOut,
)

PREFIX = "#/components/schemas/"
REFUSALS = {
    400: "The request cannot be read.",
    403: "The request came from another website.",
    404: "There is no such topic or private link.",
    409: "Not possible any more; `openings` has the nearest times.",
    413: "The request is too large.",
    415: "The request is not JSON.",
    422: "A member is wrong; `errors` says which and why.",
    429: "Too many requests; Retry-After says when to come back.",
    503: "The service is not available.",
}
TOKEN = {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "New for each booking; the same request sent again with the same key gives the same booking.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def document(version: str, base_url: str) -> dict[str, Any]:
    """The whole document for the service at `base_url`."""
    given = (BookingIn, RescheduleIn, CancelIn, PhoneCodeIn, NothingIn)
    models = (TopicOut, OpeningsOut, BookingOut, *given, Problem)
    _, schemas = models_json_schema([(model, "validation") for model in models], ref_template=PREFIX + "{model}")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Office hours", "version": version},
        "servers": [{"url": base_url}],
        "paths": _paths(),
        "components": {"schemas": schemas["$defs"]},
    }


def _paths() -> dict[str, Any]:
    topics = {"type": "array", "items": {"$ref": f"{PREFIX}TopicOut"}}
    booking = "/api/v1/bookings/{token}"
    return {
        "/api/v1/topics": {"get": _operation("list_topics", "Every topic", topics, refusals=(503,))},
        "/api/v1/openings": {
            "get": _operation(
                "list_openings",
                "The openings of a topic",
                _ref(OpeningsOut),
                parameters=_openings_query(),
                refusals=(404, 422, 503),
            )
        },
        "/api/v1/bookings": {
            "post": _operation(
                "book",
                "Book a session",
                _ref(BookingOut),
                status=201,
                body=BookingIn,
                parameters=[KEY],
                refusals=(400, 403, 404, 409, 413, 415, 422, 429, 503),
            )
        },
        booking: {
            "get": _operation("show_booking", "A booking", _ref(BookingOut), parameters=[TOKEN], refusals=(404, 503))
        },
        f"{booking}/reschedule": {"post": _change("reschedule", "Move a booking", RescheduleIn)},
        f"{booking}/cancel": {"post": _change("cancel", "Cancel a booking", CancelIn)},
        f"{booking}/phone-code": {"post": _change("prove_phone", "Prove the phone number", PhoneCodeIn)},
        f"{booking}/phone-code/new": {"post": _change("send_phone_code", "Text another code", NothingIn)},
    }


def _change(name: str, summary: str, body: type[BaseModel]) -> dict[str, Any]:
    refusals = (400, 403, 404, 409, 413, 415, 422, 429, 503)
    return _operation(name, summary, _ref(BookingOut), body=body, parameters=[TOKEN], refusals=refusals)


def _operation(
    name: str,
    summary: str,
    schema: dict[str, Any],
    *,
    status: int = 200,
    body: type[BaseModel] | None = None,
    parameters: list[dict[str, Any]] | None = None,
    refusals: tuple[int, ...],
) -> dict[str, Any]:
    answers = {str(status): {"description": summary, "content": _json(schema)}}
    for code in refusals:
        answers[str(code)] = {
            "description": REFUSALS[code],
            "content": _json(_ref(Problem), "application/problem+json"),
        }
    operation: dict[str, Any] = {"operationId": name, "summary": summary, "responses": answers}
    if parameters:
        operation["parameters"] = parameters
    if body is not None:
        operation["requestBody"] = {"required": True, "content": _json(_ref(body))}
    return operation


def _openings_query() -> list[dict[str, Any]]:
    when = "An instant with Z or an offset, or a date in `timezone`."
    return [
        {"name": "topic", "in": "query", "required": True, "schema": {"type": "string"}},
        {"name": "from", "in": "query", "description": when, "schema": {"type": "string"}},
        {"name": "to", "in": "query", "description": f"{when} A date is included.", "schema": {"type": "string"}},
        {
            "name": "timezone",
            "in": "query",
            "description": "The zone of `local_start` and `night`; the community's when left out.",
            "schema": {"type": "string", "examples": ["Asia/Kolkata"]},
        },
    ]


def _ref(model: type[BaseModel]) -> dict[str, Any]:
    return {"$ref": PREFIX + model.__name__}


def _json(schema: dict[str, Any], media_type: str = "application/json") -> dict[str, Any]:
    return {media_type: {"schema": schema}}

"""The JSON interface for reading, held against its own OpenAPI document."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.web.conftest import FIRST, SECOND
from tests.web.json_schema import check
from tests.web.program import Program, fields, request


def test_the_document_names_every_route(app: Flask, program: Program) -> None:
    """Every address and method of the interface is in the document, and nothing else is."""
    routes = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.describe"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, methods in program.document["paths"].items() for method in methods}
    assert program.document["openapi"] == "3.1.0"
    assert routes == described


def test_the_document_takes_what_the_service_takes(program: Program) -> None:
    """A good request fits the schema of its body."""
    check(request(), {"$ref": "#/components/schemas/BookingIn"}, program.document)


def test_topics_are_listed_with_their_slots(program: Program) -> None:
    """All nine, in the community's order."""
    topics = program.get("/api/v1/topics").json or []
    assert len(topics) == 9
    assert (topics[0]["key"], topics[0]["slots"]) == ("flytekit", ["7am", "9pm"])


def test_openings_come_in_the_zone_asked_for(program: Program) -> None:
    """Instants in UTC, the local start with its offset, the night marked, how many are free."""
    answer = program.get("/api/v1/openings", topic="deploy_auth", timezone="Asia/Kolkata").json or {}
    assert (answer["topic"], answer["timezone"]) == ("deploy_auth", "Asia/Kolkata")
    first = answer["openings"][0]
    assert first["start"] == "2026-11-30T21:00:00Z"
    assert first["end"] == "2026-11-30T21:30:00Z"
    assert first["local_start"] == "2026-12-01T02:30:00+05:30"
    assert first["slot"] == "1pm"
    assert first["night"] is True
    assert first["free"] >= 2


def test_openings_default_to_the_communitys_zone_and_horizon(program: Program) -> None:
    """Without a window: from the minimum notice to the horizon."""
    answer = program.get("/api/v1/openings", topic="flytekit").json or {}
    assert answer["timezone"] == "America/Los_Angeles"
    assert answer["openings"][0]["start"] == FIRST
    assert answer["openings"][-1]["start"] > "2027-01-25"


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"from": "2026-12-01", "to": "2026-12-01"}, [SECOND, "2026-12-01T15:00:00Z"]),
        ({"from": FIRST, "to": SECOND}, [FIRST]),
        ({"from": "2026-11-30T07:00:00-08:00", "to": "2026-11-30T07:01:00-08:00"}, [FIRST]),
        ({"from": "2026-11-30T15:00:00+00:00", "to": SECOND}, [FIRST]),
        ({"from": SECOND, "to": FIRST}, []),
        ({"from": "2031-01-01"}, []),
    ],
)
def test_openings_within_a_window(program: Program, window: dict[str, str], expected: list[str]) -> None:
    """From and to are instants or local dates, the last date included; an empty window has no openings."""
    answer = program.get("/api/v1/openings", topic="flytekit", timezone="Asia/Kolkata", **window).json or {}
    assert [opening["start"] for opening in answer["openings"]] == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-12-01T15:00:00"}, "from"),
        ({"from": "0001-01-01T00:00:00Z"}, "from"),
        ({"to": "9999-12-31"}, "to"),
        ({"to": "2026-02-30"}, "to"),
        ({"to": "２０２６-12-01"}, "to"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"timezone": "Europe"}, "timezone"),
    ],
)
def test_openings_refuse_what_they_do_not_understand(program: Program, query: dict[str, str], field: str) -> None:
    """422, and the parameter is named."""
    answer = program.get("/api/v1/openings", topic="flytekit", **query)
    assert answer.status_code == 422
    assert fields(answer) == {field}


def test_openings_of_an_unknown_topic(program: Program) -> None:
    """404, and so for none at all."""
    assert program.get("/api/v1/openings", topic="nothing").status_code == 404
    assert program.get("/api/v1/openings").status_code == 404

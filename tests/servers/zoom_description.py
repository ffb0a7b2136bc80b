"""Zoom's own description of its interface, of 2018, with what it is known to have wrong put right."""

from __future__ import annotations

from typing import Any

from tests.servers.prism import description

HEADER = {"type": "apiKey", "name": "Authorization", "in": "header"}


def zoom_description() -> dict[str, Any]:
    """The description with the token in its header and with numbers as numbers of meetings.

    As published it wants the token in the query, where the service itself has long refused it, and types the number of
    a meeting as a string, where the service sends an integer of more than 32 bits. A mock's links need an example:
    any text is one otherwise.
    """
    described = description("zoom_api_2018.swagger2.json", "/users/{userId}/meetings", "/meetings/{meetingId}")
    described["securityDefinitions"] = {"global": HEADER}
    _correct(described["definitions"])
    _correct(described["paths"])
    return described


def _correct(part: Any) -> None:
    if isinstance(part, list):
        for item in part:
            _correct(item)
    if not isinstance(part, dict):
        return
    properties = part.get("properties", {})
    number, link = properties.get("id", {}), properties.get("join_url", {})
    if str(number.get("description", "")).startswith("Meeting ID"):
        number.update(type="integer", format="int64", example=85_000_000_001)
    if link:
        link["example"] = "https://zoom.example/j/85000000001"
    for item in part.values():
        _correct(item)

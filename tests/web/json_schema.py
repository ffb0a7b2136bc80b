"""Checks a JSON value against the part of JSON Schema 2020-12 that our OpenAPI document uses.

A keyword it does not know is an error, so nothing passes unread.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

TYPES = {"string": str, "object": dict, "array": list, "boolean": bool, "integer": int, "null": type(None)}
NOTES = {"title", "description", "examples", "default"}


def check(value: Any, schema: dict[str, Any], document: dict[str, Any], at: str = "$") -> None:
    """Raises AssertionError naming the place where `value` is not what `schema` says."""
    for keyword, wanted in schema.items():
        if keyword in NOTES:
            continue
        if keyword == "$ref":
            check(value, _resolve(wanted, document), document, at)
        elif keyword == "anyOf":
            assert any(_fits(value, option, document, at) for option in wanted), f"{at}: {value!r} fits no option"
        elif keyword == "type":
            assert type(value) is TYPES[wanted], f"{at}: {value!r} is no {wanted}"
        elif keyword == "format":
            _check_format(value, wanted, at)
        elif keyword == "items":
            for index, item in enumerate(value):
                check(item, wanted, document, f"{at}[{index}]")
        elif keyword == "required":
            assert set(wanted) <= set(value), f"{at}: without {set(wanted) - set(value)}"
        elif keyword == "properties":
            for name in set(wanted) & set(value):
                check(value[name], wanted[name], document, f"{at}.{name}")
        elif keyword == "additionalProperties":
            assert wanted is False
            assert set(value) <= set(schema["properties"]), f"{at}: {set(value) - set(schema['properties'])} too many"
        elif keyword == "maxLength":
            assert len(value) <= wanted, f"{at}: too long"
        else:
            raise AssertionError(f"{at}: this checker does not know {keyword!r}")


def _fits(value: Any, schema: dict[str, Any], document: dict[str, Any], at: str) -> bool:
    try:
        check(value, schema, document, at)
    except AssertionError:
        return False
    return True


def _resolve(reference: str, document: dict[str, Any]) -> dict[str, Any]:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    resolved: dict[str, Any] = found
    return resolved


def _check_format(value: str, wanted: str, at: str) -> None:
    if wanted == "date-time":
        assert datetime.fromisoformat(value).tzinfo is not None, f"{at}: {value!r} has no offset"
    else:
        assert wanted == "email", f"{at}: this checker does not know the format {wanted!r}"

"""A community's own words in mails: plain text with named placeholders, and nothing else a format string could do."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

PLACEHOLDERS = ("name", "topic", "maintainer", "community", "reference")


def unknown(text: str) -> str | None:
    """The first thing in braces that is no placeholder, or None when the text can be filled."""
    try:
        for _, name, form, conversion in Formatter().parse(text):
            if name is not None and (name not in PLACEHOLDERS or form or conversion):
                return f"{{{name}}}"
    except ValueError:  # a brace that is not closed, or closes nothing
        return "{" if "{" in text else "}"
    return None


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text`, which has known placeholders only, with the values in their places."""
    return text.format_map(values)

"""What routing says, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from booking import formatting
from booking.reading import _
from routing.answers import Reason
from routing.phrases import Phrase, Value


def said(reason: Reason) -> str:
    """The sentence of a reason; English for those that attendees never read."""
    return _phrase(reason.phrase) if reason.phrase is not None else reason.text


def kept(code: str, text: str, phrase: Phrase | None) -> dict[str, Any]:
    """A reason as a booking keeps it: with names in its places, if anything."""
    if phrase is None:
        return {"code": code, "text": text}
    return {"code": code, "text": text, "form": phrase.form, "values": dict(phrase.values)}


def said_again(reason: Mapping[str, Any]) -> str:
    """The sentence of a reason that a booking kept."""
    form = reason.get("form")
    return _(form, **reason["values"]) if form else str(reason["text"])


def _phrase(phrase: Phrase) -> str:
    return _(phrase.form, **{name: _word(value) for name, value in phrase.values.items()})


def _word(value: Value) -> str:
    if isinstance(value, Phrase):
        return _phrase(value)
    if isinstance(value, date):
        return formatting.day_and_month(value)
    if isinstance(value, timedelta):
        return formatting.duration(value)
    return formatting.either(value) if isinstance(value, tuple) else value

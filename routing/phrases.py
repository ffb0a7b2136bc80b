"""Sentences apart from what stands in their places, so that they can be said in other languages too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence with %(named)s places. Its `str` is English.

    There a date is "3 December", a duration "4 hours", and a tuple alternatives: "7am, 1pm or 9pm".
    """

    form: str
    values: Mapping[str, Value]

    def __str__(self) -> str:
        return self.form % {name: _english(value) for name, value in self.values.items()}


Value: TypeAlias = str | date | timedelta | tuple[str, ...] | Phrase


def marked(sentence: str) -> str:
    """The sentence itself; its place in the code is where `make messages` finds it."""
    return sentence


def counted(number: int, thing: str) -> str:
    """A number of things: "1 hour", "4 hours"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def either(words: Sequence[str]) -> str:
    """Alternatives: "7am", "7am or 9pm", "7am, 1pm or 9pm"."""
    *rest, last = words
    return f"{', '.join(rest)} or {last}" if rest else last


def measured(span: timedelta) -> tuple[int, str]:
    """A duration in the largest unit that measures it: 4 and "hour", 90 and "minute"."""
    unit, name = next(((unit, name) for unit, name in _UNITS if not span % unit), _UNITS[-1])
    return -(-span // unit), name


def _english(value: Value) -> str:
    if isinstance(value, date):
        return f"{value.day} {_MONTHS[value.month - 1]}"
    if isinstance(value, timedelta):
        return counted(*measured(value))
    if isinstance(value, tuple):
        return either(value)
    return str(value)

"""How whoever reads sees words and times: their language, and twelve hours or twenty-four.

Pages take it from the request (`views/preferences.py`), messages from the booking; in neither, English.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache

from babel import Locale
from flask import g, has_app_context
from flask_babel import force_locale, gettext, lazy_gettext, ngettext

__all__ = [
    "DEFAULT",
    "LANGUAGES",
    "Reading",
    "_",
    "_n",
    "current",
    "direction",
    "lazy_gettext",
    "locale",
    "reading_as",
    "stored",
    "usual_hours",
]

LANGUAGES = {"en": "English", "es": "Español", "ar": "العربية"}


@dataclass(frozen=True, slots=True)
class Reading:
    """`language` is one of LANGUAGES; `hours` is 12 or 24."""

    language: str
    hours: int


DEFAULT = Reading("en", 12)
_given: ContextVar[Reading | None] = ContextVar("reading", default=None)


def current() -> Reading:
    """What was given last around this call; else what the present request asks for; else English."""
    given = _given.get()
    if given is not None:
        return given
    asked: Reading = g.get("reading", DEFAULT) if has_app_context() else DEFAULT
    return asked


@contextmanager
def reading_as(reading: Reading) -> Iterator[None]:
    """Words and times as this reader sees them, for as long as it lasts. Needs an application context."""
    token = _given.set(reading)
    try:
        with force_locale(reading.language):
            yield
    finally:
        _given.reset(token)


def _(text: str, **values: object) -> str:
    """`text` in the reader's language, with `values` in its %(named)s places; untranslated where there is none."""
    return str(gettext(text, **values))


def _n(one: str, many: str, number: int) -> str:
    """The form of a sentence that goes with `number`, which is %(num)d in it."""
    return str(ngettext(one, many, number))


def stored(sentence: str | None) -> str:
    """A sentence out of the database: one of ours (`marked` where it is written) in the reader's language."""
    return _(sentence) if sentence else ""


def direction() -> str:
    """ "rtl" or "ltr", for the reader's language."""
    return str(locale(current().language).text_direction)


@cache
def locale(language: str) -> Locale:
    """The rules for dates and names; for English those of Britain, whose dates read the same everywhere."""
    return Locale.parse("en_GB" if language == "en" else language)


@cache
def usual_hours(language: str) -> int:
    """12 or 24, as is usual in that language (CLDR); for English 12, because am and pm cannot be misread."""
    return 12 if language == "en" or "a" in locale(language).time_formats["short"].pattern else 24

"""How whoever reads sees words and times: their language, and twelve hours or twenty-four.

Pages take it from the request (`views/preferences.py`), messages from the booking; in neither, English.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache

from babel import Locale
from babel.support import NullTranslations, Translations
from jinja2 import Environment, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from booking.resources import folder

LANGUAGES = {"en": "English", "es": "Español", "ar": "العربية"}


@dataclass(frozen=True, slots=True)
class Reading:
    """`language` is one of LANGUAGES; `hours` is 12 or 24."""

    language: str
    hours: int


DEFAULT = Reading("en", 12)
_given: ContextVar[Reading] = ContextVar("reading", default=DEFAULT)


def current() -> Reading:
    """What was given last around this call; else what the present request asks for; else English."""
    return _given.get()


def read_as(reading: Reading) -> None:
    """Words and times as this reader sees them, from now on in this thread."""
    _given.set(reading)


@contextmanager
def reading_as(reading: Reading) -> Iterator[None]:
    """Words and times as this reader sees them, for as long as it lasts."""
    token = _given.set(reading)
    try:
        yield
    finally:
        _given.reset(token)


def _(text: str, **values: object) -> str:
    """`text` in the reader's language, with `values` in its %(named)s places; untranslated where there is none."""
    return _filled(_catalog(current().language).gettext(text), values)


def _n(one: str, many: str, number: int) -> str:
    """The form of a sentence that goes with `number`, which is %(num)d in it."""
    return _filled(_catalog(current().language).ngettext(one, many, number), {"num": number})


def speak(environment: Environment) -> None:
    """Let templates say the same: by `_`, `ngettext` and trans blocks. In HTML the values are escaped.

    Jinja's own functions do it too, with three calls for each of the thirty sentences of a page.
    """
    environment.extend(newstyle_gettext=True)  # values are given to the functions; the extension would say no
    environment.add_extension("jinja2.ext.i18n")
    environment.globals.update(_=_in_template, gettext=_in_template, ngettext=_n_in_template)


@pass_eval_context
def _in_template(template: EvalContext, text: str, **values: object) -> str:
    return _filled(_in_html(current().language, text), values) if template.autoescape else _(text, **values)


@lru_cache(maxsize=4096)
def _in_html(language: str, text: str) -> Markup:
    return Markup(_catalog(language).gettext(text))  # noqa: S704 - our own sentences


@pass_eval_context
def _n_in_template(template: EvalContext, one: str, many: str, number: int, **values: object) -> str:
    said = _catalog(current().language).ngettext(one, many, number)
    return _filled(Markup(said) if template.autoescape else said, {"num": number} | values)  # noqa: S704 - the same


def _filled(sentence: str, values: dict[str, object]) -> str:
    return sentence % values if values else sentence


@cache
def _catalog(language: str) -> NullTranslations:
    """The sentences of a language; for English none, because they are written in it."""
    return Translations.load(str(folder("translations")), [language])


def stored(sentence: str | None) -> str:
    """A sentence of ours that was only `marked` where it is written, in the reader's language."""
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

"""What a visitor chose for every later page: language and clock. In the address once, then kept with the visit.

The time zone is kept the same way by `zone_choice.py`.

?lang= a language of reading.LANGUAGES, ?hours= 12 or 24. Pages for maintainers and administrators are in English.
"""

from __future__ import annotations

from flask import Flask, g, request, session

from booking.reading import DEFAULT, LANGUAGES, Reading, usual_hours

HOURS = {"12": 12, "24": 24}
IN_ENGLISH = frozenset({"maintainer", "sessions", "calendars", "routes", "admin", "outbox", "api", "twilio", "health"})


def register(app: Flask) -> None:
    app.before_request(_note)


def _note() -> None:
    if request.blueprint in IN_ENGLISH:
        g.reading = Reading(DEFAULT.language, _hours(DEFAULT.language))
    elif request.endpoint not in {None, "static", "bootstrap.static"}:
        language = _language()
        g.reading = Reading(language, _hours(language))


def _language() -> str:
    """The one in the address, else the one chosen before, else what the browser asks for."""
    chosen = _kept("lang", LANGUAGES)
    return chosen or request.accept_languages.best_match(LANGUAGES) or DEFAULT.language


def _hours(language: str) -> int:
    return HOURS.get(_kept("hours", HOURS) or "", usual_hours(language))


def _kept(name: str, allowed: dict[str, str] | dict[str, int]) -> str | None:
    asked = request.args.get(name)
    if asked in allowed and session.get(name) != asked:
        session[name] = asked
    chosen = session.get(name)
    return chosen if chosen in allowed else None

"""What a visitor chose for every later page: language and clock. In the address once, then kept with the visit.

The time zone is kept the same way by `zone_choice.py`.

?lang= a language of reading.LANGUAGES, ?hours= 12 or 24. Pages for maintainers and administrators are in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Flask, request, session

from booking import reading
from booking.reading import DEFAULT, LANGUAGES, Reading, _, read_as, usual_hours

HOURS = {"12": 12, "24": 24}
FOR_STAFF = frozenset(
    {"sign_in", "identities", "passkeys", "account", "people", "audit", "maintainer", "my_hours", "profiles"}
    | {"sessions", "behalf", "outcomes", "calendars", "routes", "admin", "bookings", "programme", "outbox"}
)
FOR_ALL = frozenset({"static", "embed.badge"})
FOR_PROGRAMS = frozenset({"api", "twilio", "zoom_events", "health", "looks", "feeds", "bootstrap"})


class Choice(NamedTuple):
    """A link to the present page, read in another way; its name is in `language`."""

    name: str
    language: str
    address: str
    current: bool


def register(app: Flask) -> None:
    app.before_request(_note)
    app.teardown_request(lambda _: read_as(DEFAULT))


def switches() -> list[tuple[str, list[Choice]]]:
    """Links to the present page in each language and by each clock; none on an answer to a form: it has no address."""
    if request.method not in {"GET", "HEAD"}:
        return []
    reader = reading.current()
    here = _here("lang")
    languages = [Choice(name, key, here + key, key == reader.language) for key, name in LANGUAGES.items()]
    clocks, here = {"12": _("12-hour clock"), "24": _("24-hour clock")}, _here("hours")
    hours = [Choice(name, reader.language, here + key, HOURS[key] == reader.hours) for key, name in clocks.items()]
    found = [(_("Language"), languages), (_("Clock"), hours)]
    return found[1:] if request.blueprint in FOR_STAFF else found


def _here(chosen: str) -> str:
    """The present address with its query, ready for the value of what is chosen."""
    kept = urlencode([(name, value) for name, value in request.args.items() if name != chosen])
    return f"{request.path}?{kept}{'&' if kept else ''}{chosen}="


def _note() -> None:
    """Nothing where nobody reads: an answer that asks nothing of the visit is the same for everybody."""
    if request.blueprint in FOR_PROGRAMS or request.endpoint in FOR_ALL or request.path.startswith("/api/"):
        return
    language = DEFAULT.language if request.blueprint in FOR_STAFF else _language()
    read_as(Reading(language, _hours(language)))


def _language() -> str:
    """The one in the address, else the one chosen before, else what the browser asks for."""
    chosen = _kept("lang", LANGUAGES)
    return chosen or request.accept_languages.best_match(LANGUAGES) or DEFAULT.language


def _hours(language: str) -> int:
    return HOURS.get(_kept("hours", HOURS) or "", usual_hours(language))


def _kept(name: str, allowed: Mapping[str, str | int]) -> str | None:
    asked = request.args.get(name)
    if asked in allowed and session.get(name) != asked:
        session[name] = asked
    chosen = session.get(name)
    return chosen if chosen in allowed else None

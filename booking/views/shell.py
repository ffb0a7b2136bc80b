"""What every page shows around its own content, for one statement a request."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Flask, abort, g, request, url_for
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from booking import formatting, queries, reading
from booking.extensions import office
from booking.views import preferences
from booking.views.zone_choice import zone_options
from routing.phrases import marked

WITHOUT_COMMUNITY = frozenset({"static", "bootstrap.static", "health.live", "health.ready"})
NOT_LOADED = marked("There is no community here yet. Whoever runs this service loads one with “officehours apply”.")


def register(app: Flask) -> None:
    app.before_request(_require_community)
    app.context_processor(_frame)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        url_for=_path_to,
        csrf=_csrf_field,
        when=formatting.when,
        day=formatting.day,
        clock=formatting.clock,
        zone_label=formatting.zone_label,
        city=formatting.city,
        listed=formatting.listed,
        minutes_words=formatting.minutes_words,
        stored=reading.stored,
        zone_options=zone_options,
    )
    app.jinja_env.filters["bdi"] = formatting.isolated


def _path_to(endpoint: str, **values: Any) -> str:
    """`flask.url_for` for templates, which name the same few places on every page; those with a secret are not kept."""
    return url_for(endpoint, **values) if "token" in values else _known_path(request.script_root, endpoint, **values)


@lru_cache(maxsize=512)
def _known_path(_root: str, endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **values)


def _csrf_field() -> Markup:
    """What each form carries, so that no other site can send it."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def without_database() -> None:
    """The page to come must not ask the database, because it is the database that failed."""
    g.bare = True


def _require_community() -> None:
    if request.endpoint not in WITHOUT_COMMUNITY:
        try:
            queries.community()
        except LookupError:
            without_database()
            abort(503, description=NOT_LOADED)


def _frame() -> dict[str, Any]:
    if g.get("bare"):
        return {"community": None, "has_examples": False, **_reader()}
    settings = office().settings
    return {
        "community": queries.community(),
        "has_examples": queries.has_examples(),
        "outbox_open": settings.outbox_open,
        "contact": settings.contact,
        "me": g.get("caller"),
        **_reader(),
    }


def _reader() -> dict[str, object]:
    return {"reader": reading.current(), "direction": reading.direction(), "switches": preferences.switches}

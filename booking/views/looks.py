"""The community's own colours and logo.

GET  /colours.css    colours
GET  /logo           logo
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template

from booking import colours as palettes
from booking import queries
from booking.extensions import db
from booking.models import Logo

bp = Blueprint("looks", __name__)

# The grounds that officehours.css writes links on.
LIGHT, DARK = ("#faf9f6", "#ffffff", "#f6efd9"), ("#15191b", "#1d2326", "#37301b")


@bp.get("/colours.css")
def colours() -> Response:
    colour = queries.community().colour
    if colour is None:
        abort(404)
    light, dark = palettes.on_light(colour, LIGHT), palettes.on_dark(colour, DARK)
    return Response(render_template("colours.css", light=light, dark=dark), content_type="text/css; charset=utf-8")


@bp.get("/logo")
def logo() -> Response:
    kept = db.session.get(Logo, 1)
    if kept is None:
        abort(404)
    return Response(kept.image, content_type=kept.media_type)

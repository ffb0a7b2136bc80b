"""A topic on other websites: its times in a frame, and a badge with the next one.

GET /embed/<key>        times       ?tz= &day=      in frames of the community's `embed_origins` only
GET /badge/<key>.svg    badge       for any page
"""

from __future__ import annotations

from unicodedata import east_asian_width

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from booking import formatting, offers, queries
from booking.extensions import office
from booking.reading import Reading, reading_as
from booking.views import month, openings
from booking.views.public import topic_or_404
from booking.views.zone_choice import choose_zone

bp = Blueprint("embed", __name__)

BADGE_HEADERS = {
    "Cache-Control": "public, max-age=300",
    "Cross-Origin-Resource-Policy": "cross-origin",  # also for pages that isolate themselves
}
LETTER, MARGIN = 7, 8  # pixels: what 11 px of a plain sans-serif need at most, and the room beside a text


@bp.get("/embed/<key>")
def times(key: str) -> str:
    """What was chosen stands in the address alone, and goes on from link to link: a frame's cookies are blocked."""
    topic, home = topic_or_404(key), queries.community().timezone
    zone, offer = choose_zone(home), offers.offered(office(), key)
    day = month.asked_day(request.args.get("day"))
    return render_template(
        "embed.html",
        topic=topic,
        zone=zone,
        choice=month.choice(offer, zone.chosen, home, office().now(), day=day, month=None),
        chosen={"tz": zone.chosen} | {name: request.args[name] for name in ("hours", "lang") if name in request.args},
        origins=queries.community().embed_origins,
    )


@bp.get("/badge/<key>.svg")
def badge(key: str) -> ResponseReturnValue:
    """In English and UTC: it is one picture for everybody."""
    topic_or_404(key)
    starts = openings.unique_starts(offers.offered(office(), key).openings)
    with reading_as(Reading("en", 24)):
        next_time = (
            f"{formatting.short_day(starts[0], 'UTC')} {formatting.clock(starts[0], 'UTC')} UTC" if starts else ""
        )
    parts = [queries.community().name + " office hours", f"next: {next_time}" if next_time else "no free time"]
    widths = [_width(part) for part in parts]
    g.headers = BADGE_HEADERS
    return render_template("badge.svg", parts=parts, widths=widths), {"Content-Type": "image/svg+xml"}


def _width(text: str) -> int:
    letters = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
    return letters * LETTER + 2 * MARGIN

"""A maintainer books a session for somebody: the same rules hold, and the attendee gets the mails.

GET  /maintainer/book                   choose_topic
GET  /maintainer/book/<key>             choose_time     ?who= me, or whoever is best; &tz= &day= &month=
GET  /maintainer/book/<key>/details     details         ?start= &who=
POST /maintainer/book/<key>/details     book
"""

from __future__ import annotations

import secrets
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking import offers, queries, validation
from booking.extensions import office
from booking.forms.sessions import BehalfForm
from booking.models import Booking, BookingStatus, Maintainer
from booking.reading import LANGUAGES
from booking.services.refusal import Refusal
from booking.services.reserve import reserve
from booking.views import month, openings
from booking.views.callers import current_maintainer
from booking.views.problems import status_of
from booking.views.public import topic_or_404
from booking.views.zone_choice import own_zone
from routing.values import Topic

bp = Blueprint("behalf", __name__, url_prefix="/maintainer/book")

ME, ANYBODY = "me", "anybody"
Page = str | tuple[str, int] | Response


@bp.get("")
def choose_topic() -> str:
    """Their own topics first."""
    mine = _known(current_maintainer())
    topics = sorted(queries.programme().topics.values(), key=lambda topic: topic.key not in mine)
    return render_template("maintainer/book_topic.html", topics=topics, mine=mine)


@bp.get("/<key>")
def choose_time(key: str) -> Page:
    return _times(topic_or_404(key))


@bp.get("/<key>/details")
def details(key: str) -> Page:
    topic, start = topic_or_404(key), _instant(request.args.get("start"))
    if start is None:
        return _times(topic, "Choose a time to go on."), 422
    form = BehalfForm(start=openings.instant_text(start), who=_who(topic), tz=current_maintainer().timezone)
    form.idempotency_key.data = secrets.token_urlsafe(24)
    return _details(topic, form, start)


@bp.post("/<key>/details")
def book(key: str) -> Page:
    topic, form = topic_or_404(key), BehalfForm(request.form)
    start = _instant(form.start.data)
    if start is None:
        return _times(topic, "Choose a time to go on."), 422
    if not form.validate():
        return _details(topic, form, start), 422
    answer = reserve(office(), form.request(key, start, current_maintainer()))
    if isinstance(answer, Refusal):
        form.idempotency_key.data = secrets.token_urlsafe(24)
        return _details(topic, form, start, answer), status_of(answer)
    flash(_outcome(answer))
    return redirect(url_for("maintainer.show"), 303)


def _outcome(booking: Booking) -> str:
    if booking.status == BookingStatus.HELD:
        return f"The time is held with {booking.maintainer.name}. It is booked once they confirm their address by mail."
    return f"It is booked with {booking.maintainer.name}. The confirmation is on its way to them."


def _known(maintainer: Maintainer) -> frozenset[str]:
    """The topics they have sessions on."""
    people = queries.programme().maintainers
    return frozenset(topic for one in people if one.key == maintainer.key for topic in one.expertise)


def _who(topic: Topic) -> str:
    """Whose times are asked for: the caller's own, where they know the topic, or everybody's."""
    asked = request.values.get("who", ME)
    return ME if asked == ME and topic.key in _known(current_maintainer()) else ANYBODY


def _instant(text: str | None) -> datetime | None:
    try:
        return validation.instant(text or "")
    except ValueError:
        return None


def _times(topic: Topic, error: str = "") -> str:
    maintainer, who = current_maintainer(), _who(topic)
    zone = own_zone(maintainer.timezone)
    choice = month.choice(
        offers.offered(office(), topic.key, only=maintainer.key if who == ME else None),
        zone.chosen,
        queries.community().timezone,
        office().now(),
        day=month.asked_day(request.args.get("day")),
        month=month.asked_month(request.args.get("month")),
    )
    return render_template(
        "maintainer/book_time.html",
        topic=topic,
        who=who,
        knows=topic.key in _known(maintainer),
        zone=zone,
        choice=choice,
        error=error,
    )


def _details(topic: Topic, form: BehalfForm, start: datetime, refusal: Refusal | None = None) -> str:
    return render_template(
        "maintainer/book_details.html",
        topic=topic,
        form=form,
        start=start,
        zone=current_maintainer().timezone,
        refusal=refusal,
        languages=LANGUAGES,
    )

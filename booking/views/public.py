"""Choosing a topic and a time, and booking it.

GET  /                          ask (find.py), or choose a topic
GET  /topics/<key>              times      ?tz= &week=
GET  /topics/<key>/book         details    ?start= &tz=
POST /topics/<key>/book         book
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking import docs, matcher, queries, validation
from booking.extensions import limiter, office, visitors_network
from booking.forms import BookingForm, QuestionForm
from booking.models import Booking, DemandKind
from booking.services.record_demand import record_demand
from booking.services.refusal import Refusal, RefusalCode
from booking.services.reserve import reserve
from booking.views import find, openings
from booking.views.problems import status_of
from booking.views.zone_choice import choose_zone
from routing.values import Opening, Topic

bp = Blueprint("public", __name__)

BOOKINGS_PER_ADDRESS = "20 per minute"
NEAREST = 3
LOST = (RefusalCode.TAKEN, RefusalCode.UNROUTABLE)
Page = str | tuple[str, int] | Response


@bp.get("/")
def topics() -> Page:
    return find.topics_page(QuestionForm(None, question=find.kept_question()))


@bp.get("/topics/<key>")
def times(key: str) -> Page:
    return _times(topic_or_404(key))


@bp.get("/topics/<key>/book")
def details(key: str) -> Page:
    topic = topic_or_404(key)
    start = _asked_start()
    if start is None:
        return _times(topic, "Choose a time to go on."), 422
    kept = {"start": openings.instant_text(start), "tz": _zone(), "question": find.kept_question()}
    form = BookingForm(None, queries.community(), **kept)
    form.new_key()
    offer = openings.offered(office(), key)
    if start in openings.unique_starts(offer.openings):
        return _details(topic, form)
    gone = Refusal(RefusalCode.TAKEN, ("This time is not free any more.",), openings=_nearest(offer.openings, start))
    return _refused(topic, form, gone)


@bp.post("/topics/<key>/book")
@limiter.limit(BOOKINGS_PER_ADDRESS)
def book(key: str) -> Page:
    topic = topic_or_404(key)
    form = BookingForm(request.form, queries.community())
    if not form.validate():
        return _details(topic, form), 422
    suggested = matcher.suggestion(find.kept_question())
    answer = reserve(office(), replace(form.request(key, visitors_network()), suggested=suggested))
    if isinstance(answer, Refusal):
        if answer.code in LOST:
            slots = openings.slots_at(topic, validation.instant(form.start.data or ""))
            record_demand(office(), DemandKind.UNFILLED, topic=key, slots=slots, timezone=form.tz.data)
        return _refused(topic, form, answer)
    find.forget_question()
    return redirect(url_for("manage.show", token=manage_token(answer)), 303)


def manage_token(booking: Booking) -> str:
    return office().links.manage(booking.public_id, booking.generation).rpartition("/")[2]


def topic_or_404(key: str) -> Topic:
    """The topic with this key; 404 when none is offered."""
    topic = queries.programme().topics.get(key)
    if topic is None:
        abort(404, description="There is no such topic here, or it is no longer offered.")
    return topic


def _zone() -> str:
    return choose_zone(queries.community().timezone).chosen


def _asked_start() -> datetime | None:
    try:
        return validation.instant(request.args.get("start", ""))
    except ValueError:
        return None


def _times(topic: Topic, error: str = "") -> str:
    home = queries.community().timezone
    zone = choose_zone(home)
    offer = openings.offered(office(), topic.key)
    week = openings.week_of(offer, zone.chosen, home, openings.asked_week(request.args.get("week")), office().now())
    return render_template(
        "booking/times.html",
        topic=topic,
        zone=zone,
        week=week,
        error=error,
        pages=docs.find(find.kept_question()),
        others=[] if week.soonest else openings.alternatives(office(), topic.key, zone.chosen, home),
    )


def _details(topic: Topic, form: BookingForm, refusal: Refusal | None = None) -> str:
    """The form. After a refusal it keeps all that was typed; when the time is lost, it offers the nearest."""
    try:
        start = validation.instant(form.start.data or "")
    except ValueError:
        abort(400, description="The time got lost on the way. Choose it again on the page of times.")
    zone, home = _zone(), queries.community().timezone
    return render_template(
        "booking/details.html",
        topic=topic,
        form=form,
        zone=zone,
        start=start,
        time=openings.time_at(start, zone, home),
        refusal=refusal,
        lost=refusal is not None and refusal.code in LOST,
        nearest=openings.times_at(refusal.openings, zone, home) if refusal else [],
    )


def _refused(topic: Topic, form: BookingForm, refusal: Refusal) -> Page:
    form.new_key()
    return _details(topic, form, refusal), status_of(refusal)


def _nearest(offered: tuple[Opening, ...], start: datetime) -> tuple[Opening, ...]:
    """The openings closest to `start`, in order of time."""

    def distance(opening: Opening) -> timedelta:
        return abs(opening.range.start - start)

    chosen = sorted(offered, key=distance)[:NEAREST]
    return tuple(sorted(chosen, key=lambda opening: opening.range.start))

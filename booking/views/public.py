"""Choosing a topic and a time, and booking it.

GET  /                          ask (find.py), or choose a topic        ?topic=
GET  /topics/<key>              times      ?tz= &day= &month= &slot=    and what fills the form
POST /topics/<key>/hold         hold       keeps the chosen time while the form is filled
GET  /topics/<key>/book         details    ?start= &tz=                 and what fills the form
POST /topics/<key>/book         book; or, by its other buttons, keep the time longer or choose another

A link may fill the form: name, email, phone, question, links. Never its consents.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking import docs, matcher, offers, queries, validation
from booking.extensions import limiter, office, visitors_network
from booking.forms import BookingForm, QuestionForm
from booking.models import Booking, DemandKind
from booking.reading import _
from booking.services.hold import is_last
from booking.services.record_demand import record_demand
from booking.services.refusal import Refusal, RefusalCode
from booking.services.reserve import reserve
from booking.views import find, month, openings, visit
from booking.views.guests import reasons_for_guests
from booking.views.problems import status_of
from booking.views.zone_choice import ZoneChoice, visitors_zone
from routing import zones
from routing.answers import Opening
from routing.values import Topic

bp = Blueprint("public", __name__)

BOOKINGS_PER_ADDRESS = "20 per minute"
HOLDS_PER_ADDRESS = "30 per minute"
NEAREST = 3
LOST = (RefusalCode.TAKEN, RefusalCode.UNROUTABLE)
ACT, KEEP, OTHER_TIME = "act", "keep", "times"
Page = str | tuple[str, int] | Response


@bp.get("/")
def topics() -> Page:
    chosen = request.args.get("topic")
    if chosen in queries.programme().topics:
        return redirect(f"{url_for('public.times', key=chosen)}?{urlencode(request.args)}", 303)
    return find.topics_page(QuestionForm(None, question=find.kept_question() or request.args.get("question", "")))


@bp.get("/topics/<key>")
def times(key: str) -> Page:
    return _times(topic_or_404(key))


@bp.post("/topics/<key>/hold")
@limiter.limit(HOLDS_PER_ADDRESS)
def hold(key: str) -> Page:
    topic, start = topic_or_404(key), _instant(request.form.get("start"))
    if start is None:
        return _times(topic, _("Choose a time to go on.")), 422
    typed = _typed_before() | {name: value for name, value in request.form.items() if value}
    return _keep(topic, _form(start, typed), "")


@bp.get("/topics/<key>/book")
def details(key: str) -> Page:
    topic, start = topic_or_404(key), _instant(request.args.get("start"))
    if start is None:
        return _times(topic, _("Choose a time to go on.")), 422
    form = _form(start, _typed_before() | visit.filled(visit.typed(request.args)))
    if _held(topic, start) is not None:
        return _details(topic, form)
    offer = offers.offered(office(), key)
    if start in openings.unique_starts(offer.openings):
        return _details(topic, form)
    gone = Refusal(RefusalCode.TAKEN, (_("This time is not free any more."),), openings=_nearest(offer.openings, start))
    return _refused(topic, form, gone)


@bp.post("/topics/<key>/book")
@limiter.limit(BOOKINGS_PER_ADDRESS)
def book(key: str) -> Page:
    topic, act = topic_or_404(key), request.form.get(ACT)
    form = BookingForm(request.form, queries.community())
    if act in {KEEP, OTHER_TIME}:
        return _keep(topic, form, act)
    if not form.validate():
        return _details(topic, form), 422
    asked = replace(form.request(key, visitors_network()), suggested=matcher.suggestion(find.kept_question()))
    answer = reserve(office(), replace(asked, hold=visit.hold_key()))
    if isinstance(answer, Refusal):
        return _lost(topic, form, answer)
    find.forget_question()
    visit.forget()
    return redirect(url_for("manage.show", token=manage_token(answer)), 303)


def manage_token(booking: Booking) -> str:
    return office().links.manage(booking.public_id, booking.generation).rpartition("/")[2]


def topic_or_404(key: str) -> Topic:
    """The topic with this key; 404 when none is offered."""
    topic = queries.programme().topics.get(key)
    if topic is None:
        abort(404, description=_("There is no such topic here, or it is no longer offered."))
    return topic


def _zone() -> ZoneChoice:
    return visitors_zone(queries.community().timezone)


def _instant(text: str | None) -> datetime | None:
    try:
        return validation.instant(text or "")
    except ValueError:
        return None


def _form(start: datetime, typed: dict[str, str]) -> BookingForm:
    """An empty form for this time, but for what was typed before."""
    question = typed.get("question") or find.kept_question()
    kept = visit.filled(visit.typed(typed | {"question": question}))
    form = BookingForm(None, queries.community(), start=openings.instant_text(start), tz=_zone().chosen, **kept)
    form.new_key()
    return form


def _typed_before() -> dict[str, str]:
    held = visit.held()
    return visit.filled(held) if held else {}


def _held(topic: Topic, start: datetime) -> Booking | None:
    """The visitor's hold, if it is for this time."""
    held = visit.held()
    return held if held and held.topic.key == topic.key and held.starts_at == start else None


def _keep(topic: Topic, form: BookingForm, act: str) -> Page:
    """Hold the time of the form, and what stands in it; where none can be held, the form still can be sent."""
    start = _instant(form.start.data)
    if start is None:
        return _details(topic, form)
    answer = visit.hold(topic.key, start, visit.typed(form.data))
    value, zone = openings.instant_text(start), _zone().chosen
    if act == OTHER_TIME:
        return redirect(url_for("public.times", key=topic.key, slot=value, tz=zone), 303)
    if isinstance(answer, Refusal):
        return _lost(topic, form, answer) if answer.code in LOST else _details(topic, form)
    if act == KEEP:
        return _details(topic, form)
    return redirect(url_for("public.details", key=topic.key, start=value, tz=zone), 303)


def _lost(topic: Topic, form: BookingForm, refusal: Refusal) -> Page:
    if refusal.code in LOST:
        slots = openings.slots_at(topic, validation.instant(form.start.data or ""))
        record_demand(office(), DemandKind.UNFILLED, topic=topic.key, slots=slots, timezone=form.tz.data)
    return _refused(topic, form, refusal)


def _times(topic: Topic, error: str = "") -> str:
    home, zone, held = queries.community().timezone, _zone(), visit.held()
    visit.begin()
    offer = offers.offered(office(), topic.key, held.id if held else None)
    slot = _instant(request.args.get("slot"))
    day = zones.local(slot, zone.chosen).date() if slot else month.asked_day(request.args.get("day"))
    shown = month.choice(
        offer, zone.chosen, home, office().now(), day=day, month=month.asked_month(request.args.get("month"))
    )
    return render_template(
        "booking/times.html",
        topic=topic,
        zone=zone,
        choice=shown,
        error=error,
        picked=openings.instant_text(slot) if slot else None,
        gone=slot is not None and slot not in openings.unique_starts(offer.openings),
        typed=visit.filled(visit.typed(request.args)),
        pages=docs.find(find.kept_question()),
        others=[] if shown.soonest else openings.alternatives(office(), topic.key, zone.chosen, home),
    )


def _details(topic: Topic, form: BookingForm, refusal: Refusal | None = None) -> str:
    """The form. After a refusal it keeps all that was typed; when the time is lost, it offers the nearest."""
    start = _instant(form.start.data)
    if start is None:
        abort(400, description=_("The time got lost on the way. Choose it again on the page of times."))
    zone, home, held = _zone().chosen, queries.community().timezone, _held(topic, start)
    return render_template(
        "booking/details.html",
        topic=topic,
        form=form,
        zone=zone,
        start=start,
        time=openings.time_at(start, zone, home),
        held=held,
        last=held is not None and is_last(held),
        minutes_left=_minutes(held),
        reasons=reasons_for_guests(held) if held else [],
        refusal=refusal,
        lost=refusal is not None and refusal.code in LOST,
        nearest=openings.times_at(refusal.openings, zone, home) if refusal else [],
    )


def _minutes(held: Booking | None) -> int:
    """The minutes left, rounded up as people do."""
    if held is None or held.held_until is None:
        return 0
    return -(-(held.held_until - office().now()) // timedelta(minutes=1))


def _refused(topic: Topic, form: BookingForm, refusal: Refusal) -> Page:
    form.new_key()
    return _details(topic, form, refusal), status_of(refusal)


def _nearest(offered: tuple[Opening, ...], start: datetime) -> tuple[Opening, ...]:
    """The openings closest to `start`, in order of time."""

    def distance(opening: Opening) -> timedelta:
        return abs(opening.range.start - start)

    chosen = sorted(offered, key=distance)[:NEAREST]
    return tuple(sorted(chosen, key=lambda opening: opening.range.start))

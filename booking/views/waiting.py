"""None of the times suits: say so, and wait for another.

POST /topics/<key>/none         none_suits      writes down that somebody found no time
GET  /topics/<key>/wait         ask             ?tz=
POST /topics/<key>/wait         join
GET  /waiting/<token>           show
POST /waiting/<token>/take      take            the time that is offered
POST /waiting/<token>/pass      pass_on         not the time that is offered
POST /waiting/<token>/leave     leave
POST /waiting/<token>/phone-code        prove_phone         the code that proves the number
GET  /waiting/<token>/phone-code        find_code_field     back to where it is entered; also from /phone-code/new
POST /waiting/<token>/phone-code/new    send_phone_code
"""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from booking import phones, queries
from booking.extensions import db, limiter, office, visitors_network
from booking.forms import PhoneCodeForm, WaitForm
from booking.models import DemandKind, Waiter
from booking.phones import Standing
from booking.reading import _
from booking.services import waitlist
from booking.services.prove_number import live_code, prove_number, send_code
from booking.services.record_demand import record_demand
from booking.services.refusal import Refusal
from booking.views import find
from booking.views.callers import current_token, current_waiter
from booking.views.problems import status_of
from booking.views.public import manage_token, topic_or_404
from booking.views.zone_choice import choose_zone
from routing import zones

bp = Blueprint("waiting", __name__)

TRIES_PER_ADDRESS = "10 per minute"
USUAL_WAIT = timedelta(days=14)
SAID = "no-time"

Page = str | tuple[str, int] | Response


@bp.post("/topics/<key>/none")
@limiter.limit(TRIES_PER_ADDRESS)
def none_suits(key: str) -> Response:
    """Written down once a topic and visit: no name, no address."""
    topic, zone = topic_or_404(key), choose_zone("").chosen or None
    said: list[str] = session.get(SAID, [])
    if key not in said:
        record_demand(office(), DemandKind.NO_TIME, topic=topic.key, slots=topic.slots, timezone=zone)
        session[SAID] = [*said, key]
    return redirect(url_for("waiting.ask", key=key, tz=zone), 303)


@bp.get("/topics/<key>/wait")
def ask(key: str) -> Page:
    topic_or_404(key)
    zone = choose_zone(queries.community().timezone).chosen
    until = zones.local(office().now() + USUAL_WAIT, zone).date()
    kept = {"tz": zone, "question": find.kept_question(), "until": until.isoformat()}
    return _form(key, WaitForm(None, queries.community(), **kept))


@bp.post("/topics/<key>/wait")
@limiter.limit(TRIES_PER_ADDRESS)
def join(key: str) -> Page:
    topic_or_404(key)
    form = WaitForm(request.form, queries.community())
    if not form.validate():
        return _form(key, form), 422
    answer = waitlist.join(office(), form.wait(key, visitors_network()))
    if isinstance(answer, Refusal):
        return _form(key, form, answer), status_of(answer)
    find.forget_question()
    return redirect(office().links.wait(answer.public_id), 303)


@bp.get("/waiting/<token>")
def show() -> Page:
    return _place(PhoneCodeForm())


@bp.post("/waiting/<token>/take")
@limiter.limit(TRIES_PER_ADDRESS)
def take() -> Page:
    answer = waitlist.take(office(), current_waiter().id, visitors_network())
    if isinstance(answer, Refusal):
        return _place(PhoneCodeForm(), answer), status_of(answer)
    return redirect(url_for("manage.show", token=manage_token(answer)), 303)


@bp.post("/waiting/<token>/pass")
def pass_on() -> Page:
    waitlist.pass_on(office(), current_waiter().id)
    return redirect(url_for("waiting.show", token=current_token()), 303)


@bp.post("/waiting/<token>/leave")
def leave() -> Page:
    waitlist.leave(office(), current_waiter().id)
    return redirect(url_for("waiting.show", token=current_token()), 303)


@bp.post("/waiting/<token>/phone-code")
@limiter.limit(TRIES_PER_ADDRESS)
def prove_phone() -> Page:
    form = PhoneCodeForm(request.form)
    if not form.validate():
        return _place(form), 422
    answer = prove_number(office(), current_waiter(), form.code.data or "")
    return _proven(form, answer, _("The number is confirmed. Offers come by text too from now on."))


@bp.post("/waiting/<token>/phone-code/new")
@limiter.limit(TRIES_PER_ADDRESS)
def send_phone_code() -> Page:
    answer = send_code(office(), current_waiter(), visitors_network())
    return _proven(PhoneCodeForm(), answer, _("A new code is on its way. The one before does not work any more."))


@bp.get("/waiting/<token>/phone-code")
@bp.get("/waiting/<token>/phone-code/new")
def find_code_field() -> Page:
    """Whoever loads the page anew after a wrong code."""
    return redirect(url_for("waiting.show", token=current_token()), 303)


def _proven(form: PhoneCodeForm, answer: Waiter | Refusal, done: str) -> Page:
    if isinstance(answer, Refusal):
        return _place(form, answer), status_of(answer)
    flash(done)
    return redirect(url_for("waiting.show", token=current_token()), 303)


def _place(code: PhoneCodeForm, refusal: Refusal | None = None) -> str:
    """The page of somebody who waits; with what is wrong with what they did last."""
    waiter, now = current_waiter(), office().now()
    texts = phones.of_guest(db.session(), waiter)
    return render_template(
        "booking/waiting.html",
        waiter=waiter,
        state=waitlist.present_state(waiter, now),
        token=current_token(),
        by_mail=queries.community().verify_email,
        texts=texts,
        code=code,
        code_waits=texts is Standing.UNPROVEN and live_code(db.session(), waiter, now) is not None,
        refusal=refusal,
        texting_number=office().settings.twilio_from,
    )


def _form(key: str, form: WaitForm, refusal: Refusal | None = None) -> str:
    topic = topic_or_404(key)
    return render_template("booking/wait.html", topic=topic, form=form, zone=form.tz.data, refusal=refusal)

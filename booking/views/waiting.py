"""None of the times suits: say so, and wait for another.

POST /topics/<key>/none         none_suits      writes down that somebody found no time
GET  /topics/<key>/wait         ask             ?tz=
POST /topics/<key>/wait         join
GET  /waiting/<token>           show
POST /waiting/<token>/pass      pass_on         not the time that is offered
POST /waiting/<token>/leave     leave
"""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from booking import queries
from booking.extensions import limiter, office
from booking.forms import WaitForm
from booking.models import DemandKind
from booking.services import waitlist
from booking.services.record_demand import record_demand
from booking.services.refusal import Refusal
from booking.views import find
from booking.views.callers import current_token, current_waiter
from booking.views.problems import status_of
from booking.views.public import topic_or_404
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
    answer = waitlist.join(office(), form.wait(key))
    if isinstance(answer, Refusal):
        return _form(key, form, answer), status_of(answer)
    find.forget_question()
    return redirect(office().links.wait(answer.public_id), 303)


@bp.get("/waiting/<token>")
def show() -> Page:
    waiter = current_waiter()
    held = waiter.booking
    confirm = office().links.verify(held.public_id, held.generation) if held is not None else None
    return render_template("booking/waiting.html", waiter=waiter, token=current_token(), confirm_url=confirm)


@bp.post("/waiting/<token>/pass")
def pass_on() -> Page:
    waitlist.pass_on(office(), current_waiter().id)
    return redirect(url_for("waiting.show", token=current_token()), 303)


@bp.post("/waiting/<token>/leave")
def leave() -> Page:
    waitlist.leave(office(), current_waiter().id)
    return redirect(url_for("waiting.show", token=current_token()), 303)


def _form(key: str, form: WaitForm, refusal: Refusal | None = None) -> str:
    topic = topic_or_404(key)
    return render_template("booking/wait.html", topic=topic, form=form, zone=form.tz.data, refusal=refusal)

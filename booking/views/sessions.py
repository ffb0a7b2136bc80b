"""A session's page, and what its maintainer does about it. `access` has checked whose it is.

GET  /maintainer/sessions/<id>                  show
GET  /maintainer/sessions/<id>/decline          ask_decline
POST /maintainer/sessions/<id>/decline          decline
GET  /maintainer/sessions/<id>/hand-over        choose_colleague
POST /maintainer/sessions/<id>/hand-over        hand_over
GET  /maintainer/sessions/<id>/move             choose_time     ?tz= &day= &month=
GET  /maintainer/sessions/<id>/move/confirm     review_move     ?start= &tz=
POST /maintainer/sessions/<id>/move             move
GET  /maintainer/sessions/<id>/cancel           ask_cancel
POST /maintainer/sessions/<id>/cancel           cancel
POST /maintainer/sessions/<id>/attendance       record_attendance
POST /maintainer/sessions/<id>/topic            correct
"""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking import history, joining, notes, offers, overviews, queries, validation
from booking.attendance import propose
from booking.delivery_words import delivery_lines
from booking.explanations import colleagues
from booking.extensions import office
from booking.forms import CancelForm
from booking.forms.sessions import OutcomeForm
from booking.models import Booking, BookingStatus
from booking.services import rescue
from booking.services.attend import OVER, attend
from booking.services.cancel import cancel as cancel_booking
from booking.services.correct_topic import correct_topic
from booking.services.hand_over import hand_over as hand_over_to
from booking.services.refusal import Refusal, RefusalCode
from booking.services.reschedule import not_movable, reschedule
from booking.views import month, openings
from booking.views.callers import acting, current_booking, gives_it
from booking.views.problems import status_of
from booking.views.zone_choice import own_zone

bp = Blueprint("sessions", __name__, url_prefix="/maintainer/sessions/<int(max=2147483647):booking_id>")

NOT_FREE = "That time is not free any more. Choose another."
Page = str | tuple[str, int] | Response


@bp.get("")
def show(booking_id: int) -> str:
    booking, now = current_booking(), office().now()
    zone, note = _zone(), notes.of_booking(booking_id)
    return render_template(
        "maintainer/session.html",
        booking=booking,
        zone=zone,
        mine=gives_it(),
        changeable=not_movable(booking, now) is None,
        over=booking.ends_at <= now and booking.status != BookingStatus.CANCELLED,
        messages=delivery_lines(overviews.messages_of(booking_id), zone, now),
        history=history.lines(booking, zone),
        join_url=office().links.join(booking.public_id, booking.generation),
        has_link=joining.present_link(office().settings, booking) is not None,
        proposed=propose(booking),
        note=note,
        note_text=notes.render(note.text) if note else "",
        outcome=OutcomeForm(None, booking, note) if _tellable(booking, now) else None,
        topics=queries.programme().topics.values(),
        topic_ids=queries.roster().topic_ids,
    )


@bp.get("/decline")
def ask_decline(booking_id: int) -> Page:
    return _too_late() or _asked("maintainer/session_decline.html", CancelForm())


@bp.post("/decline")
def decline(booking_id: int) -> Page:
    form = CancelForm(request.form)
    if not form.validate():
        return _asked("maintainer/session_decline.html", form), 422
    maintainer_id = current_booking().maintainer_id
    answer = rescue.decline(office(), maintainer_id, booking_id, form.reason.data or "", by=acting())
    flash(answer.detail if isinstance(answer, Refusal) else _outcome(answer))
    return _home()


@bp.get("/hand-over")
def choose_colleague(booking_id: int) -> Page:
    return _too_late() or _colleagues()


@bp.post("/hand-over")
def hand_over(booking_id: int) -> Page:
    mine = gives_it()
    answer = hand_over_to(office(), booking_id, request.form.get("to", ""), by=acting())
    if isinstance(answer, Refusal):
        return _too_late() or (_colleagues(answer.detail), status_of(answer))
    flash(_outcome(answer))
    return _home() if mine else _back()


@bp.get("/move")
def choose_time(booking_id: int) -> Page:
    return _too_late() or _times()


@bp.get("/move/confirm")
def review_move(booking_id: int) -> Page:
    start, zone = _instant(request.args.get("start")), own_zone(_zone())
    if start is None:
        return _too_late() or _times("Choose a time to go on.", 422)
    time = openings.time_at(start, zone.chosen, queries.community().timezone)
    return _too_late() or render_template(
        "maintainer/session_move_confirm.html", booking=current_booking(), zone=zone, time=time, start=start
    )


@bp.post("/move")
def move(booking_id: int) -> Page:
    start = _instant(request.form.get("start"))
    if start is None:
        return _too_late() or _times("Choose a time to go on.", 422)
    answer = reschedule(office(), booking_id, start, by=acting(), same=True)
    if isinstance(answer, Refusal):
        lost = answer.code in (RefusalCode.TAKEN, RefusalCode.UNROUTABLE)
        return _too_late() or _times(NOT_FREE if lost else answer.detail, status_of(answer))
    flash("It is moved. They were told, with a new invitation.")
    return _back()


@bp.get("/cancel")
def ask_cancel(booking_id: int) -> Page:
    return _too_late() or _asked("maintainer/session_cancel.html", CancelForm())


@bp.post("/cancel")
def cancel(booking_id: int) -> Page:
    form = CancelForm(request.form)
    if not form.validate():
        return _asked("maintainer/session_cancel.html", form), 422
    answer = cancel_booking(office(), booking_id, by=acting(), reason=form.reason.data or "")
    cancelled = "It is cancelled. They were told, with the nearest free times."
    flash(answer.detail if isinstance(answer, Refusal) else cancelled)
    return _back()


@bp.post("/attendance")
def record_attendance(booking_id: int) -> Page:
    came = request.form.get("came")
    if came not in {"yes", "no"}:
        abort(400, description="The form does not say whether they came.")
    try:
        attend(office(), current_booking().maintainer_id, booking_id, came=came == "yes", by=acting())
    except LookupError:
        abort(404)
    flash("Thank you. You can change it here.")
    return _back()


@bp.post("/topic")
def correct(booking_id: int) -> Page:
    try:
        correct_topic(current_booking().maintainer_id, booking_id, request.form.get("topic", ""))
    except LookupError:
        abort(404)
    flash("Thank you. Questions like this one will be taken for that topic.")
    return _back()


def _tellable(booking: Booking, now: datetime) -> bool:
    """Whether there is something to write down: it took place, and who asked did not have it erased."""
    return booking.starts_at <= now and booking.status in OVER and bool(booking.attendee_email)


def _zone() -> str:
    """The maintainer's; for those who see to everybody's sessions the community's."""
    return current_booking().maintainer.timezone if gives_it() else queries.community().timezone


def _too_late() -> Response | None:
    """Back to the session's page with the reason, where nothing can be changed any more."""
    refusal = not_movable(current_booking(), office().now())
    if refusal is None:
        return None
    flash(refusal.detail)
    return _back()


def _asked(template: str, form: CancelForm) -> str:
    return render_template(template, booking=current_booking(), zone=_zone(), form=form)


def _colleagues(error: str = "") -> str:
    booking = current_booking()
    names = {one.key: one.name for one in queries.programme().maintainers}
    return render_template(
        "maintainer/session_hand_over.html",
        booking=booking,
        zone=_zone(),
        colleagues=colleagues(office(), booking),
        names=names,
        mine=gives_it(),
        error=error,
    )


def _times(error: str = "", status: int = 200) -> Page:
    booking, zone = current_booking(), own_zone(_zone())
    if booking.topic.key not in queries.programme().topics:
        flash(f"“{booking.topic.title}” is not offered any more, so it has no other times.")
        return _back()
    choice = month.choice(
        offers.elsewhen(office(), booking, booking.maintainer.key),
        zone.chosen,
        queries.community().timezone,
        office().now(),
        day=month.asked_day(request.args.get("day")),
        month=month.asked_month(request.args.get("month")),
    )
    text = render_template("maintainer/session_move.html", booking=booking, zone=zone, choice=choice, error=error)
    return text, status


def _outcome(booking: Booking) -> str:
    session = f"session with {booking.attendee_name}"
    if booking.status != BookingStatus.CANCELLED:
        return f"{booking.maintainer.name} gives the {session} now. Both were told."
    asked = "Nobody else is free then, so the" if booking.unfilled else "The"
    return f"{asked} {session} is cancelled. They were told, with the nearest free times."


def _instant(text: str | None) -> datetime | None:
    try:
        return validation.instant(text or "")
    except ValueError:
        return None


def _back() -> Response:
    return redirect(url_for("sessions.show", booking_id=current_booking().id), 303)


def _home() -> Response:
    return redirect(url_for("maintainer.show"), 303)

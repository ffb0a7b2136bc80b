"""The private pages of a booking. Whoever has the link may come in; `access` has checked it.

GET  /b/<token>                 show
GET  /b/<token>/move            choose_time     ?tz= &day= &month=
GET  /b/<token>/move/confirm    review_move     ?start= &tz=
POST /b/<token>/move            move
GET  /b/<token>/cancel          ask_cancel
POST /b/<token>/cancel          cancel
POST /b/<token>/phone-code      prove_phone     the code that proves the number
GET  /b/<token>/phone-code      find_code_field back to where the code is entered; also from /phone-code/new
POST /b/<token>/phone-code/new  send_phone_code
GET  /b/<token>/invite.ics      download_invite
GET  /b/<token>/join            join            also by the join link
GET  /b/<token>/verify          ask_confirm     by the link that proves the address
POST /b/<token>/verify          confirm
"""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking import history, joining, notes, offers, overviews, phones, queries, validation
from booking.calendar_links import calendar_links
from booking.delivery_words import delivery_lines
from booking.extensions import db, limiter, office, visitors_network
from booking.forms import CancelForm, PhoneCodeForm
from booking.invitations import attendee_event, ics_for
from booking.links import Purpose
from booking.models import Booking, BookingStatus
from booking.phones import Standing
from booking.reading import _
from booking.services import waitlist
from booking.services.cancel import cancel as cancel_booking
from booking.services.confirm import confirm as confirm_address
from booking.services.prove_number import live_code, prove_number, send_code
from booking.services.refusal import Refusal
from booking.services.reschedule import not_movable, not_reschedulable, reschedule
from booking.views import month, openings
from booking.views.callers import current_booking, current_token, signed_in
from booking.views.guests import reasons_for_guests
from booking.views.problems import HOLD_OVER, PAGES, SESSION_OVER, page, status_of
from booking.views.public import manage_token
from booking.views.zone_choice import ZoneChoice, own_zone

bp = Blueprint("manage", __name__)

CHANGES_PER_ADDRESS = "20 per minute"

Page = str | tuple[str, int] | Response


@bp.get("/b/<token>")
def show() -> Page:
    return _private(PhoneCodeForm())


def _private(code: PhoneCodeForm, refusal: Refusal | None = None) -> str:
    """The private page; with what is wrong with a code that was entered, or asked for."""
    booking = current_booking()
    now = office().now()
    lines = delivery_lines(overviews.messages_to_attendee(booking.id), booking.attendee_timezone, now)
    texts = phones.of_guest(db.session(), booking)
    return render_template(
        "booking/private.html",
        booking=booking,
        token=_token(),
        messages=lines,
        reasons=reasons_for_guests(booking),
        changeable=not_movable(booking, now) is None,
        join_url=office().links.join(booking.public_id, booking.generation),
        manage_url=office().links.manage(booking.public_id, booking.generation),
        calendars=calendar_links(attendee_event(office(), booking)),
        held=_held(booking),
        cancelled=booking.status == BookingStatus.CANCELLED,
        note=notes.of_booking(booking.id) if booking.starts_at <= now else None,
        over=booking.ends_at <= now,
        texts=texts,
        code=code,
        code_waits=texts is Standing.UNPROVEN and live_code(db.session(), booking, now) is not None,
        refusal=refusal,
        texting_number=office().settings.twilio_from,
    )


@bp.get("/b/<token>/move")
def choose_time() -> Page:
    return _times()


@bp.get("/b/<token>/move/confirm")
def review_move() -> Page:
    booking = current_booking()
    refusal = not_reschedulable(booking, office().now())
    if refusal is not None:
        return _refused(refusal)
    start = _instant(request.args.get("start"))
    if start is None:
        return _times(_("Choose a time to go on."))
    zone = _zone(booking)
    time = openings.time_at(start, zone.chosen, queries.community().timezone)
    return render_template("booking/move_confirm.html", booking=booking, token=_token(), zone=zone, time=time)


@bp.post("/b/<token>/move")
@limiter.limit(CHANGES_PER_ADDRESS)
def move() -> Page:
    start = _instant(request.form.get("start"))
    if start is None:
        return _times(_("Choose a time to go on."))
    answer = reschedule(office(), current_booking().id, start)
    return _refused(answer) if isinstance(answer, Refusal) else _back()


@bp.get("/b/<token>/cancel")
def ask_cancel() -> Page:
    refusal = not_movable(current_booking(), office().now())
    if refusal is not None:
        return _refused(refusal)
    return render_template("booking/cancel.html", booking=current_booking(), token=_token(), form=CancelForm())


@bp.post("/b/<token>/cancel")
@limiter.limit(CHANGES_PER_ADDRESS)
def cancel() -> Page:
    form = CancelForm(request.form)
    if not form.validate():
        return render_template("booking/cancel.html", booking=current_booking(), token=_token(), form=form), 422
    answer = cancel_booking(office(), current_booking().id, by=history.ATTENDEE, reason=form.reason.data or "")
    return _refused(answer) if isinstance(answer, Refusal) else _back()


@bp.post("/b/<token>/phone-code")
@limiter.limit(CHANGES_PER_ADDRESS)
def prove_phone() -> Page:
    form = PhoneCodeForm(request.form)
    if not form.validate():
        return _private(form), 422
    answer = prove_number(office(), current_booking(), form.code.data or "")
    return _proven(form, answer, _("The number is confirmed. Texts about this session come from now on."))


@bp.post("/b/<token>/phone-code/new")
@limiter.limit(CHANGES_PER_ADDRESS)
def send_phone_code() -> Page:
    answer = send_code(office(), current_booking(), visitors_network())
    return _proven(PhoneCodeForm(), answer, _("A new code is on its way. The one before does not work any more."))


@bp.get("/b/<token>/phone-code")
@bp.get("/b/<token>/phone-code/new")
def find_code_field() -> Page:
    """Whoever loads the page anew after a wrong code."""
    return _back()


def _proven(form: PhoneCodeForm, answer: Booking | Refusal, done: str) -> Page:
    if isinstance(answer, Booking):
        flash(done)
        return _back()
    return _private(form, answer), status_of(answer)


@bp.get("/b/<token>/invite.ics")
def download_invite() -> Page:
    booking = current_booking()
    headers = {"Content-Disposition": f'attachment; filename="office-hours-{booking.reference}.ics"'}
    return Response(ics_for(office(), booking), content_type="text/calendar; charset=utf-8", headers=headers)


@bp.get("/b/<token>/join")
def join() -> Page:
    booking = current_booking()
    if booking.status == BookingStatus.CANCELLED:
        return page(410, PAGES[410])
    now, opens_at = office().now(), joining.opens_at(booking)
    if now > joining.closes_at(booking):
        return page(410, SESSION_OVER)
    link = joining.present_link(office().settings, booking)
    if link is not None and booking.status != BookingStatus.HELD and opens_at <= now:
        return redirect(link, 303)
    return render_template(
        "booking/join_waiting.html",
        booking=booking,
        held=booking.status == BookingStatus.HELD,
        opens_at=opens_at if now < opens_at else None,
        being_made=booking.conference is not None and joining.being_made(booking.conference),
        zone=_readers_zone(booking),
        may_change=office().links.valid(current_token(), Purpose.MANAGE, booking.generation),
        token=current_token(),
    )


def _readers_zone(booking: Booking) -> str:
    """Whoever is signed in as the session's maintainer reads their own times; anybody else the attendee's."""
    account = signed_in()
    mine = account is not None and account.maintainer_id == booking.maintainer_id
    return booking.maintainer.timezone if mine else booking.attendee_timezone


@bp.get("/b/<token>/verify")
def ask_confirm() -> Page:
    booking = current_booking()
    if booking.status == BookingStatus.CONFIRMED:
        return _back()
    if not _held(booking):
        return page(410, HOLD_OVER)
    waiter = waitlist.offered(booking.id)
    waiting = office().links.wait(waiter.public_id) if waiter is not None else None
    return render_template("booking/verify.html", booking=booking, token=current_token(), waiting_url=waiting)


@bp.post("/b/<token>/verify")
def confirm() -> Page:
    answer = confirm_address(office(), current_booking().id, visitors_network())
    if isinstance(answer, Refusal):
        return _refused(answer)
    return _back()


def _held(booking: Booking) -> bool:
    """Whether the time is kept until the address is proven, and that can still be done."""
    now = office().now()
    return booking.status == BookingStatus.HELD and booking.held_until is not None and booking.held_until > now


def _token() -> str:
    """The manage link's token: of this request, or to go on with from a link of another purpose."""
    return manage_token(current_booking())


def _back() -> Response:
    return redirect(url_for("manage.show", token=_token()), 303)


def _times(error: str = "") -> Page:
    booking = current_booking()
    refusal = not_reschedulable(booking, office().now())
    if refusal is not None:
        return _refused(refusal)
    zone = _zone(booking)
    choice = month.choice(
        offers.elsewhen(office(), booking),
        zone.chosen,
        queries.community().timezone,
        office().now(),
        day=month.asked_day(request.args.get("day")),
        month=month.asked_month(request.args.get("month")),
    )
    text = render_template("booking/move.html", booking=booking, token=_token(), zone=zone, choice=choice, error=error)
    return (text, 422) if error else text


def _refused(refusal: Refusal) -> Page:
    booking = current_booking()
    zone = _zone(booking)
    nearest = openings.times_at(refusal.openings, zone.chosen, queries.community().timezone)
    text = render_template(
        "booking/refused.html", booking=booking, token=_token(), zone=zone, refusal=refusal, nearest=nearest
    )
    return text, status_of(refusal)


def _zone(booking: Booking) -> ZoneChoice:
    """The zone in the address, else the one the booking was made in."""
    return own_zone(booking.attendee_timezone)


def _instant(text: str | None) -> datetime | None:
    try:
        return validation.instant(text or "")
    except ValueError:
        return None

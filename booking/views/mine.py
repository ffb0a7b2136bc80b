"""My bookings: everything that was booked with an address, for whoever reads its mail.

GET  /my-bookings                       ask
POST /my-bookings                       send_link       the same answer for every address
GET  /my-bookings/<token>               show
GET  /my-bookings/<token>/export.json   export
GET  /my-bookings/<token>/erase         review_erase
POST /my-bookings/<token>/erase         erase
"""

from __future__ import annotations

from flask import Blueprint, Response, flash, json, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from booking import kept
from booking.extensions import limiter, office, visitors_network
from booking.forms import AddressForm
from booking.models import Booking, BookingStatus
from booking.reading import _
from booking.services.erase import erase as erase_all
from booking.services.mail_my_bookings import mail_my_bookings
from booking.services.refusal import Refusal
from booking.services.waitlist import LIVE
from booking.views.callers import current_address, current_token
from booking.views.problems import status_of
from booking.views.public import manage_token

bp = Blueprint("mine", __name__)

LINKS_PER_ADDRESS = "10 per minute"
Page = str | tuple[str, int] | BaseResponse


@bp.get("/my-bookings")
def ask() -> Page:
    return _asking(AddressForm())


@bp.post("/my-bookings")
@limiter.limit(LINKS_PER_ADDRESS)
def send_link() -> Page:
    form = AddressForm(request.form)
    if not form.validate():
        return _asking(form), 422
    refusal = mail_my_bookings(office(), form.email.data or "", visitors_network())
    if refusal is not None:
        return _asking(form, refusal), status_of(refusal)
    return render_template("mine/link_sent.html", email=form.email.data)


@bp.get("/my-bookings/<token>")
def show() -> Page:
    found, now = kept.about(current_address()), office().now()
    to_come = [booking for booking in found.bookings if booking.live and booking.ends_at > now]
    past = [booking for booking in reversed(found.bookings) if booking not in to_come]
    waiting = [waiter for waiter in found.waiting if waiter.state in LIVE]
    return render_template(
        "mine/bookings.html",
        email=found.email,
        to_come=[(booking, manage_token(booking)) for booking in to_come],
        past=[(booking, manage_token(booking), _fate(booking)) for booking in past],
        waiting=[(waiter, office().links.wait(waiter.public_id)) for waiter in waiting],
        token=current_token(),
    )


@bp.get("/my-bookings/<token>/export.json")
def export() -> Page:
    text = json.dumps(kept.exported(kept.about(current_address())), indent=2, ensure_ascii=False)
    headers = {"Content-Disposition": 'attachment; filename="my-bookings.json"'}
    return Response(text, mimetype="application/json", headers=headers)


@bp.get("/my-bookings/<token>/erase")
def review_erase() -> Page:
    found, now = kept.about(current_address()), office().now()
    to_come = [booking for booking in found.bookings if booking.live and booking.starts_at > now]
    return render_template("mine/erase.html", email=found.email, to_come=to_come, token=current_token())


@bp.post("/my-bookings/<token>/erase")
@limiter.limit(LINKS_PER_ADDRESS)
def erase() -> Page:
    erase_all(office(), current_address())
    flash(_("Everything that was kept about you has been erased, and what was to come is cancelled."))
    return redirect(url_for("mine.ask"), 303)


def _asking(form: AddressForm, refusal: Refusal | None = None) -> str:
    return render_template("mine/ask.html", form=form, refusal=refusal)


def _fate(booking: Booking) -> str:
    """What became of a session, in words."""
    match booking.status:
        case BookingStatus.CANCELLED:
            return _("cancelled")
        case BookingStatus.HELD:
            return _("never confirmed")
        case BookingStatus.NO_SHOW:
            return _("missed")
    return _("took place")

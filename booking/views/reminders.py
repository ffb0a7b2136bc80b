"""No more reminders by mail, or reminders again: for whoever has the link out of one of them.

GET  /b/<token>/reminders   show
POST /b/<token>/reminders   choose   wanted=yes; anything else ends them, as mail programs do by one click (RFC 8058)
"""

from __future__ import annotations

from flask import Blueprint, render_template, request

from booking.extensions import office
from booking.links import Purpose
from booking.services.reminders import opted_out, remind
from booking.views.access import current_booking, current_token

bp = Blueprint("reminders", __name__)


@bp.get("/b/<token>/reminders")
def show() -> str:
    wanted = not opted_out(_address())
    return render_template("booking/reminders.html", token=current_token(), address=_address(), wanted=wanted)


@bp.post("/b/<token>/reminders")
def choose() -> str:
    wanted = request.form.get("wanted") == "yes"
    remind(office(), _address(), wanted=wanted)
    return render_template("booking/reminders.html", token=current_token(), address=_address(), wanted=wanted)


def _address() -> str:
    """Whom the reminder with this link went to."""
    booking, links = current_booking(), office().links
    to_attendee = links.valid(current_token(), Purpose.REMINDERS, booking.generation)
    return booking.attendee_email if to_attendee else booking.maintainer.email

"""What a maintainer does about a session of theirs.

POST /maintainer/sessions/<id>/decline      decline
"""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from booking import validation
from booking.extensions import office
from booking.models import Booking, BookingStatus
from booking.services import rescue
from booking.services.refusal import Refusal
from booking.views.callers import current_maintainer

bp = Blueprint("sessions", __name__)


@bp.post("/maintainer/sessions/<int(max=2147483647):booking_id>/decline")
def decline(booking_id: int) -> Response:
    try:
        why = validation.cancel_reason(request.form.get("reason", ""))
        answer = rescue.decline(office(), current_maintainer().id, booking_id, why)
    except ValueError as error:
        flash(str(error))
    except LookupError:
        abort(404)
    else:
        flash(answer.detail if isinstance(answer, Refusal) else _outcome(answer))
    return redirect(url_for("maintainer.show"), 303)


def _outcome(booking: Booking) -> str:
    if booking.status == BookingStatus.CANCELLED:
        return "Nobody else is free then, so the session is cancelled. They were told, with the nearest free times."
    return f"{booking.maintainer.name} gives it now. Both were told."

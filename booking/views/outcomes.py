"""What came of a session, in its maintainer's words.

POST /maintainer/sessions/<id>/outcome              keep
POST /maintainer/sessions/<id>/outcome/withdraw     withdraw
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking.extensions import office
from booking.forms.sessions import OutcomeForm
from booking.models import Note
from booking.services.keep_note import keep_note
from booking.services.refusal import Refusal
from booking.services.withdraw_note import withdraw_note
from booking.views.callers import acting, current_booking

bp = Blueprint("outcomes", __name__)


@bp.post("/maintainer/sessions/<int(max=2147483647):booking_id>/outcome")
def keep(booking_id: int) -> str | tuple[str, int] | Response:
    form = OutcomeForm(request.form, current_booking())
    if not form.validate():
        return render_template("maintainer/outcome.html", booking=current_booking(), outcome=form), 422
    answer = keep_note(office(), booking_id, form.outcome(), acting())
    flash(answer.detail if isinstance(answer, Refusal) else _standing(answer))
    return redirect(url_for("sessions.show", booking_id=booking_id), 303)


@bp.post("/maintainer/sessions/<int(max=2147483647):booking_id>/outcome/withdraw")
def withdraw(booking_id: int) -> Response:
    withdraw_note(office(), booking_id, acting())
    flash("The note is not published.")
    return redirect(url_for("sessions.show", booking_id=booking_id), 303)


def _standing(note: Note) -> str:
    """What happens with the note now."""
    if not note.publish:
        return "It is kept, for you and the organisers only."
    if note.agreed is None:
        return "It is kept. They are asked by mail whether it may be published, exactly as it is."
    return "It is kept and published." if note.agreed else "It is kept. They do not want it published."

"""What was read from a maintainer's calendars, what was done because of it, and what is wrong.

GET  /maintainer/calendars                      show
POST /maintainer/calendars/read                 read          now, not in a few minutes
POST /maintainer/calendars/<id>/restore         restore       vanished sessions are written again
POST /maintainer/calendars/<id>/accept          accept        vanished sessions are cancelled
POST /maintainer/calendars/events/<id>/put-back put_back      one event says again what its booking says
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from booking import connections
from booking.extensions import limiter, office
from booking.services import resolve
from booking.views.callers import current_maintainer

bp = Blueprint("calendars", __name__, url_prefix="/maintainer/calendars")

READINGS_PER_ADDRESS = "6 per minute"


@bp.get("")
def show() -> str:
    maintainer = current_maintainer()
    return render_template(
        "maintainer/journal.html",
        maintainer=maintainer,
        calendars=connections.calendars(maintainer.id),
        disagreements=connections.disagreements(maintainer.id, office().now()),
        journal=connections.journal_of(maintainer.id),
    )


@bp.post("/read")
@limiter.limit(READINGS_PER_ADDRESS)
def read() -> Response:
    resolve.read_now(current_maintainer().id)
    return _back("Your calendars are being read. Reload this page in a moment to see what was found.")


@bp.post("/<int(max=2147483647):calendar_id>/restore")
def restore(calendar_id: int) -> Response:
    resolve.restore(current_maintainer().id, calendar_id)
    return _back("The sessions are being written into your calendar again.")


@bp.post("/<int(max=2147483647):calendar_id>/accept")
def accept(calendar_id: int) -> Response:
    resolve.accept(office(), current_maintainer().id, calendar_id)
    return _back("The sessions are cancelled, and everybody concerned is being told.")


@bp.post("/events/<int(max=2147483647):event_id>/put-back")
def put_back(event_id: int) -> Response:
    resolve.put_back(current_maintainer().id, event_id)
    return _back("The event is being written into your calendar again, as it was booked.")


def _back(text: str) -> Response:
    flash(text)
    return redirect(url_for("calendars.show"), 303)

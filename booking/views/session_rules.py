"""Who may open the page of a session: its maintainer, and for most of it organisers and administrators.

Whatever is wrong, the answer is the same: there is no such page.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, g, request
from werkzeug.wrappers import Response

from booking.extensions import db
from booking.models import Booking, BookingStatus
from booking.views.callers import signed_in
from booking.views.guards import PRIVATE, Rule
from booking.views.staff import MANAGED, require_staff


def _check(*, overseen: bool) -> Callable[[], Response | None]:
    def check() -> Response | None:
        answer = require_staff()
        if answer is None:
            _require_session(overseen=overseen)
        return answer

    return check


def _require_session(*, overseen: bool) -> None:
    """Let its maintainer in; with `overseen`, also who sees to everybody's. Nobody to what was never confirmed."""
    caller = signed_in()
    booking = db.session.get(Booking, (request.view_args or {})["booking_id"])
    if caller is None or booking is None or not was_booked(booking):
        abort(404)
    mine = caller.maintainer_id == booking.maintainer_id
    if not mine and not (overseen and caller.role in MANAGED):
        abort(404)
    g.booking_id = booking.id


def was_booked(booking: Booking) -> bool:
    """Whether it was ever confirmed."""
    return booking.status != BookingStatus.HELD and booking.cancelled_by != "nobody"


session = Rule(_check(overseen=True), PRIVATE)
own_session = Rule(_check(overseen=False), PRIVATE)

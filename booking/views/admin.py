"""What an administrator needs to see.

GET /admin      show
"""

from __future__ import annotations

from flask import Blueprint, render_template

from booking import overviews
from booking.extensions import office
from booking.views.messages import CHANNELS, KINDS

bp = Blueprint("admin", __name__)


@bp.get("/admin")
def show() -> str:
    now = office().now()
    return render_template(
        "admin/home.html",
        troubles=overviews.troubles(),
        bookings=overviews.upcoming(now),
        maintainers=overviews.maintainers(),
        kinds=KINDS,
        channels=CHANNELS,
    )

"""What an administrator needs to see, and may do about messages.

GET  /admin                            show
GET  /admin/messages                   messages    ?state=
POST /admin/messages/<id>/send-again   send_again
"""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking import learnt, overviews, queries
from booking.delivery_words import delivery_lines
from booking.extensions import office
from booking.models import DeliveryState
from booking.services.resend import resend
from booking.troubles import troubles
from routing.topic_check import bus_factors

bp = Blueprint("admin", __name__)

SEASON = timedelta(days=90)


@bp.get("/admin")
def show() -> str:
    now = office().now()
    return render_template(
        "admin/home.html",
        troubles=troubles(now),
        mail_goes_out=office().settings.smtp_url is not None,
        bookings=overviews.upcoming(now),
        maintainers=overviews.maintainers(),
        topics=queries.programme().topics,
        bus_factors=bus_factors(queries.programme()),
        wishes=learnt.unmet_wishes(),
        unmet=learnt.unmet_times(now - SEASON),
        avoided=learnt.meetings_avoided(),
    )


@bp.get("/admin/messages")
def messages() -> str:
    """The newest messages of all kinds, or only those in one state."""
    asked = request.args.get("state", "")
    state = DeliveryState(asked) if asked in set(DeliveryState) else None
    lines = delivery_lines(overviews.deliveries(state), queries.community().timezone, office().now())
    return render_template("admin/messages.html", lines=lines, state=state, states=list(DeliveryState))


@bp.post("/admin/messages/<int(max=2147483647):delivery_id>/send-again")
def send_again(delivery_id: int) -> Response:
    refusal = resend(delivery_id)
    flash(refusal.detail if refusal else "It is tried again; what is not true any more is left out.")
    return redirect(url_for("admin.messages", state=request.form.get("state")), 303)

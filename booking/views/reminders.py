"""No more reminders by mail, or reminders again: for whoever has the link out of one of them.

GET  /b/<token>/reminders   show            the attendee's
POST /b/<token>/reminders   choose
GET  /reminders/<token>     show_duties     a maintainer's
POST /reminders/<token>     choose_duties

A POST with wanted=yes brings them back; any other ends them, as mail programs do by one click (RFC 8058).
"""

from __future__ import annotations

from flask import Blueprint, render_template, request

from booking.extensions import office
from booking.services.reminders import opted_out, remind
from booking.views.callers import current_booking, link_owner

bp = Blueprint("reminders", __name__)


@bp.get("/b/<token>/reminders")
def show() -> str:
    return _page(current_booking().attendee_email)


@bp.post("/b/<token>/reminders")
def choose() -> str:
    return _chosen(current_booking().attendee_email)


@bp.get("/reminders/<token>")
def show_duties() -> str:
    return _page(link_owner().email, gives=True)


@bp.post("/reminders/<token>")
def choose_duties() -> str:
    return _chosen(link_owner().email, gives=True)


def _chosen(address: str, *, gives: bool = False) -> str:
    remind(office(), address, wanted=request.form.get("wanted") == "yes")
    return _page(address, gives=gives)


def _page(address: str, *, gives: bool = False) -> str:
    return render_template("booking/reminders.html", address=address, wanted=not opted_out(address), gives=gives)

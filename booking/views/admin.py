"""The organisers' first page, and what they may do about messages.

GET  /admin                            show
GET  /admin/messages                   messages    by the filters in the address
POST /admin/messages                   search      the same, with the recipient
POST /admin/messages/<id>/send-again   send_again  and then the list it was on
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import groupby

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking import learnt, overviews, queries
from booking.delivery_words import delivery_lines
from booking.extensions import office
from booking.forms.filters import MessagesForm
from booking.models import Booking, BookingStatus
from booking.paging import NEWEST, paged
from booking.services.resend import resend
from booking.troubles import troubles
from booking.views.callers import current_caller
from routing import zones
from routing.topic_check import bus_factors

bp = Blueprint("admin", __name__)

Page = str | tuple[str, int]
WEEK, FOUR_WEEKS, SEASON = timedelta(days=7), timedelta(weeks=4), timedelta(days=90)
COUNTED = (
    (BookingStatus.CONFIRMED, True, "booked from today on"),
    (BookingStatus.HELD, True, "waiting for an address to be confirmed"),
    (BookingStatus.COMPLETED, False, "given in the last four weeks"),
    (BookingStatus.CONFIRMED, False, "over in the last four weeks, and nobody said who came"),
    (BookingStatus.NO_SHOW, False, "to which nobody came in the last four weeks"),
    (BookingStatus.CANCELLED, False, "cancelled in the last four weeks"),
)


@dataclass(frozen=True)
class Count:
    """How many sessions are as `what` says: all of a status from `first` to `last`, days of the community."""

    number: int
    what: str
    status: str
    first: date
    last: date | None


@bp.get("/admin")
def show() -> str:
    now, zone = office().now(), queries.community().timezone
    today = zones.local(now, zone).date()
    factors = bus_factors(queries.programme())
    return render_template(
        "admin/home.html",
        troubles=troubles(now),
        mail_goes_out=office().settings.smtp_url is not None,
        on_duty=_by_day(overviews.on_duty(zones.midnight(today + WEEK, zone), now), zone),
        counts=list(_counts(today, zone)),
        lonely=[topic for key, topic in queries.programme().topics.items() if factors[key] < 2],
        bus_factors=factors,
        wishes=learnt.unmet_wishes(now - FOUR_WEEKS),
        unmet=learnt.unmet_times(now - SEASON),
        avoided=learnt.meetings_avoided(),
    )


def _by_day(bookings: Sequence[Booking], zone: str) -> list[tuple[datetime, list[Booking]]]:
    """The sessions of each local day that has any, with the first one's start."""
    days = groupby(bookings, key=lambda booking: zones.local(booking.starts_at, zone).date())
    return [(found[0].starts_at, found) for found in (list(group) for _, group in days)]


def _counts(today: date, zone: str) -> Iterator[Count]:
    first = today - FOUR_WEEKS
    found = overviews.counts(zones.midnight(first, zone), zones.midnight(today, zone))
    for status, ahead, what in COUNTED:
        days = (today, None) if ahead else (first, today - timedelta(days=1))
        yield Count(found.get((status, ahead), 0), what, status, *days)


@bp.get("/admin/messages")
def messages() -> Page:
    """Messages of all kinds, or only those that are asked for."""
    return _messages(MessagesForm(request.args))


@bp.post("/admin/messages")
def search() -> Page:
    """Nothing changes; posted so that no address or log has the recipient."""
    return _messages(MessagesForm(request.form))


def _messages(form: MessagesForm) -> Page:
    if not form.validate():
        return render_template("admin/messages.html", form=form), 422
    before = request.values.get("before", NEWEST, type=int)
    page = paged(partial(overviews.deliveries, **form.data), before)
    lines = delivery_lines(page.rows, queries.community().timezone, office().now())
    return render_template(
        "admin/messages.html",
        form=form,
        lines=list(zip(lines, page.rows, strict=True)),
        page=page,
    )


@bp.post("/admin/messages/<int(max=2147483647):delivery_id>/send-again")
def send_again(delivery_id: int) -> Response:
    refusal = resend(office(), current_caller().account_id, delivery_id)
    flash(refusal.detail if refusal else "It is tried again; what is not true any more is left out.")
    return redirect(url_for("admin.search"), 307)  # by POST with the same fields: no address has the recipient

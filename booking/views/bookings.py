"""Every booking, for organisers.

GET  /admin/bookings        show        by the filters in the address
POST /admin/bookings        search      the same, with words of people
POST /admin/bookings.csv    download    the same selection, all of it
"""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, render_template, request, stream_with_context

from booking import audit_log, booking_search, overviews, queries
from booking.booking_search import Wanted
from booking.extensions import office
from booking.forms.filters import BookingsForm
from booking.models import Act
from booking.paging import NEWEST, paged
from booking.views.callers import current_caller
from booking.views.session_rules import was_booked

bp = Blueprint("bookings", __name__)

Page = str | tuple[str, int]


@bp.get("/admin/bookings")
def show() -> Page:
    return _page(_form())


@bp.post("/admin/bookings")
def search() -> Page:
    """Nothing changes; posted so that no address or log has names."""
    return _page(_form())


@bp.post("/admin/bookings.csv")
def download() -> Page | Response:
    form = _form()
    if not form.validate():
        return _refused(form)
    wanted, now = _wanted(form), office().now()
    about = f"{booking_search.count(wanted)} of them"
    audit_log.record_at_once(Act.BOOKINGS_DOWNLOADED, now, current_caller().account_id, about)
    return Response(
        stream_with_context(booking_search.as_csv(wanted)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="bookings-{now.date()}.csv"'},
    )


def _form() -> BookingsForm:
    return BookingsForm(request.values, overviews.topic_names(), overviews.maintainer_names())


def _wanted(form: BookingsForm) -> Wanted:
    return Wanted(queries.community().timezone, **form.data)


def _refused(form: BookingsForm) -> Page:
    return render_template("admin/bookings.html", form=form), 422


def _page(form: BookingsForm) -> Page:
    if not form.validate():
        return _refused(form)
    wanted = _wanted(form)
    before = request.values.get("before", NEWEST, type=int)
    page = paged(partial(booking_search.find, wanted), before)
    return render_template(
        "admin/bookings.html",
        form=form,
        count=booking_search.count(wanted),
        page=page,
        was_booked=was_booked,
    )

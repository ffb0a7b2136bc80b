"""When a maintainer gives sessions, as they say themselves; organisers may say it for anybody.

GET  /maintainer/availability                            find
GET  /maintainer/availability/<key>                      show
POST /maintainer/availability/<key>                      limit
POST /maintainer/availability/<key>/hours                choose_hours
POST /maintainer/availability/<key>/dates                choose_date
POST /maintainer/availability/<key>/dates/remove         remove_date
POST /maintainer/availability/<key>/mails                choose_mails
POST /maintainer/availability/<key>/leave                add_leave
POST /maintainer/availability/<key>/leave/<id>/remove    remove_leave
"""

from __future__ import annotations

import calendar
from datetime import date

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking import queries, validation
from booking.absences import doubt, given_up
from booking.deliveries import mail_choices
from booking.effects.orders import writing_calendar
from booking.extensions import db, office
from booking.forms.hours import DateForm, HoursForm, LeaveForm, LimitsForm
from booking.models import Maintainer
from booking.rosters import WEEKDAYS
from booking.services import choose_mails as mails
from booking.services import edit_availability as edits
from booking.services.reminders import opted_out
from booking.views.callers import current_caller, current_maintainer, link_owner
from routing import zones

bp = Blueprint("my_hours", __name__, url_prefix="/maintainer/availability")

Page = str | tuple[str, int] | Response


@bp.get("")
def find() -> Page:
    return redirect(url_for("my_hours.show", key=current_maintainer().key), 303)


@bp.get("/<key>")
def show(key: str) -> Page:
    return _page()


@bp.post("/<key>")
def limit(key: str) -> Page:
    form = LimitsForm(request.form, _today(link_owner()))
    if not form.validate():
        return _page(limits=form), 422
    edits.edit_availability(office(), current_caller().account_id, link_owner().id, **form.values())
    return _saved(key, _away())


@bp.post("/<key>/hours")
def choose_hours(key: str) -> Page:
    form = HoursForm(request.form, queries.programme().slots)
    if not form.validate():
        return _page(hours=form), 422
    edits.edit_hours(office(), current_caller().account_id, link_owner().id, form.chosen())
    return _saved(key)


@bp.post("/<key>/dates")
def choose_date(key: str) -> Page:
    form = DateForm(request.form, queries.programme().slots, office().now())
    if not form.validate():
        return _page(date_form=form), 422
    day = validation.day(form.day.data or "")
    edits.edit_date(
        office(), current_caller().account_id, link_owner().id, form.slot.data, day, form.gives.data == "yes"
    )
    return _saved(key)


@bp.post("/<key>/dates/remove")
def remove_date(key: str) -> Page:
    try:
        day = validation.day(request.form.get("day", ""))
    except ValueError as error:
        abort(400, description=str(error))
    edits.edit_date(office(), current_caller().account_id, link_owner().id, request.form.get("slot", ""), day, None)
    return _saved(key)


@bp.post("/<key>/mails")
def choose_mails(key: str) -> Page:
    mails.choose_mails(office(), current_caller().account_id, link_owner().id, request.form.getlist("mails"))
    flash("Saved. It holds for mails that were planned before, too.")
    return redirect(url_for("my_hours.show", key=key), 303)


@bp.post("/<key>/leave")
def add_leave(key: str) -> Page:
    maintainer = link_owner()
    form = LeaveForm(request.form, maintainer, _today(maintainer), _colleagues(maintainer))
    if not form.validate():
        return _page(leave=form), 422
    try:
        edits.add_leave(office(), current_caller().account_id, maintainer.id, *form.days(), form.stand_in.data or None)
    except LookupError as error:  # gone since the form was checked
        form.stand_in.errors = (str(error),)
        return _page(leave=form), 422
    return _saved(key, _away())


@bp.post("/<key>/leave/<int(max=2147483647):leave_id>/remove")
def remove_leave(key: str, leave_id: int) -> Page:
    try:
        edits.remove_leave(office(), current_caller().account_id, link_owner().id, leave_id)
    except LookupError:
        abort(404)
    return _saved(key)


def _away() -> str:
    return f"Sessions that fall into leave or a pause {given_up()}."


def _saved(key: str, booked: str = "Sessions that are booked already stay.") -> Response:
    flash(f"Saved. It holds from now on. {booked}")
    return redirect(url_for("my_hours.show", key=key), 303)


def _page(
    limits: LimitsForm | None = None,
    leave: LeaveForm | None = None,
    hours: HoursForm | None = None,
    date_form: DateForm | None = None,
) -> str:
    maintainer, slots = link_owner(), queries.programme().slots
    today = _today(maintainer)
    return render_template(
        "maintainer/availability.html",
        maintainer=maintainer,
        own=current_caller().maintainer_id == maintainer.id,
        today=today,
        slots=slots,
        weekdays=WEEKDAYS,
        names=calendar.day_name,
        dates=_dates(maintainer),
        hours=hours or HoursForm.of(maintainer, slots),
        date_form=date_form or DateForm(None, slots, office().now()),
        mails=mail_choices(queries.community()),
        no_reminders=opted_out(maintainer.email),
        has_calendar=writing_calendar(maintainer.id) is not None,
        limits=limits or LimitsForm.of(maintainer, today),
        leave_form=leave or LeaveForm(None, maintainer, today, _colleagues(maintainer)),
        doubt=doubt,
    )


def _today(maintainer: Maintainer) -> date:
    return zones.local(office().now(), maintainer.timezone).date()


def _dates(maintainer: Maintainer) -> list[tuple[str, str, bool]]:
    """Dates from today on, on the slot's own calendar, each with the slot and whether it is given, soonest first."""
    now, slots = office().now(), queries.programme().slots
    today = {key: str(zones.local(now, slot.timezone).date()) for key, slot in slots.items()}
    said = ((maintainer.not_on, False), (maintainer.also_on, True))
    days = ((day, slot, gives) for found, gives in said for slot, days in found.items() for day in days)
    return sorted(each for each in days if each[1] in today and each[0] >= today[each[1]])


def _colleagues(maintainer: Maintainer) -> list[tuple[str, str]]:
    """Keys and names of those who may stand in."""
    others = sa.select(Maintainer.key, Maintainer.name).where(~Maintainer.retired, Maintainer.id != maintainer.id)
    return [(row.key, row.name) for row in db.session.execute(others.order_by(Maintainer.position))]

"""A maintainer's own page: sessions, calendar, app passwords. Everything is looked up by the signed-in account.

GET  /maintainer                                show
POST /maintainer/app-passwords                  create_app_password
POST /maintainer/app-passwords/<id>/remove      remove_app_password
POST /maintainer/calendar                       connect_calendar
POST /maintainer/calendar/disconnect            disconnect_calendar
"""

from __future__ import annotations

from urllib.parse import urlsplit

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking import overviews
from booking.extensions import db, limiter, office
from booking.forms import AppPasswordForm, CalendarForm
from booking.models import Maintainer
from booking.services import app_passwords
from booking.services.connect import connect, disconnect
from booking.views.access import signed_in
from calendars.embedded import PREFIX, calendar_url
from calendars.errors import CalendarError

bp = Blueprint("maintainer", __name__)

ATTEMPTS_PER_ADDRESS = "10 per minute"
Page = str | tuple[str, int] | Response


@bp.get("/maintainer")
def show() -> Page:
    return _page(AppPasswordForm(), CalendarForm())


@bp.post("/maintainer/app-passwords")
def create_app_password() -> Page:
    """Shows the password on the spot: it is kept only as a hash, so there is no page to come back to."""
    form = AppPasswordForm(request.form)
    if not form.validate():
        return _page(form, CalendarForm()), 422
    maintainer = _maintainer()
    secret = app_passwords.create(office(), maintainer.id, form.label.data or "")
    maintainer = _maintainer()
    return render_template(
        "maintainer/app_password.html",
        label=form.label.data,
        secret=secret,
        login=maintainer.key,
        address=_address(maintainer),
        qr=segno.make(_setup_link(maintainer, secret), error="m").svg_data_uri(scale=4, border=2),
    )


@bp.post("/maintainer/app-passwords/<int(max=2147483647):app_password_id>/remove")
def remove_app_password(app_password_id: int) -> Page:
    app_passwords.remove(_maintainer().id, app_password_id)
    flash("The app password is removed. The app that used it cannot get in any more.")
    return redirect(url_for("maintainer.show"), 303)


@bp.post("/maintainer/calendar")
@limiter.limit(ATTEMPTS_PER_ADDRESS)
def connect_calendar() -> Page:
    form = CalendarForm(request.form)
    if not form.validate():
        return _page(AppPasswordForm(), form), 422
    try:
        connect(office(), _maintainer().id, form.url.data or "", form.username.data or "", form.password.data or "")
    except CalendarError as error:
        return _page(AppPasswordForm(), form, str(error)), 422
    flash("Your calendar is connected. Sessions appear in it from now on, and it is asked whether you are free.")
    return redirect(url_for("maintainer.show"), 303)


@bp.post("/maintainer/calendar/disconnect")
def disconnect_calendar() -> Page:
    disconnect(office(), _maintainer().id)
    flash("Your own calendar is disconnected. Sessions are on the calendar of this service again.")
    return redirect(url_for("maintainer.show"), 303)


def _maintainer() -> Maintainer:
    account = signed_in()
    if account is None or account.maintainer_id is None:
        raise AssertionError("the access rule lets only maintainers in")
    return db.session.get_one(Maintainer, account.maintainer_id)


def _page(passwords: AppPasswordForm, calendar: CalendarForm, calendar_error: str = "") -> str:
    maintainer = _maintainer()
    return render_template(
        "maintainer/home.html",
        maintainer=maintainer,
        bookings=overviews.upcoming(office().now(), maintainer.id),
        calendar=overviews.calendar_of(maintainer.id),
        app_passwords=overviews.app_passwords_of(maintainer.id),
        embedded=office().settings.has_embedded_calendars,
        address=_address(maintainer),
        password_form=passwords,
        calendar_form=calendar,
        calendar_error=calendar_error,
    )


def _address(maintainer: Maintainer) -> str:
    """Where a calendar app finds the sessions of a maintainer."""
    return calendar_url(office().settings.base_url + PREFIX, maintainer.key)


def _setup_link(maintainer: Maintainer, secret: str) -> str:
    """What DAVx5 and others take from a QR code: address and login in one, for this once."""
    parts = urlsplit(_address(maintainer))
    scheme = "caldavs" if parts.scheme == "https" else "caldav"
    return f"{scheme}://{maintainer.key}:{secret}@{parts.netloc}{parts.path}"

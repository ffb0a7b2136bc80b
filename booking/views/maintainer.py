"""A maintainer's first page: sessions, calendars, app passwords. Everything is looked up by the signed-in account.

GET  /maintainer                                show
POST /maintainer/app-passwords                  create_app_password
POST /maintainer/app-passwords/<id>/remove      remove_app_password
POST /maintainer/calendar                       connect_calendar
POST /maintainer/feed                           connect_feed
GET  /maintainer/calendar/<id>                  show_calendars
POST /maintainer/calendar/<id>                  choose_calendars
POST /maintainer/calendar/<id>/remove           remove_connection
POST /maintainer/expertise/<id>                 decide
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import segno
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking import connections, learnt, overviews
from booking.effects.orders import writing_calendar
from booking.extensions import limiter, office
from booking.forms import AppPasswordForm, CalendarForm, FeedForm
from booking.models import Maintainer, ProposalState
from booking.services import app_passwords, connect
from booking.services.choose import choose
from booking.services.decide_expertise import decide_expertise
from booking.views.callers import current_caller, current_maintainer
from calendars.discovery import LeadsElsewhere
from calendars.embedded import PREFIX, calendar_url
from calendars.errors import CalendarError
from calendars.findings import READ_ONLY, explained, verdict
from routing import zones

bp = Blueprint("maintainer", __name__)

ATTEMPTS_PER_ADDRESS = "10 per minute"
STEP = "step"  # messages about how a server was found
Page = str | tuple[str, int] | Response


@bp.get("/maintainer")
def show() -> Page:
    return _page()


@bp.post("/maintainer/app-passwords")
def create_app_password() -> Page:
    """Shows the password on the spot: it is kept only as a hash, so there is no page to come back to."""
    form = AppPasswordForm(request.form)
    if not form.validate():
        return _page(form), 422
    maintainer = current_maintainer()
    secret = app_passwords.create(office(), maintainer.id, form.label.data or "", _account_id())
    maintainer = current_maintainer()
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
    app_passwords.remove(office(), current_maintainer().id, app_password_id, _account_id())
    flash("The app password is removed. The app that used it cannot get in any more.")
    return redirect(url_for("maintainer.show"), 303)


@bp.post("/maintainer/calendar")
@limiter.limit(ATTEMPTS_PER_ADDRESS)
def connect_calendar() -> Page:
    """Sign in to their server; which of its calendars are used is the next page's question."""
    form = CalendarForm(request.form)
    if not form.validate():
        return _page(calendar=form), 422
    steps: list[str] = []
    try:
        connection_id = connect.connect(office(), current_maintainer().id, form.login(), steps.append, _account_id())
    except LeadsElsewhere as error:
        form.url.data = error.location
        return _page(calendar=form, problem=("url", str(error)), steps=steps), 422
    except CalendarError as error:
        return _page(calendar=form, problem=("url", str(error)), steps=steps), 422
    for step in steps:
        flash(step, STEP)
    return redirect(url_for("maintainer.show_calendars", connection_id=connection_id), 303)


@bp.post("/maintainer/feed")
@limiter.limit(ATTEMPTS_PER_ADDRESS)
def connect_feed() -> Page:
    form = FeedForm(request.form)
    if not form.validate():
        return _page(feed=form), 422
    try:
        connect.connect_feed(office(), current_maintainer().id, form.address.data or "", _account_id())
    except CalendarError as error:
        return _page(feed=form, problem=("address", str(error))), 422
    flash("The address works. It is read for the times when you are busy.")
    return redirect(url_for("maintainer.show"), 303)


@bp.get("/maintainer/calendar/<int(max=2147483647):connection_id>")
def show_calendars(connection_id: int) -> Page:
    return _choice(connection_id)


@bp.post("/maintainer/calendar/<int(max=2147483647):connection_id>")
@limiter.limit(ATTEMPTS_PER_ADDRESS)
def choose_calendars(connection_id: int) -> Page:
    try:
        write = int(request.form.get("write") or 0) or None
        read = {int(chosen) for chosen in request.form.getlist("read")}
        checks = choose(office(), current_maintainer().id, connection_id, write, read)
    except (LookupError, ValueError):
        abort(404)
    except CalendarError as error:
        return _choice(connection_id, str(error), (write, read)), 422
    flash("Your calendars are connected. It is asked whether you are free before anybody books you.")
    if write is not None:
        flash(f"Sessions appear in your calendar from now on. It was tried out: {verdict(checks)}")
    return redirect(url_for("maintainer.show"), 303)


@bp.post("/maintainer/calendar/<int(max=2147483647):connection_id>/remove")
def remove_connection(connection_id: int) -> Page:
    try:
        connect.remove(office(), current_maintainer().id, connection_id, _account_id())
    except LookupError:
        abort(404)
    flash("This calendar is not used any more. Sessions to come are taken out of it.")
    return redirect(url_for("maintainer.show"), 303)


@bp.post("/maintainer/expertise/<int(max=2147483647):proposal_id>")
def decide(proposal_id: int) -> Page:
    """The button pressed is the answer: only "accept" accepts."""
    accept = request.form.get("answer") == "accept"
    try:
        decided = decide_expertise(office(), _account_id(), current_maintainer().id, proposal_id, accept=accept)
    except LookupError:
        abort(404)
    kept = "You can be booked for" if decided.state == ProposalState.ACCEPTED else "Nothing changes for"
    flash(f"{kept} “{decided.topic.title}”.")
    return redirect(url_for("maintainer.show"), 303)


def _page(
    passwords: AppPasswordForm | None = None,
    calendar: CalendarForm | None = None,
    feed: FeedForm | None = None,
    problem: tuple[str, str] | None = None,
    steps: Sequence[str] = (),
) -> str:
    maintainer = current_maintainer()
    now = office().now()
    return render_template(
        "maintainer/home.html",
        maintainer=maintainer,
        away=maintainer.away_on(zones.local(now, maintainer.timezone).date()),
        agenda=overviews.agenda(maintainer, now),
        past=overviews.past(maintainer.id, now),
        proposals=learnt.proposals_for(maintainer.id),
        calendar=writing_calendar(maintainer.id),
        connections=connections.connections_of(maintainer.id),
        state_of=connections.state_of,
        explained=explained,
        app_passwords=overviews.app_passwords_of(maintainer.id),
        embedded=office().settings.has_embedded_calendars,
        address=_address(maintainer),
        may_change_credentials=current_caller().may_change_credentials,
        password_form=passwords or AppPasswordForm(),
        calendar_form=calendar or CalendarForm(),
        feed_form=feed or FeedForm(),
        problem=problem,
        steps=steps,
    )


def _choice(connection_id: int, problem: str = "", chosen: tuple[int | None, set[int]] | None = None) -> str:
    """The calendars of a connection to choose from; at first to write to the first that takes it and to read all."""
    try:
        connection = connect.connection_of(current_maintainer().id, connection_id)
    except LookupError:
        abort(404)
    return render_template(
        "maintainer/calendars.html",
        connection=connection,
        chosen=chosen or connections.choice_of(connection),
        read_only=READ_ONLY,
        problem=problem,
        elsewhere=writing_calendar(connection.maintainer_id),
    )


def _account_id() -> int:
    return current_caller().account_id


def _address(maintainer: Maintainer) -> str:
    """Where a calendar app finds the sessions of a maintainer."""
    return calendar_url(office().settings.base_url + PREFIX, maintainer.key)


def _setup_link(maintainer: Maintainer, secret: str) -> str:
    """What DAVx5 and others take from a QR code: address and login in one, for this once."""
    parts = urlsplit(_address(maintainer))
    scheme = "caldavs" if parts.scheme == "https" else "caldav"
    return f"{scheme}://{maintainer.key}:{secret}@{parts.netloc}{parts.path}"

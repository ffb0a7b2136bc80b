"""Signing in by a single-use link, and out.

GET  /sign-in           ask         every way in    ?again= the page to come back to
POST /sign-in           send_link
GET  /sign-in/<token>   review      a GET uses nothing up: mail scanners follow links
POST /sign-in/<token>   enter
POST /sign-out          leave
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from booking import identities
from booking.extensions import limiter, office, visitors_network
from booking.forms import SignInForm
from booking.models import Method, Role
from booking.services import sessions, sign_in
from booking.services.sign_in import Dead
from booking.views import arrivals
from booking.views.callers import current_token, session_token, signed_in
from booking.views.staff import CREDENTIALS

bp = Blueprint("sign_in", __name__)

LINKS_PER_ADDRESS = "10 per minute"
ENTRIES_PER_ADDRESS = "30 per minute"
Page = str | tuple[str, int] | Response


@bp.get("/sign-in")
def ask() -> Page:
    again = request.args.get("again")
    if again in CREDENTIALS:
        session[arrivals.ONWARD] = again
    return _page(SignInForm())


@bp.post("/sign-in")
@limiter.limit(LINKS_PER_ADDRESS)
def send_link() -> Page:
    """The same answer, after the same work, whether or not the address is known; only the mailbox tells."""
    form = SignInForm(request.form)
    if not form.validate():
        return _page(form), 422
    browser = arrivals.browser() or arrivals.new_browser()
    sign_in.ask_link(office(), form.email.data or "", browser, visitors_network())
    page = render_template("maintainer/link_sent.html", email=form.email.data)
    return arrivals.name_browser(Response(page, content_type="text/html; charset=utf-8"), browser)


@bp.get("/sign-in/<token>")
def review() -> Page:
    found = sign_in.find_link(office(), current_token(), arrivals.browser())
    if isinstance(found, Dead):
        return _dead(found)
    invited = found.method == Method.INVITATION
    return render_template(
        "maintainer/enter.html",
        token=current_token(),
        invited=invited,
        providers=identities.configured(office().settings) if invited else {},
        idle="two weeks" if found.account and found.account.role == Role.MAINTAINER else "half a day",
    )


@bp.post("/sign-in/<token>")
@limiter.limit(ENTRIES_PER_ADDRESS)
def enter() -> Page:
    found = sign_in.use_link(office(), current_token(), arrivals.browser(), arrivals.browser_name(), session_token())
    return _dead(found) if isinstance(found, Dead) else arrivals.arrive(found)


@bp.post("/sign-out")
def leave() -> Page:
    caller = signed_in()
    if caller is not None:
        sessions.sign_out(office(), caller)
    return arrivals.forget(redirect(url_for("public.topics"), 303))


def _page(form: SignInForm) -> str:
    return render_template(
        "maintainer/sign_in.html",
        form=form,
        again="again" in request.args,
        providers=identities.configured(office().settings),
    )


def _dead(why: Dead) -> Page:
    return render_template("maintainer/link_dead.html", elsewhere=why is Dead.ELSEWHERE), 410

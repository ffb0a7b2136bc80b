"""Signing in by a single-use link, and out.

GET  /sign-in           ask
POST /sign-in           send_link
GET  /sign-in/<token>   review      a GET uses nothing up: mail scanners follow links
POST /sign-in/<token>   enter
POST /sign-out          leave
"""

from __future__ import annotations

import secrets

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from booking.extensions import limiter, office
from booking.forms import SignInForm
from booking.models import Role
from booking.services import sign_in
from booking.views.callers import current_token, session_cookie

bp = Blueprint("sign_in", __name__)

BROWSER_COOKIE_SECONDS = 3600
LINKS_PER_ADDRESS = "10 per minute"
ENTRIES_PER_ADDRESS = "30 per minute"
Page = str | tuple[str, int] | Response


@bp.get("/sign-in")
def ask() -> Page:
    return render_template("maintainer/sign_in.html", form=SignInForm())


@bp.post("/sign-in")
@limiter.limit(LINKS_PER_ADDRESS)
def send_link() -> Page:
    """The same answer whether or not the address is known; only the mailbox tells."""
    form = SignInForm(request.form)
    if not form.validate():
        return render_template("maintainer/sign_in.html", form=form), 422
    browser = _browser() or secrets.token_urlsafe(24)
    account = sign_in.account_for(form.email.data or "")
    if account is not None:
        sign_in.mail_link(office(), account, browser)
    answer = Response(
        render_template("maintainer/link_sent.html", email=form.email.data), content_type="text/html; charset=utf-8"
    )
    _set_cookie(answer, _browser_cookie(), browser, BROWSER_COOKIE_SECONDS)
    return answer


@bp.get("/sign-in/<token>")
def review() -> Page:
    if not sign_in.link_works(office(), current_token(), _browser()):
        return render_template("maintainer/link_dead.html"), 410
    return render_template("maintainer/enter.html", token=current_token())


@bp.post("/sign-in/<token>")
@limiter.limit(ENTRIES_PER_ADDRESS)
def enter() -> Page:
    secret = sign_in.use_link(office(), current_token(), _browser())
    account = sign_in.session_account(office(), secret) if secret else None
    if secret is None or account is None:
        return render_template("maintainer/link_dead.html"), 410
    session.clear()  # a new person in this browser: forms opened before belong to nobody
    home = "admin.show" if account.role == Role.ADMINISTRATOR else "maintainer.show"
    answer = redirect(url_for(home), 303)
    _set_cookie(answer, session_cookie(), secret, None)
    return answer


@bp.post("/sign-out")
def leave() -> Page:
    secret = request.cookies.get(session_cookie())
    if secret:
        sign_in.end_session(secret)
    session.clear()
    answer = redirect(url_for("public.topics"), 303)
    answer.delete_cookie(session_cookie(), secure=_https(), httponly=True, samesite="Lax")
    return answer


def _browser() -> str | None:
    return request.cookies.get(_browser_cookie())


def _browser_cookie() -> str:
    return "__Host-officehours-browser" if _https() else "officehours-browser"


def _https() -> bool:
    return office().settings.base_url.startswith("https://")


def _set_cookie(answer: Response, name: str, value: str, seconds: int | None) -> None:
    answer.set_cookie(name, value, max_age=seconds, secure=_https(), httponly=True, samesite="Lax", path="/")

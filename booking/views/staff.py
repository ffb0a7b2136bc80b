"""The rules for people who signed in; `access` says which page has which. Roles come from the database at each request.

Each check aborts, or answers instead of the page, or lets the request through.
"""

from __future__ import annotations

from typing import NoReturn

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from booking.extensions import db
from booking.models import Account, Role
from booking.services.sessions import Caller
from booking.views.callers import signed_in

ACCOUNT, SESSIONS = "account.show", "maintainer.show"
CREDENTIALS = (ACCOUNT, SESSIONS)  # the pages on which they are changed, and to which signing in again leads back
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Whom each may invite, disable and enable, and the roles that each may give.
MANAGED = {
    Role.ORGANISER: frozenset({Role.MAINTAINER}),
    Role.ADMINISTRATOR: frozenset(Role),
}


def require_sign_in() -> Response | None:
    return _sign_in_first() if signed_in() is None else None


def require_maintainer() -> Response | None:
    """Who gives hours."""
    caller = signed_in()
    if caller is None:
        return _sign_in_first()
    return None if caller.maintainer_id is not None else _elsewhere()


def require_staff() -> Response | None:
    """Who gives hours, or organises."""
    caller = signed_in()
    if caller is None:
        return _sign_in_first()
    return None if caller.maintainer_id is not None or caller.role in MANAGED else _elsewhere()


def require_organiser() -> Response | None:
    """Organisers and administrators."""
    caller = signed_in()
    if caller is None:
        return _sign_in_first()
    return None if caller.role in MANAGED else _refuse(caller, "This page is for organisers and administrators.")


def require_administrator() -> Response | None:
    caller = signed_in()
    if caller is None:
        return _sign_in_first()
    return None if caller.role == Role.ADMINISTRATOR else _refuse(caller, "This page is for administrators.")


def require_fresh(page: str = ACCOUNT) -> Response | None:
    """Who signed in within ten minutes, and by more than a mailbox if they are an administrator.

    Others sign in again, and come back to this page.
    """
    caller = signed_in()
    if caller is None:
        return _sign_in_first()
    if caller.may_change_credentials:
        return None
    if caller.fresh:
        _refuse(caller, "An administrator's ways to sign in and calendars change only after more than a mailed link.")
    if request.method not in SAFE_METHODS:
        flash("Nothing was changed, and what you typed was not kept: you signed in more than ten minutes ago.")
    return redirect(url_for("sign_in.ask", again=page), 303)


def require_fresh_maintainer() -> Response | None:
    return require_maintainer() or require_fresh(SESSIONS)


def require_manager() -> Response | None:
    """Who may act on the account in the address: as it is now, and as the form would make it. Nobody on their own."""
    answer = require_organiser()
    caller = signed_in()
    if answer is not None or caller is None:
        return answer
    account_id = (request.view_args or {}).get("account_id")
    if account_id == caller.account_id:
        abort(403, description="Nobody changes their own role or access. Ask another administrator.")
    wanted = {request.form.get("role")} - {None}
    if account_id is not None:
        wanted.add((db.session.get(Account, account_id) or abort(404)).role)
    if not wanted <= MANAGED[caller.role]:
        abort(403, description="Organisers manage maintainers; only administrators manage the others.")
    return None


def home(caller: Caller | None) -> str:
    """The endpoint of the page that somebody starts from."""
    if caller is not None and caller.role in MANAGED:
        return "admin.show"
    return "maintainer.show" if caller is not None and caller.maintainer_id is not None else "account.show"


def _elsewhere() -> Response:
    """Pages of maintainers are no secret to the others; they have another home."""
    if request.method not in SAFE_METHODS:
        abort(403, description="This is for maintainers.")
    return redirect(url_for(home(signed_in())), 303)


def _sign_in_first() -> Response:
    if request.method not in SAFE_METHODS:
        abort(403, description="You are not signed in any more. Sign in and try again.")
    return redirect(url_for("sign_in.ask"), 303)


def _refuse(caller: Caller, why: str) -> NoReturn:
    if caller.held_back:
        why += " You came by a mailed link: sign in with a passkey or a linked login to act as administrator."
    abort(403, description=why)

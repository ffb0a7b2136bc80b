"""What is the same however somebody comes in: the cookies, and where they go first."""

from __future__ import annotations

import secrets

from flask import redirect, request, session, url_for
from werkzeug.wrappers import Response

from booking import accounts
from booking.extensions import office
from booking.models import Method, Role
from booking.services import sessions
from booking.services.sessions import LIMITS, Caller
from booking.views import staff
from booking.views.callers import session_cookie

ONWARD = "onward"  # the page to come back to; in the browser's own cookie
BROWSER_COOKIE_SECONDS = 3600
PROGRAMS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux"))


def arrive(secret: str) -> Response:
    """To the page they came for, with the cookie of their new session.

    What this browser held before is forgotten: forms opened by whoever had it then are worth nothing.
    """
    onward = session.get(ONWARD)
    session.clear()
    caller = sessions.caller_of(office(), secret)
    answer = redirect(url_for(_first_page(caller, onward)), 303)
    longest = LIMITS[caller.role if caller else Role.ADMINISTRATOR].longest
    set_cookie(answer, session_cookie(), secret, int(longest.total_seconds()))
    return answer


def forget(answer: Response) -> Response:
    session.clear()
    answer.delete_cookie(session_cookie(), secure=https(), httponly=True, samesite="Lax")
    return answer


def browser_name() -> str:
    """What this browser calls itself, for the list of sessions: "Firefox on Linux"."""
    agent = request.headers.get("User-Agent", "")
    program = next((name for mark, name in PROGRAMS if mark in agent), "A browser")
    system = next((name for mark, name in SYSTEMS if mark in agent), None)
    return f"{program} on {system}" if system else program


def browser() -> str | None:
    """The random name of this browser, if it asked for a link before."""
    return request.cookies.get(_browser_cookie())


def name_browser(answer: Response, name: str) -> Response:
    set_cookie(answer, _browser_cookie(), name, BROWSER_COOKIE_SECONDS)
    return answer


def new_browser() -> str:
    return secrets.token_urlsafe(24)


def set_cookie(answer: Response, name: str, value: str, seconds: int) -> None:
    answer.set_cookie(name, value, max_age=seconds, secure=https(), httponly=True, samesite="Lax", path="/")


def https() -> bool:
    return office().settings.base_url.startswith("https://")


def _first_page(caller: Caller | None, onward: str | None) -> str:
    """An administrator without passkey and login, and who was just invited, are first asked to add one."""
    if caller is None or caller.held_back or caller.method == Method.INVITATION:
        return staff.ACCOUNT
    bare = caller.role == Role.ADMINISTRATOR and not accounts.has_credentials(caller.account_id)
    return staff.ACCOUNT if bare else onward or staff.home(caller)


def _browser_cookie() -> str:
    return "__Host-officehours-browser" if https() else "officehours-browser"

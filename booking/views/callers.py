"""Who asks, and about what: read once a request, after `access` has let it in."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from flask import g, request

from booking import history
from booking.extensions import db, office
from booking.history import By
from booking.models import Booking, Maintainer, Waiter
from booking.services import sessions
from booking.services.sessions import Caller


def signed_in() -> Caller | None:
    """Who has the session whose cookie came with this request."""
    if "caller" not in g:
        token = session_token()
        g.caller = sessions.caller_of(office(), token) if token else None
    return cast(Caller | None, g.caller)


def current_caller() -> Caller:
    """Who is signed in, where the rule lets only them in."""
    caller = signed_in()
    if caller is None:
        raise AssertionError("the access rule lets only signed-in people in")
    return caller


def current_maintainer() -> Maintainer:
    """The maintainer who is signed in, where the rule lets only maintainers in."""
    maintainer_id = current_caller().maintainer_id
    if maintainer_id is None:
        raise AssertionError("the access rule lets only maintainers in")
    return db.session.get_one(Maintainer, maintainer_id)


def current_booking() -> Booking:
    """The booking whose private link this request came by, as the present transaction sees it."""
    return db.session.get_one(Booking, g.booking_id)


def gives_it() -> bool:
    """Whether whoever is signed in gives the session in question, rather than sees to everybody's."""
    return current_caller().maintainer_id == current_booking().maintainer_id


def acting() -> By:
    """As what, and by which account, they do something with it."""
    role = history.MAINTAINER if gives_it() else history.ORGANISER
    return replace(role, account_id=current_caller().account_id)


def current_waiter() -> Waiter:
    """Whose place on the waiting list this request came by the link of."""
    return db.session.get_one(Waiter, g.waiter_id)


def current_address() -> str:
    """The address whose owner's link this request came by, in lower case."""
    return cast(str, g.address)


def link_owner() -> Maintainer:
    """The maintainer whose feed, reminders or hours this request's address is for."""
    return db.session.get_one(Maintainer, g.maintainer_id)


def current_token() -> str:
    """The token in the address of a private link."""
    return cast(str, g.token)


def session_token() -> str | None:
    return request.cookies.get(session_cookie())


def session_cookie() -> str:
    return "__Host-officehours-session" if office().settings.base_url.startswith("https://") else "officehours-session"

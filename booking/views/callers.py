"""Who asks, and about what: read once a request, after `access` has let it in."""

from __future__ import annotations

from typing import cast

from flask import g, request

from booking.extensions import db, office
from booking.models import Account, Booking, Maintainer, Waiter
from booking.services import sign_in


def signed_in() -> Account | None:
    """The account whose session cookie came with this request."""
    if "account_id" not in g:
        token = request.cookies.get(session_cookie())
        account = sign_in.session_account(office(), token) if token else None
        g.account_id = account.id if account else None
    return db.session.get(Account, g.account_id) if g.account_id else None


def current_maintainer() -> Maintainer:
    """The maintainer who is signed in, where the rule lets only maintainers in."""
    account = signed_in()
    if account is None or account.maintainer_id is None:
        raise AssertionError("the access rule lets only maintainers in")
    return db.session.get_one(Maintainer, account.maintainer_id)


def current_booking() -> Booking:
    """The booking whose private link this request came by, as the present transaction sees it."""
    return db.session.get_one(Booking, g.booking_id)


def current_waiter() -> Waiter:
    """Whose place on the waiting list this request came by the link of."""
    return db.session.get_one(Waiter, g.waiter_id)


def current_address() -> str:
    """The address whose owner's link this request came by, in lower case."""
    return cast(str, g.address)


def link_owner() -> Maintainer:
    """The maintainer whose feed, or whose reminders, this request's link is for."""
    return db.session.get_one(Maintainer, g.maintainer_id)


def current_token() -> str:
    """The token in the address of a private link."""
    return cast(str, g.token)


def session_cookie() -> str:
    return "__Host-officehours-session" if office().settings.base_url.startswith("https://") else "officehours-session"

"""Signing in by a login elsewhere, and linking one to one's account.

GET  /sign-in/with/<provider>             begin     leads to the provider
GET  /account/logins/<provider>/link      link      the same, for whoever is signed in
GET  /sign-in/from/<provider>             finish    where the provider sends the browser back to
"""

from __future__ import annotations

from hmac import compare_digest
from typing import Any, NoReturn

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from booking import audit_log
from booking.extensions import limiter, office
from booking.identities import IdentityRefused, Proven, Provider, ProviderSilent, configured
from booking.models import Act
from booking.services import prove_identity
from booking.views import arrivals, guards
from booking.views.callers import current_caller, session_token, signed_in

bp = Blueprint("identities", __name__)

PENDING = "identity"
SECONDS = 600
LEEWAY = 60  # seconds, for a provider whose own machines' clocks differ
TRIES_PER_ADDRESS = "30 per minute"
Page = str | tuple[str, int] | Response


@bp.get("/sign-in/with/<any(oidc, github):provider>")
@limiter.limit(TRIES_PER_ADDRESS)
def begin(provider: str) -> Page:
    return _start(provider, link=False)


@bp.get("/account/logins/<any(oidc, github):provider>/link")
@limiter.limit(TRIES_PER_ADDRESS)
def link(provider: str) -> Page:
    return _start(provider, link=True)


@bp.get("/sign-in/from/<any(oidc, github):provider>")
@limiter.limit(TRIES_PER_ADDRESS)
def finish(provider: str) -> Page:
    """Only in the browser that began, once, and soon: another one has no such state, and gets a 400."""
    asked = _provider(provider)
    pending = session.pop(PENDING, None)
    if pending is None or pending["provider"] != provider or _since(pending) > SECONDS:
        _refuse("This sign-in was begun in another browser, or was finished already.")
    if not compare_digest(request.args.get("state", "").encode(), pending["kept"]["state"].encode()):
        _refuse("This answer belongs to another sign-in.")
    if "code" not in request.args:
        _refuse(f"{asked.name} did not let you in.")
    try:
        proven = asked.finish(_return_address(provider), request.args["code"], pending["kept"])
    except IdentityRefused as error:
        _refuse(str(error))
    except ProviderSilent as error:
        abort(503, description=str(error))
    if pending["again"] and not proven.age <= _since(pending) + LEEWAY:  # neither is what is no number
        _refuse(f"{asked.name} does not say that you signed in there again just now. Sign in another way.")
    return _link(proven) if pending["link"] else _enter(asked, proven)


def _start(key: str, *, link: bool) -> Response:
    if request.headers.get("Sec-Fetch-Site") not in {None, "same-origin", "none"}:
        abort(403, description="This sign-in was begun by another website. Begin it here.")
    provider = _provider(key)
    again = signed_in() is not None and not link
    try:
        start = provider.start(_return_address(key), again=again)
    except (IdentityRefused, ProviderSilent) as error:
        abort(503, description=str(error))
    session[PENDING] = {"provider": key, "link": link, "again": again, "begun": _now(), "kept": start.kept}
    return redirect(start.url, 303)


def _enter(provider: Provider, proven: Proven) -> Page:
    secret = prove_identity.enter(office(), proven, provider.method, arrivals.browser_name(), session_token())
    if secret is None:
        return render_template("maintainer/not_linked.html", provider=provider.name), 403
    return arrivals.arrive(secret)


def _link(proven: Proven) -> Page:
    """The permission to begin may be over by now, or be somebody else's in this browser: it is asked for again."""
    refused = guards.fresh.check()
    if refused is not None:
        return refused
    try:
        prove_identity.link(office(), current_caller(), proven)
    except ValueError as error:
        flash(str(error))
    else:
        flash("From now on you can sign in with it.")
    return redirect(url_for("account.show"), 303)


def _refuse(why: str) -> NoReturn:
    audit_log.record_at_once(Act.SIGN_IN_REFUSED, office().now(), None, "login")
    abort(400, description=why)


def _provider(key: str) -> Provider:
    return configured(office().settings).get(key) or abort(404)


def _return_address(key: str) -> str:
    return office().links.url(url_for("identities.finish", provider=key))


def _since(pending: dict[str, Any]) -> float:
    """How many seconds ago this sign-in was begun."""
    return _now() - float(pending["begun"])


def _now() -> float:
    return office().now().timestamp()

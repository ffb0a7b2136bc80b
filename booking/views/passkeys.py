"""Passkeys. The browser's part is static/passkeys.js; its answers come back as ordinary forms.

GET  /sign-in/passkey                   challenge   JSON
POST /sign-in/passkey                   enter
GET  /account/passkeys/new              offer       JSON
POST /account/passkeys                  add
POST /account/passkeys/<id>/name        rename
POST /account/passkeys/<id>/remove      remove
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, request, session, url_for
from webauthn import base64url_to_bytes
from webauthn.helpers import bytes_to_base64url
from werkzeug.wrappers import Response as Answer

from booking import queries, validation
from booking.extensions import limiter, office
from booking.services import passkeys
from booking.services.passkeys import Ceremony, PasskeyRefused
from booking.views import arrivals
from booking.views.callers import current_caller, session_token

bp = Blueprint("passkeys", __name__)

PENDING = "passkey"
SECONDS = 300
TRIES_PER_ADDRESS = "30 per minute"


@bp.get("/sign-in/passkey")
def challenge() -> Response:
    return _asked(passkeys.ask(office()))


@bp.post("/sign-in/passkey")
@limiter.limit(TRIES_PER_ADDRESS)
def enter() -> Answer:
    try:
        secret = passkeys.enter(
            office(), request.form.get("answer", ""), _challenge(), arrivals.browser_name(), session_token()
        )
    except PasskeyRefused as error:
        abort(400, description=str(error))
    return arrivals.arrive(secret)


@bp.get("/account/passkeys/new")
def offer() -> Response:
    return _asked(passkeys.offer(office(), current_caller(), queries.community().name))


@bp.post("/account/passkeys")
def add() -> Answer:
    try:
        name = validation.label(request.form.get("name", "") or arrivals.browser_name())
        passkeys.add(office(), current_caller(), request.form.get("answer", ""), _challenge(), name)
    except PasskeyRefused as error:
        abort(400, description=str(error))
    except ValueError as error:
        flash(str(error))
    else:
        flash("The passkey is added. Sign in with it from now on.")
    return _back()


@bp.post("/account/passkeys/<int(max=2147483647):passkey_id>/name")
def rename(passkey_id: int) -> Answer:
    try:
        passkeys.rename(office(), current_caller(), passkey_id, validation.label(request.form.get("name", "")))
    except LookupError:
        abort(404)
    except ValueError as error:
        flash(str(error))
    return _back()


@bp.post("/account/passkeys/<int(max=2147483647):passkey_id>/remove")
def remove(passkey_id: int) -> Answer:
    try:
        passkeys.remove(office(), current_caller(), passkey_id)
    except LookupError:
        abort(404)
    except ValueError as error:
        flash(str(error))
    else:
        flash("The passkey is removed here. Delete it on your device, too.")
    return _back()


def _asked(ceremony: Ceremony) -> Response:
    until = office().now().timestamp() + SECONDS
    session[PENDING] = {"challenge": bytes_to_base64url(ceremony.challenge), "until": until}
    return Response(ceremony.options, mimetype="application/json")


def _challenge() -> bytes:
    """What this browser was asked, once and for five minutes."""
    pending = session.pop(PENDING, None)
    if pending is None or office().now().timestamp() > pending["until"]:
        abort(400, description="The passkey was asked for too long ago.")
    return base64url_to_bytes(pending["challenge"])


def _back() -> Answer:
    return redirect(url_for("account.show"), 303)

"""One's own account: ways to sign in, and where one is signed in.

GET  /account                           show
POST /account/sessions/<id>/end         end_session
POST /account/sessions/end-others       end_others
POST /account/logins/<id>/unlink        unlink
"""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from booking import accounts, identities, queries
from booking.extensions import db, office
from booking.models import Account, Identity, Method, Passkey
from booking.services import prove_identity, sessions
from booking.views import arrivals
from booking.views.callers import current_caller

bp = Blueprint("account", __name__)

METHODS = {
    Method.MAIL: "by a mailed link",
    Method.INVITATION: "by an invitation",
    Method.PRINTED: "by a printed link",
    Method.PASSKEY: "with a passkey",
    Method.OIDC: "with a login elsewhere",
    Method.GITHUB: "with GitHub",
}


@bp.get("/account")
def show() -> str:
    caller = current_caller()
    account = db.session.get_one(Account, caller.account_id)
    maintainer = account.maintainer if account.gives_hours else None
    logins = db.session.scalars(sa.select(Identity).where(Identity.account_id == account.id).order_by(Identity.id))
    keys = db.session.scalars(sa.select(Passkey).where(Passkey.account_id == account.id).order_by(Passkey.id))
    return render_template(
        "maintainer/account.html",
        caller=caller,
        account=account,
        name=accounts.name_of(account),
        zone=maintainer.timezone if maintainer else queries.community().timezone,
        logins=logins.all(),
        passkeys=keys.all(),
        sessions=sessions.sessions_of(office(), account.id),
        methods=METHODS,
        providers=identities.configured(office().settings),
    )


@bp.post("/account/sessions/<int(max=2147483647):session_id>/end")
def end_session(session_id: int) -> Response:
    caller = current_caller()
    sessions.end_session(office(), caller, session_id)
    if session_id == caller.session_id:
        return arrivals.forget(redirect(url_for("public.topics"), 303))
    flash("That browser is signed out.")
    return _back()


@bp.post("/account/sessions/end-others")
def end_others() -> Response:
    sessions.end_others(office(), current_caller())
    flash("Every other browser is signed out.")
    return _back()


@bp.post("/account/logins/<int(max=2147483647):identity_id>/unlink")
def unlink(identity_id: int) -> Response:
    try:
        prove_identity.unlink(office(), current_caller(), identity_id)
    except LookupError:
        abort(404)
    except ValueError as error:
        flash(str(error))
    else:
        flash("That login opens your account no more.")
    return _back()


def _back() -> Response:
    return redirect(url_for("account.show"), 303)

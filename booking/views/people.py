"""Who may sign in: invitations, roles, access. Whose account one may touch is for `staff.require_manager` to say.

GET  /people                        show
POST /people                        invite
POST /people/<id>/invite            invite_again
POST /people/<id>/role              set_role
POST /people/<id>/disable           disable
POST /people/<id>/enable            enable
"""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from booking import accounts
from booking.absences import given_up
from booking.extensions import db, limiter, office
from booking.forms import InvitationForm
from booking.models import Account, Role
from booking.services import change_account
from booking.services import invite as invitations
from booking.views.callers import current_caller
from booking.views.staff import MANAGED

bp = Blueprint("people", __name__)

STATES = {
    "active": "may sign in.",
    "named": "in the community file, not yet come.",
    "invited": "invited, not yet come.",
    "expired": "not yet come, and the invitation is over.",
    "disabled": "may not sign in.",
}
INVITATIONS_PER_ADDRESS = "20 per hour"
Page = str | tuple[str, int] | Response


@bp.get("/people")
def show() -> Page:
    return _page(_form())


@bp.post("/people")
@limiter.limit(INVITATIONS_PER_ADDRESS)
def invite() -> Page:
    form = _form()
    if not form.validate():
        return _page(form), 422
    try:
        invitations.invite(office(), current_caller(), form.email.data or "", Role(form.role.data))
    except ValueError as error:
        form.email.errors = [str(error)]
        return _page(form), 422
    flash(f"The invitation to {form.email.data} is on its way. It is good for a week.")
    return _back()


@bp.post("/people/<int(max=2147483647):account_id>/invite")
@limiter.limit(INVITATIONS_PER_ADDRESS)
def invite_again(account_id: int) -> Page:
    try:
        invitations.invite_again(office(), current_caller(), account_id)
    except LookupError:
        abort(409, description="They have a passkey or a login already, or may not come any more.")
    name = _name(account_id)
    flash(f"A new invitation to {name} is on its way. It is good for a week; the one before is worth nothing.")
    return _back()


@bp.post("/people/<int(max=2147483647):account_id>/role")
def set_role(account_id: int) -> Page:
    role = request.form.get("role", "")
    try:
        changed = change_account.set_role(office(), current_caller(), account_id, Role(role))
    except ValueError as error:
        flash(str(error))
    else:
        happened = "now, and signs in anew" if changed else "already"
        flash(f"{_name(account_id)} has the role {role} {happened}.")
    return _back()


@bp.post("/people/<int(max=2147483647):account_id>/disable")
def disable(account_id: int) -> Page:
    change_account.disable(office(), current_caller(), account_id)
    flash(f"{_name(account_id)} is signed out everywhere, and cannot sign in.")
    if db.session.get_one(Account, account_id).gives_hours:
        flash(f"Nobody can book them any more. Sessions with them {given_up()}.")
    return _back()


@bp.post("/people/<int(max=2147483647):account_id>/enable")
def enable(account_id: int) -> Page:
    change_account.enable(office(), current_caller(), account_id)
    account = db.session.get_one(Account, account_id)
    welcome = account.accepted_at or accounts.invitation_open(account, office().now())
    flash(f"{_name(account_id)} can sign in again{'' if welcome else ', once they are invited again'}.")
    return _back()


def _name(account_id: int) -> str:
    return accounts.names({account_id})[account_id]


def _form() -> InvitationForm:
    roles = [role for role in Role if role in MANAGED[current_caller().role]]
    return InvitationForm(request.form, roles=roles)


def _page(form: InvitationForm) -> str:
    caller = current_caller()
    return render_template(
        "admin/people.html",
        form=form,
        words=STATES,
        people=accounts.people(office().now()),
        caller=caller,
        managed=MANAGED[caller.role],
        roles=[role for role in Role if role in MANAGED[caller.role]],
        given_up=given_up(),
    )


def _back() -> Response:
    return redirect(url_for("people.show"), 303)

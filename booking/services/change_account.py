"""Other people's accounts: their role, and whether they may come in. Who may do that is for `access` to say."""

from __future__ import annotations

import sqlalchemy as sa

from booking import accounts, audit_log, ways_in
from booking.extensions import begin_write, db
from booking.models import Account, Act, Community, Role
from booking.office import Office
from booking.services.sessions import Caller, end_all
from booking.services.sign_in import end_links


def set_role(office: Office, caller: Caller, account_id: int, role: Role) -> bool:
    """Give a person another role, if it is one; they sign in anew, under its limits.

    Raises ValueError, with a sentence, for somebody who has neither passkey nor linked login: without one a mailbox
    would be all that an administrator is known by.
    """
    begin_write(db.session())
    account = db.session.get_one(Account, account_id, with_for_update=True)
    if role == Role.ADMINISTRATOR and not accounts.has_credentials(account_id):
        db.session.rollback()
        raise ValueError("They must add a passkey or link a login to their account first: administrators need one.")
    changed = account.role != role
    if changed:
        about, change = f"account {account_id}", f"{account.role} to {role}"
        ways_in.changed(office, account_id, Act.ROLE_CHANGED, caller.account_id, about, change)
        account.role = role
        end_all(account_id)
    db.session.commit()
    return changed


def disable(office: Office, caller: Caller, account_id: int) -> None:
    """Let a person in no more: sessions end at once, links and invitations too; calendar apps and feed are shut out.

    Nobody can book them, and what is booked with them goes to others who know the topic, as when somebody is on leave.
    """
    _switch(office, caller, account_id, disabled=True)


def enable(office: Office, caller: Caller, account_id: int) -> None:
    """Let a person in again: they sign in anew, and who had not come yet is invited anew."""
    _switch(office, caller, account_id, disabled=False)


def _switch(office: Office, caller: Caller, account_id: int, *, disabled: bool) -> None:
    begin_write(db.session())
    account = db.session.get_one(Account, account_id, with_for_update=True)
    if account.disabled != disabled:
        account.disabled = disabled
        end_all(account_id)
        if disabled:
            end_links(office, account_id)
            account.invited_at = None
        db.session.execute(sa.update(Community).values(revision=Community.revision + 1))
        act = Act.DISABLED if disabled else Act.ENABLED
        audit_log.record(act, office.now(), caller.account_id, f"account {account_id}")
    db.session.commit()

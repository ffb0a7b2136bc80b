"""Inviting somebody: an account that waits, and a mail with a link."""

from __future__ import annotations

from booking import accounts, audit_log
from booking.accounts import INVITED_FOR
from booking.effects.orders import mail_account
from booking.extensions import begin_write, db
from booking.models import Account, Act, Kind, Role
from booking.office import Office
from booking.services.conflicts import lock_address
from booking.services.sessions import Caller
from booking.services.sign_in import invitation_link


def invite(office: Office, caller: Caller, email: str, role: Role) -> None:
    """Invite an address with a role, for a week. Raises ValueError, with a sentence, if somebody has it already."""
    begin_write(db.session())
    lock_address(db.session(), email.lower())
    if accounts.by_address(email) is not None:
        db.session.rollback()
        raise ValueError("Somebody with this address is on the list above. Change their role there, or invite again.")
    account = Account(role=role, email=email.lower())
    db.session.add(account)
    db.session.flush()
    _send(office, caller, account)


def invite_again(office: Office, caller: Caller, account_id: int) -> None:
    """Mail a new link, for another week; the one before is worth nothing.

    Also to who came and left without passkey and login: an administrator may add one only by an invitation. Raises
    LookupError for who has one, or may not come.
    """
    begin_write(db.session())
    account = db.session.get_one(Account, account_id, with_for_update=True)
    if accounts.has_credentials(account_id) or not account.welcome or account.address is None:
        db.session.rollback()
        raise LookupError(f"account {account_id} is not waiting for an invitation")
    account.accepted_at = None
    _send(office, caller, account)


def _send(office: Office, caller: Caller, account: Account) -> None:
    now = office.now()
    if not account.gives_hours:  # whom the community file names is invited by that, for good
        account.invited_at = now
    link = invitation_link(office, account, INVITED_FOR)
    mail_account(db.session(), account, Kind.INVITATION, now, sign_in_link_id=link.id)
    audit_log.record(Act.INVITED, now, caller.account_id, f"account {account.id}", account.role)
    db.session.commit()

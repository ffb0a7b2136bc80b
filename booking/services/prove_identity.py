"""Coming in by a login elsewhere; linking one to an account, and taking it away."""

from __future__ import annotations

import sqlalchemy as sa

from booking import accounts, audit_log, ways_in
from booking.extensions import begin_write, db
from booking.identities import Proven
from booking.models import Account, Act, Identity, Method, Passkey, Role
from booking.office import Office
from booking.services.conflicts import lock_address
from booking.services.sessions import Caller, open_session


def enter(office: Office, proven: Proven, method: Method, name: str, former: str | None) -> str | None:
    """The token of a new session for whom this login is linked to, or was invited by a verified address of it.

    None for anybody else: an account that somebody has come to already is linked from inside. `name` is the browser's,
    and `former` the session it had before.
    """
    session = db.session()
    begin_write(session)
    now = office.now()
    identity = _known(proven)
    account = session.get_one(Account, identity.account_id) if identity else _invited(office, proven)
    if account is None or not account.welcome:
        audit_log.record(Act.SIGN_IN_REFUSED, now, account.id if account else None, method)
        session.commit()
        return None
    if identity is None:
        _add(office, account.id, proven)
    else:
        identity.used_at, identity.label = now, proven.label
    secret = open_session(office, account, method, name, former, age=proven.age)
    session.commit()
    return secret


def link(office: Office, caller: Caller, proven: Proven) -> None:
    """Let this login open the caller's account from now on. Raises ValueError if it opens somebody else's."""
    begin_write(db.session())
    identity = _known(proven)
    if identity is None:
        _add(office, caller.account_id, proven)
    elif identity.account_id != caller.account_id:
        db.session.rollback()
        raise ValueError("This login opens another account here already. Unlink it there first.")
    db.session.commit()


def unlink(office: Office, caller: Caller, identity_id: int) -> None:
    """Take a login away from the caller's account.

    Raises LookupError for one that is not theirs, ValueError for an administrator's last way in.
    """
    begin_write(db.session())
    identity = db.session.get(Identity, identity_id)
    if identity is None or identity.account_id != caller.account_id:
        db.session.rollback()
        raise LookupError(f"login {identity_id}")
    keep_one(caller.account_id)
    db.session.delete(identity)
    ways_in.changed(office, caller.account_id, Act.IDENTITY_UNLINKED, caller.account_id, f"login {identity_id}")
    db.session.commit()


def keep_one(account_id: int) -> None:
    """Raise ValueError, with a sentence, if an administrator would be left without passkey and login."""
    account = db.session.get_one(Account, account_id, with_for_update=True)
    kinds = (sa.select(sa.func.count()).where(kind.account_id == account_id) for kind in (Passkey, Identity))
    if account.role == Role.ADMINISTRATOR and sum(db.session.scalar(count) or 0 for count in kinds) < 2:
        db.session.rollback()
        raise ValueError("This is the last way in that makes you an administrator. Add another first.")


def _known(proven: Proven) -> Identity | None:
    lock_address(db.session(), f"{proven.issuer} {proven.subject}")
    return db.session.scalar(
        sa.select(Identity).where(Identity.issuer == proven.issuer, Identity.subject == proven.subject)
    )


def _invited(office: Office, proven: Proven) -> Account | None:
    """Who is invited by one of the addresses; one that was theirs before the community file named another is none."""
    for address in proven.addresses:
        found = accounts.by_address(address)
        if found is not None and found.reached_at(address) and accounts.invitation_open(found, office.now()):
            return found
    return None


def _add(office: Office, account_id: int, proven: Proven) -> None:
    now = office.now()
    identity = Identity(
        account_id=account_id,
        issuer=proven.issuer,
        subject=proven.subject,
        label=proven.label,
        created_at=now,
        used_at=now,
    )
    db.session.add(identity)
    db.session.flush()
    ways_in.changed(office, account_id, Act.IDENTITY_LINKED, account_id, f"login {identity.id}")

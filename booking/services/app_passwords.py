"""Passwords for calendar apps: random, shown once, one per app."""

from __future__ import annotations

import hashlib
import hmac
import secrets

import sqlalchemy as sa

from booking import accounts, ways_in
from booking.calendar_access import service_password
from booking.extensions import begin_write, db
from booking.models import Account, Act, AppPassword, Maintainer
from booking.office import Office


def create(office: Office, maintainer_id: int, label: str, by: int | None = None) -> str:
    """A new app password in the clear; only its SHA-256 is kept. `by` is whose account made it, if any."""
    secret = secrets.token_hex(20)
    begin_write(db.session())
    made = AppPassword(maintainer_id=maintainer_id, secret_hash=_hash(secret), label=label, created_at=office.now())
    db.session.add(made)
    db.session.flush()
    account = accounts.of_maintainer(maintainer_id)
    ways_in.changed(office, account.id, Act.CALENDAR_APP_ADDED, by, f"app password {made.id}")
    db.session.commit()
    return secret


def check(office: Office, login: str, password: str) -> bool:
    """Whether a calendar app, or the service itself, may enter the calendar of the maintainer with this key."""
    if hmac.compare_digest(password.encode(), service_password(office, login).encode()):
        return True
    hashes = db.session.scalars(
        sa.select(AppPassword.secret_hash)
        .join(Maintainer, Maintainer.id == AppPassword.maintainer_id)
        .join(Account, Account.maintainer_id == Maintainer.id)
        .where(Maintainer.key == login, ~Maintainer.retired, ~Account.disabled)
    ).all()
    # The hash of a guess says nothing about how near the guess was, so comparing it needs no constant time.
    return _hash(password) in hashes


def remove(office: Office, maintainer_id: int, app_password_id: int, by: int) -> None:
    """End one app's access; nothing happens for somebody else's password."""
    begin_write(db.session())
    found = db.session.get(AppPassword, app_password_id)
    if found is not None and found.maintainer_id == maintainer_id:
        db.session.delete(found)
        account = accounts.of_maintainer(maintainer_id)
        ways_in.changed(office, account.id, Act.CALENDAR_APP_REMOVED, by, f"app password {app_password_id}")
    db.session.commit()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

"""Passwords for calendar apps: random, shown once, one per app."""

from __future__ import annotations

import hashlib
import hmac
import secrets

import sqlalchemy as sa

from booking.calendar_access import service_password
from booking.extensions import begin_write, db
from booking.models import AppPassword, Maintainer
from booking.office import Office


def create(office: Office, maintainer_id: int, label: str) -> str:
    """A new app password in the clear; only its SHA-256 is kept."""
    secret = secrets.token_hex(20)
    begin_write(db.session())
    db.session.add(
        AppPassword(maintainer_id=maintainer_id, secret_hash=_hash(secret), label=label, created_at=office.now())
    )
    db.session.commit()
    return secret


def check(office: Office, login: str, password: str) -> bool:
    """Whether a calendar app, or the service itself, may enter the calendar of the maintainer with this key."""
    if hmac.compare_digest(password.encode(), service_password(office, login).encode()):
        return True
    hashes = db.session.scalars(
        sa.select(AppPassword.secret_hash)
        .join(Maintainer, Maintainer.id == AppPassword.maintainer_id)
        .where(Maintainer.key == login, ~Maintainer.retired)
    ).all()
    # The hash of a guess says nothing about how near the guess was, so comparing it needs no constant time.
    return _hash(password) in hashes


def remove(maintainer_id: int, app_password_id: int) -> None:
    """End one app's access; nothing happens for somebody else's password."""
    begin_write(db.session())
    db.session.execute(
        sa.delete(AppPassword).where(AppPassword.id == app_password_id, AppPassword.maintainer_id == maintainer_id)
    )
    db.session.commit()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

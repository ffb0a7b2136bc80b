"""Signed-in browsers: opened, known again at each request, ended."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from booking import accounts, audit_log
from booking.extensions import begin_write, db
from booking.models import STRONG, Account, Act, Method, Role, Session
from booking.office import Office

FRESH = timedelta(minutes=10)
SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lives without a visit, and how long at most."""

    idle: timedelta
    longest: timedelta


LIMITS = {
    Role.MAINTAINER: Limits(timedelta(days=14), timedelta(days=90)),
    Role.ORGANISER: Limits(timedelta(hours=12), timedelta(days=7)),
    Role.ADMINISTRATOR: Limits(timedelta(hours=12), timedelta(days=7)),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is signed in, by which session. `role` is what they act as; `maintainer_id` is set for who gives hours.

    A mailed link alone makes nobody an administrator: whoever has that role and came by one acts as a maintainer, and
    is `held_back`. `fresh` says that they signed in within ten minutes.
    """

    session_id: int
    account_id: int
    maintainer_id: int | None
    role: Role
    method: Method
    held_back: bool
    fresh: bool

    @property
    def may_change_credentials(self) -> bool:
        """After a fresh sign-in. An administrator's first credential may come with the invitation, no later by mail."""
        first = self.method == Method.INVITATION and not accounts.has_credentials(self.account_id)
        return self.fresh and (not self.held_back or first)


def open_session(
    office: Office, account: Account, method: Method, browser: str, former: str | None, *, age: float = 0
) -> str:
    """The token of a new session, in the caller's transaction. The session this browser had before, `former`, ends.

    `age` is how many seconds ago they proved who they are.
    """
    now = office.now()
    secret = secrets.token_urlsafe(32)
    if former:
        db.session.execute(sa.delete(Session).where(Session.token_hash == hashed(former)))
    if account.accepted_at is None:
        account.accepted_at = now
        audit_log.record(Act.ACCEPTED, now, account.id)
    opened = Session(
        account_id=account.id,
        token_hash=hashed(secret),
        method=method,
        browser=browser,
        created_at=now,
        proved_at=now - (timedelta(seconds=max(age, 0)) if age < FRESH.total_seconds() else FRESH),
        seen_at=now,
        expires_at=now + LIMITS[Role(account.role)].longest,
    )
    db.session.add(opened)
    db.session.flush()
    audit_log.record(Act.SIGNED_IN, now, account.id, f"session {opened.id}", method)
    return secret


def caller_of(office: Office, secret: str) -> Caller | None:
    """Who this session's browser is, read from the database at each request; None once idle, expired or ended."""
    now = office.now()
    row = db.session.scalar(
        sa.select(Session)
        .where(Session.token_hash == hashed(secret))
        .options(joinedload(Session.account).joinedload(Account.maintainer))
    )
    if row is None or not _alive(row, now):
        return None
    account, method = row.account, Method(row.method)
    held_back = account.role == Role.ADMINISTRATOR and method not in STRONG
    caller = Caller(
        session_id=row.id,
        account_id=account.id,
        maintainer_id=account.maintainer_id if account.gives_hours else None,
        role=Role.MAINTAINER if held_back else Role(account.role),
        method=method,
        held_back=held_back,
        fresh=now - row.proved_at < FRESH,
    )
    if now - row.seen_at > SEEN_EVERY:
        begin_write(db.session())
        db.session.execute(sa.update(Session).where(Session.id == caller.session_id).values(seen_at=now))
        db.session.commit()
    return caller


def sessions_of(office: Office, account_id: int) -> Sequence[Session]:
    """The live sessions of an account, the one seen last first."""
    now = office.now()
    rows = sa.select(Session).where(Session.account_id == account_id).order_by(Session.seen_at.desc(), Session.id)
    return [row for row in db.session.scalars(rows) if _alive(row, now)]


def end_session(office: Office, caller: Caller, session_id: int) -> None:
    """End one of the caller's own sessions, at once; nothing happens for somebody else's."""
    _end(office, caller, Session.id == session_id, Act.SESSION_ENDED, f"session {session_id}")


def end_others(office: Office, caller: Caller) -> None:
    """End all of the caller's sessions but this one."""
    _end(office, caller, Session.id != caller.session_id, Act.SESSION_ENDED, "all but this one")


def sign_out(office: Office, caller: Caller) -> None:
    """End the session of this browser, at once."""
    _end(office, caller, Session.id == caller.session_id, Act.SIGNED_OUT, f"session {caller.session_id}")


def end_all(account_id: int) -> None:
    """End every session of an account, in the caller's transaction."""
    db.session.execute(sa.delete(Session).where(Session.account_id == account_id))


def hashed(secret: str) -> str:
    """What is kept of a random token. SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _end(office: Office, caller: Caller, which: sa.ColumnElement[bool], act: Act, about: str) -> None:
    begin_write(db.session())
    mine = sa.select(Session).where(Session.account_id == caller.account_id, which)
    ended = db.session.scalars(mine).all()
    for row in ended:
        db.session.delete(row)
    if ended:
        audit_log.record(act, office.now(), caller.account_id, about)
    db.session.commit()


def _alive(row: Session, now: datetime) -> bool:
    idle = LIMITS[Role(row.account.role)].idle
    return now < row.expires_at and now < row.seen_at + idle and row.account.welcome

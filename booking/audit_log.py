"""The audit log: who did what to which object. Written in the transaction of the act itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from booking.extensions import begin_write, db
from booking.models import Act, AuditEntry

PAGE = 50


def record(act: Act, now: datetime, actor_id: int | None, about: str = "", detail: str = "") -> None:
    """Write that the account `actor_id` did this to `about` ("passkey 7"); no personal data in either text."""
    db.session.add(AuditEntry(at=now, actor_id=actor_id, act=act, about=about, detail=detail))


def record_at_once(act: Act, now: datetime, actor_id: int | None, about: str = "") -> None:
    """The same of what changes nothing else, in a transaction of its own."""
    begin_write(db.session())
    record(act, now, actor_id, about)
    db.session.commit()


def entries(actor_id: int | None = None, act: Act | None = None, before: int | None = None) -> Sequence[AuditEntry]:
    """One page of entries, newest first: of one person and of one act if asked, older than the entry `before`."""
    statement = sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(PAGE)
    if actor_id is not None:
        statement = statement.where(AuditEntry.actor_id == actor_id)
    if act is not None:
        statement = statement.where(AuditEntry.act == act)
    if before is not None:
        statement = statement.where(AuditEntry.id < before)
    return db.session.scalars(statement).all()

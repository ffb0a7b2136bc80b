"""Races, and how the database tells that one was lost."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, load_only

from booking.models import NO_OVERLAP, Booking, BookingStatus, Maintainer

DEADLOCK, SERIALIZATION = "40P01", "40001"
CHOICES = 5_545  # any number that nothing else locks
REPEATED = "idempotency_key"


_LOCKED = (
    sa.select(Maintainer)
    .where(Maintainer.id == sa.bindparam("id"))
    .options(load_only(Maintainer.key, Maintainer.name, Maintainer.email))
    .with_for_update()
)
_EXPIRED = sa.and_(Booking.status == BookingStatus.HELD, Booking.held_until <= sa.bindparam("now"))
_ANY_EXPIRED = sa.select(sa.exists().where(_EXPIRED))
_ABANDONED = sa.delete(Booking).where(_EXPIRED, Booking.hold_network.is_not(None))
_UNCONFIRMED = (
    sa.update(Booking)
    .where(_EXPIRED)
    .values(
        status=BookingStatus.CANCELLED,
        cancelled_by="nobody",
        cancel_reason="It was not confirmed in time.",
        held_until=None,
    )
)


def lock_maintainer(session: Session, maintainer_id: int) -> Maintainer:
    """Queue up behind whoever changes sessions or calendars of this maintainer: racing writes under an exclusion
    constraint deadlock otherwise.

    SQLite has one writer at a time anyway, and ignores FOR UPDATE.
    """
    return session.scalars(_LOCKED, {"id": maintainer_id}).one()


def lock_choices(session: Session) -> None:
    """Queue up behind whoever gives a session to somebody, so that two are not both given what is left of one.

    Until the transaction ends. SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(CHOICES)))


def lock_address(session: Session, address: str) -> None:
    """Queue up behind whoever acts for this address, so that two requests cannot both find its limit unused."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:address, 0))"), {"address": address})


def release_expired_holds(session: Session, now: datetime) -> None:
    """Holds that nobody confirmed in time give their place back. Call it before the first booking is read.

    Of those whose form was never sent nothing is kept.
    """
    connection = session.connection()
    if connection.execute(_ANY_EXPIRED, {"now": now}).scalar():
        connection.execute(_ABANDONED, {"now": now})
        connection.execute(_UNCONFIRMED, {"now": now})


def lost_race(error: DBAPIError) -> bool:
    """Whether somebody else has the maintainer's time by now, or the database gave up one of two who waited."""
    return NO_OVERLAP in _constraint(error) or deadlocked(error)


def deadlocked(error: DBAPIError) -> bool:
    """Whether the database gave up this one of several who waited for each other."""
    return getattr(error.orig, "sqlstate", None) in {DEADLOCK, SERIALIZATION}


def repeated(error: DBAPIError) -> bool:
    """Whether this very request has been stored meanwhile."""
    return REPEATED in _constraint(error)


def _constraint(error: DBAPIError) -> str:
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    return name or str(error.orig)

"""Rescuing the sessions that their maintainers gave back."""

from __future__ import annotations

import sqlalchemy as sa

from booking.effects import effect
from booking.effects.orders import PATIENCE
from booking.extensions import begin_write, db, office
from booking.history import SERVICE
from booking.models import Booking, BookingStatus
from booking.services import rescue as service


@effect
def rescue(booking_id: int, _attempt: int) -> float | None:
    """Give the session to somebody else, or call it off; once is enough."""
    service.rescue(office(), booking_id)
    return None


def look_after() -> None:
    """Order the rescue of sessions whose maintainer will be away, and again of those that nobody took up."""
    session, now = db.session(), office().now()
    begin_write(session)
    for booking in list(service.absent(session, now)):
        service.give_back(session, booking, why=service.AWAY, by=SERVICE, now=now)
    left = sa.select(Booking).where(Booking.given_back.is_not(None), Booking.updated_at < now - PATIENCE)
    for booking in session.scalars(left.where(Booking.status == BookingStatus.CONFIRMED, Booking.starts_at > now)):
        service.order(session, booking, f"{booking.sequence}.{int(now.timestamp())}")
    session.commit()

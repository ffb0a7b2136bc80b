"""The watchman's round: nothing may be left behind, whatever went wrong."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from booking.effects import orders
from booking.extensions import begin_write, db, office
from booking.models import Booking, BookingStatus, CalendarEvent, Conference, Delivery


def audit() -> None:
    """Mark sessions that are over as completed, and order again what a lost order would have left undone.

    Harmless when nothing was lost: every effect looks first.
    """
    now = office().now()
    begin_write(db.session())
    db.session.execute(
        sa.update(Booking)
        .where(Booking.status == BookingStatus.CONFIRMED, Booking.ends_at < now)
        .values(status=BookingStatus.COMPLETED)
    )
    for booking in db.session.scalars(_left_behind(now)):
        orders.settle(db.session(), booking, occasion=f"{orders.AUDIT}{int(now.timestamp())}")
    db.session.commit()


def _left_behind(now: datetime) -> sa.Select[Booking]:
    """Bookings with something wanted that nobody has tried for longer than any wait between two tries."""
    since = now - orders.PATIENCE
    untried_event = sa.and_(CalendarEvent.state == "pending", CalendarEvent.tried_at < since)
    untried_conference = sa.and_(Conference.state.in_(("pending", "creating")), Conference.tried_at < since)
    untried_delivery = sa.exists().where(Delivery.booking_id == Booking.id, orders.overdue(now))
    behind = sa.or_(Booking.events.any(untried_event), Booking.conference.has(untried_conference), untried_delivery)
    return sa.select(Booking).where(Booking.ends_at > now, Booking.updated_at < since, behind).limit(200)

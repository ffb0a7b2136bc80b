"""Sessions whose instant is no longer the wall time they were booked for, because a zone's rules changed since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from booking import deliveries, history, queries
from booking.effects.orders import settle
from booking.extensions import begin_write, db
from booking.models import Booking, BookingStatus, Kind
from booking.office import Office
from booking.services.conflicts import lost_race, release_expired_holds
from booking.services.placing import shift_to
from routing import zones
from routing.values import TimeRange


@dataclass(frozen=True)
class Shifted:
    """One session that a new edition of the zone database moves from `start` to `new_start`."""

    booking_id: int
    reference: str
    topic: str
    maintainer: str
    wall: str
    timezone: str
    booked_with: str
    start: datetime
    new_start: datetime


def shifted(office: Office) -> list[Shifted]:
    """Future live sessions that the present edition puts elsewhere, soonest first."""
    rows = db.session.scalars(
        sa.select(Booking)
        .where(
            Booking.status == BookingStatus.CONFIRMED,
            Booking.starts_at > office.now(),
            Booking.tz_edition != zones.EDITION,
        )
        .order_by(Booking.starts_at)
    )
    return [_shifted(row) for row in rows if _instant(row) != row.starts_at]


def follow(office: Office, change: Shifted) -> bool:
    """Move the session to its wall time's new instant and tell both sides. False when another session is there.

    One that was cancelled or moved meanwhile is left as it is.
    """
    session = db.session()
    begin_write(session)
    booking = session.get_one(Booking, change.booking_id, with_for_update=True, populate_existing=True)
    now, length, start = office.now(), booking.ends_at - booking.starts_at, _instant(booking)
    if booking.status != BookingStatus.CONFIRMED or booking.starts_at == start:
        session.rollback()
        return True
    release_expired_holds(session, now)
    shift_to(booking, TimeRange(start, start + length), now, by=history.SERVICE)
    try:
        session.flush()
    except DBAPIError as error:
        session.rollback()
        if not lost_race(error):
            raise
        return False
    deliveries.tell(session, booking, Kind.CHANGE, queries.community(), now)
    settle(session, booking)
    session.commit()
    return True


def _instant(booking: Booking) -> datetime:
    return zones.instant(datetime.fromisoformat(booking.wall_start), booking.timezone)


def _shifted(booking: Booking) -> Shifted:
    return Shifted(
        booking_id=booking.id,
        reference=booking.reference,
        topic=booking.topic.title,
        maintainer=booking.maintainer.name,
        wall=booking.wall_start,
        timezone=booking.timezone,
        booked_with=booking.tz_edition,
        start=booking.starts_at,
        new_start=_instant(booking),
    )

"""A maintainer's word on who came."""

from __future__ import annotations

import sqlalchemy as sa

from booking import history
from booking.extensions import begin_write, db
from booking.history import By
from booking.models import Booking, BookingStatus, Deed
from booking.office import Office

OVER = (BookingStatus.CONFIRMED, BookingStatus.COMPLETED, BookingStatus.NO_SHOW)


def attend(office: Office, maintainer_id: int, booking_id: int, *, came: bool, by: By) -> None:
    """Keep whether the attendee of a session that is over came. It can be said anew.

    Raises LookupError unless the session is this maintainer's and over.
    """
    session = db.session()
    begin_write(session)
    booking = session.scalar(
        sa.select(Booking)
        .where(Booking.id == booking_id, Booking.maintainer_id == maintainer_id)
        .where(Booking.status.in_(OVER), Booking.ends_at <= office.now())
        .with_for_update()
    )
    if booking is None:
        session.rollback()
        raise LookupError(booking_id)
    history.record(booking, Deed.CAME if came else Deed.MISSED, by, office.now())
    booking.status = BookingStatus.COMPLETED if came else BookingStatus.NO_SHOW
    booking.attendance_confirmed_at = office.now()
    session.commit()

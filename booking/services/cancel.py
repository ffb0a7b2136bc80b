"""Calling a session off."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from booking import deliveries, history, queries
from booking.effects.orders import place_opened, settle
from booking.extensions import begin_write, db
from booking.history import By
from booking.models import Audience, Booking, BookingStatus, Community, DeclinedTime, Deed, Kind
from booking.office import Office
from booking.services.refusal import Refusal
from booking.services.reschedule import not_movable


def cancel(office: Office, booking_id: int, *, by: By, reason: str = "") -> Booking | Refusal:
    """The cancelled booking; cancelling it again changes nothing. Its time is free at once.

    A maintainer who cancels is not offered at that time again.
    """
    session = db.session()
    begin_write(session)
    now = office.now()
    booking = session.get_one(Booking, booking_id, with_for_update=True, populate_existing=True)
    refusal = None if booking.status == BookingStatus.CANCELLED else not_movable(booking, now)
    if refusal is not None or booking.status == BookingStatus.CANCELLED:
        session.rollback()
        return refusal or booking
    if by.role == history.MAINTAINER.role:
        keep_free(session, booking)
    call_off(session, booking, by=by, reason=reason, now=now)
    session.commit()
    return booking


def keep_free(session: Session, booking: Booking) -> None:
    """Nobody is offered this maintainer at this time again; processes read the programme anew."""
    row = DeclinedTime(maintainer_id=booking.maintainer_id, starts_at=booking.starts_at, ends_at=booking.ends_at)
    session.add(row)
    session.execute(sa.update(Community).values(revision=Community.revision + 1))


def call_off(
    session: Session,
    booking: Booking,
    *,
    by: By,
    reason: str,
    now: datetime,
    silent: Collection[Audience] = (),
) -> None:
    """Cancel the booking and plan all that follows, in the caller's transaction; nothing is told to the `silent`."""
    history.record(booking, Deed.CANCELLED, by, now)
    booking.status = BookingStatus.CANCELLED
    booking.sequence += 1
    booking.updated_at = now
    booking.cancelled_by, booking.cancel_reason = by.role, reason or None
    session.flush()
    deliveries.tell(session, booking, Kind.CANCELLATION, queries.community(), now, silent=silent)
    place_opened(session, booking)
    settle(session, booking)

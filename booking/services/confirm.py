"""Taking a time that is held: by the mailed link, which proves the address, or by the page of who waited for it."""

from __future__ import annotations

from booking import deliveries, history, queries
from booking.effects.orders import settle
from booking.extensions import begin_write, db
from booking.models import Booking, BookingStatus, Deed, Kind
from booking.office import Office
from booking.reading import _
from booking.services.placing import arrange_conference
from booking.services.prove_number import send_first_code
from booking.services.refusal import Refusal, RefusalCode, refuse


def confirm(office: Office, booking_id: int, network: str = "", *, proves_address: bool = True) -> Booking | Refusal:
    """The confirmed booking; confirming again changes nothing. Refused once the hold has expired.

    Where its number needs a code and too many were sent today, to it or from this network, none is sent now.
    """
    session = db.session()
    begin_write(session)
    now = office.now()
    booking = session.get_one(Booking, booking_id, with_for_update=True, populate_existing=True)
    if booking.status != BookingStatus.HELD:
        session.rollback()
        return booking if booking.status == BookingStatus.CONFIRMED else _expired()
    if booking.held_until is None or booking.held_until <= now:
        session.rollback()
        return _expired()
    history.record(booking, Deed.CONFIRMED, history.ATTENDEE, now)
    booking.status, booking.held_until, booking.address_proven = BookingStatus.CONFIRMED, None, proves_address
    booking.updated_at = now
    session.flush()
    arrange_conference(office, booking, now)
    deliveries.tell(session, booking, Kind.CONFIRMATION, queries.community(), now)
    send_first_code(office, session, booking, network, now)
    settle(session, booking)
    session.commit()
    return booking


def _expired() -> Refusal:
    return refuse(
        RefusalCode.NOT_LIVE, _("The time was held for 15 minutes and has been given back. Please book again.")
    )

"""Handing a session over to a named colleague."""

from __future__ import annotations

from booking import queries
from booking.extensions import db
from booking.history import By
from booking.models import Booking
from booking.office import Office
from booking.services.pick import Pick, Wish, all_but, pick_and_write
from booking.services.refusal import Refusal, RefusalCode, refuse
from booking.services.reschedule import not_movable
from booking.services.rescue import give


def hand_over(office: Office, booking_id: int, colleague: str, *, by: By) -> Booking | Refusal:
    """The session with the maintainer of this key at its time; refused where they do not know it or are not free.

    Who has it now can be booked for that time by somebody else.
    """
    roster = queries.roster()
    booking = db.session.get_one(Booking, booking_id)
    refusal = not_movable(booking, office.now())
    if refusal is not None:
        return refusal
    names = {one.key: one.name for one in roster.programme.maintainers}
    if colleague not in names or colleague == booking.maintainer.key:
        return refuse(RefusalCode.UNROUTABLE, "Choose a colleague from the list.")
    if booking.topic.key not in roster.programme.topics:
        return refuse(RefusalCode.UNKNOWN_TOPIC, f"“{booking.topic.title}” is not offered any more.")
    wish = Wish(booking.topic.key, booking.starts_at, booking.attendee_address, moving=booking_id, stays=True)
    mine = booking.maintainer_id

    def write(picked: Pick) -> Booking | Refusal:
        return give(office, roster, booking_id, picked, by, lambda one: one.maintainer_id == mine)

    answer = pick_and_write(office, roster, wish, write, lost=all_but(roster, colleague))
    unfit = isinstance(answer, Refusal) and answer.code in (RefusalCode.TAKEN, RefusalCode.UNROUTABLE)
    return refuse(RefusalCode.TAKEN, f"{names[colleague]} cannot take it at that time.") if unfit else answer

"""Moving a session to another time."""

from __future__ import annotations

from datetime import datetime

from booking import deliveries, history, queries
from booking.effects.orders import place_opened, settle
from booking.extensions import db
from booking.history import By
from booking.models import Booking, BookingStatus, Deed, Kind
from booking.office import Office
from booking.reading import _
from booking.rosters import Roster
from booking.services.pick import Pick, Wish, all_but, pick_and_write
from booking.services.placing import arrange_conference, place
from booking.services.refusal import Refusal, RefusalCode, refuse, state_of

MOVES = 10


def reschedule(
    office: Office, booking_id: int, start: datetime, *, by: By = history.ATTENDEE, same: bool = False
) -> Booking | Refusal:
    """The booking at its new time, with the same maintainer when they are free; asking again changes nothing.

    The old time is given up in the transaction that takes the new one, never before. With `same`, it is refused where
    the present maintainer is not free.
    """
    roster = queries.roster()
    booking = db.session.get_one(Booking, booking_id)
    refusal = not_reschedulable(booking, office.now())
    if refusal is not None or booking.starts_at == start:
        return refusal or booking
    if booking.sequence >= MOVES:
        return refuse(RefusalCode.TOO_MANY, _("This session has been moved very often. Cancel it and book again."))
    if not booking.address_proven and deliveries.often(
        db.session(), booking.attendee_email, office.now(), deliveries.MAILS_A_DAY
    ):
        return refuse(RefusalCode.TOO_MANY, _("This address got very many mails today. Move the session tomorrow."))
    wish = Wish(booking.topic.key, start, booking.attendee_address, booking.maintainer.key, booking_id)
    others = all_but(roster, booking.maintainer.key) if same else frozenset[str]()
    return pick_and_write(
        office, roster, wish, lambda picked: _move(office, roster, booking_id, picked, by), lost=others
    )


def not_movable(booking: Booking, now: datetime) -> Refusal | None:
    """Why this booking can no longer be moved or cancelled, or None."""
    if booking.status != BookingStatus.CONFIRMED:
        text = _("This session is %(status)s, so there is nothing to change.", status=state_of(booking))
        return refuse(RefusalCode.NOT_LIVE, text)
    if booking.starts_at <= now:
        return refuse(RefusalCode.TOO_LATE, _("This session has already begun."))
    return None


def not_reschedulable(booking: Booking, now: datetime) -> Refusal | None:
    """Why this booking can get no other time, or None: where its topic is not offered any more, there is none."""
    if booking.topic.key in queries.programme().topics:
        return not_movable(booking, now)
    text = _("“%(topic)s” is not offered any more.", topic=booking.topic.title)
    return not_movable(booking, now) or refuse(RefusalCode.UNKNOWN_TOPIC, text)


def _move(office: Office, roster: Roster, booking_id: int, picked: Pick, by: By) -> Booking | Refusal:
    session, now = db.session(), picked.now
    booking = session.get_one(Booking, booking_id, with_for_update=True, populate_existing=True)
    refusal = not_movable(booking, now)
    if refusal is not None or booking.starts_at == picked.range.start:
        session.rollback()
        return refusal or session.get_one(Booking, booking_id)
    shift(office, roster, booking, picked, now, by=by)
    session.commit()
    return booking


def shift(
    office: Office, roster: Roster, booking: Booking, picked: Pick, now: datetime, kind: Kind = Kind.CHANGE, *, by: By
) -> None:
    """Change the booking at the word of `by`, and plan all that follows, in the caller's transaction.

    Who had it before is told, unless they took it out of their calendar themselves.
    """
    session = db.session()
    before, taken_out = booking.maintainer, gave_back(booking)
    history.record(booking, Deed.HANDED_OVER if kind is Kind.HANDED_OVER else Deed.MOVED, by, now)
    booking.previous_start = booking.starts_at
    place(booking, roster, picked)
    booking.sequence += 1
    booking.updated_at = now
    session.flush()
    session.refresh(booking, ["maintainer"])
    _welcome_again(booking)
    arrange_conference(office, booking, now)
    deliveries.tell(session, booking, kind, queries.community(), now)
    if before.id != booking.maintainer_id and not taken_out:
        deliveries.tell_former(session, booking, before, now)
    place_opened(session, booking)
    settle(session, booking)


def gave_back(booking: Booking) -> bool:
    """Whether its maintainer took the session out of their own calendar."""
    mine = [event for event in booking.events if event.calendar.maintainer_id == booking.maintainer_id]
    return any(event.state == "gone" for event in mine)


def _welcome_again(booking: Booking) -> None:
    """A session may come back to a maintainer who once took it out of their calendar: then it is written anew."""
    for event in booking.events:
        if event.state == "gone" and event.calendar.maintainer_id == booking.maintainer_id:
            event.state, event.href, event.etag, event.pushed_sequence = "pending", None, None, -1

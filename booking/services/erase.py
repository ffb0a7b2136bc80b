"""Erasing a person's data at their word.

What organisers count stays, without anybody in it: when a session was, on what, with which maintainer and how it ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from booking import history, jobs, kept
from booking.connections import HELD_THERE
from booking.effects.orders import place_opened
from booking.extensions import begin_write, db
from booking.kept import Kept
from booking.models import (
    AddressLink,
    Audience,
    Booking,
    BookingStatus,
    Delivery,
    DeliveryState,
    Demand,
    JournalEntry,
    Kind,
    PhoneCode,
    PhoneNumber,
    PrintedMessage,
    Waiter,
    WaitState,
)
from booking.models.deliveries import OPEN_STATES
from booking.office import Office
from booking.services.cancel import call_off
from booking.services.keep_note import pages_changed
from booking.services.waitlist import LIVE

NOBODY = "(erased)"
REASON = "The person's data was erased at their word."


def erase(office: Office, email: str) -> None:
    """Nothing says any more who booked with this address; all in one transaction.

    1. What is to come is cancelled, and its maintainers are told. 2. Names, addresses and words leave bookings,
    notes, messages and waiting list; links given out before are dead. 3. Events of past sessions are taken out of their
    maintainers' calendars, as soon as those answer. A number that said STOP stays as that, without an address.
    """
    session, now = db.session(), office.now()
    begin_write(session)
    session.execute(kept.bookings_of(email).order_by(Booking.id).with_for_update())
    found = kept.about(email)
    for booking in found.bookings:
        _end(session, booking, now)
    for waiter in found.waiting:
        _forget_waiter(waiter)
    _forget_notes(session, found)
    _forget_messages(session, found)
    _forget_journal(session, found)
    for booking in found.bookings:
        _forget_booking(booking)
    _forget_the_rest(session, found)
    session.commit()


def _end(session: Session, booking: Booking, now: datetime) -> None:
    """Call off what is to come, give back what is held, and clear the calendars of what was."""
    if booking.status == BookingStatus.CONFIRMED and booking.starts_at > now:
        call_off(session, booking, by=history.ATTENDEE, reason="", now=now, silent={Audience.ATTENDEE})
        return
    if booking.status == BookingStatus.HELD:
        booking.status, booking.cancelled_by, booking.held_until = BookingStatus.CANCELLED, "attendee", None
        place_opened(session, booking)
    for event in booking.events:
        if event.state in HELD_THERE:
            jobs.enqueue(session, "remove_past_event", f"erase:{booking.id}.{event.id}", event.id, 0)


def _forget_booking(booking: Booking) -> None:
    booking.generation += 1
    booking.idempotency_key = f"erased {booking.public_id}"
    booking.attendee_name, booking.attendee_email, booking.attendee_address = NOBODY, "", ""
    booking.attendee_phone = booking.sms_consent = booking.sms_consent_at = booking.conduct_accepted_at = None
    booking.attendee_reply = booking.attendee_replied_at = booking.cancel_reason = None
    booking.question, booking.links = "", []


def _forget_waiter(waiter: Waiter) -> None:
    waiter.state = WaitState.LEFT if waiter.state in LIVE else waiter.state
    waiter.booking_id = None
    waiter.attendee_name, waiter.attendee_email, waiter.attendee_address = NOBODY, "", ""
    waiter.attendee_phone = waiter.sms_consent = waiter.sms_consent_at = waiter.conduct_accepted_at = None
    waiter.question, waiter.links = "", []


def _forget_notes(session: Session, found: Kept) -> None:
    """They are no longer public; whether the question was solved stays."""
    if any(note.published for note in found.notes):
        pages_changed(session)
    for note in found.notes:
        note.publish, note.agreed, note.version = False, None, note.version + 1
        note.title, note.text, note.links, note.stems = "", "", [], {}


def _forget_messages(session: Session, found: Kept) -> None:
    """Also the printed ones to their maintainers, with the lists of a day's sessions."""
    to_come = sa.and_(Delivery.id.in_(_ids(found.messages)), Delivery.state.in_(OPEN_STATES))
    session.execute(sa.update(Delivery).where(to_come).values(state=DeliveryState.SKIPPED, reason=REASON))
    session.execute(sa.update(Delivery).where(Delivery.id.in_(_ids(found.messages))).values(recipient=""))
    digests = Delivery.maintainer_id.in_({booking.maintainer_id for booking in found.bookings})
    about_them = sa.or_(
        Delivery.booking_id.in_(_ids(found.bookings)),
        sa.and_(Delivery.kind == Kind.DIGEST, digests),
        Delivery.journal_entry_id.in_(_entries(found)),
    )
    printed = PrintedMessage.delivery_id.in_(sa.select(Delivery.id).where(about_them))
    session.execute(sa.delete(PrintedMessage).where(printed))


def _forget_journal(session: Session, found: Kept) -> None:
    session.execute(sa.update(JournalEntry).where(JournalEntry.id.in_(_entries(found))).values(text=REASON))


def _forget_the_rest(session: Session, found: Kept) -> None:
    stopped = {row.e164 for row in found.numbers if row.opted_out_at is not None}
    session.execute(sa.update(Demand).where(Demand.id.in_(_ids(found.wishes))).values(question=None))
    session.execute(sa.delete(PhoneCode).where(PhoneCode.id.in_(_ids(found.codes))))
    used = sa.or_(
        sa.exists().where(Booking.attendee_phone == PhoneNumber.e164),
        sa.exists().where(Waiter.attendee_phone == PhoneNumber.e164),
    )
    theirs = {row.e164 for row in found.numbers} - stopped
    session.flush()
    half_typed = sa.and_(Booking.hold_network.is_not(None), sa.func.lower(Booking.attendee_email) == found.email)
    session.execute(sa.delete(Booking).where(half_typed))
    session.execute(sa.delete(PhoneNumber).where(PhoneNumber.e164.in_(theirs), ~used))
    session.execute(sa.delete(AddressLink).where(AddressLink.email == found.email))
    if found.opt_out is not None:
        session.delete(found.opt_out)


def _entries(found: Kept) -> sa.Select[int]:
    return sa.select(JournalEntry.id).where(JournalEntry.booking_id.in_(_ids(found.bookings)))


def _ids(rows: Iterable[Booking | Delivery | Demand | PhoneCode]) -> list[int]:
    return [row.id for row in rows]

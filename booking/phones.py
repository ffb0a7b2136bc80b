"""Whether a number may be texted, and what is learnt about it. All in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from booking import deliveries
from booking.effects.orders import send
from booking.models import (
    Booking,
    BookingStatus,
    Channel,
    Delivery,
    DeliveryState,
    Kind,
    PhoneCode,
    PhoneNumber,
    Waiter,
)
from booking.notifications.twilio_codes import Blame, meaning
from booking.reading import Reading, current
from routing.phrases import marked

FAILURES_TO_BELIEVE = 2


class Standing(StrEnum):
    """Whether a number may be texted about the bookings of an address."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    STOPPED = "stopped"
    BAD = "bad"


SILENCE: Mapping[Standing, str] = {
    Standing.UNPROVEN: marked("The number was not proven."),
    Standing.STOPPED: marked("Texts to this number were ended by STOP."),
    Standing.BAD: marked("This number cannot get text messages."),
}


def standing(session: Session, number: str, address: str) -> Standing:
    """How a number in E.164 stands, for the canonical address of whoever gave it."""
    row = session.get(PhoneNumber, number)
    if row is not None and row.opted_out_at is not None:
        return Standing.STOPPED
    if row is not None and row.bad_since is not None:
        return Standing.BAD
    theirs = PhoneCode.e164 == number, PhoneCode.address == address, PhoneCode.proven_at.is_not(None)
    return Standing.PROVEN if session.scalar(sa.select(sa.exists().where(*theirs))) else Standing.UNPROVEN


def of_guest(session: Session, guest: Booking | Waiter) -> Standing | None:
    """How the number stands that was given with a booking, or for the waiting list; None where nobody wants texts."""
    if guest.attendee_phone is None or guest.sms_consent is None:
        return None
    return standing(session, guest.attendee_phone, guest.attendee_address)


def reading_of(session: Session, number: str) -> Reading:
    """How whoever gave a number last wants to be spoken to; if nobody did, as is read here."""
    booked = sa.select(Booking).where(Booking.attendee_phone == number).order_by(Booking.id.desc()).limit(1)
    waits = sa.select(Waiter).where(Waiter.attendee_phone == number).order_by(Waiter.id.desc()).limit(1)
    given = [row for row in (session.scalar(booked), session.scalar(waits)) if row is not None]
    return max(given, key=lambda row: row.created_at).attendee_reading if given else current()


def silence(session: Session, delivery: Delivery) -> str | None:
    """Why this text must not go, or None when it may. A code may go to a number that is not proven yet."""
    about = delivery.phone_code or delivery.booking
    if delivery.channel != Channel.SMS or about is None:
        return None
    address = about.address if isinstance(about, PhoneCode) else about.attendee_address
    found = standing(session, delivery.recipient, address)
    return None if found is Standing.UNPROVEN and delivery.phone_code else SILENCE.get(found)


def learn(session: Session, delivery: Delivery, code: int | None, now: datetime) -> None:
    """Draw the consequences of Twilio's error about this text for its number."""
    number = delivery.recipient
    match meaning(code).blame:
        case Blame.STOPPED:
            delivery.state, delivery.reason = DeliveryState.SKIPPED, SILENCE[Standing.STOPPED]
            opt_out(session, number, now)
        case Blame.NUMBER:
            mark_bad(session, number, meaning(code).text, now)
        case Blame.PERHAPS_NUMBER:
            row = _row(session, number)
            row.failures += 1
            if row.failures >= FAILURES_TO_BELIEVE:
                mark_bad(session, number, meaning(code).text, now)


def arrived(session: Session, number: str) -> None:
    """A text reached this number, so what went wrong before does not count."""
    session.execute(sa.update(PhoneNumber).where(PhoneNumber.e164 == number).values(failures=0))


def opt_out(session: Session, number: str, now: datetime) -> None:
    """Nothing more to this number, whoever gave it."""
    row = _row(session, number)
    row.opted_out_at = row.opted_out_at or now
    _drop(session, number, SILENCE[Standing.STOPPED])


def opt_in(session: Session, number: str, now: datetime) -> None:
    """Its owner wants texts again: those still to come are planned once more."""
    row = _row(session, number)
    row.opted_out_at, row.bad_since, row.failures, row.reason = None, None, 0, None
    off = SILENCE[Standing.STOPPED], SILENCE[Standing.BAD]
    to_come = Delivery.state == DeliveryState.SKIPPED, Delivery.reason.in_(off), Delivery.due_at > now
    # Each still has its order in the job engine, which would have found it skipped.
    session.execute(
        sa.update(Delivery).where(_texts(number), *to_come).values(state=DeliveryState.PENDING, reason=None)
    )


def mark_bad(session: Session, number: str, reason: str, now: datetime) -> None:
    """The number gets no texts: whoever counts on them is told by mail, once for each session to come."""
    row = _row(session, number)
    row.bad_since, row.reason = row.bad_since or now, reason
    _drop(session, number, SILENCE[Standing.BAD])
    coming = Booking.status == BookingStatus.CONFIRMED, Booking.starts_at > now
    for booking in session.scalars(sa.select(Booking).where(Booking.attendee_phone == number, *coming)):
        told = sa.exists().where(Delivery.booking_id == booking.id, Delivery.kind == Kind.TEXTS_OFF)
        if not session.scalar(sa.select(told)):
            send(session, deliveries.mail_to_attendee(booking, Kind.TEXTS_OFF, now))


def _row(session: Session, number: str) -> PhoneNumber:
    # Two may learn of a new number at once. SQLite understands these words of PostgreSQL too.
    session.execute(insert(PhoneNumber).values(e164=number, failures=0).on_conflict_do_nothing())
    return session.get_one(PhoneNumber, number, with_for_update=True)


def _drop(session: Session, number: str, reason: str) -> None:
    waiting = Delivery.state == DeliveryState.PENDING
    session.execute(
        sa.update(Delivery).where(_texts(number), waiting).values(state=DeliveryState.SKIPPED, reason=reason)
    )


def _texts(number: str) -> sa.ColumnElement[bool]:
    return sa.and_(Delivery.channel == Channel.SMS, Delivery.recipient == number)

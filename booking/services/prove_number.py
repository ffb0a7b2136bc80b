"""Proof that a number is theirs: a one-time code by text message, and its entry.

Limits are rows, so that they hold in all processes: whoever could have us text strangers would cost us their trust,
and at some destinations money.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hmac import compare_digest
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from booking import jobs, phones
from booking.effects.orders import send
from booking.extensions import begin_write, db
from booking.links import new_public_id
from booking.models import (
    Audience,
    Booking,
    BookingStatus,
    Channel,
    Delivery,
    DeliveryState,
    Kind,
    PhoneCode,
    Waiter,
    WaitState,
)
from booking.office import Office
from booking.phones import Standing
from booking.reading import _
from booking.services.conflicts import lock_address
from booking.services.refusal import Refusal, RefusalCode, refuse, state_of

Guest = TypeVar("Guest", Booking, Waiter)

LIFETIME = timedelta(minutes=10)
TRIES = 5
CODES_A_DAY, NETWORK_CODES_A_DAY, ALL_CODES_A_DAY = 5, 20, 500


def send_first_code(
    office: Office, session: Session, guest: Booking | Waiter, network: str, now: datetime
) -> Refusal | None:
    """Order a code, in the caller's transaction, if this guest's number needs one and none is on its way."""
    if phones.of_guest(session, guest) is not Standing.UNPROVEN or live_code(session, guest, now):
        return None
    return _send_code(office, session, guest, network, now)


def send_code(office: Office, guest: Guest, network: str) -> Guest | Refusal:
    """Text a new code to the guest's number; earlier ones do not work any more. Refused beyond the daily limits."""
    session = db.session()
    begin_write(session)
    now = office.now()
    refusal = _unprovable(session, guest) or _send_code(office, session, guest, network, now)
    if refusal is not None:
        session.rollback()
        return refusal
    session.commit()
    return guest


def prove_number(office: Office, guest: Guest, digits: str) -> Guest | Refusal:
    """The guest, whose texts go from now on; a number once proven stays so for the address, and proving it again
    changes nothing. Refused for a wrong or expired code, and after five wrong ones.
    """
    session = db.session()
    begin_write(session)
    now = office.now()
    if phones.of_guest(session, guest) is Standing.PROVEN:
        session.rollback()
        return guest
    refusal = _unprovable(session, guest) or _tried(office, session, guest, digits, now)
    booking = guest if isinstance(guest, Booking) else guest.booking
    if refusal is None and booking is not None:
        _wake(session, booking)
    session.commit()
    return refusal or guest


def live_code(session: Session, guest: Booking | Waiter, now: datetime) -> PhoneCode | None:
    """The code that proves the guest's number, until it expires."""
    return session.scalar(
        sa.select(PhoneCode)
        .where(
            PhoneCode.e164 == guest.attendee_phone,
            PhoneCode.address == guest.attendee_address,
            PhoneCode.expires_at > now,
            PhoneCode.proven_at.is_(None),
        )
        .order_by(PhoneCode.id.desc())
        .limit(1)
    )


def _unprovable(session: Session, guest: Booking | Waiter) -> Refusal | None:
    if isinstance(guest, Booking) and guest.status != BookingStatus.CONFIRMED:
        text = _("This session is %(status)s, so no text will be sent about it.", status=state_of(guest))
        return refuse(RefusalCode.NOT_LIVE, text)
    if isinstance(guest, Waiter) and guest.state not in (WaitState.WAITING, WaitState.OFFERED):
        return refuse(RefusalCode.NOT_LIVE, _("You do not wait any more, so no text will be sent about it."))
    match phones.of_guest(session, guest):
        case None:
            return refuse(RefusalCode.NOT_LIVE, _("This session was booked without text messages."))
        case Standing.UNPROVEN:
            return None
        case Standing.PROVEN:
            return refuse(RefusalCode.NOT_LIVE, _("This number is proven already."))
        case other:
            return refuse(RefusalCode.NOT_LIVE, _(phones.SILENCE[other]), _("Every message comes by email."))


def _tried(office: Office, session: Session, guest: Booking | Waiter, digits: str, now: datetime) -> Refusal | None:
    code = live_code(session, guest, now)
    if code is None:
        return refuse(
            RefusalCode.NOT_LIVE, _("No code is waiting: each works for 10 minutes."), _("Ask for a new one.")
        )
    session.refresh(code, with_for_update=True)  # of several tries at once each counts
    if code.tries >= TRIES:
        return refuse(RefusalCode.TOO_MANY, _("This code was tried too often."), _("Ask for a new one."))
    code.tries += 1
    if not compare_digest(digits, office.links.digits(code.public_id)):
        return refuse(RefusalCode.WRONG_CODE, _("This is not the code in the latest text message. Look again."))
    code.proven_at = now
    return None


def _send_code(
    office: Office, session: Session, guest: Booking | Waiter, network: str, now: datetime
) -> Refusal | None:
    number, address = guest.attendee_phone or "", guest.attendee_address
    for each in sorted({number, address, network}):
        lock_address(session, each)
    if _too_many(office, session, number, address, network, now):
        return refuse(
            RefusalCode.TOO_MANY,
            _("Too many codes were sent today to this number, for this address or from your network."),
            _("Try again tomorrow, or go on without text messages: everything comes by email too."),
        )
    mine = PhoneCode.e164 == number, PhoneCode.address == address, PhoneCode.expires_at > now
    session.execute(sa.update(PhoneCode).where(*mine).values(expires_at=now))
    code = PhoneCode(
        public_id=new_public_id(),
        e164=number,
        address=address,
        network=network,
        created_at=now,
        expires_at=now + LIFETIME,
        tries=0,
    )
    session.add(code)
    session.flush()
    send(
        session,
        Delivery(
            phone_code_id=code.id,
            kind=Kind.PHONE_CODE,
            channel=Channel.SMS,
            audience=Audience.ATTENDEE,
            recipient=number,
            due_at=now,
            created_at=now,
        ),
    )
    return None


def _too_many(office: Office, session: Session, number: str, address: str, network: str, now: datetime) -> bool:
    count = sa.func.count()
    counted = sa.select(
        count.filter(PhoneCode.e164 == number),
        count.filter(PhoneCode.address == address),
        count.filter(PhoneCode.network == network),
        count,
    ).where(PhoneCode.created_at > now - timedelta(days=1))
    to_number, for_address, from_network, altogether = session.execute(counted).one()
    if max(to_number, for_address) >= CODES_A_DAY:
        return True
    if office.settings.rate_limits == "off":
        return False
    return bool(from_network >= NETWORK_CODES_A_DAY or altogether >= ALL_CODES_A_DAY)


def _wake(session: Session, booking: Booking) -> None:
    """Send what was left out only because the number was not proven, if it is still true then.

    What waits is locked too: a worker may just be finding that the number is not proven, and skip it.
    """
    mine = Delivery.booking_id == booking.id, Delivery.channel == Channel.SMS, Delivery.sequence == booking.sequence
    unsent = Delivery.state.in_((DeliveryState.PENDING, DeliveryState.SKIPPED))
    for row in session.scalars(sa.select(Delivery).where(*mine, unsent).with_for_update()):
        if row.reason == phones.SILENCE[Standing.UNPROVEN]:
            row.state, row.reason = DeliveryState.PENDING, None
            jobs.enqueue(session, "deliver_sms", f"deliver:{row.id}:proven", row.id, 0)

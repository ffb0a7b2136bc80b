"""What is kept about the person behind an address: found by it, and as they may take it with them.

Whoever can read an address's mail is that person; a tag makes another address (`AddressLink.email`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from booking.extensions import db
from booking.models import Audience, Booking, Delivery, Demand, Note, PhoneCode, PhoneNumber, ReminderOptOut, Waiter
from booking.notifications.text import shorten
from booking.services.record_demand import LETTERS
from booking.validation import canonical

GUEST = (
    *("attendee_name", "attendee_email", "attendee_phone", "attendee_timezone", "attendee_language", "attendee_hours"),
    *("question", "links", "sms_consent", "sms_consent_at", "conduct_accepted_at"),
)
SESSION = (
    *("status", "sequence", "starts_at", "ends_at", "previous_start", "created_at", "updated_at", "address_proven"),
    *("attendee_reply", "attendee_replied_at", "attendance_confirmed_at", "reasons", "cancelled_by", "cancel_reason"),
)
WAIT = ("state", "until", "passed", "offers", "created_at")


@dataclass(frozen=True)
class Kept:
    """Rows that speak of one person."""

    email: str
    bookings: Sequence[Booking]
    waiting: Sequence[Waiter]
    notes: Sequence[Note]
    messages: Sequence[Delivery]
    wishes: Sequence[Demand]
    opt_out: ReminderOptOut | None
    codes: Sequence[PhoneCode]
    numbers: Sequence[PhoneNumber]


def bookings_of(email: str) -> sa.Select[Booking]:
    return sa.select(Booking).where(*_theirs(Booking.attendee_address, Booking.attendee_email, email))


def waiting_of(email: str) -> sa.Select[Waiter]:
    return sa.select(Waiter).where(*_theirs(Waiter.attendee_address, Waiter.attendee_email, email))


def known(email: str) -> bool:
    """Whether anything was booked or waited for with this address."""
    found = sa.or_(bookings_of(email).exists(), waiting_of(email).exists())
    return bool(db.session.scalar(sa.select(found)))


def about(email: str) -> Kept:
    """Everything, oldest first. A wish has no name: it is theirs when it is in the words of a question of theirs."""
    session, address = db.session, canonical(email)
    in_full = joinedload(Booking.topic), joinedload(Booking.maintainer)
    bookings = session.scalars(bookings_of(email).order_by(Booking.starts_at, Booking.id).options(*in_full)).all()
    waiting = session.scalars(waiting_of(email).order_by(Waiter.id).options(joinedload(Waiter.topic))).all()
    ids = [booking.id for booking in bookings]
    asked = [booking.question for booking in bookings] + [waiter.question for waiter in waiting]
    words = {shorten(question, LETTERS) for question in asked if question}
    given = [booking.attendee_phone for booking in bookings] + [waiter.attendee_phone for waiter in waiting]
    numbers = {number for number in given if number}
    to_them = sa.select(Delivery).where(Delivery.booking_id.in_(ids), Delivery.audience == Audience.ATTENDEE)
    codes = sa.select(PhoneCode).where(PhoneCode.e164.in_(numbers), PhoneCode.address == address)
    return Kept(
        email=email,
        bookings=bookings,
        waiting=waiting,
        notes=session.scalars(sa.select(Note).where(Note.booking_id.in_(ids)).order_by(Note.id)).all(),
        messages=session.scalars(to_them.order_by(Delivery.due_at, Delivery.id)).all(),
        wishes=session.scalars(sa.select(Demand).where(Demand.question.in_(words)).order_by(Demand.id)).all(),
        opt_out=session.get(ReminderOptOut, address),
        codes=session.scalars(codes.order_by(PhoneCode.id)).all(),
        numbers=session.scalars(sa.select(PhoneNumber).where(PhoneNumber.e164.in_(numbers))).all(),
    )


def exported(kept: Kept) -> dict[str, Any]:
    """All of it as plain values for JSON; instants as RFC 3339 in UTC."""
    return {
        "address": kept.email,
        "bookings": [
            {"reference": row.reference, "topic": row.topic.title, "maintainer": row.maintainer.name}
            | _values(row, *GUEST, *SESSION)
            for row in kept.bookings
        ],
        "messages": [
            {"reference": row.booking.reference if row.booking else None}
            | _values(row, "kind", "channel", "recipient", "state", "reason", "due_at", "sent_at")
            for row in kept.messages
        ],
        "waiting": [{"topic": row.topic.title} | _values(row, *GUEST, *WAIT) for row in kept.waiting],
        "notes": [
            {"reference": row.booking.reference, "published": row.published}
            | _values(row, "solved", "written_at")
            | (_values(row, "title", "text", "links", "agreed", "answered_at") if row.publish else {})
            for row in kept.notes
        ],
        "wishes": [_values(row, "kind", "question", "timezone", "at") for row in kept.wishes],
        "no_reminders_since": _plain(kept.opt_out.since) if kept.opt_out else None,
        "phone_codes": [_values(row, "e164", "created_at", "proven_at") for row in kept.codes],
        "phone_numbers": [_values(row, "e164", "opted_out_at", "bad_since", "reason") for row in kept.numbers],
    }


def _theirs(
    address: InstrumentedAttribute[str], email: InstrumentedAttribute[str], theirs: str
) -> tuple[sa.ColumnElement[bool], ...]:
    # The canonical address alone has an index.
    return address == canonical(theirs), sa.func.lower(email) == theirs.lower()


def _values(row: object, *names: str) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value

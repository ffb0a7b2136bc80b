"""What single pages show, each in a constant number of statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from booking.extensions import db, office
from booking.models import (
    AppPassword,
    Audience,
    Booking,
    BookingStatus,
    Calendar,
    CalendarEvent,
    Conference,
    Delivery,
    DeliveryState,
    Mailbox,
    Maintainer,
    PrintedMessage,
)
from booking.models.deliveries import OPEN_STATES

UPCOMING = 100
PAST = timedelta(days=30)
HELD = (BookingStatus.CONFIRMED, BookingStatus.COMPLETED, BookingStatus.NO_SHOW)
TROUBLES = 100
MESSAGES = 200


@dataclass(frozen=True)
class Troubles:
    """What an administrator should look at, newest first."""

    deliveries: Sequence[Delivery]
    calendars: Sequence[Calendar]
    conferences: Sequence[Conference]
    events: Sequence[CalendarEvent]
    mailbox: Mailbox | None

    def __bool__(self) -> bool:
        return bool(self.deliveries or self.calendars or self.conferences or self.events or self.mailbox)


def messages_to_attendee(booking_id: int) -> Sequence[Delivery]:
    """Every message of a booking to the person who made it, in the order they fall due."""
    return db.session.scalars(
        sa.select(Delivery)
        .where(Delivery.booking_id == booking_id, Delivery.audience == Audience.ATTENDEE)
        .order_by(Delivery.due_at, Delivery.id)
    ).all()


def upcoming(now: datetime, maintainer_id: int | None = None) -> Sequence[Booking]:
    """Confirmed sessions that are not over, soonest first; of one maintainer, or of all."""
    statement = (
        sa.select(Booking)
        .where(Booking.status == BookingStatus.CONFIRMED, Booking.ends_at > now)
        .order_by(Booking.starts_at, Booking.id)
        .limit(UPCOMING)
        .options(joinedload(Booking.topic), joinedload(Booking.maintainer), joinedload(Booking.conference))
    )
    if maintainer_id is not None:
        statement = statement.where(Booking.maintainer_id == maintainer_id)
    return db.session.scalars(statement).all()


def sessions_of(maintainer_id: int, now: datetime) -> Sequence[Booking]:
    """All sessions of a maintainer to come, and those of the last thirty days, oldest first."""
    return db.session.scalars(
        sa.select(Booking)
        .where(Booking.maintainer_id == maintainer_id, Booking.status.in_(HELD), Booking.ends_at > now - PAST)
        .order_by(Booking.starts_at, Booking.id)
        .options(joinedload(Booking.topic))
    ).all()


def app_passwords_of(maintainer_id: int) -> Sequence[AppPassword]:
    return db.session.scalars(
        sa.select(AppPassword).where(AppPassword.maintainer_id == maintainer_id).order_by(AppPassword.id)
    ).all()


def maintainers() -> Sequence[Maintainer]:
    return db.session.scalars(
        sa.select(Maintainer).where(~Maintainer.retired).order_by(Maintainer.position, Maintainer.id)
    ).all()


def troubles() -> Troubles:
    """Messages that failed, may not have arrived or are tried again; whatever else has an error."""
    troubled = sa.and_(Delivery.state.in_(OPEN_STATES), Delivery.reason.is_not(None))
    lost = sa.or_(Delivery.state.in_((DeliveryState.FAILED, DeliveryState.UNKNOWN)), troubled)
    broken = sa.and_(Calendar.writes, Calendar.last_error.is_not(None))
    deliveries = sa.select(Delivery).where(lost).options(joinedload(Delivery.booking))
    calendars = sa.select(Calendar).where(broken).options(joinedload(Calendar.maintainer))
    conferences = (
        sa.select(Conference).where(Conference.last_error.is_not(None)).options(joinedload(Conference.booking))
    )
    events = (
        sa.select(CalendarEvent).where(CalendarEvent.last_error.is_not(None)).options(joinedload(CalendarEvent.booking))
    )
    return Troubles(
        deliveries=db.session.scalars(deliveries.order_by(Delivery.id.desc()).limit(TROUBLES)).all(),
        calendars=db.session.scalars(calendars.order_by(Calendar.id)).all(),
        conferences=db.session.scalars(conferences.order_by(Conference.booking_id.desc()).limit(TROUBLES)).all(),
        events=db.session.scalars(events.order_by(CalendarEvent.id.desc()).limit(TROUBLES)).all(),
        mailbox=_broken_mailbox(),
    )


def _broken_mailbox() -> Mailbox | None:
    if office().settings.imap_url is None:
        return None
    return db.session.scalar(sa.select(Mailbox).where(Mailbox.last_error.is_not(None)))


def printed_messages() -> Sequence[PrintedMessage]:
    """The messages printed last, newest first."""
    return db.session.scalars(sa.select(PrintedMessage).order_by(PrintedMessage.id.desc()).limit(MESSAGES)).all()


def printed_message(message_id: int) -> PrintedMessage | None:
    return db.session.get(PrintedMessage, message_id)

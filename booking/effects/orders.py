"""What is to be done after a booking changed."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from booking import jobs
from booking.connections import HELD_THERE
from booking.extensions import begin_write, db, office
from booking.models import (
    Account,
    Audience,
    Booking,
    BookingStatus,
    Calendar,
    CalendarEvent,
    Channel,
    Delivery,
    DeliveryState,
    Kind,
    Maintainer,
)
from booking.models.deliveries import OPEN_STATES

AUDIT = "audit."
PATIENCE = timedelta(minutes=45)
WORKFLOWS = {Channel.EMAIL: "deliver_email", Channel.SMS: "deliver_sms", Channel.CHAT: "deliver_chat"}

Order = tuple[str, str, int, datetime | None]


def settle(session: Session, booking: Booking, occasion: str = "") -> None:
    """Order, in the session's transaction, all that follows from the booking's new state.

    The `occasion` tells orders apart that are given twice for one state: those of a later audit.
    """
    occasion = occasion or f"{booking.sequence}.{booking.status}"
    jobs.enqueue(session, "settle", f"settle:{booking.id}:{occasion}", booking.id, occasion)


def place_opened(session: Session, booking: Booking) -> None:
    """Order, in the session's transaction, that those who wait for the time this booking gave up are offered it."""
    jobs.enqueue(session, "serve_waiting", f"waiting:list:{booking.id}.{booking.sequence}.{booking.status}")


def after_change(booking_id: int, occasion: str) -> list[Order]:
    """The orders (workflow, key, row id, due) that bring the outside world in line with this booking, as it is now."""
    begin_write(db.session())
    booking = db.session.get(Booking, booking_id)
    if booking is None:
        return []
    orders = _deliveries(booking, occasion)
    if booking.status != BookingStatus.HELD:
        orders += [*_events(booking, occasion), *_conference(booking, occasion)]
    db.session.commit()
    return orders


def _conference(booking: Booking, occasion: str) -> list[Order]:
    if booking.conference is None or booking.conference.provider != "zoom":
        return []
    return [("arrange_conference", f"conference:{booking.id}:{occasion}", booking.id, None)]


def _events(booking: Booking, occasion: str) -> list[Order]:
    """One order for each calendar that has the event, and for the one that should."""
    calendar = writing_calendar(booking.maintainer_id)
    known = {event.calendar_id for event in booking.events}
    wanted = booking.live and booking.ends_at > office().now() and not any(map(_kept_elsewhere, booking.events))
    if wanted and calendar is not None and calendar.id not in known:
        booking.events.append(CalendarEvent(calendar_id=calendar.id, state="pending", tried_at=office().now()))
        db.session.flush()
    # Taken away before it is written elsewhere: some servers have each UID once in all of a user's calendars.
    last = sorted(booking.events, key=lambda event: calendar is not None and event.calendar_id == calendar.id)
    return [("write_event", f"event:{booking.id}.{event.id}:{occasion}", event.id, None) for event in last]


def _kept_elsewhere(event: CalendarEvent) -> bool:
    """Whether the present maintainer moved the event into another of their calendars, where it still is."""
    theirs = event.calendar.maintainer_id == event.booking.maintainer_id
    return event.followed and theirs and event.state in HELD_THERE


def _deliveries(booking: Booking, occasion: str) -> list[Order]:
    """One order for each planned message in its whole life: two would send it side by side, each looking too early.

    Only an audit orders again, and only what is long overdue.
    """
    mine = sa.select(Delivery).where(Delivery.booking_id == booking.id)
    if occasion.startswith(AUDIT):
        rows = db.session.scalars(mine.where(overdue(office().now())))
        return [(workflow_for(row), f"deliver:{row.id}:{occasion}", row.id, None) for row in rows]
    planned = mine.where(Delivery.state == DeliveryState.PENDING)
    return [(workflow_for(row), f"deliver:{row.id}", row.id, row.due_at) for row in db.session.scalars(planned)]


def mail_maintainer(session: Session, maintainer: Maintainer, kind: Kind, now: datetime, **about: int | str) -> None:
    """Plan and order, in the session's transaction, a mail that is about no booking but what `about` names."""
    delivery = Delivery(
        **about,
        maintainer_id=maintainer.id,
        kind=kind,
        channel=Channel.EMAIL,
        audience=Audience.MAINTAINER,
        recipient=maintainer.email,
        due_at=now,
        created_at=now,
    )
    send(session, delivery)


def mail_account(session: Session, account: Account, kind: Kind, now: datetime, **about: int | str) -> None:
    """The same to whoever has an account, maintainer or not."""
    if account.maintainer is not None and account.gives_hours:
        mail_maintainer(session, account.maintainer, kind, now, **about)
        return
    delivery = Delivery(
        **about,
        kind=kind,
        channel=Channel.EMAIL,
        audience=Audience.ADMINISTRATOR,
        recipient=account.email,
        due_at=now,
        created_at=now,
    )
    send(session, delivery)


def send(session: Session, delivery: Delivery) -> None:
    """Write a message and its order, in the session's transaction."""
    session.add(delivery)
    session.flush()
    jobs.enqueue(session, workflow_for(delivery), f"deliver:{delivery.id}", delivery.id, 0)


def overdue(now: datetime) -> sa.ColumnElement[bool]:
    """Messages that nobody has tried for longer than any wait between two tries."""
    since = now - PATIENCE
    tried_at = sa.func.coalesce(Delivery.tried_at, Delivery.due_at)
    return sa.and_(Delivery.state.in_(OPEN_STATES), Delivery.due_at < since, tried_at < since)


def workflow_for(delivery: Delivery) -> str:
    return WORKFLOWS[Channel(delivery.channel)]


def writing_calendar(maintainer_id: int) -> Calendar | None:
    """The calendar that receives a maintainer's sessions: the newest that may be written to."""
    return db.session.scalar(
        sa.select(Calendar)
        .where(Calendar.maintainer_id == maintainer_id, Calendar.writes)
        .order_by(Calendar.id.desc())
        .limit(1)
    )

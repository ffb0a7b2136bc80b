"""What single pages show, each in a constant number of statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from booking.extensions import db
from booking.models import (
    AppPassword,
    Audience,
    Booking,
    BookingStatus,
    Delivery,
    Maintainer,
    PrintedMessage,
    Topic,
)
from booking.paging import older
from routing import zones

UPCOMING = 100
PAST = timedelta(days=30)
PAST_SHOWN = 20
HELD = (BookingStatus.CONFIRMED, BookingStatus.COMPLETED, BookingStatus.NO_SHOW)
MESSAGES = 200


def messages_to_attendee(booking_id: int) -> Sequence[Delivery]:
    """Every message of a booking to the person who made it, in the order they fall due."""
    return db.session.scalars(
        sa.select(Delivery)
        .where(Delivery.booking_id == booking_id, Delivery.audience == Audience.ATTENDEE)
        .order_by(Delivery.due_at, Delivery.id)
    ).all()


def messages_of(booking_id: int) -> Sequence[Delivery]:
    """Every message of a booking, to whomever, in the order they fall due."""
    mine = sa.select(Delivery).where(Delivery.booking_id == booking_id).options(joinedload(Delivery.booking))
    return db.session.scalars(mine.order_by(Delivery.due_at, Delivery.id)).all()


def deliveries(before: int, most: int, *, state: str, channel: str, recipient: str) -> Sequence[Delivery]:
    """Messages, those planned last first: in this state, over this channel, to whom these words are of; empty is any.

    At most so many, planned before the one with the id `before`.
    """
    newest = sa.select(Delivery).where(older(Delivery.id, before)).order_by(Delivery.id.desc()).limit(most)
    newest = newest.options(joinedload(Delivery.booking))
    if state:
        newest = newest.where(Delivery.state == state)
    if channel:
        newest = newest.where(Delivery.channel == channel)
    if recipient:
        newest = newest.where(Delivery.recipient.icontains(recipient, autoescape=True))
    return db.session.scalars(newest).all()


def upcoming(now: datetime, maintainer_id: int) -> Sequence[Booking]:
    """A maintainer's confirmed sessions that are not over, soonest first."""
    return db.session.scalars(
        sa.select(Booking)
        .where(Booking.maintainer_id == maintainer_id, Booking.status == BookingStatus.CONFIRMED, Booking.ends_at > now)
        .order_by(Booking.starts_at, Booking.id)
        .limit(UPCOMING)
        .options(joinedload(Booking.topic), joinedload(Booking.maintainer))
    ).all()


def on_duty(until: datetime, now: datetime) -> Sequence[Booking]:
    """Confirmed sessions that are not over and begin before `until`, soonest first; of all maintainers."""
    return db.session.scalars(
        sa.select(Booking)
        .where(Booking.status == BookingStatus.CONFIRMED, Booking.ends_at > now, Booking.starts_at < until)
        .order_by(Booking.starts_at, Booking.id)
        .options(joinedload(Booking.topic), joinedload(Booking.maintainer), joinedload(Booking.slot))
    ).all()


def counts(since: datetime, today: datetime) -> Mapping[tuple[str, bool], int]:
    """By status, and whether from `today` on, how many bookings begin after `since`; forms half filled are none."""
    ahead = (Booking.starts_at >= today).label("ahead")
    rows = sa.select(Booking.status, ahead, sa.func.count()).group_by(Booking.status, sa.text("ahead"))
    made = rows.where(Booking.starts_at >= since, Booking.hold_network.is_(None))
    return {(status, later): count for status, later, count in db.session.execute(made)}


def agenda(maintainer: Maintainer, now: datetime) -> list[tuple[str, list[Booking]]]:
    """Their sessions that are not over, soonest first: today's, those of the week until Sunday in their zone, later."""
    today = zones.local(now, maintainer.timezone).date()
    found: dict[str, list[Booking]] = {"Today": [], "This week": [], "Later": []}
    for booking in upcoming(now, maintainer.id):
        day = zones.local(booking.starts_at, maintainer.timezone).date()
        this_week = day.isocalendar()[:2] == today.isocalendar()[:2]
        found["Today" if day <= today else "This week" if this_week else "Later"].append(booking)
    return list(found.items())


def past(maintainer_id: int, now: datetime) -> Sequence[Booking]:
    """A maintainer's sessions of the last thirty days, latest first."""
    return db.session.scalars(
        sa.select(Booking)
        .where(Booking.maintainer_id == maintainer_id, Booking.status.in_(HELD))
        .where(Booking.ends_at <= now, Booking.ends_at > now - PAST)
        .order_by(Booking.starts_at.desc(), Booking.id)
        .limit(PAST_SHOWN)
        .options(joinedload(Booking.topic))
    ).all()


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


def maintainer_names() -> list[tuple[str, str]]:
    """Keys and names of everybody who ever gave sessions, those who left too."""
    people = sa.select(Maintainer.key, Maintainer.name).order_by(Maintainer.retired, Maintainer.position)
    return [(key, name) for key, name in db.session.execute(people)]


def topic_names() -> list[tuple[str, str]]:
    """Keys and titles of all topics, those that are offered no more too."""
    topics = sa.select(Topic.key, Topic.title).order_by(Topic.retired, Topic.position)
    return [(key, title) for key, title in db.session.execute(topics)]


def printed_messages() -> Sequence[PrintedMessage]:
    """The messages printed last, newest first."""
    return db.session.scalars(sa.select(PrintedMessage).order_by(PrintedMessage.id.desc()).limit(MESSAGES)).all()


def printed_message(message_id: int) -> PrintedMessage | None:
    return db.session.get(PrintedMessage, message_id)

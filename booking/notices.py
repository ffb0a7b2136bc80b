"""Rows to mails that are about no single booking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from booking import formatting, queries
from booking.extensions import db
from booking.models import Booking, BookingStatus, Delivery, Kind, Maintainer
from booking.notifications.letter import Envelope
from booking.notifications.notices import (
    AgendaLine,
    compose_account,
    compose_alert,
    compose_digest,
    compose_invitation,
    compose_my_bookings,
    compose_notice,
    compose_sign_in,
)
from booking.office import Office
from booking.reading import Reading, reading_as
from routing import zones


def compose_notice_for(office: Office, delivery: Delivery, envelope: Envelope) -> EmailMessage:
    """The mail of a delivery without a booking. Raises DeliveryError (PERMANENT) for a wrong recipient."""
    community, links = queries.community().name, office.links
    if delivery.sign_in_link is not None:
        link = delivery.sign_in_link
        lifetime = link.expires_at - link.created_at
        if delivery.kind == Kind.INVITATION:
            return compose_invitation(links.sign_in(link.public_id), community, lifetime.days, envelope)
        minutes = int(lifetime / timedelta(minutes=1))
        return compose_sign_in(links.sign_in(link.public_id), community, minutes, envelope)
    if delivery.address_link is not None:
        asked = delivery.address_link
        hours = int((asked.expires_at - asked.created_at) / timedelta(hours=1))
        with reading_as(Reading(asked.language, asked.hours)):
            return compose_my_bookings(links.mine(asked.public_id), community, hours, envelope)
    if delivery.journal_entry is not None:
        return compose_notice(delivery.journal_entry.text, links.url("/maintainer/calendars"), community, envelope)
    if delivery.kind == Kind.DIGEST and delivery.maintainer is not None:
        maintainer, page = delivery.maintainer, links.url("/maintainer")
        lines = [_line(office, booking) for booking in agenda(maintainer, delivery.due_at)]
        return compose_digest(maintainer.name, lines, maintainer.timezone, page, community, envelope)
    if delivery.kind == Kind.ACCOUNT:
        zone = delivery.maintainer.timezone if delivery.maintainer else queries.community().timezone
        when = formatting.when(delivery.created_at, zone)
        return compose_account(delivery.text or "", when, links.url("/account"), community, envelope)
    return compose_alert((delivery.text or "").splitlines(), links.url("/admin"), community, envelope)


def agenda(maintainer: Maintainer, now: datetime) -> Sequence[Booking]:
    """The maintainer's sessions of tomorrow, in their zone."""
    tomorrow = zones.local(now, maintainer.timezone).date() + timedelta(days=1)
    day = zones.day_range(tomorrow, tomorrow, maintainer.timezone)
    return db.session.scalars(
        sa.select(Booking)
        .where(
            Booking.maintainer_id == maintainer.id,
            Booking.status == BookingStatus.CONFIRMED,
            Booking.starts_at >= day.start,
            Booking.starts_at < day.end,
        )
        .order_by(Booking.starts_at)
        .options(joinedload(Booking.topic))
    ).all()


def _line(office: Office, booking: Booking) -> AgendaLine:
    join = office.links.join(booking.public_id, booking.generation)
    return AgendaLine(
        booking.starts_at, booking.ends_at, booking.topic.title, booking.attendee_name, booking.question, join
    )

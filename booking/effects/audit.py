"""The watchman's round: nothing may be left behind, whatever went wrong."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from booking import jobs
from booking.effects import orders
from booking.extensions import begin_write, db, office
from booking.models import (
    AddressLink,
    AuditEntry,
    Booking,
    BookingStatus,
    Calendar,
    CalendarEvent,
    Conference,
    ConferenceNotice,
    Delivery,
    JournalEntry,
    PhoneCode,
    Session,
    SignInLink,
    SpentChallenge,
    Worker,
    tired_hosts,
)
from booking.services.conflicts import release_expired_holds

KEPT = timedelta(days=30)
REFUSED_PATIENCE = timedelta(hours=6)
EVENTS_KEPT = timedelta(days=90)
JOURNAL_KEPT = timedelta(days=400)
LOG_KEPT = timedelta(days=400)
LINKS_KEPT = timedelta(days=1)
CODES_KEPT = timedelta(days=1)  # as long as the daily limits count them


def audit() -> None:
    """Mark sessions that are over as completed, forget old holds, and order again what a lost order left undone.

    Harmless when nothing was lost: every effect looks first.
    """
    now = office().now()
    begin_write(db.session())
    release_expired_holds(db.session(), now)
    db.session.execute(
        sa.update(Booking)
        .where(Booking.status == BookingStatus.CONFIRMED, Booking.ends_at < now)
        .values(status=BookingStatus.COMPLETED)
    )
    for booking in db.session.scalars(_left_behind(now)):
        orders.settle(db.session(), booking, occasion=f"{orders.AUDIT}{int(now.timestamp())}")
    db.session.commit()


def prune() -> None:
    """Nightly: forget finished work, ended sign-ins, workers that are no more, and old events in our calendars."""
    now = office().now()
    begin_write(db.session())
    for gone in (
        sa.delete(Session).where(Session.expires_at < now),
        sa.delete(SpentChallenge).where(SpentChallenge.at < now - KEPT),
        sa.delete(SignInLink).where(SignInLink.created_at < now - LINKS_KEPT, SignInLink.account_id.is_(None)),
        sa.update(SignInLink).where(SignInLink.created_at < now - LINKS_KEPT).values(network=None),
        sa.delete(AuditEntry).where(AuditEntry.at < now - LOG_KEPT),
        sa.delete(Worker).where(Worker.seen_at < now - KEPT),
        sa.delete(ConferenceNotice).where(ConferenceNotice.heard_at < now - KEPT),
        sa.delete(JournalEntry).where(JournalEntry.at < now - JOURNAL_KEPT),
        sa.delete(AddressLink).where(AddressLink.created_at < now - CODES_KEPT),
        sa.delete(PhoneCode).where(PhoneCode.created_at < now - CODES_KEPT, PhoneCode.proven_at.is_(None)),
        sa.update(PhoneCode).where(PhoneCode.created_at < now - CODES_KEPT).values(network=None),
    ):
        db.session.execute(gone)
    for event_id in db.session.scalars(long_over(now)):
        jobs.enqueue(db.session(), "remove_past_event", f"prune:{event_id}", event_id, 0)
    db.session.commit()
    jobs.prune(now - KEPT)


def long_over(now: datetime) -> sa.Select[int]:
    """Events in embedded calendars whose sessions were over long ago."""
    return (
        sa.select(CalendarEvent.id)
        .join(Booking)
        .join(Calendar, Calendar.id == CalendarEvent.calendar_id)
        .where(Calendar.kind == "embedded", CalendarEvent.state == "written", Booking.ends_at < now - EVENTS_KEPT)
        .order_by(Booking.ends_at)
        .limit(500)
    )


def _left_behind(now: datetime) -> sa.Select[Booking]:
    """Bookings with something wanted that nobody has tried for longer than any wait between two tries."""
    since = now - orders.PATIENCE
    untried_event = sa.and_(
        sa.or_(
            CalendarEvent.state.in_(("pending", "written")),
            sa.and_(CalendarEvent.state == "failed", CalendarEvent.tried_at < now - REFUSED_PATIENCE),
        ),
        CalendarEvent.pushed_sequence < Booking.sequence,
        CalendarEvent.tried_at < since,
    )
    untried_conference = sa.and_(
        Conference.provider == "zoom",
        Conference.state.in_(("pending", "creating", "ready")),
        Conference.synced_sequence < Booking.sequence,
        Conference.tried_at < since,
        sa.func.coalesce(Conference.host, "").not_in(tired_hosts(now)),  # whose work waits for tomorrow
    )
    untried_delivery = sa.exists().where(Delivery.booking_id == Booking.id, orders.overdue(now))
    behind = sa.or_(Booking.events.any(untried_event), Booking.conference.has(untried_conference), untried_delivery)
    return (
        sa.select(Booking)
        .where(Booking.ends_at > now, Booking.updated_at < since, behind)
        .order_by(Booking.id)
        .limit(200)
    )

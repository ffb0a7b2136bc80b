"""What organisers and maintainers see of what was learnt: unmet wishes, corrections, proposals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from booking.extensions import db
from booking.models import Booking, BookingStatus, Demand, DemandKind, ExpertiseProposal, ProposalState, Slot, Topic

HELD = (BookingStatus.CONFIRMED, BookingStatus.COMPLETED, BookingStatus.NO_SHOW)
QUESTIONS = 2_000
WISHES = 20


def questions_since(since: datetime) -> Sequence[str]:
    """What people asked since then, in bookings and without one, the latest of each first."""
    booked = (
        sa.select(Booking.question)
        .where(Booking.status.in_(HELD), Booking.created_at >= since)
        .order_by(Booking.created_at.desc())
    )
    wished = (
        sa.select(Demand.question).where(Demand.question.is_not(None), Demand.at >= since).order_by(Demand.at.desc())
    )
    rows = [*db.session.scalars(booked.limit(QUESTIONS)), *db.session.scalars(wished.limit(QUESTIONS))]
    return [question for question in rows if question]


def confusions() -> Sequence[tuple[str, str, int]]:
    """(taken for, was, how often): topics that somebody corrected, most often first.

    The attendee corrects what the question was taken for by booking another topic, and the maintainer what was booked.
    """
    first, second = aliased(Topic), aliased(Topic)
    taken = sa.func.coalesce(Booking.suggested_topic_id, Booking.topic_id)
    was = sa.func.coalesce(Booking.about_topic_id, Booking.topic_id)
    times = sa.func.count()
    rows = db.session.execute(
        sa.select(first.key, second.key, times)
        .select_from(Booking)
        .join(first, first.id == taken)
        .join(second, second.id == was)
        .where(Booking.status.in_(HELD), taken != was)
        .group_by(first.key, second.key)
        .order_by(times.desc(), first.key, second.key)
    )
    return [(one, other, count) for one, other, count in rows]


def meetings_avoided() -> int:
    """How often somebody said that a page solved it."""
    statement = sa.select(sa.func.count()).where(Demand.kind == DemandKind.SOLVED)
    return db.session.scalar(statement) or 0


def unmet_times(since: datetime) -> Sequence[tuple[str, str, str, int]]:
    """(topic, slot, zone, how often) since then: times that suited nobody, or at which nobody was free."""
    times = sa.func.count()
    zone = sa.func.coalesce(Demand.timezone, "")
    rows = db.session.execute(
        sa.select(Topic.title, Slot.key, zone, times)
        .join(Topic, Topic.id == Demand.topic_id)
        .join(Slot, Slot.id == Demand.slot_id)
        .where(Demand.kind.in_((DemandKind.NO_TIME, DemandKind.UNFILLED)), Demand.at >= since)
        .group_by(Topic.title, Slot.key, zone)
        .order_by(times.desc(), Topic.title, Slot.key, zone)
        .limit(WISHES)
    )
    return [(topic, slot, where, count) for topic, slot, where, count in rows]


def unmet_wishes(since: datetime) -> Sequence[Demand]:
    """What people asked for since then and no topic fitted, the latest first."""
    unmet = sa.select(Demand).where(Demand.kind == DemandKind.NO_TOPIC, Demand.at >= since)
    return db.session.scalars(unmet.order_by(Demand.at.desc(), Demand.id.desc()).limit(WISHES)).all()


def proposals_for(maintainer_id: int) -> Sequence[ExpertiseProposal]:
    """The levels that wait for this maintainer's answer."""
    mine = (ExpertiseProposal.maintainer_id == maintainer_id, ExpertiseProposal.state == ProposalState.OPEN)
    statement = sa.select(ExpertiseProposal).where(*mine).options(joinedload(ExpertiseProposal.topic))
    return db.session.scalars(statement.order_by(ExpertiseProposal.id)).all()

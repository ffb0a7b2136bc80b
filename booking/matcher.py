"""The matcher of the present programme, taught by its past bookings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app

from booking import queries
from booking.extensions import db, office
from booking.models import Booking, BookingStatus, Topic
from routing.matching import Matcher, Ranked

TAUGHT_BY, LETTERS = 500, 300
"""How many past sessions teach, the latest, and how much of each question: some megabytes and a moment to learn."""
LEARNS_AGAIN = timedelta(hours=1)
MATCHER = "officehours.matcher"


@dataclass(frozen=True)
class _Taught:
    matcher: Matcher
    revision: int
    at: datetime


def rank(question: str) -> Ranked:
    """The topics for a question in words: (key, probability, words that spoke for it), best first."""
    revision, now = queries.roster().revision, office().now()
    taught: _Taught | None = current_app.extensions.get(MATCHER)
    if taught is None or taught.revision != revision or now - taught.at > LEARNS_AGAIN:
        taught = _Taught(Matcher(queries.programme().topics.values(), _past(now)), revision, now)
        current_app.extensions[MATCHER] = taught
    return taught.matcher.rank(question)


def _past(now: datetime) -> list[tuple[str, str]]:
    """What past sessions were about, as (question, topic key)."""
    held = Booking.status.in_((BookingStatus.CONFIRMED, BookingStatus.COMPLETED))
    rows = db.session.execute(
        sa.select(sa.func.substr(Booking.question, 1, LETTERS), Topic.key)
        .join(Booking.topic)
        .where(held, Booking.starts_at < now)
        .order_by(Booking.starts_at.desc(), Booking.id)
        .limit(TAUGHT_BY)
    )
    return [(question, key) for question, key in rows]

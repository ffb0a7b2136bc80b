"""The matcher of the present programme, taught by its past bookings and by what people corrected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app

from booking import queries
from booking.extensions import db, office
from booking.models import Booking, BookingStatus, Topic
from routing.matching import Hopeless, Matcher, Ranked, answer

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


def suggestion(question: str) -> str | None:
    """The topic that a question is taken for, sure or not; None without a question or any idea."""
    ranked = rank(question) if question else []
    return None if isinstance(answer(ranked), Hopeless) else ranked[0][0]


def _past(now: datetime) -> list[tuple[str, str]]:
    """What sessions were about, as (question, topic key): what their maintainer says, otherwise what was booked.

    Past ones, and those to come that their maintainer corrected: whoever only books cannot teach.
    """
    held = Booking.status.in_((BookingStatus.CONFIRMED, BookingStatus.COMPLETED))
    about = sa.func.coalesce(Booking.about_topic_id, Booking.topic_id)
    rows = db.session.execute(
        sa.select(sa.func.substr(Booking.question, 1, LETTERS), Topic.key)
        .join(Topic, Topic.id == about)
        .where(held, Booking.question != "", sa.or_(Booking.starts_at < now, Booking.about_topic_id.is_not(None)))
        .order_by(Booking.starts_at.desc(), Booking.id)
        .limit(TAUGHT_BY)
    )
    return [(question, key) for question, key in rows]

"""What if: the community's own roster and demand through the policies, as it is and with changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

import sqlalchemy as sa

from booking import queries
from booking.extensions import db
from booking.models import Booking, BookingStatus, Slot, Topic
from routing.policies import POLICIES
from routing.scarcity import weekly_places
from routing.simulate import Report, run, stream
from routing.values import Programme

PAST = timedelta(weeks=26)
ENOUGH = 30
"""So many bookings say what is asked for; fewer say hardly anything."""
LOAD = 0.9
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)  # any Monday: the same run has the same answer on every day

_RECORDED = sa.select(Topic.key, Slot.key, Booking.created_at, Booking.starts_at).where(
    Booking.topic_id == Topic.id,
    Booking.slot_id == Slot.id,
    Booking.created_at >= sa.bindparam("since"),
    Booking.starts_at >= sa.bindparam("since"),
    Booking.status != BookingStatus.HELD,
    sa.or_(Booking.cancelled_by.is_(None), Booking.cancelled_by != "nobody"),
)


@dataclass(frozen=True)
class Demand:
    """What people ask for: each of `kinds`, a topic and the slots that suit, as often as the others.

    `recorded` bookings are behind it, made `lead` days ahead in the median; none where it is an even stream.
    """

    kinds: Sequence[tuple[str, frozenset[str]]]
    per_week: float
    recorded: int
    lead: float | None

    def among(self, programme: Programme, added: Iterable[str]) -> list[tuple[str, frozenset[str]]]:
        """The kinds in a changed programme: a slot that is `added` to their topic suits people too."""
        return [
            (topic, slots | {slot for slot in added if slot in programme.topics[topic].slots})
            for topic, slots in self.kinds
        ]


def demand(now: datetime, per_week: float | None) -> Demand:
    """The bookings of half a year, asked again; where they are few, every topic as often as the others at a load of .9.

    Who booked a slot is taken to want that one. `per_week` overrides how many ask.
    """
    programme = queries.programme()
    rows = [
        row
        for row in db.session.execute(_RECORDED.order_by(Booking.created_at, Booking.id), {"since": now - PAST})
        if row[0] in programme.topics and row[1] in programme.topics[row[0]].slots
    ]
    if len(rows) >= ENOUGH:
        weeks = max((now - rows[0][2]) / timedelta(weeks=1), 1.0)
        lead = median((row[3] - row[2]) / timedelta(days=1) for row in rows)
        kinds = [(row[0], frozenset({row[1]})) for row in rows]
        return Demand(kinds, per_week or len(rows) / weeks, len(rows), lead)
    even = [(topic.key, frozenset(topic.slots)) for topic in programme.topics.values() if topic.slots]
    places = sum(weekly_places(programme, one) for one in programme.maintainers)
    return Demand(even, per_week or LOAD * max(places, 1), 0, None)


def reports(programme: Programme, asked: Demand, requests: int, seed: int) -> Mapping[str, Report]:
    """What each policy makes of so many requests, by its key. Raises LookupError for a programme without anybody."""
    if not programme.maintainers or not asked.kinds:
        raise LookupError("There is nobody to simulate: a programme needs topics with slots, and maintainers.")
    added = programme.slots.keys() - queries.programme().slots.keys()
    requested = stream(asked.among(programme, sorted(added)), BEGIN, asked.per_week, requests, seed)
    return {key: run(programme, requested, policy) for key, policy in POLICIES.items()}

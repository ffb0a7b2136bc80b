"""Writing down that somebody came and left without a booking, and why."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from booking import queries
from booking.extensions import begin_write, db
from booking.models import Demand, DemandKind
from booking.notifications.text import shorten
from booking.office import Office

MOST_A_DAY, LETTERS = 200, 300
"""How many rows of a kind are kept of a day (UTC), and how much of a question: anybody can write here."""


def record_demand(
    office: Office,
    kind: DemandKind,
    *,
    topic: str | None = None,
    slots: Sequence[str] = (),
    question: str | None = None,
    timezone: str | None = None,
    shown: Sequence[str] = (),
) -> None:
    """Add a row for each of the slots, or one. All but the question are keys; what is not offered is left out.

    Nothing is added beyond MOST_A_DAY, nor for a question that was already written down that day.
    """
    roster, now = queries.roster(), office.now()
    topic_id = roster.topic_ids.get(topic) if topic else None
    asked = shorten(question, LETTERS) if question else None
    begin_write(db.session())
    today = (Demand.kind == kind, Demand.at >= now.replace(hour=0, minute=0, second=0, microsecond=0))
    count, again = db.session.execute(
        sa.select(sa.func.count(), sa.func.count().filter(Demand.question == asked)).where(*today)
    ).one()
    room = 0 if asked and again else max(MOST_A_DAY - count, 0)
    slot_ids: list[int | None] = [roster.slot_ids[key] for key in slots if key in roster.slot_ids]
    for slot_id in (slot_ids or [None])[:room]:
        wish = Demand(kind=kind, topic_id=topic_id, slot_id=slot_id, question=asked, timezone=timezone, at=now)
        wish.shown = list(shown)
        db.session.add(wish)
    db.session.commit()

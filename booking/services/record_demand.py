"""Writing down that somebody came and left without a booking, and why."""

from __future__ import annotations

from collections.abc import Sequence

from booking import queries
from booking.extensions import begin_write, db
from booking.models import Demand, DemandKind
from booking.office import Office


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
    """Add a row for each of the slots, or one. All but the question are keys; what is not offered is left out."""
    roster, now = queries.roster(), office.now()
    topic_id = roster.topic_ids.get(topic) if topic else None
    begin_write(db.session())
    slot_ids: list[int | None] = [roster.slot_ids[key] for key in slots if key in roster.slot_ids]
    for slot_id in slot_ids or [None]:
        wish = Demand(kind=kind, topic_id=topic_id, slot_id=slot_id, question=question, timezone=timezone, at=now)
        wish.shown = list(shown)
        db.session.add(wish)
    db.session.commit()

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
    question: str | None = None,
    timezone: str | None = None,
    shown: Sequence[str] = (),
) -> None:
    """Add a row. `topic` and `shown` are keys; a topic that is not offered is left out."""
    topic_id = queries.roster().topic_ids.get(topic) if topic else None
    begin_write(db.session())
    db.session.add(
        Demand(kind=kind, topic_id=topic_id, question=question, timezone=timezone, shown=list(shown), at=office.now())
    )
    db.session.commit()

"""Saying what a session was really about."""

from __future__ import annotations

from booking import queries
from booking.extensions import begin_write, db
from booking.models import Booking


def correct_topic(maintainer_id: int, booking_id: int, topic: str) -> None:
    """Keep what the maintainer says of a session of theirs; from the next learning on its question speaks for `topic`.

    `topic` is a key. The booking stays as it is. Raises LookupError for somebody else's booking or an unknown topic.
    """
    roster = queries.roster()
    if topic not in roster.topic_ids:
        raise LookupError(f"There is no topic {topic!r}.")
    begin_write(db.session())
    booking = db.session.get(Booking, booking_id, with_for_update=True)
    if booking is None or booking.maintainer_id != maintainer_id:
        db.session.rollback()
        raise LookupError("There is no such session of yours.")
    booking.about_topic_id = roster.topic_ids[topic]
    db.session.commit()

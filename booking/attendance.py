"""Did they come? What Zoom saw proposes an answer; only a person gives it."""

from __future__ import annotations

from booking.models import Booking, BookingStatus


def propose(booking: Booking) -> BookingStatus | None:
    """For a session that is over: `COMPLETED` if somebody beside its host joined, `NO_SHOW` if the host waited alone.

    None where Zoom cannot tell: it saw nobody (they may have met elsewhere, or the host did not come), or one Zoom user
    hosts for all, so that whoever joined may have been the maintainer.
    """
    seen = booking.conference
    if seen is None or seen.host != booking.maintainer.email:
        return None
    if seen.joined_at is not None:
        return BookingStatus.COMPLETED
    return BookingStatus.NO_SHOW if seen.started_at is not None else None

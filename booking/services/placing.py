"""What a booking takes over from the router's answer."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from booking import history
from booking.history import By
from booking.models import Booking, Conference, Deed
from booking.office import Office
from booking.rosters import Roster
from booking.services.pick import Pick
from routing import zones
from routing.values import TimeRange

_INSERT = sa.insert(Conference)


def place(booking: Booking, roster: Roster, picked: Pick) -> None:
    """Put the booking at the picked time with the picked maintainer, keeping the wall time it was meant at."""
    slot = roster.programme.slots[picked.slot]
    booking.slot_id = roster.slot_ids[picked.slot]
    booking.maintainer_id = picked.maintainer.id
    booking.starts_at, booking.ends_at = picked.range.start, picked.range.end
    booking.timezone = slot.timezone
    booking.reasons = picked.reasons
    _settle_in(booking)


def shift_to(booking: Booking, window: TimeRange, now: datetime, *, by: By) -> None:
    """Put the booking at another time with the same maintainer, as its next version, at the word of `by`."""
    history.record(booking, Deed.MOVED, by, now)
    booking.previous_start = booking.starts_at
    booking.starts_at, booking.ends_at = window.start, window.end
    booking.sequence += 1
    booking.updated_at = now
    _settle_in(booking)


def _settle_in(booking: Booking) -> None:
    """What holds for this time alone: how the clock says it. Nobody answered, met or gave it back yet."""
    booking.wall_start = zones.local(booking.starts_at, booking.timezone).strftime("%Y-%m-%dT%H:%M")
    booking.tz_edition = zones.EDITION
    booking.attendee_reply = booking.attendee_replied_at = None
    booking.given_back = booking.given_back_by = None
    if booking.conference is not None:
        booking.conference.started_at = booking.conference.joined_at = booking.conference.ended_at = None


def arrange_conference(office: Office, booking: Booking, now: datetime) -> None:
    """Ask for a meeting, or give the maintainer's own room."""
    row = booking.conference or Conference(state="pending", tried_at=now)
    if office.settings.zoom_configured:
        # A meeting that may have been made already must still be looked for.
        maybe_made = row.state in ("creating", "failed")
        row.provider, row.state = "zoom", "creating" if maybe_made else "pending"
    else:
        row.provider, row.state = "room", "ready"
    booking.conference = row


def new_conference(office: Office, session: Session, booking: Booking, now: datetime) -> None:
    """The same for a booking that has just been written and has none yet."""
    provider, state = ("zoom", "pending") if office.settings.zoom_configured else ("room", "ready")
    values = {"booking_id": booking.id, "provider": provider, "state": state, "tried_at": now}
    session.connection().execute(_INSERT, values)

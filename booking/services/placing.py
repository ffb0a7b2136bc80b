"""What a booking takes over from the router's answer."""

from __future__ import annotations

from datetime import datetime

from booking.conferencing.static_link import room
from booking.models import Booking, Conference
from booking.office import Office
from booking.queries import Roster
from booking.services.pick import Pick
from routing import zones


def place(booking: Booking, roster: Roster, picked: Pick) -> None:
    """Put the booking at the picked time with the picked maintainer, keeping the wall time it was meant at."""
    slot = roster.programme.slots[picked.slot]
    booking.slot_id = roster.slot_ids[picked.slot]
    booking.maintainer_id = roster.maintainer_ids[picked.maintainer]
    booking.starts_at, booking.ends_at = picked.range.start, picked.range.end
    booking.wall_start = zones.local(picked.range.start, slot.timezone).strftime("%Y-%m-%dT%H:%M")
    booking.timezone = slot.timezone
    booking.tz_edition = zones.EDITION
    booking.reasons = picked.reasons


def arrange_conference(office: Office, booking: Booking, now: datetime) -> None:
    """Ask for a meeting, or give the maintainer's own room."""
    row = booking.conference or Conference(state="pending", tried_at=now)
    if office.settings.zoom_configured:
        # A meeting that may have been made already must still be looked for.
        row.provider, row.state = "zoom", "creating" if row.state == "creating" else "pending"
    else:
        row.provider, row.state = "room", "ready"
    booking.conference = row


def join_address(booking: Booking) -> str | None:
    """Where the session is: its meeting, or the maintainer's own room where there is none or Zoom fails.

    None while a meeting is being made. Read when somebody joins, so that a new room or meeting needs no mail.
    """
    row = booking.conference
    if row is None:
        return None
    being_made = row.provider == "zoom" and row.state in ("pending", "creating") and row.last_error is None
    return row.join_url or (None if being_made else room(booking.maintainer.room))

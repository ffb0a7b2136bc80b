"""Where a session is met: the present link, and when it is open.

The links in mails and calendars lead to our own page, and that page asks here when somebody comes. So a meeting may be
late, fail or be made anew, and nobody has to be told.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from booking.conferencing.static_link import room
from booking.models import Booking, Conference
from booking.settings import Settings

EARLY = timedelta(minutes=15)
LATE = timedelta(minutes=30)


def opens_at(booking: Booking) -> datetime:
    return booking.starts_at - EARLY


def closes_at(booking: Booking) -> datetime:
    """Sessions overrun, and a connection may be lost at the end."""
    return booking.ends_at + LATE


def zoom_host(settings: Settings, booking: Booking) -> str:
    """The Zoom user (id or email) who is to host the booking's meeting."""
    return settings.zoom_host or booking.maintainer.email


def present_link(settings: Settings, booking: Booking) -> str | None:
    """The first there is of: its Zoom meeting, a room on our own Jitsi server, the maintainer's own room.

    None while a meeting is being made, and where there is nothing.
    """
    row = booking.conference
    if row is None or being_made(row):
        return None
    if row.join_url and row.host == zoom_host(settings, booking):
        return row.join_url
    return stand_in(settings, booking)


def stand_in(settings: Settings, booking: Booking) -> str | None:
    """The room that nobody has to make: on our own Jitsi server, else the maintainer's own, else None."""
    if settings.jitsi_url and booking.conference is not None:
        return f"{settings.jitsi_url}/{booking.conference.room_name}"
    return room(booking.maintainer.room)


def being_made(row: Conference) -> bool:
    """Whether Zoom has been asked, or will be in a moment, and nothing has gone wrong so far."""
    waiting = row.provider == "zoom" and row.state in ("pending", "creating")
    return waiting and row.join_url is None and row.last_error is None

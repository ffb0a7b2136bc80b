"""The Zoom meeting of a booking: it exists exactly as long as the booking does."""

from __future__ import annotations

from dataclasses import dataclass

from booking.conferencing.zoom import ConferencingError, Meeting, Zoom
from booking.effects import backoff, effect
from booking.extensions import begin_write, db, office
from booking.models import Booking, BookingStatus, Conference
from booking.notifications.errors import Outcome
from booking.zoom_account import zoom_client
from routing.values import TimeRange


@dataclass(frozen=True)
class Wanted:
    """What the booking wants of Zoom, and what it has. `maybe_made`: an answer to a create may have been lost."""

    exists: bool
    reference: str
    title: str
    window: TimeRange
    timezone: str
    sequence: int
    host: str
    host_attends: bool
    meeting: Meeting | None
    maybe_made: bool


@effect
def arrange(booking_id: int, attempt: int) -> float | None:
    """Create, move or delete the meeting, as the booking wants it now.

    Zoom knows no idempotency key: before a create whose answer may have been lost, the host's meetings are searched for
    our reference. When Zoom refuses for good, the maintainer's own room stands in, and the row says why.
    """
    begin_write(db.session())
    booking = db.session.get(Booking, booking_id)
    if booking is None or booking.conference is None or booking.conference.state == "gone":
        return None
    wanted = _wanted(booking, booking.conference)
    if wanted.exists and booking.ends_at < office().now():
        return None
    if wanted.exists and wanted.meeting is None:
        booking.conference.state = "creating"
    db.session.commit()
    try:
        meeting = _bring_about(zoom_client(office()), wanted)
    except ConferencingError as error:
        return _failed(booking_id, error, attempt)
    _record(booking_id, meeting, wanted)
    return None


def _wanted(booking: Booking, row: Conference) -> Wanted:
    host = office().settings.zoom_host or booking.maintainer.email
    return Wanted(
        exists=booking.status == BookingStatus.CONFIRMED,
        reference=booking.uid,
        title=f"Office hours: {booking.topic.title}",
        window=TimeRange(booking.starts_at, booking.ends_at),
        timezone=booking.timezone,
        sequence=booking.sequence,
        host=host,
        host_attends=host == booking.maintainer.email,
        meeting=Meeting(row.meeting_id, row.join_url or "", row.host or host) if row.meeting_id is not None else None,
        maybe_made=row.state == "creating",
    )


def _bring_about(zoom: Zoom, wanted: Wanted) -> Meeting | None:
    meeting = wanted.meeting
    if not wanted.exists and meeting is None and wanted.maybe_made:
        meeting = zoom.find(wanted.host, wanted.reference)
    if meeting is not None and (not wanted.exists or meeting.host != wanted.host):
        zoom.delete(meeting.id)
        meeting = None
    if not wanted.exists:
        return None
    if meeting is not None:
        meeting = zoom.move(meeting, wanted.window)
    return meeting or zoom.create(
        wanted.host,
        wanted.reference,
        wanted.title,
        wanted.window,
        wanted.timezone,
        look_first=wanted.maybe_made,
        host_attends=wanted.host_attends,
    )


def _record(booking_id: int, meeting: Meeting | None, wanted: Wanted) -> None:
    begin_write(db.session())
    row = db.session.get_one(Conference, booking_id)
    row.state = "ready" if meeting else "gone"
    row.meeting_id, row.join_url, row.host = (
        (meeting.id, meeting.join_url, wanted.host) if meeting else (None, None, None)
    )
    row.synced_sequence, row.last_error = wanted.sequence, None
    db.session.commit()


def _failed(booking_id: int, error: ConferencingError, attempt: int) -> float | None:
    begin_write(db.session())
    row = db.session.get_one(Conference, booking_id)
    row.last_error, row.tried_at = str(error), office().now()
    room = row.booking.maintainer.room
    if error.outcome is Outcome.PERMANENT:
        row.state, row.join_url = "failed", row.join_url or room
    elif row.join_url is None:
        row.join_url = room
    db.session.commit()
    return None if error.outcome is Outcome.PERMANENT else backoff(attempt)

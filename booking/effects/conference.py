"""The Zoom meeting of a booking: it exists exactly as long as the booking does."""

from __future__ import annotations

from booking.conferencing.zoom import ConferencingError, Meeting, Zoom
from booking.effects import backoff
from booking.extensions import begin_write, db, let_go, office
from booking.models import Booking, BookingStatus, Conference
from booking.notifications.errors import Outcome
from booking.zoom_account import zoom_client
from routing.values import TimeRange


def arrange(booking_id: int, attempt: int) -> float | None:
    """Create, move or delete the meeting, as the booking wants it now.

    Zoom knows no idempotency key: before a create whose answer may have been lost, the host's meetings are searched for
    our reference. When Zoom refuses for good, the maintainer's own room stands in, and the row says why.
    """
    booking = db.session.get(Booking, booking_id)
    if booking is None or booking.conference is None or booking.conference.state == "gone":
        return None
    wanted = booking.status == BookingStatus.CONFIRMED
    if wanted and booking.ends_at < office().now():
        return None
    host = office().settings.zoom_host or booking.maintainer.email
    maybe_made = booking.conference.state == "creating"
    if wanted and booking.conference.meeting_id is None:
        _mark_creating(booking.conference)
    let_go(db.session())
    try:
        meeting = _arrange(zoom_client(office()), booking, host, wanted, maybe_made)
    except ConferencingError as error:
        return _failed(booking_id, error, attempt)
    _record(booking_id, meeting, host, booking.sequence)
    return None


def _arrange(zoom: Zoom, booking: Booking, host: str, wanted: bool, maybe_made: bool) -> Meeting | None:
    held = booking.conference
    meeting = None
    if held is not None and held.meeting_id is not None:
        meeting = Meeting(held.meeting_id, held.join_url or "", held.host or host)
    window = TimeRange(booking.starts_at, booking.ends_at)
    if meeting is not None and (not wanted or meeting.host != host):
        zoom.delete(meeting.id)
        meeting = None
    if not wanted:
        if maybe_made and meeting is None:
            _delete_lost(zoom, booking, host)
        return None
    if meeting is not None:
        meeting = zoom.move(meeting, window)
    return meeting or zoom.create(
        host,
        booking.uid,
        f"Office hours: {booking.topic.title}",
        window,
        booking.timezone,
        look_first=maybe_made,
        host_attends=host == booking.maintainer.email,
    )


def _delete_lost(zoom: Zoom, booking: Booking, host: str) -> None:
    lost = zoom.find(host, booking.uid)
    if lost is not None:
        zoom.delete(lost.id)


def _mark_creating(conference: Conference) -> None:
    booking_id = conference.booking_id
    begin_write(db.session())
    db.session.get_one(Conference, booking_id).state = "creating"
    db.session.commit()


def _record(booking_id: int, meeting: Meeting | None, host: str, sequence: int) -> None:
    begin_write(db.session())
    row = db.session.get_one(Conference, booking_id)
    row.state = "ready" if meeting else "gone"
    row.meeting_id, row.join_url, row.host = (meeting.id, meeting.join_url, host) if meeting else (None, None, None)
    row.synced_sequence, row.last_error = sequence, None
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

"""The Zoom meeting of a booking: it exists exactly as long as the booking does."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from booking import joining
from booking.conferencing.zoom import TIRED_HOST, ConferencingError, Meeting, Zoom
from booking.effects import backoff, effect
from booking.extensions import begin_write, db, let_go, office
from booking.models import Booking, BookingStatus, Conference, ConferenceHost
from booking.notifications.errors import Outcome
from booking.zoom_account import zoom_client
from routing.values import TimeRange

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """What the booking wants of Zoom, and what it has.

    `maybe_made`: an answer to a create may have been lost. `held_by` is the host of the meeting it has or may have.
    """

    booking_id: int
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
    held_by: str

    @property
    def elsewhere(self) -> bool:
        """Whether there is, or may be, a meeting that is not wanted any more, or not with that host."""
        held = self.meeting is not None or self.maybe_made
        return held and (not self.exists or self.held_by != self.host)


@effect
def arrange(booking_id: int, attempt: int) -> float | None:
    """Create, move or delete the meeting, as the booking wants it now.

    Zoom knows no idempotency key: before a create whose answer may have been lost, the host's meetings are searched for
    our reference. While Zoom fails another room stands in (`booking.joining`), and the row says why.
    """
    booking = db.session.get(Booking, booking_id)
    if booking is None or booking.conference is None or booking.conference.state == "gone":
        return None
    wanted = _wanted(booking, booking.conference)
    if wanted.exists and (booking.ends_at < office().now() or _stood_in(booking, booking.conference)):
        return None
    let_go(db.session())
    try:
        _spare_the_tired(wanted)
        meeting = _bring_about(zoom_client(office()), wanted)
    except ConferencingError as error:
        return _failed(wanted, error, attempt)
    _record(booking_id, meeting, wanted)
    return None


def _stood_in(booking: Booking, row: Conference) -> bool:
    """Whether somebody may be in the room that stands in by now: another link would part the two."""
    settings, now = office().settings, office().now()
    link = joining.stand_in(settings, booking)
    shown = row.last_error is not None and link is not None and link == joining.present_link(settings, booking)
    return shown and joining.opens_at(booking) <= now


def _spare_the_tired(wanted: Wanted) -> None:
    """Ask nothing of a host who has used up this day. Raises ConferencingError with the wait until tomorrow."""
    now = office().now()
    host = wanted.host if wanted.exists else wanted.held_by
    tired = db.session.scalar(
        sa.select(ConferenceHost).where(ConferenceHost.name == host, ConferenceHost.tired_until > now)
    )
    let_go(db.session())
    if tired is not None and tired.tired_until is not None:
        wait = (tired.tired_until - now).total_seconds()
        raise ConferencingError(TIRED_HOST, Outcome.RETRY, wait=wait, tired_host=tired.name)


def _wanted(booking: Booking, row: Conference) -> Wanted:
    host = joining.zoom_host(office().settings, booking)
    held_by = row.host or host
    return Wanted(
        booking_id=booking.id,
        exists=booking.status == BookingStatus.CONFIRMED,
        reference=booking.uid,
        title=f"Office hours: {booking.topic.title}",
        window=TimeRange(booking.starts_at, booking.ends_at),
        timezone=booking.timezone,
        sequence=booking.sequence,
        host=host,
        host_attends=host == booking.maintainer.email,
        meeting=Meeting(row.meeting_id, row.join_url or "", held_by) if row.meeting_id is not None else None,
        maybe_made=row.state == "creating",
        held_by=held_by,
    )


def _bring_about(zoom: Zoom, wanted: Wanted) -> Meeting | None:
    meeting, maybe_made = wanted.meeting, wanted.maybe_made
    if wanted.elsewhere:
        _clear_away(zoom, wanted)
        meeting, maybe_made = None, False
    if not wanted.exists:
        return None
    if meeting is not None and (moved := zoom.move(meeting, wanted.window)) is not None:
        return moved
    _mark_creating(wanted)
    return zoom.create(
        wanted.host,
        wanted.reference,
        wanted.title,
        wanted.window,
        wanted.timezone,
        look_first=maybe_made,
        host_attends=wanted.host_attends,
    )


def _clear_away(zoom: Zoom, wanted: Wanted) -> None:
    """Delete the meeting that is not wanted. A new one with another host need not wait for what is refused here: the
    nightly sweep sees to that.
    """
    try:
        _delete(zoom, wanted)
    except ConferencingError as error:
        refused = error.outcome is Outcome.PERMANENT or error.tired_host is not None
        if not (wanted.exists and refused):
            raise
        log.warning("The former meeting of booking %s is left to the sweep: %s", wanted.booking_id, error)


def _delete(zoom: Zoom, wanted: Wanted) -> None:
    meeting = wanted.meeting or zoom.find(wanted.held_by, wanted.reference)
    if meeting is not None:
        zoom.delete(meeting)


def _mark_creating(wanted: Wanted) -> None:
    """Keep with whom a meeting is about to be made: the booking may have another maintainer by the next try."""
    begin_write(db.session())
    row = db.session.get_one(Conference, wanted.booking_id)
    row.state, row.host = "creating", wanted.host
    _host(wanted.host)
    if row.meeting_id is not None:
        row.meeting_id, row.join_url = None, None
    db.session.commit()


def _record(booking_id: int, meeting: Meeting | None, wanted: Wanted) -> None:
    begin_write(db.session())
    row = db.session.get_one(Conference, booking_id)
    row.state = "ready" if meeting else "gone"
    row.meeting_id, row.join_url, row.host = (
        (meeting.id, meeting.join_url, wanted.host) if meeting else (None, None, None)
    )
    row.synced_sequence, row.last_error = wanted.sequence, None
    db.session.commit()


def _failed(wanted: Wanted, error: ConferencingError, attempt: int) -> float | None:
    """Keep what is wrong, and for whom; another try is due when Zoom wants one, or after the usual wait."""
    begin_write(db.session())
    row = db.session.get_one(Conference, wanted.booking_id)
    row.last_error, row.tried_at = str(error), office().now()
    if error.tired_host is not None and error.wait is not None:
        _host(error.tired_host).tired_until = office().now() + timedelta(seconds=error.wait)
        row.host = row.host or error.tired_host
    permanent = error.outcome is Outcome.PERMANENT
    if permanent:
        row.state = "failed"
    db.session.commit()
    if permanent:
        log.error("Zoom refused the meeting of booking %s: %s", wanted.booking_id, error)
        return None
    return error.wait or backoff(attempt)


def _host(name: str) -> ConferenceHost:
    """The row of this host, made if need be, in the caller's transaction."""
    row = db.session.scalar(sa.select(ConferenceHost).where(ConferenceHost.name == name))
    if row is None:
        row = ConferenceHost(name=name)
        db.session.add(row)
    return row

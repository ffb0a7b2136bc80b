"""The nightly sweep of Zoom: no meeting of ours without a booking, no booking without its meeting.

Only meetings that name this service in their agenda are ours to delete; what their host or another service made there
is left alone. Nothing is concluded while a meeting is being made: its own order looks for it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

import sqlalchemy as sa

from booking import jobs
from booking.conferencing.zoom import ConferencingError, Meeting
from booking.effects import TRIES_A_DAY, backoff, effect
from booking.extensions import begin_write, db, let_go, office
from booking.models import Booking, BookingStatus, Conference, ConferenceHost
from booking.notifications.errors import Outcome
from booking.zoom_account import zoom_client

log = logging.getLogger(__name__)


def sweep_meetings() -> None:
    """Order what Zoom once refused again, and a look at the meetings of everybody who ever hosted one."""
    if not office().settings.zoom_configured:
        return
    begin_write(db.session())
    refused = sa.select(Conference).where(Conference.state == "failed")
    for row in db.session.scalars(_to_come(refused)):
        _order_anew(row)
    for host_id in db.session.scalars(sa.select(ConferenceHost.id)):
        jobs.enqueue(db.session(), "sweep_host", f"sweep:host{host_id}:{_today()}", host_id, 0)
    db.session.commit()


@effect
def sweep(host_id: int, attempt: int) -> float | None:
    """Delete this host's meetings that no booking has, and order anew those that are gone."""
    host = db.session.get(ConferenceHost, host_id)
    if host is None:
        return None
    let_go(db.session())
    zoom = zoom_client(office())
    try:
        found = list(zoom.ours(host.name))
        for meeting in _unwanted(found):
            zoom.delete(meeting)
    except ConferencingError as error:
        log.error("The Zoom meetings of host %s could not be swept: %s", host_id, error)
        hopeless = error.outcome is Outcome.PERMANENT or attempt >= TRIES_A_DAY
        return None if hopeless else error.wait or backoff(attempt)
    _repair(host.name, {meeting.id for meeting, _ in found})
    return None


def _unwanted(found: Collection[tuple[Meeting, str]]) -> list[Meeting]:
    """Those of a booking that is not on, and those beside the one that their booking has. Read after they were listed:
    a booking is there before its meeting.
    """
    ids = [reference.partition("@")[0] for _, reference in found]
    statement = sa.select(Booking.public_id, Booking.status, Conference.state, Conference.meeting_id)
    rows = db.session.execute(statement.outerjoin(Conference).where(Booking.public_id.in_(ids))).all()
    let_go(db.session())
    kept = {
        row.public_id: row.meeting_id if row.state == "ready" else None
        for row in rows
        if row.status == BookingStatus.CONFIRMED
    }
    pairs = zip(ids, (meeting for meeting, _ in found), strict=True)
    return [meeting for key, meeting in pairs if key not in kept or kept[key] not in (None, meeting.id)]


def _repair(host: str, present: Collection[int]) -> None:
    begin_write(db.session())
    ready = sa.select(Conference).where(Conference.state == "ready", Conference.host == host)
    for row in db.session.scalars(_to_come(ready)):
        if row.meeting_id not in present:
            _order_anew(row)
    db.session.commit()


def _to_come(conferences: sa.Select[Conference]) -> sa.Select[Conference]:
    """Of these, the ones whose sessions have not begun."""
    now = office().now()
    begun = sa.or_(Booking.status != BookingStatus.CONFIRMED, Booking.starts_at <= now)
    return conferences.join(Booking).where(Conference.provider == "zoom", ~begun).order_by(Conference.booking_id)


def _order_anew(row: Conference) -> None:
    """In the caller's transaction. The meeting may be there after all, so it is looked for."""
    if row.state == "failed":
        row.state = "creating"
    key = f"conference:{row.booking_id}:sweep.{_today()}"
    jobs.enqueue(db.session(), "arrange_conference", key, row.booking_id, 0)


def _today() -> str:
    return office().now().date().isoformat()

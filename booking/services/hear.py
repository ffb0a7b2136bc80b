"""What Zoom tells of a meeting, kept beside its booking."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from booking import jobs, joining
from booking.conferencing.zoom_events import DELETED, ENDED, JOINED, STARTED, ZoomEvent
from booking.extensions import begin_write, db
from booking.models import BookingStatus, Conference, ConferenceNotice
from booking.office import Office


def hear(office: Office, event: ZoomEvent) -> None:
    """Keep what the event says, once, however often it is told; order a new meeting for one deleted by hand.

    Of whoever joined only the time is kept. Events of meetings that are not, or no longer, ours change nothing.
    """
    session = db.session()
    begin_write(session)
    row = session.scalar(sa.select(Conference).where(Conference.meeting_id == event.meeting_id).with_for_update())
    if row is None or session.get(ConferenceNotice, event.key) is not None:
        session.rollback()
        return
    session.add(ConferenceNotice(key=event.key, heard_at=office.now()))
    if event.name == DELETED:
        _replace(office, row, event)
    elif joining.opens_at(row.booking) <= event.at <= joining.closes_at(row.booking):
        _note(row, event)
    try:
        session.commit()
    except IntegrityError:
        session.rollback()  # told twice in the same moment: the other one is kept


def _note(row: Conference, event: ZoomEvent) -> None:
    """The earliest start and arrival count, and the latest end: events come in any order."""
    if event.name == STARTED:
        row.started_at = _earlier(row.started_at, event.at)
    elif event.name == JOINED and not _is_maintainer(row, event):
        row.joined_at = _earlier(row.joined_at, event.at)
    elif event.name == ENDED:
        row.ended_at = event.at if row.ended_at is None else max(row.ended_at, event.at)


def _is_maintainer(row: Conference, event: ZoomEvent) -> bool:
    """Whether the host joined, or the maintainer where one Zoom user hosts for all."""
    return event.host_joined or event.email.casefold() == row.booking.maintainer.email.casefold()


def _replace(office: Office, row: Conference, event: ZoomEvent) -> None:
    """The meeting is gone while its session is on. Our own deletions are told as well: then it is not."""
    if row.booking.status == BookingStatus.CONFIRMED and office.now() < row.booking.ends_at:
        key = f"conference:{row.booking_id}:deleted.{event.key[:16]}"
        jobs.enqueue(db.session(), "arrange_conference", key, row.booking_id, 0)


def _earlier(known: datetime | None, told: datetime) -> datetime:
    return told if known is None else min(known, told)

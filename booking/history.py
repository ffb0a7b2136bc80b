"""What was done with a session, by whom and when: written with the deed, told on the session's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from booking import audit_log, formatting
from booking.extensions import db
from booking.models import Act, Booking, Change, Deed


@dataclass(frozen=True)
class By:
    """As what somebody does something with a session, and by which account, where one of ours who signed in does it."""

    role: str
    account_id: int | None = None


ATTENDEE, MAINTAINER, ORGANISER, SERVICE = By("attendee"), By("maintainer"), By("organiser"), By("service")
SENTENCES = {
    Deed.CONFIRMED: "{who} confirmed it.",
    Deed.ACCEPTED: "{who} accepted it in a calendar app.",
    Deed.DECLINED: "{who} declined it in a calendar app.",
    Deed.TENTATIVE: "{who} answered “perhaps” in a calendar app.",
    Deed.CANCELLED: "Cancelled by {who}.",
    Deed.CAME: "{who} said that the attendee came.",
    Deed.MISSED: "{who} said that the attendee did not come.",
    Deed.NOTE_WRITTEN: "{who} wrote down what came of it.",
    Deed.NOTE_ASKED: "The attendee was asked whether the note may be published.",
    Deed.NOTE_AGREED: "{who} agreed, so the note was published.",
    Deed.NOTE_REFUSED: "{who} did not want the note published.",
    Deed.NOTE_PUBLISHED: "The note was published again by {who}.",
    Deed.NOTE_WITHDRAWN: "The note was withdrawn by {who}.",
}


@dataclass(frozen=True)
class Line:
    at: datetime
    text: str


def record(booking: Booking, deed: Deed, by: By, now: datetime) -> None:
    """Write down, in the caller's transaction and before the booking is changed, what is about to happen to it.

    What somebody does who signed in stands in the audit log too.
    """
    db.session.add(
        Change(
            booking_id=booking.id,
            at=now,
            deed=deed,
            by=by.role,
            starts_at=booking.starts_at,
            maintainer_id=booking.maintainer_id,
        )
    )
    if by.account_id is not None:
        audit_log.record(Act.BOOKING_CHANGED, now, by.account_id, f"booking {booking.id}", deed)


def lines(booking: Booking, zone: str) -> list[Line]:
    """The history of a booking in sentences, oldest first, with times in `zone`."""
    mine = sa.select(Change).where(Change.booking_id == booking.id).options(joinedload(Change.maintainer))
    rows = db.session.scalars(mine.order_by(Change.at, Change.id)).all()
    booker = booking.booked_by.name if booking.booked_by else booking.attendee_name
    return [_line(booking.created_at, f"Booked by {booker}."), *_told(booking, rows, zone)]


def _told(booking: Booking, rows: Sequence[Change], zone: str) -> list[Line]:
    """How it was after a deed stands in the row of the next one, or in the booking."""
    after = [(row.starts_at, row.maintainer.name) for row in rows[1:]] + [(booking.starts_at, booking.maintainer.name)]
    return [
        _line(row.at, _sentence(row, _doer(row, booking), start, name, zone))
        for row, (start, name) in zip(rows, after, strict=False)
    ]


def _line(at: datetime, sentence: str) -> Line:
    """With one full stop at its end, also after a name that has one itself."""
    return Line(at, sentence.removesuffix(".") if sentence.endswith("..") else sentence)


def _doer(row: Change, booking: Booking) -> str:
    names = {
        ATTENDEE.role: booking.attendee_name,
        MAINTAINER.role: row.maintainer.name,
        ORGANISER.role: "an organiser",
    }
    return names.get(row.by, "this service")


def _sentence(row: Change, who: str, start: datetime, name: str, zone: str) -> str:
    before = row.maintainer.name
    if row.deed == Deed.MOVED:
        to = f"to {formatting.when(start, zone)}" + (f", with {name}" if name != before else "")
        return f"Moved from {formatting.when(row.starts_at, zone)} {to} by {who}."
    if row.deed == Deed.HANDED_OVER and row.by == SERVICE.role:
        return f"It went from {before} to {name}, because {before} is away then."
    if row.deed == Deed.HANDED_OVER:
        return f"Handed over from {before} to {name} by {who}."
    return SENTENCES[Deed(row.deed)].format(who=who)

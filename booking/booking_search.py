"""Finding bookings, for organisers: a page at a time or all of them, the newest first."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from booking.extensions import db
from booking.models import Booking, Maintainer, Topic
from booking.paging import NEWEST, older
from routing import zones

BATCH = 500
# Where a program that splits at semicolons, tabs or any line break would see a cell begin that it calculates.
FORMULA = re.compile(r"^(?=[\t\r\n\0])|(?:^|(?<=[;\t\r\n]))(?=[=+\-@＝＋－＠])")
COLUMNS = (
    *("reference", "status", "starts_at_utc", "ends_at_utc", "starts_at_local", "timezone", "topic", "slot"),
    *("maintainer", "attendee_name", "attendee_email", "attendee_timezone", "question", "links", "booked_at_utc"),
    *("cancelled_by", "cancel_reason"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bookings: those with every word in name, address or question, or as reference; empty means any.

    `topic` and `maintainer` are keys. `first` and `last` are days in `zone`, both included, on which they begin.
    """

    zone: str
    words: str = ""
    status: str = ""
    topic: str = ""
    maintainer: str = ""
    first: date | None = None
    last: date | None = None


def find(wanted: Wanted, before: int, most: int) -> Sequence[Booking]:
    """At most so many, made before the one with the id `before`; in one statement."""
    newest = (
        sa.select(Booking)
        .where(*_conditions(wanted), older(Booking.id, before))
        .order_by(Booking.id.desc())
        .limit(most)
    )
    people = (joinedload(Booking.topic), joinedload(Booking.maintainer), joinedload(Booking.slot))
    return db.session.scalars(newest.options(*people)).all()


def count(wanted: Wanted) -> int:
    return db.session.scalar(sa.select(sa.func.count(Booking.id)).where(*_conditions(wanted))) or 0


def as_csv(wanted: Wanted) -> Iterator[str]:
    """All of them as RFC 4180 says it, a batch at a time, so that the memory needed does not grow with their number.

    Instants are in UTC (RFC 3339), and the start on `wanted.zone`'s clock with its offset too. What a spreadsheet would
    take for a formula has an apostrophe before it (OWASP ASVS 5.0, 1.2.10).
    """
    yield _lines([COLUMNS])
    before = NEWEST
    while found := find(wanted, before, BATCH):
        before = found[-1].id
        lines = _lines(_cells(booking, wanted.zone) for booking in found)
        db.session.rollback()  # whoever reads slowly holds nothing in the database meanwhile
        yield lines


def _conditions(wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    yield Booking.hold_network.is_(None)  # a form that is being filled is nobody's booking yet
    for word in wanted.words.split():
        said = (Booking.attendee_name, Booking.attendee_email, Booking.question)
        reference = sa.func.substr(Booking.public_id, 1, 8) == word.lower()
        yield sa.or_(reference, *(column.icontains(word, autoescape=True) for column in said))
    if wanted.status:
        yield Booking.status == wanted.status
    if wanted.topic:
        yield Booking.topic.has(Topic.key == wanted.topic)
    if wanted.maintainer:
        yield Booking.maintainer.has(Maintainer.key == wanted.maintainer)
    if wanted.first:
        yield Booking.starts_at >= zones.midnight(wanted.first, wanted.zone)
    if wanted.last:
        yield Booking.starts_at < zones.midnight(wanted.last + timedelta(days=1), wanted.zone)


def _cells(booking: Booking, zone: str) -> Sequence[str]:
    return (
        booking.reference,
        booking.status,
        _utc(booking.starts_at),
        _utc(booking.ends_at),
        zones.local(booking.starts_at, zone).isoformat(),
        zone,
        booking.topic.key,
        booking.slot.key,
        booking.maintainer.key,
        booking.attendee_name,
        booking.attendee_email,
        booking.attendee_timezone,
        booking.question,
        " ".join(booking.links),
        _utc(booking.created_at),
        booking.cancelled_by or "",
        booking.cancel_reason or "",
    )


def _utc(instant: datetime) -> str:
    return zones.utc(instant).isoformat().replace("+00:00", "Z")


def _lines(rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> str:
    text = StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: str) -> str:
    return FORMULA.sub("'", cell)

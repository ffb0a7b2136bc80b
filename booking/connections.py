"""Maintainers' connections as pages and commands show them; never their secrets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from booking.extensions import db
from booking.models import Booking, BookingStatus, Calendar, CalendarEvent, Connection, JournalEntry, Maintainer
from calendars.findings import READ_ONLY

JOURNAL = 100
# States of events that a calendar holds as far as we know.
HELD_THERE = ("written", "conflict", "missing", "pending", "failed")


def connections_of(maintainer_id: int) -> Sequence[Connection]:
    return db.session.scalars(
        sa.select(Connection)
        .where(Connection.maintainer_id == maintainer_id)
        .order_by(Connection.id)
        .options(selectinload(Connection.calendars))
    ).all()


def calendars(maintainer_id: int | None = None) -> Sequence[Calendar]:
    """Calendars in use, embedded ones too; of one maintainer, or of all."""
    statement = (
        sa.select(Calendar)
        .join(Maintainer)
        .where(~Maintainer.retired, in_use())
        .order_by(Maintainer.position, Maintainer.id, Calendar.id)
    )
    if maintainer_id is not None:
        statement = statement.where(Calendar.maintainer_id == maintainer_id)
    return db.session.scalars(statement).all()


def in_use() -> sa.ColumnElement[bool]:
    """Read from, written to, or holding a session that its maintainer moved there."""
    followed = sa.exists().where(
        CalendarEvent.calendar_id == Calendar.id, CalendarEvent.followed, CalendarEvent.state.in_(HELD_THERE)
    )
    return sa.or_(Calendar.reads, Calendar.writes, followed)


def disagreements(maintainer_id: int, now: datetime) -> Sequence[CalendarEvent]:
    """Events of sessions to come that say something else than their booking, or vanished with most others."""
    return db.session.scalars(
        sa.select(CalendarEvent)
        .join(Booking)
        .where(
            Booking.maintainer_id == maintainer_id,
            Booking.status == BookingStatus.CONFIRMED,
            Booking.starts_at > now,
            CalendarEvent.state.in_(("conflict", "missing", "failed")),
        )
        .order_by(Booking.starts_at)
        .options(joinedload(CalendarEvent.booking).joinedload(Booking.topic))
    ).all()


def journal_of(maintainer_id: int) -> Sequence[JournalEntry]:
    """What was done because of a maintainer's calendars, and what was wrong with them, newest first."""
    return db.session.scalars(
        sa.select(JournalEntry)
        .join(Calendar)
        .where(Calendar.maintainer_id == maintainer_id)
        .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
        .limit(JOURNAL)
    ).all()


def state_of(calendar: Calendar) -> str:
    """In a word how it stands: "paused" after a refused login, "halted" after most sessions vanished at once."""
    if calendar.paused:
        return "paused"
    if calendar.halted:
        return "halted"
    if not (calendar.reads or calendar.writes):
        return "unused"
    return "failing" if calendar.failures else "ok"


def choice_of(connection: Connection) -> tuple[int | None, set[int]]:
    """What is written to and read from, by id; of a fresh connection the first that takes it, and all."""
    offered = connection.calendars
    if any(row.reads or row.writes for row in offered):
        writing = next((row.id for row in offered if row.writes), None)
        return writing, {row.id for row in offered if row.reads}
    writing = next((row.id for row in offered if READ_ONLY not in row.quirks), None)
    return writing, {row.id for row in offered}

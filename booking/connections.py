"""Maintainers' connections as pages and commands show them; never their secrets."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from booking.extensions import db
from booking.models import Calendar, Connection, Maintainer
from calendars.findings import READ_ONLY


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
        .where(~Maintainer.retired, Calendar.reads | Calendar.writes)
        .order_by(Maintainer.position, Maintainer.id, Calendar.id)
    )
    if maintainer_id is not None:
        statement = statement.where(Calendar.maintainer_id == maintainer_id)
    return db.session.scalars(statement).all()


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

"""A maintainer's own calendar instead of the embedded one."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from booking import queries
from booking.calendar_access import SECONDS, guard
from booking.effects.busy import order_reading, reading_window, until_known
from booking.effects.orders import settle
from booking.extensions import begin_write, db, let_go
from booking.models import Booking, BookingStatus, Calendar, Connection, Maintainer
from booking.office import Office
from calendars.addresses import origin
from calendars.caldav_store import CalDavStore, find_calendar
from calendars.store import CalendarAccount


def connect(office: Office, maintainer_id: int, url: str, username: str, password: str) -> Calendar:
    """The calendar found at that address, from now on the one written to and read from.

    It is tried before anything is stored: found, signed in to, and its busy times read. Sessions to come move over.
    Raises CalendarError with a sentence for the maintainer.
    """
    zone = db.session.get_one(Maintainer, maintainer_id).timezone
    now = office.now()
    window = reading_window(now)
    ours = queries.uids_around(maintainer_id, window)
    let_go(db.session())
    account = find_calendar(url, username, password, guard(office, SECONDS))
    store = CalDavStore(account, guard(office, SECONDS), timezone=zone)
    try:
        found = store.busy(window, ignore_uids=ours)
    finally:
        store.close()
    begin_write(db.session())
    _disconnect_all(maintainer_id)
    connection = _connection(office, maintainer_id, account)
    calendar = _row(maintainer_id, connection, account.url)
    calendar.busy, calendar.busy_as_of = until_known(found, window.end), now
    calendar.failures, calendar.last_error = 0, None
    db.session.flush()
    _move_over(office, maintainer_id, f"connected.{uuid.uuid4().hex}")
    db.session.commit()
    return calendar


def disconnect(office: Office, maintainer_id: int) -> None:
    """Back to the embedded calendar; the maintainer's own is not read or written any more."""
    begin_write(db.session())
    _disconnect_all(maintainer_id)
    calendar = _row(maintainer_id, None, None)
    db.session.flush()
    order_reading(calendar.id)
    _move_over(office, maintainer_id, f"connected.{uuid.uuid4().hex}")
    db.session.commit()


def _disconnect_all(maintainer_id: int) -> None:
    db.session.execute(
        sa.update(Calendar).where(Calendar.maintainer_id == maintainer_id).values(writes=False, reads=False)
    )


def _connection(office: Office, maintainer_id: int, account: CalendarAccount) -> Connection:
    """The login, as it was just tried."""
    server = str(origin(account.url))
    known = sa.select(Connection).filter_by(maintainer_id=maintainer_id, url=server, username=account.username)
    connection = db.session.scalar(known)
    if connection is None:
        connection = Connection(
            maintainer_id=maintainer_id, url=server, username=account.username, created_at=office.now()
        )
        db.session.add(connection)
    connection.secret, connection.auth = office.vault.encrypt(account.password.encode()), account.auth
    connection.paused = False
    return connection


def _row(maintainer_id: int, connection: Connection | None, url: str | None) -> Calendar:
    """The row of this calendar, in use again. Two rows for one calendar would each remove what the other wrote."""
    db.session.flush()
    known = sa.select(Calendar).where(
        Calendar.maintainer_id == maintainer_id,
        Calendar.url == url if url else Calendar.kind == "embedded",
        Calendar.connection == connection,
    )
    calendar = db.session.scalar(known)
    if calendar is None:
        kind = "caldav" if connection else "embedded"
        calendar = Calendar(maintainer_id=maintainer_id, kind=kind, url=url, connection=connection)
        db.session.add(calendar)
    calendar.writes = calendar.reads = True
    return calendar


def _move_over(office: Office, maintainer_id: int, occasion: str) -> None:
    upcoming = db.session.scalars(
        sa.select(Booking).where(
            Booking.maintainer_id == maintainer_id,
            Booking.status == BookingStatus.CONFIRMED,
            Booking.starts_at > office.now(),
        )
    )
    for booking in upcoming:
        settle(db.session(), booking, occasion)

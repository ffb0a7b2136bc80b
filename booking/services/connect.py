"""A maintainer's own calendars: signing in to their server, and leaving it again.

A connection is one login, its calendars at first neither written to nor read; `choose` says which are. The embedded
calendar stays the one that is written to as long as no other is.
"""

from __future__ import annotations

import hashlib
import uuid
from urllib.parse import urlsplit

import sqlalchemy as sa

from booking import accounts, queries, ways_in
from booking.calendar_access import guard, read_feed_at
from booking.effects.orders import settle, writing_calendar
from booking.effects.sync import order_sync, reading_window, until_known
from booking.extensions import begin_write, db, let_go
from booking.models import Act, Booking, BookingStatus, Calendar, CalendarEvent, Connection, Maintainer
from booking.office import Office
from booking.services.conflicts import lock_maintainer
from calendars.addresses import origin
from calendars.discovery import FoundCalendar, Login, Say, discover
from calendars.findings import READ_ONLY

SECONDS = 10.0
_TAKEN_AWAY = ("removed", "gone", "pruned")


def connect(office: Office, maintainer_id: int, login: Login, say: Say, by: int | None = None) -> int:
    """Sign in and keep the login with the calendars it opens; gives the connection's id.

    The same server and user again is the same connection with a new secret, and not paused any more. `by` is whose
    account did it, if any. Raises CalendarError with a sentence for the maintainer; then nothing is kept.
    """
    let_go(db.session())
    account = discover(login, guard(office, SECONDS), say)
    begin_write(db.session())
    lock_maintainer(db.session(), maintainer_id)
    connection = _connection(office, maintainer_id, account.server, login.username, account.auth, login.secret)
    known = {row.url: row for row in db.session.scalars(sa.select(Calendar).filter_by(maintainer_id=maintainer_id))}
    for found in account.calendars:
        _keep(known.get(found.url), connection, found)
    db.session.flush()
    _forget(office, connection, found={found.url for found in account.calendars})
    db.session.refresh(connection)
    for calendar in connection.calendars:
        calendar.failures, calendar.last_error = 0, None
        if calendar.reads or calendar.writes:
            order_sync(calendar.id)
    if any(calendar.writes for calendar in connection.calendars):
        _move_over(office, maintainer_id)  # what failed while the login was refused
    _tell(office, maintainer_id, Act.CALENDAR_CONNECTED, connection.id, by)
    db.session.commit()
    return connection.id


def connect_feed(office: Office, maintainer_id: int, typed: str, by: int | None = None) -> None:
    """Read busy times from a secret .ics address from now on. Raises CalendarError; then nothing is kept."""
    maintainer = db.session.get_one(Maintainer, maintainer_id)
    scheme, _, rest = typed.strip().partition("://")
    address = f"https://{rest}" if scheme.lower() in {"webcal", "webcals"} else typed.strip()
    server = str(origin(address))
    now = office.now()
    window = reading_window(now)
    ours = queries.uids_around(maintainer_id, window)
    let_go(db.session())
    found = read_feed_at(office, address, maintainer, window, ours)
    begin_write(db.session())
    lock_maintainer(db.session(), maintainer_id)
    before = writing_calendar(maintainer_id)
    # Feeds of one provider differ in nothing but the secret address.
    mark = hashlib.sha256(address.encode()).hexdigest()[:8]
    connection = _connection(office, maintainer_id, server, mark, "feed", address)
    db.session.flush()
    calendar = db.session.scalar(sa.select(Calendar).filter_by(connection_id=connection.id))
    if calendar is None:
        name = f"Feed of {urlsplit(server).hostname}"
        calendar = Calendar(maintainer_id=maintainer_id, connection=connection, kind="feed", name=name, writes=False)
        db.session.add(calendar)
    calendar.reads, calendar.failures, calendar.last_error = True, 0, None
    calendar.busy, calendar.busy_as_of = until_known(found.spans, window.end), now
    settle_writing(office, maintainer_id, before)
    _tell(office, maintainer_id, Act.CALENDAR_CONNECTED, connection.id, by)
    db.session.commit()


def remove(office: Office, maintainer_id: int, connection_id: int, by: int) -> None:
    """Use a connection no more. Login and calendars are forgotten, but for those that sessions must be taken from.

    Pressed again, they are forgotten too. Raises LookupError for a connection that is not theirs.
    """
    begin_write(db.session())
    lock_maintainer(db.session(), maintainer_id)
    before = writing_calendar(maintainer_id)
    connection = connection_of(maintainer_id, connection_id)
    again = not any(calendar.reads or calendar.writes for calendar in connection.calendars)
    for calendar in connection.calendars:
        calendar.writes = calendar.reads = False
        moved_here = sa.update(CalendarEvent).where(CalendarEvent.calendar_id == calendar.id)
        db.session.execute(moved_here.values(followed=False))
    settle_writing(office, maintainer_id, before)
    holding = sa.select(Calendar.id).where(Calendar.connection_id == connection_id, _holds_sessions(office))
    if again or db.session.scalar(holding.limit(1)) is None:
        db.session.execute(sa.delete(Connection).where(Connection.id == connection_id))
    _tell(office, maintainer_id, Act.CALENDAR_REMOVED, connection_id, by)
    db.session.commit()


def connection_of(maintainer_id: int, connection_id: int) -> Connection:
    """A connection of this maintainer. Raises LookupError."""
    connection = db.session.scalar(
        sa.select(Connection).where(Connection.id == connection_id, Connection.maintainer_id == maintainer_id)
    )
    if connection is None:
        raise LookupError("There is no such connection.")
    return connection


def settle_writing(office: Office, maintainer_id: int, before: Calendar | None) -> None:
    """Write to the embedded calendar if to no other, and take sessions over from the calendar `before`."""
    mine = sa.select(Calendar).filter_by(maintainer_id=maintainer_id)
    own = db.session.scalar(mine.where(Calendar.kind == "caldav", Calendar.writes))
    embedded = db.session.scalar(mine.where(Calendar.kind == "embedded"))
    if embedded is None and own is None and office.settings.has_embedded_calendars:
        embedded = Calendar(maintainer_id=maintainer_id, kind="embedded")
        db.session.add(embedded)
    if embedded is not None:
        embedded.writes = embedded.reads = own is None
    db.session.flush()
    now_written = writing_calendar(maintainer_id)
    if now_written is not before:
        if now_written is not None:
            now_written.sync_token = now_written.fingerprint = now_written.full_at = None
            order_sync(now_written.id)
        _move_over(office, maintainer_id)


def _connection(office: Office, maintainer_id: int, server: str, username: str, auth: str, secret: str) -> Connection:
    """The login as it was just tried."""
    known = sa.select(Connection).filter_by(maintainer_id=maintainer_id, url=server, username=username)
    connection = db.session.scalar(known)
    if connection is None:
        connection = Connection(maintainer_id=maintainer_id, url=server, username=username, created_at=office.now())
        db.session.add(connection)
    connection.secret, connection.auth = office.vault.encrypt(secret.encode()), auth
    connection.paused = False
    return connection


def _tell(office: Office, maintainer_id: int, act: Act, connection_id: int, by: int | None) -> None:
    account = accounts.of_maintainer(maintainer_id)
    ways_in.changed(office, account.id, act, by, f"connection {connection_id}")


def _keep(row: Calendar | None, connection: Connection, found: FoundCalendar) -> None:
    """The row of this calendar, whoever signed in to it: two rows would each remove what the other wrote."""
    if row is None:
        row = Calendar(maintainer_id=connection.maintainer_id, kind="caldav", url=found.url, writes=False, reads=False)
        db.session.add(row)
    row.connection, row.name = connection, found.name
    row.quirks = [quirk for quirk in row.quirks or [] if quirk != READ_ONLY] if found.writable else [READ_ONLY]


def _forget(office: Office, connection: Connection, found: set[str]) -> None:
    """Rows of this login's calendars that are no more and were of no use, and logins that open nothing any more."""
    useless = ~Calendar.reads & ~Calendar.writes & Calendar.url.not_in(found) & ~_holds_sessions(office)
    db.session.execute(sa.delete(Calendar).where(Calendar.connection_id == connection.id, useless))
    empty = ~sa.exists().where(Calendar.connection_id == Connection.id)
    db.session.execute(sa.delete(Connection).where(Connection.maintainer_id == connection.maintainer_id, empty))


def _holds_sessions(office: Office) -> sa.Exists:
    """Whether sessions to come stand in a calendar as far as we know."""
    return (
        sa.exists()
        .where(CalendarEvent.calendar_id == Calendar.id, CalendarEvent.state.not_in(_TAKEN_AWAY))
        .where(CalendarEvent.booking_id == Booking.id, Booking.ends_at > office.now())
    )


def _move_over(office: Office, maintainer_id: int) -> None:
    occasion = f"connected.{uuid.uuid4().hex}"
    upcoming = db.session.scalars(
        sa.select(Booking).where(
            Booking.maintainer_id == maintainer_id,
            Booking.status == BookingStatus.CONFIRMED,
            Booking.starts_at > office.now(),
        )
    )
    for booking in upcoming:
        settle(db.session(), booking, occasion)

"""A maintainer's own calendar instead of the embedded one."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from booking import queries
from booking.calendar_access import SECONDS, guard
from booking.effects.busy import order_reading
from booking.effects.orders import settle
from booking.extensions import begin_write, db, let_go
from booking.models import Booking, BookingStatus, Calendar, Maintainer
from booking.office import Office
from calendars.caldav_store import CalDavStore, find_calendar
from routing.values import TimeRange


def connect(office: Office, maintainer_id: int, url: str, username: str, password: str) -> Calendar:
    """The calendar found at that address, from now on the one written to and read from.

    It is tried before anything is stored: found, signed in to, and its busy times read. Sessions to come move over.
    Raises CalendarError with a sentence for the maintainer.
    """
    zone = db.session.get_one(Maintainer, maintainer_id).timezone
    now = office.now()
    window = TimeRange(now - timedelta(days=1), now + timedelta(days=queries.community().horizon_days + 2))
    ours = queries.uids_around(maintainer_id, window)
    let_go(db.session())
    account = find_calendar(url, username, password, guard(office, SECONDS))
    store = CalDavStore(account, guard(office, SECONDS), timezone=zone)
    try:
        busy = store.busy(window, ignore_uids=ours)
    finally:
        store.close()
    begin_write(db.session())
    _disconnect_all(maintainer_id)
    calendar = Calendar(
        maintainer_id=maintainer_id,
        kind="caldav",
        url=account.url,
        username=account.username,
        secret=office.vault.encrypt(account.password.encode()),
        auth=account.auth,
        busy=busy,
        busy_as_of=now,
        busy_until=window.end,
    )
    db.session.add(calendar)
    db.session.flush()
    _move_over(office, maintainer_id, f"connected.{calendar.id}")
    db.session.commit()
    return calendar


def disconnect(office: Office, maintainer_id: int) -> None:
    """Back to the embedded calendar; the maintainer's own is not read or written any more."""
    begin_write(db.session())
    _disconnect_all(maintainer_id)
    calendar = Calendar(maintainer_id=maintainer_id, kind="embedded")
    db.session.add(calendar)
    db.session.flush()
    order_reading(calendar.id)
    _move_over(office, maintainer_id, f"connected.{calendar.id}")
    db.session.commit()


def _disconnect_all(maintainer_id: int) -> None:
    db.session.execute(
        sa.update(Calendar).where(Calendar.maintainer_id == maintainer_id).values(writes=False, reads=False)
    )


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

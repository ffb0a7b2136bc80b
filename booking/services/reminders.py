"""Who wants reminders by mail."""

from __future__ import annotations

import sqlalchemy as sa

from booking.extensions import begin_write, db
from booking.models import ReminderOptOut
from booking.office import Office
from booking.validation import canonical


def opted_out(address: str) -> bool:
    """Whether this address wants no reminders by mail."""
    return db.session.get(ReminderOptOut, canonical(address)) is not None


def remind(office: Office, address: str, *, wanted: bool) -> None:
    """Send reminders to this address, or none from now on; saying so again changes nothing."""
    session = db.session()
    begin_write(session)
    session.execute(sa.delete(ReminderOptOut).where(ReminderOptOut.address == canonical(address)))
    if not wanted:
        session.add(ReminderOptOut(address=canonical(address), since=office.now()))
    session.commit()

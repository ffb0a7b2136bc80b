"""Who wants reminders by mail."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from booking.extensions import begin_write, db
from booking.models import ReminderOptOut
from booking.office import Office
from booking.validation import canonical


def opted_out(address: str) -> bool:
    """Whether this address wants no reminders by mail."""
    return db.session.get(ReminderOptOut, canonical(address)) is not None


def remind(office: Office, address: str, *, wanted: bool) -> None:
    """Send reminders to this address, or none from now on; saying so again changes nothing."""
    session, key = db.session(), canonical(address)
    begin_write(session)
    if wanted:
        session.execute(sa.delete(ReminderOptOut).where(ReminderOptOut.address == key))
    elif session.get(ReminderOptOut, key) is None:
        session.add(ReminderOptOut(address=key, since=office.now()))
    try:
        session.commit()
    except IntegrityError:  # the same was said at the same time
        session.rollback()

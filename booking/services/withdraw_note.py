"""Publishing a note no more, at the word of its maintainer or of whoever sees to everybody's sessions."""

from __future__ import annotations

import sqlalchemy as sa

from booking import history
from booking.extensions import begin_write, db
from booking.history import By
from booking.models import Deed, Note
from booking.office import Office
from booking.services.keep_note import pages_changed


def withdraw_note(office: Office, booking_id: int, by: By) -> None:
    """What the attendee said of it stays as it is. Nothing happens to a note that is not to be published."""
    session = db.session()
    begin_write(session)
    note = session.scalar(sa.select(Note).where(Note.booking_id == booking_id, Note.publish).with_for_update())
    if note is not None:
        if note.published:
            pages_changed(session)
        note.publish = False
        history.record(note.booking, Deed.NOTE_WITHDRAWN, by, office.now())
    session.commit()

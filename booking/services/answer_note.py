"""The attendee's word on whether the note of their session is published."""

from __future__ import annotations

import sqlalchemy as sa

from booking import history
from booking.extensions import begin_write, db
from booking.models import Deed, Note
from booking.office import Office
from booking.reading import _
from booking.services.keep_note import pages_changed
from booking.services.refusal import Refusal, RefusalCode, refuse


def answer_note(office: Office, booking_id: int, version: int, *, agree: bool) -> Note | Refusal:
    """The note with their answer, which they can change at any time. A yes is for the version they read, no other."""
    session = db.session()
    begin_write(session)
    wanted = sa.select(Note).where(Note.booking_id == booking_id, Note.publish).with_for_update()
    note = session.scalar(wanted, execution_options={"populate_existing": True})
    if note is None:
        session.rollback()
        return refuse(RefusalCode.NOT_LIVE, _("Nobody wants to publish this note any more, so there is nothing to do."))
    if agree and note.version != version:
        session.rollback()
        return refuse(RefusalCode.NOT_LIVE, _("The note was changed meanwhile. Read it again before you agree."))
    if note.agreed is not agree:
        history.record(note.booking, Deed.NOTE_AGREED if agree else Deed.NOTE_REFUSED, history.ATTENDEE, office.now())
    before = note.published
    note.agreed, note.answered_at = agree, office.now()
    if before != note.published:
        pages_changed(session)
    session.commit()
    return note

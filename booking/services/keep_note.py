"""Writing down what came of a session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from booking import deliveries, history
from booking.effects.orders import send
from booking.extensions import begin_write, db
from booking.history import By
from booking.models import Booking, Community, Deed, Kind, Note
from booking.office import Office
from booking.services.attend import OVER
from booking.services.refusal import Refusal, RefusalCode, refuse
from routing.pages import stems_of


@dataclass(frozen=True)
class Outcome:
    """What a maintainer says of a session, already validated; `text` is CommonMark."""

    solved: str
    title: str
    text: str
    links: tuple[str, ...]
    publish: bool


def keep_note(office: Office, booking_id: int, outcome: Outcome, by: By) -> Note | Refusal:
    """The note as it stands now. Whatever changes in it ends the attendee's agreement, and they are asked again.

    Refused before the session has begun, when their data was erased, and when they got very many mails today.
    """
    session = db.session()
    begin_write(session)
    now = office.now()
    booking = session.get_one(Booking, booking_id, with_for_update=True, populate_existing=True)
    if booking.status not in OVER or booking.starts_at > now:
        session.rollback()
        return refuse(RefusalCode.TOO_LATE, "Notes can be kept from the start of a session on, if it took place.")
    if not booking.attendee_email:
        session.rollback()
        return refuse(RefusalCode.NOT_LIVE, "Who asked had their data erased, so nothing is written down about it.")
    # Locked, so that a yes to the version before cannot come between reading and writing.
    kept = sa.select(Note).where(Note.booking_id == booking_id).with_for_update()
    note = session.scalar(kept, execution_options={"populate_existing": True})
    if note is None:
        note = Note(booking_id=booking_id, version=0, asked_version=0, publish=False)
    known, wanted, before = note.version, note.publish, note.published
    _write(note, booking, outcome, now)
    session.add(note)
    if note.version > known:
        history.record(booking, Deed.NOTE_WRITTEN, by, now)
    if note.publish and note.agreed is None and note.asked_version < note.version:
        if deliveries.often(session, booking.attendee_email, now, deliveries.MAILS_A_DAY):
            session.rollback()
            return refuse(RefusalCode.TOO_MANY, "This address got very many mails today. Publish the note tomorrow.")
        _ask(session, booking, note, now)
    if note.published and not before:
        history.record(booking, Deed.NOTE_PUBLISHED, by, now)
    if wanted and not note.publish:
        history.record(booking, Deed.NOTE_WITHDRAWN, by, now)
    if before != note.published:
        pages_changed(session)
    session.commit()
    return note


def pages_changed(session: Session) -> None:
    """Public notes came or went, in the caller's transaction: processes read the pages anew."""
    session.execute(sa.update(Community).values(revision=Community.revision + 1))


def _write(note: Note, booking: Booking, outcome: Outcome, now: datetime) -> None:
    links = list(outcome.links)
    if (note.solved, note.title, note.text, note.links) != (outcome.solved, outcome.title, outcome.text, links):
        note.version += 1
        note.agreed = note.answered_at = None
        note.written_at = now
    note.solved, note.title, note.text, note.links = outcome.solved, outcome.title, outcome.text, links
    note.stems = stems_of(outcome.title, (), outcome.text)
    note.topic_id = booking.about_topic_id or booking.topic_id
    note.publish = outcome.publish


def _ask(session: Session, booking: Booking, note: Note, now: datetime) -> None:
    """One mail for each version."""
    history.record(booking, Deed.NOTE_ASKED, history.SERVICE, now)
    note.asked_version = note.version
    mail = deliveries.mail_to_attendee(booking, Kind.NOTE, now)
    mail.lead = str(note.version)
    send(session, mail)

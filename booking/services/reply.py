"""What people answered to an invitation in their calendar app."""

from __future__ import annotations

import sqlalchemy as sa

from booking import history
from booking.effects.orders import writing_calendar
from booking.extensions import begin_write, db
from booking.links import PUBLIC_ID
from booking.models import Booking, BookingStatus, Deed
from booking.office import Office
from booking.services.cancel import call_off
from booking.services.reschedule import not_movable
from booking.services.rescue import give_back
from calendars.reply import Reply
from routing.phrases import marked

DECLINED = marked("Declined in their calendar.")


def record(office: Office, reply: Reply) -> bool:
    """Keep the attendee's answer, and call off a session to come that was declined; gives whether it was an answer.

    A maintainer is invited by mail only where no calendar holds the session, and can decline there only then. An answer
    to an earlier version of the session, or said before the one we know, is one too, and changes nothing; so
    does a repeat. An answer by anybody else, about anything else, is none.

    Nothing in a mail proves who sent it. The UID does: 128 random bits that stand in the invitation and in the
    maintainer's calendar only, a secret of the two sides as the private link is, which can cancel too.
    """
    session = db.session()
    public_id, _, domain = reply.uid.partition("@")
    if domain != "officehours" or not PUBLIC_ID.fullmatch(public_id):
        return False
    begin_write(session)
    booking = session.scalar(sa.select(Booking).where(Booking.public_id == public_id).with_for_update())
    by = _who(booking, reply) if booking is not None else None
    if booking is None or by is None:
        session.rollback()
        return False
    now = office.now()
    if _counts(booking, reply, by):
        if by == "attendee":
            if booking.attendee_reply != reply.partstat:
                history.record(booking, Deed(reply.partstat), history.ATTENDEE, now)
            booking.attendee_reply, booking.attendee_replied_at = reply.partstat, min(reply.stamp, now)
        if reply.partstat == "declined" and not_movable(booking, now) is None:
            if by == "attendee":
                call_off(session, booking, by=history.ATTENDEE, reason=DECLINED, now=now)
            else:
                give_back(session, booking, why=DECLINED, now=now)
    session.commit()
    return True


def _who(booking: Booking, reply: Reply) -> str | None:
    """Whose answer it is, if it is one of those we asked."""
    if reply.attendee == booking.attendee_email.lower():
        return "attendee"
    invited = reply.attendee == booking.maintainer.email.lower() and writing_calendar(booking.maintainer_id) is None
    return "maintainer" if invited else None


def _counts(booking: Booking, reply: Reply, by: str) -> bool:
    """Of two answers to one version the later counts. Some apps stamp all theirs alike: then the one that came last."""
    known = booking.attendee_replied_at if by == "attendee" else None
    late = known is not None and reply.stamp < known
    return booking.status == BookingStatus.CONFIRMED and reply.sequence >= booking.sequence and not late

"""A booking as iCalendar: for the maintainer's calendar, the attendee's mail and the download."""

from __future__ import annotations

from dataclasses import replace
from email.utils import parseaddr

from booking import formatting
from booking.models import Booking, BookingStatus, Maintainer
from booking.notifications.text import short_name
from booking.office import Office
from booking.reading import DEFAULT, _, reading_as
from calendars import invitation
from calendars.invitation import Party, SessionEvent
from routing.values import TimeRange


def session_event(office: Office, booking: Booking) -> SessionEvent:
    """What the maintainer's calendar says: with whom, about what, and the join page, which never changes."""
    join = office.links.join(booking.public_id, booking.generation)
    with reading_as(DEFAULT):
        theirs = formatting.when(booking.starts_at, booking.attendee_timezone)
    lines = [
        f"{booking.topic.title} with {booking.attendee_name} <{booking.attendee_email}>",
        f"For them: {theirs}",
        f"Join: {join}",
        "",
        booking.question,
        *booking.links,
    ]
    return _event(booking, f"Office hours: {booking.attendee_name}, {booking.topic.title}", "\n".join(lines), join)


def attendee_event(office: Office, booking: Booking) -> SessionEvent:
    """What the attendee's calendar says, in their words: with whom, when, and the ways to join, move and cancel."""
    join = office.links.join(booking.public_id, booking.generation)
    manage = office.links.manage(booking.public_id, booking.generation)
    with reading_as(booking.attendee_reading):
        start = formatting.when(booking.starts_at, booking.attendee_timezone)
        lines = [
            _("With %(maintainer)s", maintainer=booking.maintainer.name),
            _("For you: %(when)s", when=start),
            _("Join: %(url)s", url=join),
            _("Move or cancel: %(url)s", url=manage),
        ]
        summary = _("Office hours: %(topic)s", topic=booking.topic.title)
    return _event(booking, summary, "\n".join(lines), join)


def ics_for(office: Office, booking: Booking) -> bytes:
    """The attendee's invitation: iTIP REQUEST, or CANCEL once the booking is cancelled (RFC 5546 3.2.2, 3.2.5)."""
    event = attendee_event(office, booking)
    shown = booking.attendee_name if booking.address_proven else short_name(booking.attendee_name)
    attendee = Party(shown, booking.attendee_email)
    make = invitation.cancel if booking.status == BookingStatus.CANCELLED else invitation.request
    return make(event, _organizer(office), attendee, booking.updated_at)


def ics_for_maintainer(
    office: Office, booking: Booking, maintainer: Maintainer, sequence: int, *, cancelled: bool
) -> bytes:
    """The invitation of a maintainer whose sessions are written to no calendar: what would be stored there.

    `sequence` is the version that the mail speaks of: a CANCEL to somebody who gave the session away must be newer than
    their invitation, but older than the next one, should they get it back.
    """
    event = replace(session_event(office, booking), sequence=sequence)
    make = invitation.cancel if cancelled else invitation.request
    return make(event, _organizer(office), Party(maintainer.name, maintainer.email), booking.updated_at)


def _organizer(office: Office) -> Party:
    return Party(*parseaddr(office.settings.mail_from))


def _event(booking: Booking, summary: str, description: str, join: str) -> SessionEvent:
    return SessionEvent(
        uid=booking.uid,
        sequence=booking.sequence,
        range=TimeRange(booking.starts_at, booking.ends_at),
        summary=summary,
        description=description,
        location=join,
        url=join,
        updated=booking.updated_at,
        booking_reference=booking.reference,
    )

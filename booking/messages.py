"""Rows to messages: what a delivery says, from the booking as it is now."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from typing import TypedDict
from urllib.parse import urlencode

from booking import formatting, phones, queries
from booking.durations import parse_duration
from booking.effects.orders import writing_calendar
from booking.extensions import db
from booking.invitations import ics_for, ics_for_maintainer
from booking.models import Audience, Booking, BookingStatus, Channel, Delivery, Kind, Maintainer
from booking.notices import compose_notice_for
from booking.notifications.letter import CalendarPart, Envelope
from booking.notifications.messages import (
    BookingView,
    compose_chat,
    compose_code,
    compose_email,
    compose_sms,
    spoken_lead,
)
from booking.office import Office
from booking.reading import DEFAULT, Reading, _, reading_as, stored
from booking.services.waitlist import waiting_for
from routing.answers import Opening
from routing.router import offer

NEAREST = 3
CONFIRMED_BY = (Kind.VERIFICATION, Kind.OFFER)
INVITED = (Kind.CONFIRMATION, Kind.CHANGE, Kind.CANCELLATION, Kind.HANDED_OVER)


def compose_email_for(office: Office, delivery: Delivery, now: datetime) -> EmailMessage:
    """The mail of this delivery. Its Message-ID is the same at every try, so that a repeat is the same mail."""
    envelope = Envelope(office.settings.mail_from, delivery.recipient, _message_id(office, delivery), now)
    with reading_as(_reading(delivery)):
        if delivery.booking is None:
            return compose_notice_for(office, delivery, envelope)
        return compose_email(
            Kind(delivery.kind),
            Audience(delivery.audience),
            view(office, delivery.booking, delivery, now),
            envelope=envelope,
            lead=delivery.lead,
            calendar=_calendar_part(office, delivery, delivery.booking),
        )


def compose_sms_for(office: Office, delivery: Delivery) -> str:
    code = delivery.phone_code
    if code is not None:
        minutes = int((code.expires_at - code.created_at) / timedelta(minutes=1))
        with reading_as(phones.reading_of(db.session(), delivery.recipient)):
            return compose_code(queries.community().name, office.links.digits(code.public_id), minutes)
    with reading_as(_reading(delivery)):
        shown = view(office, _booking(delivery), delivery, office.now())
        return compose_sms(Kind(delivery.kind), shown, delivery.lead)


def compose_chat_for(office: Office, delivery: Delivery) -> str:
    """What the maintainers' channel reads: no name but the maintainer's, no address, no link to a session."""
    if delivery.booking is None:
        return delivery.text or ""
    with reading_as(_reading(delivery)):
        return compose_chat(Kind(delivery.kind), view(office, delivery.booking, delivery, office.now()))


def view(office: Office, booking: Booking, delivery: Delivery, now: datetime) -> BookingView:
    """Everything a template may say about a booking."""
    community = queries.community()
    given_away = _given_away(delivery, booking)
    maintainer = _reader(delivery) if given_away else booking.maintainer
    start = (booking.previous_start if given_away else None) or booking.starts_at
    return BookingView(
        community=community.name,
        reference=booking.reference,
        uid=booking.uid,
        sequence=booking.sequence,
        topic=booking.topic.title,
        start=start,
        end=start + (booking.ends_at - booking.starts_at),
        previous_start=booking.previous_start,
        attendee_name=booking.attendee_name,
        attendee_email=booking.attendee_email,
        attendee_zone=booking.attendee_timezone,
        maintainer_name=maintainer.name,
        maintainer_email=maintainer.email,
        maintainer_zone=maintainer.timezone,
        community_zone=community.timezone,
        question=booking.question,
        links=tuple(booking.links),
        conduct_url=community.code_of_conduct,
        reasons=tuple(reason["text"] for reason in booking.reasons),
        cancelled_by=booking.cancelled_by,
        cancel_reason=stored(booking.cancel_reason),
        given_away=given_away,
        given_back=booking.given_back is not None,
        unfilled=booking.unfilled,
        nearest=_nearest(office, booking, now) if delivery.kind == Kind.CANCELLATION else (),
        address_proven=booking.address_proven,
        reminder_note=_reminder_note(booking, community.reminders),
        booked_by=booking.booked_by.name if booking.booked_by else "",
        intro=community.intro,
        footer=community.footer,
        phone_ending=(booking.attendee_phone or "")[-4:],
        **_addresses(office, booking, delivery),
    )


class _Addresses(TypedDict):
    manage_url: str
    join_url: str
    verify_url: str | None
    offer_url: str
    note_url: str
    book_url: str
    staff_url: str
    reminders_url: str


def _addresses(office: Office, booking: Booking, delivery: Delivery) -> _Addresses:
    links, public_id, generation = office.links, booking.public_id, booking.generation
    return {
        "manage_url": links.manage(public_id, generation),
        "join_url": links.join(public_id, generation),
        "verify_url": links.verify(public_id, generation) if delivery.kind in CONFIRMED_BY else None,
        "offer_url": _offer_url(office, booking, delivery),
        "note_url": links.note(public_id, generation),
        "book_url": links.url(f"/topics/{booking.topic.key}{_in_their_zone(delivery, booking)}"),
        "staff_url": links.url("/maintainer"),
        "reminders_url": _reminders_url(office, booking, delivery),
    }


def _reminders_url(office: Office, booking: Booking, delivery: Delivery) -> str:
    """Where whoever reads this can end reminders by mail: a maintainer for themselves, whoever has the session then."""
    reader = delivery.maintainer
    if delivery.audience == Audience.ATTENDEE or reader is None:
        return office.links.reminders(booking.public_id, booking.generation)
    return office.links.duties(reader.key, reader.feed_generation)


def _reading(delivery: Delivery) -> Reading:
    """The attendee's own language and clock; everybody else is written to in English."""
    booking = delivery.booking
    return booking.attendee_reading if booking and delivery.audience == Audience.ATTENDEE else DEFAULT


def _offer_url(office: Office, booking: Booking, delivery: Delivery) -> str:
    """Where whoever waits finds the time that is held for them. Unlike the link in the mail it proves no address."""
    waiter = waiting_for(booking) if delivery.kind == Kind.OFFER else None
    links = office.links
    return links.wait(waiter.public_id) if waiter else links.manage(booking.public_id, booking.generation)


def _reader(delivery: Delivery) -> Maintainer:
    """The maintainer this mail goes to, who may have had the session before."""
    if delivery.maintainer is None:
        raise LookupError(f"delivery {delivery.id} is for no maintainer")
    return delivery.maintainer


def _given_away(delivery: Delivery, booking: Booking) -> bool:
    """Whether this tells a maintainer that somebody else has their session now, whatever became of it since."""
    former = delivery.maintainer is not None and delivery.maintainer.id != booking.maintainer_id
    return delivery.kind == Kind.CANCELLATION and (former or booking.live)


def _booking(delivery: Delivery) -> Booking:
    if delivery.booking is None:
        raise LookupError(f"delivery {delivery.id} belongs to no booking")
    return delivery.booking


def _message_id(office: Office, delivery: Delivery) -> str:
    _, address = parseaddr(office.settings.mail_from)
    about = f"{delivery.id}:{delivery.created_at.isoformat()}:{delivery.recipient}"
    if delivery.copies:
        about += f":{delivery.copies}"
    return f"<{hashlib.sha256(about.encode()).hexdigest()[:32]}@{address.partition('@')[2]}>"


def _calendar_part(office: Office, delivery: Delivery, booking: Booking) -> CalendarPart | None:
    """An invitation for the attendee, and for a maintainer whose calendar does not have the event already."""
    if delivery.kind not in INVITED:
        return None
    if delivery.audience == Audience.MAINTAINER:
        return _maintainers_part(office, delivery, booking)
    method = "CANCEL" if booking.status == BookingStatus.CANCELLED else "REQUEST"
    return CalendarPart(method, ics_for(office, booking))


def _maintainers_part(office: Office, delivery: Delivery, booking: Booking) -> CalendarPart | None:
    maintainer = _reader(delivery)
    if writing_calendar(maintainer.id) is not None:
        return None
    cancelled = delivery.kind == Kind.CANCELLATION
    data = ics_for_maintainer(office, booking, maintainer, delivery.sequence, cancelled=cancelled)
    return CalendarPart("CANCEL" if cancelled else "REQUEST", data)


def _nearest(office: Office, booking: Booking, now: datetime) -> tuple[tuple[datetime, str], ...]:
    """The openings around the cancelled time, each with its link to the form."""
    roster = queries.roster()
    if booking.topic.key not in roster.programme.topics:
        return ()
    found = offer(roster.programme, booking.topic.key, queries.diaries_of(roster, now, booking.topic.key), now).openings
    nearest = sorted(found, key=lambda opening: abs(opening.range.start - booking.starts_at))[:NEAREST]
    return tuple((opening.range.start, _form(office, booking, opening)) for opening in sorted(nearest, key=_start))


def _form(office: Office, booking: Booking, opening: Opening) -> str:
    """The address of the form for an opening, with times in the zone of whoever had the session."""
    asked = {"start": f"{opening.range.start:%Y-%m-%dT%H:%M:%SZ}", "tz": booking.attendee_timezone}
    return office.links.url(f"/topics/{booking.topic.key}/book?{urlencode(asked, safe=':')}")


def _in_their_zone(delivery: Delivery, booking: Booking) -> str:
    """The query that shows times in the attendee's zone; texts do without, to stay short."""
    return "" if delivery.channel == Channel.SMS else f"?{urlencode({'tz': booking.attendee_timezone})}"


def _start(opening: Opening) -> datetime:
    return opening.range.start


def _reminder_note(booking: Booking, reminders: list[str]) -> str:
    """What to expect: the reminders that will come, or why none will."""
    left = booking.starts_at - booking.updated_at
    coming = [lead for lead in reminders if parse_duration(lead) < left]
    if not coming:
        return _("It starts soon, so no reminder will follow.") if reminders else ""
    return _("A reminder follows %(leads)s before.", leads=formatting.listed([spoken_lead(lead) for lead in coming]))

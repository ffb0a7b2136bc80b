"""Every message as it would go out today, about a session that nobody booked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage

import sqlalchemy as sa

from booking import queries
from booking.accounts import INVITED_FOR
from booking.extensions import db
from booking.messages import compose_chat_for, compose_email_for, compose_sms_for
from booking.models import (
    Act,
    AddressLink,
    Audience,
    Booking,
    BookingStatus,
    Channel,
    Delivery,
    JournalEntry,
    Kind,
    Maintainer,
    PhoneCode,
    SignInLink,
    Topic,
)
from booking.notifications.letter import Envelope
from booking.notifications.messages import compose_help
from booking.notifications.notices import AgendaLine, compose_digest
from booking.office import Office
from booking.reading import DEFAULT, current, reading_as
from booking.ways_in import NEWS

PUBLIC_ID = "0123456789abcdef0123456789abcdef"
BOTH = (Audience.ATTENDEE, Audience.MAINTAINER)
MAILS = {
    Kind.CONFIRMATION: BOTH,
    Kind.CHANGE: BOTH,
    Kind.CANCELLATION: BOTH,
    Kind.HANDED_OVER: BOTH,
    Kind.REMINDER: BOTH,
    Kind.VERIFICATION: (Audience.ATTENDEE,),
    Kind.OFFER: (Audience.ATTENDEE,),
    Kind.TEXTS_OFF: (Audience.ATTENDEE,),
    Kind.NOTE: (Audience.ATTENDEE,),
}
TEXTS = (Kind.CONFIRMATION, Kind.CHANGE, Kind.CANCELLATION, Kind.REMINDER, Kind.OFFER)
POSTS = (Kind.CONFIRMATION, Kind.CHANGE, Kind.CANCELLATION, Kind.HANDED_OVER)


def previews(office: Office) -> Iterator[tuple[str, EmailMessage | str]]:
    """Name and content of each message, composed as the real ones are, for an attendee who reads as is read here.

    Nothing is stored, and nothing is sent.

    Raises LookupError when there is no community, topic or maintainer yet.
    """
    now = office.now()
    with db.session.no_autoflush:
        for kind, audiences in MAILS.items():
            for audience in audiences:
                yield f"{kind}_{audience}", compose_email_for(office, _delivery(kind, audience, now), now)
        for kind in TEXTS:
            sms = _delivery(kind, Audience.ATTENDEE, now, Channel.SMS)
            yield f"{kind}_sms", compose_sms_for(office, sms)
        code = PhoneCode(public_id=PUBLIC_ID, created_at=now, expires_at=now + timedelta(minutes=10))
        yield f"{Kind.PHONE_CODE}_sms", compose_sms_for(office, _plain(Kind.PHONE_CODE, now, phone_code=code))
        yield "help_sms", compose_help(queries.community().name, office.settings.contact)
        for kind in POSTS:
            yield f"{kind}_chat", compose_chat_for(office, _delivery(kind, Audience.TEAM, now, Channel.CHAT))
        yield from _notices(office, now)


def _notices(office: Office, now: datetime) -> Iterator[tuple[str, EmailMessage]]:
    link = SignInLink(public_id=PUBLIC_ID, created_at=now, expires_at=now + timedelta(minutes=10))
    mine = AddressLink(public_id=PUBLIC_ID, language="en", hours=12, created_at=now, expires_at=now + timedelta(days=1))
    invited = SignInLink(public_id=PUBLIC_ID, created_at=now, expires_at=now + INVITED_FOR)
    entry = JournalEntry(text="The calendar “Work” refused the login. Connect it again with a valid password.")
    alert = "By email 3 messages wait: The mail server could not be reached.\nThe calendar of Ada is paused."
    for kind, about in (
        (Kind.SIGN_IN, {"sign_in_link": link}),
        (Kind.MY_BOOKINGS, {"address_link": mine}),
        (Kind.INVITATION, {"sign_in_link": invited}),
        (Kind.ACCOUNT, {"text": NEWS[Act.PASSKEY_ADDED]}),
        (Kind.CALENDAR, {"journal_entry": entry}),
        (Kind.ALERT, {"text": alert}),
    ):
        yield str(kind), compose_email_for(office, _plain(kind, now, **about), now)
    booking = _booking(Kind.REMINDER, now)
    join = office.links.join(PUBLIC_ID, 1)
    line = AgendaLine(
        booking.starts_at, booking.ends_at, booking.topic.title, booking.attendee_name, booking.question, join
    )
    envelope = Envelope(office.settings.mail_from, booking.maintainer.email, "<preview@localhost>", now)
    name, zone, page = booking.maintainer.name, booking.maintainer.timezone, office.links.url("/maintainer")
    with reading_as(DEFAULT):
        digest = compose_digest(name, [line, line], zone, page, queries.community().name, envelope)
    yield "digest", digest


def _delivery(kind: Kind, audience: Audience, now: datetime, channel: Channel = Channel.EMAIL) -> Delivery:
    booking = _booking(kind, now)
    row = _plain(kind, now, booking=booking, maintainer=booking.maintainer)
    row.channel, row.audience, row.lead = channel, audience, "24h" if kind is Kind.REMINDER else ""
    row.recipient = booking.attendee_email if audience is Audience.ATTENDEE else booking.maintainer.email
    return row


def _plain(kind: Kind, now: datetime, **about: object) -> Delivery:
    values = {"id": 0, "kind": kind, "channel": Channel.EMAIL, "audience": Audience.MAINTAINER, "lead": ""}
    return Delivery(**values, recipient="ada@example.org", sequence=0, copies=0, created_at=now, due_at=now, **about)


def _booking(kind: Kind, now: datetime) -> Booking:
    """A session tomorrow with the community's first maintainer about one of their topics."""
    topic = db.session.scalar(sa.select(Topic).where(~Topic.retired).order_by(Topic.position).limit(1))
    maintainer = db.session.scalar(
        sa.select(Maintainer).where(~Maintainer.retired).order_by(Maintainer.position).limit(1)
    )
    if topic is None or maintainer is None:
        raise LookupError("There is no topic or no maintainer yet: `officehours apply FILE` loads them.")
    community = queries.community()
    start = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=24)
    moved, cancelled = kind is Kind.CHANGE, kind is Kind.CANCELLATION
    return Booking(
        public_id=PUBLIC_ID,
        generation=1,
        status=BookingStatus.CANCELLED if cancelled else BookingStatus.CONFIRMED,
        sequence=0,
        topic=topic,
        maintainer=maintainer,
        maintainer_id=maintainer.id,
        starts_at=start,
        ends_at=start + timedelta(minutes=community.session_minutes),
        previous_start=start - timedelta(hours=8) if moved else None,
        timezone=community.timezone,
        reasons=[],
        attendee_name="Asha Rao",
        attendee_email="asha@example.com",
        attendee_phone="+14155550123",
        attendee_timezone="Asia/Kolkata",
        attendee_language=current().language,
        attendee_hours=current().hours,
        address_proven=kind not in (Kind.VERIFICATION, Kind.OFFER),
        question="Why does my map task wait for ever? It ran yesterday.",
        links=["https://github.com/example/project/issues/1"],
        cancelled_by="maintainer" if cancelled else None,
        cancel_reason="I have to travel that day." if cancelled else None,
        created_at=now,
        updated_at=now,
    )

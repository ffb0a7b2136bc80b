"""Sending one message."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

import sqlalchemy as sa

from booking import kept, notes, notices, phones, queries
from booking.deliveries import by_day, unwanted, useful_until
from booking.effects import TRIES_A_DAY, backoff, effect
from booking.extensions import begin_write, db, office
from booking.messages import compose_chat_for, compose_email_for, compose_sms_for
from booking.models import (
    AddressLink,
    Audience,
    Booking,
    BookingStatus,
    Channel,
    Delivery,
    DeliveryState,
    Kind,
    PrintedMessage,
)
from booking.models.deliveries import OPEN_STATES
from booking.notifications import console
from booking.notifications.errors import DeliveryError, Outcome
from booking.office import Office
from booking.senders import chat, mailer, texter
from booking.services.mail_my_bookings import too_many_mailed
from booking.services.reminders import opted_out
from routing.phrases import marked


@dataclass(frozen=True)
class Claim:
    """A message that this run may send. `interrupted`: an earlier run may have sent it and died before saying so."""

    delivery_id: int
    channel: str
    recipient: str
    content: EmailMessage | str
    subject: str
    validity: timedelta
    interrupted: bool
    lost_ref: str | None


@effect
def deliver(delivery_id: int, attempt: int) -> float | None:
    """Send the message if it is still true and still useful; else keep why it was skipped.

    Whether it is still true is decided in the transaction that claims it. A mail whose fate is unknown goes again with
    the same Message-ID; a text never goes again before the provider's own list was asked.
    """
    try:
        claim = _claim(delivery_id)
    except DeliveryError as error:
        _impossible(delivery_id, error)
        return None
    if not isinstance(claim, Claim):
        return claim
    try:
        state, reference = _send(office(), claim)
    except DeliveryError as error:
        return _failed(claim, error, attempt)
    _sent(claim, state, reference)
    return None


def _claim(delivery_id: int) -> Claim | float | None:
    """The message to send, or the seconds until it may go, or None when there is nothing to do."""
    begin_write(db.session())
    now = office().now()
    delivery = db.session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None or delivery.state not in OPEN_STATES:
        return None
    reason, wait = outdated(delivery, now), _held_back(delivery, now)
    if reason is None and wait is not None and wait > timedelta():
        delivery.due_at = now + wait
        db.session.commit()
        return wait.total_seconds()
    if reason is None and wait is not None:
        reason = marked("It would have come at night.")
    if reason is not None:
        delivery.state, delivery.reason = DeliveryState.SKIPPED, reason
        db.session.commit()
        return None
    delivery.recipient = _present_address(delivery)
    claim = _compose(delivery, now)
    delivery.state, delivery.tried_at, delivery.attempts = DeliveryState.SENDING, now, delivery.attempts + 1
    db.session.commit()
    return claim


def _present_address(delivery: Delivery) -> str:
    """Where it goes: a maintainer may have another address by now; a link is only for the one that it was made for."""
    theirs = delivery.maintainer or (delivery.booking.maintainer if delivery.booking else None)
    if theirs is None or delivery.audience != Audience.MAINTAINER or delivery.sign_in_link is not None:
        return delivery.recipient
    return theirs.email


def _impossible(delivery_id: int, error: DeliveryError) -> None:
    """There is no address to send to: nothing a later try could mend."""
    begin_write(db.session())
    delivery = db.session.get_one(Delivery, delivery_id)
    delivery.state, delivery.reason = DeliveryState.FAILED, str(error)
    db.session.commit()


def _compose(delivery: Delivery, now: datetime) -> Claim:
    content: EmailMessage | str
    if delivery.channel == Channel.SMS:
        content = compose_sms_for(office(), delivery)
    elif delivery.channel == Channel.CHAT:
        content = compose_chat_for(office(), delivery)
    else:
        content = compose_email_for(office(), delivery, now)
    return Claim(
        delivery_id=delivery.id,
        channel=delivery.channel,
        recipient=delivery.recipient,
        content=content,
        subject=content if isinstance(content, str) else str(content["Subject"]),
        validity=_validity(delivery, now),
        interrupted=delivery.state == DeliveryState.SENDING,
        lost_ref=delivery.lost_ref,
    )


def outdated(delivery: Delivery, now: datetime) -> str | None:
    """Why this message must not go any more, or None when it may."""
    return _overtaken(delivery, now) or phones.silence(db.session(), delivery) or unwanted(delivery)


def _overtaken(delivery: Delivery, now: datetime) -> str | None:
    link, code, booking = delivery.sign_in_link, delivery.phone_code, delivery.booking
    if delivery.address_link is not None:
        return _pointless(delivery.address_link, now)
    if link is not None:
        return "The link has expired." if link.used_at or link.expires_at <= now else None
    if delivery.kind == Kind.DIGEST and delivery.maintainer is not None:
        agenda = notices.agenda(delivery.maintainer, delivery.due_at)
        return None if agenda else "There are no sessions on that day any more."
    if code is not None:
        return marked("The code has expired.") if code.proven_at or code.expires_at <= now else None
    if booking is None:
        return None
    if delivery.kind == Kind.CANCELLATION:
        return None
    if delivery.kind == Kind.NOTE:
        return _answered(delivery, booking)
    if delivery.sequence != booking.sequence:
        return marked("The booking changed before this was sent.")
    if delivery.kind in (Kind.VERIFICATION, Kind.OFFER):
        held = booking.status == BookingStatus.HELD and booking.held_until is not None and booking.held_until > now
        return None if held else marked("The time is not held any more.")
    if booking.status != BookingStatus.CONFIRMED:
        return marked("The booking is not confirmed any more.")
    return _too_late(delivery, booking, now)


def _pointless(link: AddressLink, now: datetime) -> str | None:
    """Decided here and not when it was asked for, so that the page answers everybody alike, and as fast."""
    if link.expires_at <= now:
        return marked("The link has expired.")
    if not kept.known(link.email):
        return marked("Nothing is kept about this address.")
    return marked("Very many links were mailed today.") if too_many_mailed(office(), link) else None


def _answered(delivery: Delivery, booking: Booking) -> str | None:
    note = notes.of_booking(booking.id)
    asking = note is not None and note.publish and note.agreed is None and str(note.version) == delivery.lead
    return None if asking else "The note was changed, answered or withdrawn before this was sent."


def _too_late(delivery: Delivery, booking: Booking, now: datetime) -> str | None:
    """A reminder is useful until the next, shorter one is due; every other message until the session is over."""
    if delivery.kind != Kind.REMINDER:
        return None if now < booking.ends_at else marked("The session is over.")
    if delivery.channel == Channel.EMAIL and opted_out(delivery.recipient):
        return marked("This address wants no reminders by mail.")
    useful = now < useful_until(delivery.due_at, booking, queries.community())
    return None if useful else marked("It came too late to be useful.")


def _held_back(delivery: Delivery, now: datetime) -> timedelta | None:
    """How long a text that is late must wait for the reader's morning; none has to that may go now or came too late."""
    booking = delivery.booking
    if delivery.channel != Channel.SMS or delivery.kind != Kind.REMINDER or booking is None:
        return None
    return by_day(now, booking, queries.community()) - now or None


def _validity(delivery: Delivery, now: datetime) -> timedelta:
    """How long a provider may go on trying."""
    if delivery.phone_code is not None:
        return delivery.phone_code.expires_at - now
    booking = delivery.booking
    if booking is None or booking.starts_at <= now:
        return timedelta(hours=4)
    return (booking.held_until or booking.starts_at) - now


def _send(office: Office, claim: Claim) -> tuple[DeliveryState, str | None]:
    if isinstance(claim.content, EmailMessage):
        return _send_email(office, claim, claim.content)
    return _post(office, claim.content) if claim.channel == Channel.CHAT else _send_sms(office, claim, claim.content)


def _post(office: Office, text: str) -> tuple[DeliveryState, str | None]:
    channel = chat(office)
    if channel is None:
        raise DeliveryError("There is no chat to post to any more.", Outcome.PERMANENT)
    channel.post(text)
    return DeliveryState.SENT, None


def _send_email(office: Office, claim: Claim, message: EmailMessage) -> tuple[DeliveryState, str | None]:
    server = mailer(office)
    if server is None:
        return DeliveryState.PRINTED, None
    server.send(message, claim.recipient)
    return DeliveryState.SENT, str(message["Message-ID"])


def _send_sms(office: Office, claim: Claim, text: str) -> tuple[DeliveryState, str | None]:
    account = texter(office)
    if account is None:
        return DeliveryState.PRINTED, None
    if claim.interrupted:
        found = account.find(claim.recipient, text, office.now() - timedelta(days=1), claim.lost_ref)
        if found is not None:
            return DeliveryState.SENT, found
    callback = office.links.url(f"/webhooks/twilio?delivery={claim.delivery_id}")
    return DeliveryState.SENT, account.send(claim.recipient, text, claim.validity, callback)


def _sent(claim: Claim, state: DeliveryState, reference: str | None) -> None:
    begin_write(db.session())
    now = office().now()
    delivery = db.session.get_one(Delivery, claim.delivery_id, with_for_update=True)
    if delivery.state != DeliveryState.SENDING:
        db.session.rollback()  # Twilio's report came before its answer, and says more
        return
    delivery.state, delivery.sent_at, delivery.provider_ref, delivery.reason = state, now, reference, None
    if state == DeliveryState.PRINTED and not _printed(claim):
        content = claim.content if isinstance(claim.content, str) else claim.content.as_string()
        db.session.add(
            PrintedMessage(
                delivery_id=claim.delivery_id,
                channel=claim.channel,
                recipient=claim.recipient,
                subject=claim.subject,
                content=content.encode(),
                printed_at=now,
            )
        )
    db.session.commit()
    if state == DeliveryState.PRINTED:
        console.print_message(claim.content, claim.recipient, sys.stdout)


def _printed(claim: Claim) -> bool:
    return bool(db.session.scalar(sa.select(sa.exists().where(PrintedMessage.delivery_id == claim.delivery_id))))


def _failed(claim: Claim, error: DeliveryError, attempt: int) -> float | None:
    """Try again later, or give up. What may have arrived stays `sending`, so that the next try looks first."""
    begin_write(db.session())
    delivery = db.session.get_one(Delivery, claim.delivery_id, with_for_update=True)
    if delivery.state != DeliveryState.SENDING:
        db.session.rollback()
        return None
    delivery.reason = str(error)
    unknown = claim.interrupted or error.outcome is Outcome.UNKNOWN
    if error.outcome is Outcome.PERMANENT or attempt >= TRIES_A_DAY:
        delivery.state = DeliveryState.UNKNOWN if unknown else DeliveryState.FAILED
    elif not unknown:
        delivery.state = DeliveryState.PENDING
    wait = backoff(attempt) if delivery.state in OPEN_STATES else None
    if delivery.channel == Channel.SMS:
        phones.learn(db.session(), delivery, error.code, office().now())
    db.session.commit()
    return wait

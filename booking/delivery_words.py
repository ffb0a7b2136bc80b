"""Messages and their states in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from booking import formatting, phones
from booking.models import Channel, Delivery, DeliveryState, Kind
from booking.models.deliveries import OPEN_STATES
from booking.reading import _, stored
from routing.phrases import marked

KINDS = {
    Kind.CONFIRMATION: marked("Confirmation"),
    Kind.CHANGE: marked("New time"),
    Kind.CANCELLATION: marked("Cancellation"),
    Kind.HANDED_OVER: marked("Another maintainer"),
    Kind.OFFER: marked("Offer of a free time"),
    Kind.REMINDER: marked("Reminder"),
    Kind.VERIFICATION: marked("Request to confirm your address"),
    Kind.SIGN_IN: marked("Sign-in link"),
    Kind.INVITATION: marked("Invitation"),
    Kind.ACCOUNT: marked("News of an account"),
    Kind.CALENDAR: marked("News of a calendar"),
    Kind.DIGEST: marked("Tomorrow's sessions"),
    Kind.ALERT: marked("Alert"),
    Kind.PHONE_CODE: marked("Code"),
    Kind.TEXTS_OFF: marked("Notice that texts do not arrive"),
    Kind.MY_BOOKINGS: marked("Link to all bookings"),
    Kind.NOTE: marked("Question whether to publish a note"),
}
CHANNELS = {Channel.EMAIL: marked("email"), Channel.SMS: marked("text message"), Channel.CHAT: marked("chat")}
WRONG = (DeliveryState.FAILED, DeliveryState.UNKNOWN)


@dataclass(frozen=True)
class DeliveryLine:
    """A message and what became of it; no address, and no word of what it says. One that is skipped because its number
    is `unproven` goes once that is proven.

    "Reminder by email" to the "attendee": "planned for Tuesday 1 December 2026, 8:30 pm (Kolkata, UTC+5:30)".
    """

    id: int
    what: str
    audience: str
    reference: str | None
    attempts: int
    state: str
    wrong: bool
    skipped: bool
    unproven: bool
    resendable: bool


def delivery_lines(deliveries: Iterable[Delivery], zone: str, now: datetime) -> list[DeliveryLine]:
    """Messages in words, with times in `zone`."""
    return [
        DeliveryLine(
            id=row.id,
            what=_("%(what)s by %(channel)s", what=_(KINDS[Kind(row.kind)]), channel=_(CHANNELS[Channel(row.channel)])),
            audience=row.audience,
            reference=row.booking.reference if row.booking else None,
            attempts=row.attempts,
            state=state_in_words(row, zone, now),
            wrong=row.state in WRONG,
            skipped=row.state == DeliveryState.SKIPPED,
            unproven=_true_still(row, now) and row.reason == phones.SILENCE[phones.Standing.UNPROVEN],
            resendable=_resendable(row, now),
        )
        for row in deliveries
    ]


def _resendable(row: Delivery, now: datetime) -> bool:
    if not row.recipient:  # erased
        return False
    if row.state == DeliveryState.SKIPPED:
        return _true_still(row, now)
    return row.state not in OPEN_STATES and row.state != DeliveryState.PRINTED


def _true_still(row: Delivery, now: datetime) -> bool:
    """Whether the booking of a message, if it has one, is as it was and to come."""
    booking = row.booking
    return booking is None or (booking.live and row.sequence == booking.sequence and now < booking.ends_at)


def state_in_words(row: Delivery, zone: str, now: datetime) -> str:
    """What became of a message, with the time in `zone`."""
    at = formatting.when(row.sent_at or row.due_at, zone)
    match DeliveryState(row.state):
        case DeliveryState.PENDING if row.due_at > now:
            return _("planned for %(when)s", when=at)
        case DeliveryState.PENDING | DeliveryState.SENDING:
            return _("on its way")
        case DeliveryState.SENT:
            return _("sent %(when)s", when=at)
        case DeliveryState.DELIVERED:
            return _("sent %(when)s, and delivered", when=at)
        case DeliveryState.PRINTED:
            return _("printed %(when)s, not sent: this service has no way to send it yet", when=at)
        case DeliveryState.SKIPPED:
            return _("not sent: %(reason)s", reason=stored(row.reason) or _("it was not needed any more."))
        case DeliveryState.FAILED:
            return _("failed: %(reason)s", reason=stored(row.reason) or _("it could not be sent."))
        case DeliveryState.UNKNOWN:
            return _("may not have arrived: the connection broke while it was being sent")

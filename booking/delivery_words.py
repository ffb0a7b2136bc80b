"""Messages and their states in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from booking import formatting, phones
from booking.models import Channel, Delivery, DeliveryState, Kind
from booking.models.deliveries import OPEN_STATES

KINDS = {
    Kind.CONFIRMATION: "Confirmation",
    Kind.CHANGE: "New time",
    Kind.CANCELLATION: "Cancellation",
    Kind.HANDED_OVER: "Another maintainer",
    Kind.OFFER: "Offer of a free time",
    Kind.REMINDER: "Reminder",
    Kind.VERIFICATION: "Request to confirm your address",
    Kind.SIGN_IN: "Sign-in link",
    Kind.CALENDAR: "News of a calendar",
    Kind.DIGEST: "Tomorrow's sessions",
    Kind.ALERT: "Alert",
    Kind.PHONE_CODE: "Code",
    Kind.TEXTS_OFF: "Notice that texts do not arrive",
    Kind.MY_BOOKINGS: "Link to all bookings",
}
CHANNELS = {Channel.EMAIL: "email", Channel.SMS: "text message", Channel.CHAT: "chat"}
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
            what=f"{KINDS[Kind(row.kind)]} by {CHANNELS[Channel(row.channel)]}",
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
            return f"planned for {at}"
        case DeliveryState.PENDING | DeliveryState.SENDING:
            return "on its way"
        case DeliveryState.SENT:
            return f"sent {at}"
        case DeliveryState.DELIVERED:
            return f"sent {at}, and delivered"
        case DeliveryState.PRINTED:
            return f"printed {at}, not sent: this service has no way to send it yet"
        case DeliveryState.SKIPPED:
            return f"not sent: {row.reason or 'it was not needed any more.'}"
        case DeliveryState.FAILED:
            return f"failed: {row.reason or 'it could not be sent.'}"
        case DeliveryState.UNKNOWN:
            return "may not have arrived: the connection broke while it was being sent"

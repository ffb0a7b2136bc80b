"""Which messages a change calls for, as rows in the transaction of that change."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from booking.durations import parse_duration
from booking.extensions import office
from booking.models import Audience, Booking, Channel, Community, Delivery, DeliveryState, Kind, Maintainer
from booking.quiet_hours import LAST_CALL, parse_quiet_hours
from routing.phrases import marked

Recipient = tuple[Audience, Channel, str]

CHOOSABLE = {
    Kind.CONFIRMATION: "confirmation",
    Kind.HANDED_OVER: "confirmation",
    Kind.CHANGE: "change",
    Kind.REMINDER: "reminder",
    Kind.DIGEST: "digest",
}
"""The mails that a maintainer may do without, by the names they are chosen by; all others always come."""
REMINDED = (Kind.CONFIRMATION, Kind.CHANGE, Kind.HANDED_OVER)
TEXTS_A_DAY, MAILS_A_DAY, ONE_DAY = 20, 30, timedelta(days=1)
_INSERT = sa.insert(Delivery)


def mail_choices(community: Community) -> dict[str, str]:
    """By name, the mails that a maintainer may do without, as their page calls them; reminders are told apart."""
    return {
        "confirmation": "A session is booked with you or handed over to you",
        "change": "A session of yours is moved, or moved to you",
        **{f"reminder {lead}": f"A reminder {lead} before each session" for lead in community.reminders},
        "digest": "Tomorrow’s sessions, in the evening before",
    }


def unwanted(delivery: Delivery) -> str | None:
    """Why a maintainer gets no such mail; None for all that others get, and for what nobody may do without.

    Asked when it is due, so that a choice holds for what was planned before it.
    """
    kind = Kind(delivery.kind)
    if delivery.audience != Audience.MAINTAINER or delivery.maintainer is None or kind not in CHOOSABLE:
        return None
    off = f"{CHOOSABLE[kind]} {delivery.lead}".strip() in delivery.maintainer.mails_off
    return "The maintainer wants no mails of this kind." if off else None


def tell(
    session: Session,
    booking: Booking,
    kind: Kind,
    community: Community,
    now: datetime,
    *,
    silent: Collection[Audience] = (),
) -> None:
    """Plan a message of this kind to both sides and the chat, and the reminders that follow a confirmation or a change.

    What an earlier state had planned and not yet sent is skipped, with that as its reason. The `silent` did it
    themselves and get the reminders only.
    """
    drop_planned(session, booking)
    rows = [
        _row(booking, kind, recipient, now, now) | _surplus(session, recipient, now)
        for recipient in (*_recipients(booking), *_channel())
        if recipient[0] not in silent and _worth_it(kind, recipient[1])
    ]
    if kind in REMINDED:
        rows += _reminders(booking, community, now)
    session.connection().execute(_INSERT, rows)


def tell_held(session: Session, booking: Booking, kind: Kind, community: Community, now: datetime) -> None:
    """Plan the mail by which the attendee takes a time that is held for them: a verification, or an offer.

    An offer is texted too where that is wanted, but not in the reader's night: it would be over by the morning.
    """
    recipients = list(_to_attendee(booking)) if kind is Kind.OFFER else [next(_to_attendee(booking))]
    quiet = parse_quiet_hours(community.quiet_hours)
    by_night = quiet.shifted(now, booking.attendee_timezone, now) != now
    rows = []
    for recipient in recipients:
        row = _row(booking, kind, recipient, now, now) | _surplus(session, recipient, now)
        if recipient[1] is Channel.SMS and by_night:
            row |= {"state": DeliveryState.SKIPPED, "reason": "It would have come at night."}
        rows.append(row)
    session.connection().execute(_INSERT, rows)


def mail_to_attendee(booking: Booking, kind: Kind, now: datetime) -> Delivery:
    """One more mail to the attendee, about the booking as it is."""
    return Delivery(**_row(booking, kind, (Audience.ATTENDEE, Channel.EMAIL, booking.attendee_email), now, now))


def tell_former(session: Session, booking: Booking, former: Maintainer, now: datetime) -> None:
    """Plan a mail to the maintainer who had the session before."""
    recipient = Audience.MAINTAINER, Channel.EMAIL, former.email
    row = _row(booking, Kind.CANCELLATION, recipient, now, now) | {"maintainer_id": former.id}
    session.connection().execute(_INSERT, [row])


def drop_planned(session: Session, booking: Booking) -> None:
    """Skip what was planned for earlier states of this booking and has not gone out."""
    if booking.sequence == 0:
        return
    session.execute(
        sa.update(Delivery)
        .where(
            Delivery.booking_id == booking.id,
            Delivery.state == DeliveryState.PENDING,
            Delivery.sequence < booking.sequence,
            Delivery.kind != Kind.CANCELLATION,  # to a former maintainer: still true, whatever happened since
        )
        .values(state=DeliveryState.SKIPPED, reason=marked("The booking changed before this was sent."))
    )


def _to_attendee(booking: Booking) -> Iterator[Recipient]:
    yield Audience.ATTENDEE, Channel.EMAIL, booking.attendee_email
    if booking.attendee_phone and booking.sms_consent:
        yield Audience.ATTENDEE, Channel.SMS, booking.attendee_phone


def _recipients(booking: Booking) -> Iterator[Recipient]:
    yield from _to_attendee(booking)
    yield Audience.MAINTAINER, Channel.EMAIL, booking.maintainer.email


def often(session: Session, recipient: str, now: datetime, most: int, kind: Kind | None = None) -> bool:
    """Whether so many messages but reminders, or so many of this kind, were planned for whom within a day."""
    counted = Delivery.kind == kind if kind else Delivery.kind != Kind.REMINDER
    today = sa.and_(Delivery.recipient == recipient, Delivery.created_at > now - ONE_DAY, counted)
    return (session.scalar(sa.select(sa.func.count()).where(today)) or 0) >= most


def _surplus(session: Session, recipient: Recipient, now: datetime) -> dict[str, object]:
    """However often a session is moved, a phone gets no more texts a day than anybody should."""
    _, channel, address = recipient
    if channel is not Channel.SMS or not often(session, address, now, TEXTS_A_DAY):
        return {}
    return {"state": DeliveryState.SKIPPED, "reason": "This number got as many texts today as anybody should."}


def _worth_it(kind: Kind, channel: Channel) -> bool:
    """That somebody else gives the session at its time is worth no text."""
    return (kind, channel) != (Kind.HANDED_OVER, Channel.SMS)


def _channel() -> Iterator[Recipient]:
    """The maintainers' chat, where there is one."""
    if office().settings.chat_webhook_url is not None:
        yield Audience.TEAM, Channel.CHAT, "maintainers"


def _reminders(booking: Booking, community: Community, now: datetime) -> Iterator[dict[str, Any]]:
    for lead in community.reminders:
        due = booking.starts_at - parse_duration(lead)
        for recipient in _recipients(booking):
            row = _row(booking, Kind.REMINDER, recipient, now, due) | {"lead": lead}
            if recipient[1] is Channel.SMS:
                row["due_at"] = by_day(due, booking, community)
            if due <= now:
                row |= {"state": DeliveryState.SKIPPED, "reason": "Booked less than this before the start."}
            elif row["due_at"] <= now:
                row |= {"state": DeliveryState.SKIPPED, "reason": "It would have come at night."}
            yield row


def by_day(due: datetime, booking: Booking, community: Community) -> datetime:
    """When a reminder by text that is due may go: not in the attendee's night, unless it is the last call to come.

    It waits for the morning, if that is before the next reminder; else it goes before the night.
    """
    if booking.starts_at - due <= LAST_CALL:
        return due
    next_due = useful_until(due, booking, community)
    return parse_quiet_hours(community.quiet_hours).shifted(due, booking.attendee_timezone, next_due)


def useful_until(due: datetime, booking: Booking, community: Community) -> datetime:
    """A reminder due at that instant is useful until the next, shorter one is due, and never after the start."""
    others = [booking.starts_at - parse_duration(lead) for lead in community.reminders]
    return min([*(other for other in others if other > due), booking.starts_at])


def _row(booking: Booking, kind: Kind, recipient: Recipient, now: datetime, due: datetime) -> dict[str, Any]:
    audience, channel, address = recipient
    return {
        "booking_id": booking.id,
        "maintainer_id": booking.maintainer_id if audience is Audience.MAINTAINER else None,
        "sequence": booking.sequence,
        "kind": kind,
        "lead": "",
        "channel": channel,
        "audience": audience,
        "recipient": address,
        "state": DeliveryState.PENDING,
        "reason": None,
        "due_at": due,
        "created_at": now,
        "attempts": 0,
    }

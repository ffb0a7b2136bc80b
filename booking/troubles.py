"""What is not as it should be: a sentence each, for the administrators' page and their mails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from booking.delivery_words import CHANNELS, KINDS
from booking.extensions import db, office
from booking.models import (
    Booking,
    Calendar,
    CalendarEvent,
    Channel,
    Conference,
    Delivery,
    DeliveryState,
    Kind,
    Mailbox,
    tired_hosts,
)
from booking.models.deliveries import OPEN_STATES

MOST = 100
FEW = 5
LOST_FOR = timedelta(days=7)
PATIENCE = timedelta(minutes=30)  # what mends itself sooner is nobody's trouble


@dataclass(frozen=True, slots=True)
class Trouble:
    """`key` stays the same for as long as it lasts.

    Where it is mended: `delivery_id` is of a message that can be sent again, `channel` is where messages wait,
    `maintainer` is the address of whoever alone can mend a calendar, `reference` is of a booking. An alert that did not
    arrive is `untellable`: telling that would go on for ever.
    """

    key: str
    text: str
    delivery_id: int | None = None
    channel: str = ""
    maintainer: str = ""
    reference: str = ""
    untellable: bool = False


def troubles(now: datetime) -> list[Trouble]:
    """Everything that needs an administrator at `now`, in six statements."""
    return [*_held_up(now), *_lost(now), *_calendars(), *_conferences(now), *_events(), *_mailbox()]


def _held_up(now: datetime) -> Iterator[Trouble]:
    """Channels on which messages wait, with what went wrong last."""
    waiting = sa.and_(Delivery.state.in_(OPEN_STATES), Delivery.reason.is_not(None), Delivery.due_at < now - PATIENCE)
    counted = sa.select(Delivery.channel, sa.func.count(), sa.func.max(Delivery.reason)).where(waiting)
    for channel, count, reason in db.session.execute(counted.group_by(Delivery.channel)):
        what = "1 message waits" if count == 1 else f"{count} messages wait"
        yield Trouble(f"channel:{channel}", f"By {CHANNELS[Channel(channel)]} {what}: {reason}", channel=channel)


def _lost(now: datetime) -> Iterator[Trouble]:
    lost = sa.and_(
        Delivery.state.in_((DeliveryState.FAILED, DeliveryState.UNKNOWN)), Delivery.created_at > now - LOST_FOR
    )
    rows = sa.select(Delivery).where(lost).order_by(Delivery.id.desc()).limit(MOST)
    for row in db.session.scalars(rows.options(joinedload(Delivery.booking))):
        whose = f" of {row.booking.reference}" if row.booking else ""
        fate = "may not have arrived" if row.state == DeliveryState.UNKNOWN else "failed"
        what = f"{KINDS[Kind(row.kind)]} by {CHANNELS[Channel(row.channel)]} to the {row.audience}{whose} {fate}"
        text = f"{what}: {row.reason or 'no reason was given.'}"
        yield Trouble(f"delivery:{row.id}", text, row.id, untellable=row.kind == Kind.ALERT)


def _calendars() -> Iterator[Trouble]:
    broken = sa.select(Calendar).where(Calendar.writes, Calendar.last_error.is_not(None)).order_by(Calendar.id)
    for row in db.session.scalars(broken.options(joinedload(Calendar.maintainer))):
        state = "is paused" if row.paused else "cannot be reached"
        text = f"The calendar of {row.maintainer.name} {state}: {row.last_error}"
        yield Trouble(f"calendar:{row.id}", text, maintainer=row.maintainer.email)


def _conferences(now: datetime) -> Iterator[Trouble]:
    """What is wrong with meetings, and with whose; one that is tried again in a moment is nobody's trouble yet."""
    lasting = sa.or_(
        Conference.state == "failed", Conference.host.in_(tired_hosts(now)), Booking.updated_at < now - PATIENCE
    )
    rows = (
        sa.select(Conference)
        .join(Booking)
        .where(Conference.last_error.is_not(None), Booking.ends_at > now, lasting)
        .order_by(Conference.booking_id.desc())
        .limit(MOST)
        .options(contains_eager(Conference.booking))
    )
    wrong: dict[str, list[str]] = {}
    for row in db.session.scalars(rows):
        wrong.setdefault(row.last_error or "", []).append(row.booking.reference)
    for text, references in wrong.items():
        whose = ", ".join(references[:FEW]) + (" and others" if len(references) > FEW else "")
        yield Trouble(f"conference:{text}", f"Zoom meetings wait ({whose}): {text}", reference=references[0])


def _events() -> Iterator[Trouble]:
    rows = sa.select(CalendarEvent).where(CalendarEvent.last_error.is_not(None)).order_by(CalendarEvent.id.desc())
    for row in db.session.scalars(rows.limit(MOST).options(joinedload(CalendarEvent.booking))):
        reference = row.booking.reference
        text = f"The calendar event of {reference} could not be written: {row.last_error}"
        yield Trouble(f"event:{row.id}", text, reference=reference)


def _mailbox() -> Iterator[Trouble]:
    if office().settings.imap_url is None:
        return
    row = db.session.scalar(sa.select(Mailbox).where(Mailbox.last_error.is_not(None)))
    if row is not None:
        attempts = "1 attempt" if row.failures == 1 else f"{row.failures} attempts"
        yield Trouble("mailbox", f"Replies by mail are not read after {attempts}. {row.last_error}")

"""Keeping a time while its form is filled: a booking that is nobody's yet, under the same rules as any other.

It keeps what was typed so far, so that choosing another time loses nothing, and is deleted when it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.util import identity_key

from booking import queries
from booking.extensions import db
from booking.links import new_public_id
from booking.models import Booking, BookingStatus
from booking.office import Office
from booking.reading import _
from booking.rosters import Roster
from booking.services.conflicts import repeated
from booking.services.pick import Pick, Wish, pick_and_write
from booking.services.placing import place
from booking.services.refusal import Refusal, RefusalCode, refuse

HOLD_FOR_FORM = timedelta(minutes=5)
LONGEST_HOLD = timedelta(hours=1)  # in it are the ten times five minutes more that WCAG 2.2.1 asks for
HOLDS_OF_NETWORK = 3


@dataclass(frozen=True)
class Typed:
    """What stands in the form so far; it may still be wrong."""

    name: str = ""
    email: str = ""
    question: str = ""
    links: tuple[str, ...] = ()
    phone: str | None = None


@dataclass(frozen=True)
class _Holder:
    """Whose hold it is, and since when they have this time."""

    network: str
    key: str
    since: datetime


def hold(office: Office, topic: str, start: datetime, typed: Typed, *, network: str, key: str) -> Booking | Refusal:
    """Five minutes for whoever chose `start` (an instant); for the time they hold already, five minutes more.

    An hour in a row at most: then others may have it, until somebody chooses it anew.
    `key` is the browser's own, random: the hold it has makes room for this one, and a second press finds the first.
    Refused when the time is taken (with the nearest openings), or when a network holds three already.
    """
    roster, now = queries.roster(), office.now()
    if topic not in roster.programme.topics:
        return refuse(RefusalCode.UNKNOWN_TOPIC, _("There is no topic “%(topic)s” here.", topic=topic))
    old = live_hold(key, now)
    wish, since = Wish(topic, start, moving=old.id if old else None), now
    if old is not None and old.starts_at == start:
        wish, since = Wish(topic, start, moving=old.id, prefer=old.maintainer.key, stays=True), old.created_at

    def write(picked: Pick) -> Booking | Refusal:
        return _write(roster, picked, typed, _Holder(network, key, since))

    try:
        answer = pick_and_write(office, roster, wish, write)
    except DBAPIError as error:
        if not repeated(error):
            raise
        answer = refuse(RefusalCode.TAKEN, _("This time is not free any more."))
    other = live_hold(key, now) if isinstance(answer, Refusal) else None
    same = other is not None and (other.topic.key, other.starts_at) == (topic, start)
    return other if other is not None and same else answer


def live_hold(key: str | None, now: datetime) -> Booking | None:
    """The hold of the browser with this key, unless it has ended."""
    if key is None:
        return None
    found = queries.fetch(_LIVE, key=_named(key), now=now)
    return db.session.get(Booking, found[0][0], options=_IN_FULL) if found else None


def is_last(held: Booking) -> bool:
    """Whether it is held no longer than until now."""
    return held.held_until == held.created_at + LONGEST_HOLD


def drop_hold(session: Session, hold_id: int) -> None:
    """Delete it, in the transaction that writes what takes its place, and that may get its id."""
    if (held := session.identity_map.get(identity_key(Booking, hold_id))) is not None:
        session.expunge(held)
    session.connection().execute(_DROP, {"hold_id": hold_id})


# Most who look at times hold none, and are told so by the plainest of questions.
_LIVE = sa.select(Booking.id).where(
    Booking.idempotency_key == sa.bindparam("key"),
    Booking.hold_network.is_not(None),
    queries.live(sa.bindparam("now")),
)
_IN_FULL = (joinedload(Booking.maintainer), joinedload(Booking.topic))
_DROP = sa.delete(Booking).where(Booking.id == sa.bindparam("hold_id"), Booking.hold_network.is_not(None))
_OF_NETWORK = sa.select(sa.func.count()).where(
    Booking.hold_network == sa.bindparam("network"), Booking.held_until > sa.bindparam("now")
)


def _named(key: str) -> str:
    return f"hold {key}"


def _write(roster: Roster, picked: Pick, typed: Typed, holder: _Holder) -> Booking | Refusal:
    session, now = db.session(), picked.now
    if picked.wish.moving is not None:
        drop_hold(session, picked.wish.moving)
    [(others,)] = queries.fetch(_OF_NETWORK, network=holder.network, now=now)
    if others >= HOLDS_OF_NETWORK:
        session.rollback()
        return refuse(RefusalCode.TOO_MANY, _("Your network holds several times already."))
    held = _hold(roster, picked, typed, holder, now)
    session.add(held)
    session.commit()
    return held


def _hold(roster: Roster, picked: Pick, typed: Typed, holder: _Holder, now: datetime) -> Booking:
    held = Booking(
        public_id=new_public_id(),
        idempotency_key=_named(holder.key),
        status=BookingStatus.HELD,
        held_until=min(now + HOLD_FOR_FORM, holder.since + LONGEST_HOLD),
        hold_network=holder.network,
        topic_id=roster.topic_ids[picked.wish.topic],
        attendee_name=typed.name,
        attendee_email=typed.email,
        attendee_address="",
        attendee_timezone=roster.programme.timezone,
        attendee_phone=typed.phone,
        question=typed.question,
        links=list(typed.links),
        created_at=holder.since,
        updated_at=now,
    )
    place(held, roster, picked)
    return held

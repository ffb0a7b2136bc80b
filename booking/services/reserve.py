"""Booking a session."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from booking import deliveries, queries
from booking.effects.orders import settle
from booking.extensions import db
from booking.links import new_public_id
from booking.models import Booking, BookingStatus, Community, Kind
from booking.office import Office
from booking.reading import DEFAULT, Reading, _
from booking.rosters import Roster
from booking.services.conflicts import repeated
from booking.services.hold import drop_hold, live_hold
from booking.services.pick import Pick, Wish, all_but, pick_and_write
from booking.services.placing import new_conference, place
from booking.services.prove_number import send_first_code
from booking.services.refusal import Refusal, RefusalCode, refuse
from booking.validation import canonical

HOLD_FOR_PROOF, HOLD_FOR_OFFER = timedelta(minutes=15), timedelta(minutes=30)
BOOKINGS_A_DAY = 10

_INSERT = sa.insert(Booking).returning(Booking.id)
_COLUMNS = tuple(column.key for column in Booking.__table__.columns if not column.primary_key)
_EARLIER = sa.select(Booking.id).where(Booking.idempotency_key == sa.bindparam("key"))
_OF_ADDRESS = sa.select(
    sa.func.count().filter(
        Booking.topic_id == sa.bindparam("topic_id"),
        queries.live(sa.bindparam("now")),
        Booking.ends_at > sa.bindparam("now"),
    ),
    sa.func.count().filter(Booking.created_at > sa.bindparam("yesterday")),
).where(Booking.attendee_address == sa.bindparam("address"))


@dataclass(frozen=True)
class BookingRequest:
    """What somebody asks for, already validated. `start` is an instant; `sms_consent` the words they agreed to.

    `suggested` is the topic that their question was taken for, if they asked one first.
    """

    topic: str
    start: datetime
    name: str
    email: str
    timezone: str
    question: str
    idempotency_key: str
    links: tuple[str, ...] = ()
    phone: str | None = None
    sms_consent: str | None = None
    accept_conduct: bool = False
    offer: bool = False  # to somebody on the waiting list, held until they take it
    network: str = field(default="", repr=False)  # where it came from, to count; the same request may come from another
    reading: Reading = field(default=DEFAULT, repr=False)  # how messages speak to them, no part of what is asked
    suggested: str | None = field(default=None, repr=False)  # ours, not asked for: no part of the fingerprint
    booked_by: int | None = None  # the maintainer who books on the attendee's behalf
    only: str | None = None  # the key of the one maintainer who is asked for; else it is routed
    hold: str | None = field(default=None, repr=False)  # the key of the hold that this browser has

    @property
    def fingerprint(self) -> str:
        """The key bound to all that is asked: whoever has another's key is not given their booking."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


def reserve(office: Office, request: BookingRequest) -> Booking | Refusal:
    """The booking, or why not.

    One transaction asks routing who takes it, and writes booking, messages and work order; calendars elsewhere are
    looked at before. The database refuses two live bookings of one maintainer that overlap; whoever loses that race is
    routed again without the maintainer just taken, until nobody is left.
    The same request again (its idempotency key) is given the booking it made.
    """
    roster = queries.roster()
    if request.topic not in roster.programme.topics:
        return refuse(RefusalCode.UNKNOWN_TOPIC, _("There is no topic “%(topic)s” here.", topic=request.topic))
    lost = all_but(roster, request.only) if request.only else frozenset[str]()
    wish = _wish(request, office.now())
    try:
        answer = pick_and_write(office, roster, wish, lambda picked: _store(office, roster, request, picked), lost=lost)
    except DBAPIError as error:
        earlier = _earlier(request) if repeated(error) else None
        if earlier is None:
            raise
        return earlier
    return answer if isinstance(answer, Booking) else _earlier(request) or answer


def _wish(request: BookingRequest, now: datetime) -> Wish:
    """What is asked for; a time that this browser holds stays with the maintainer who was named for it."""
    wish = Wish(request.topic, request.start, attendee=canonical(request.email))
    held = live_hold(request.hold, now)
    if held is None:
        return wish
    if held.starts_at != request.start or held.topic.key != request.topic:
        return replace(wish, moving=held.id)
    # It was held with notice, and needs none any more.
    return replace(wish, moving=held.id, prefer=held.maintainer.key, stays=True)


def _earlier(request: BookingRequest) -> Booking | None:
    found = queries.fetch(_EARLIER, key=request.fingerprint)
    return db.session.get(Booking, found[0][0]) if found else None


def _store(office: Office, roster: Roster, request: BookingRequest, picked: Pick) -> Booking | Refusal:
    session, community, now = db.session(), queries.community(), picked.now
    booking = _booking(roster, request, picked, community, now)
    refusal = _too_many(request, roster, community, now)
    if refusal is None and booking.held_until is None:
        refusal = send_first_code(office, session, booking, request.network, now)
    if refusal is not None:
        session.rollback()
        return refusal
    if picked.wish.moving is not None:
        drop_hold(session, picked.wish.moving)
    _insert(session, booking)
    set_committed_value(booking, "maintainer", picked.maintainer)
    if booking.held_until is not None:
        kind = Kind.OFFER if request.offer else Kind.VERIFICATION
        deliveries.tell_held(session, booking, kind, community, now)
    else:
        new_conference(office, session, booking, now)
        deliveries.tell(session, booking, Kind.CONFIRMATION, community, now)
    settle(session, booking)
    _commit(session)
    return booking


def _insert(session: Session, booking: Booking) -> None:
    """Write a new row and give the object to the session, without the unit of work: that takes five times as long.

    Of the many columns that tell what becomes of a booking later nothing is said: they are NULL.
    """
    values = {name: value for name in _COLUMNS if (value := getattr(booking, name)) is not None}
    booking.id = session.connection().execute(_INSERT, values).scalar_one()
    make_transient_to_detached(booking)
    session.add(booking)


def _commit(session: Session) -> None:
    """Commit without forgetting what was just written: the answer would have to read it all again."""
    session.expire_on_commit = False
    try:
        session.commit()
    finally:
        session.expire_on_commit = True


def _too_many(request: BookingRequest, roster: Roster, community: Community, now: datetime) -> Refusal | None:
    address, topic_id = canonical(request.email), roster.topic_ids[request.topic]
    yesterday = now - timedelta(days=1)
    [(open_ones, today)] = queries.fetch(_OF_ADDRESS, address=address, topic_id=topic_id, now=now, yesterday=yesterday)
    if open_ones >= community.open_bookings_per_address:
        title = roster.programme.topics[request.topic].title
        return refuse(
            RefusalCode.ALREADY_BOOKED,
            _("This address already has an open session on “%(topic)s”.", topic=title),
            _("The link in its confirmation mail moves or cancels it; after that, or after the session, book again."),
        )
    texted = (
        request.phone
        and not request.offer
        and deliveries.often(db.session(), request.phone, now, deliveries.TEXTS_A_DAY)
    )
    if today >= BOOKINGS_A_DAY or texted:
        return refuse(RefusalCode.TOO_MANY, _("This address or number was used very often today. Try again tomorrow."))
    return None


def _held_until(request: BookingRequest, community: Community, now: datetime) -> datetime | None:
    """Until when somebody has to say yes first, if they have to: to an offer, or that the address is theirs."""
    if request.offer:
        return now + HOLD_FOR_OFFER
    return now + HOLD_FOR_PROOF if community.verify_email else None


def _booking(roster: Roster, request: BookingRequest, picked: Pick, community: Community, now: datetime) -> Booking:
    held_until = _held_until(request, community, now)
    booking = Booking(
        public_id=new_public_id(),
        generation=1,
        sequence=0,
        idempotency_key=request.fingerprint,
        status=BookingStatus.HELD if held_until else BookingStatus.CONFIRMED,
        held_until=held_until,
        topic_id=roster.topic_ids[request.topic],
        suggested_topic_id=roster.topic_ids.get(request.suggested) if request.suggested else None,
        booked_by_id=request.booked_by,
        attendee_name=request.name,
        attendee_email=request.email,
        attendee_address=canonical(request.email),
        attendee_timezone=request.timezone,
        attendee_language=request.reading.language,
        attendee_hours=request.reading.hours,
        attendee_phone=request.phone,
        sms_consent=request.sms_consent,
        sms_consent_at=now if request.sms_consent else None,
        conduct_accepted_at=now if request.accept_conduct else None,
        question=request.question,
        links=list(request.links),
        address_proven=False,
        unfilled=False,
        created_at=now,
        updated_at=now,
    )
    place(booking, roster, picked)
    return booking

"""The waiting list: whoever waits longest is offered a time that comes free, and nobody else can take it meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from booking import offers, queries
from booking.effects.orders import place_opened
from booking.extensions import begin_write, db
from booking.links import new_public_id
from booking.models import Booking, BookingStatus, Waiter, WaitState
from booking.office import Office
from booking.reading import DEFAULT, Reading, _
from booking.services.confirm import confirm
from booking.services.prove_number import send_first_code
from booking.services.refusal import Refusal, RefusalCode, refuse
from booking.services.reserve import BookingRequest, reserve
from booking.validation import canonical

WAITS_AT_ONCE = 3
MOST_OFFERS = 5
ASKED_AT_ONCE = 200
LIVE = (WaitState.WAITING, WaitState.OFFERED)


@dataclass(frozen=True)
class Wait:
    """What somebody waits for, already validated: a session on `topic` that starts at `until` at the latest."""

    topic: str
    until: datetime
    name: str
    email: str
    timezone: str
    question: str
    links: tuple[str, ...] = ()
    phone: str | None = None
    sms_consent: str | None = None
    accept_conduct: bool = False
    reading: Reading = DEFAULT
    network: str = ""


def join(office: Office, wait: Wait) -> Waiter | Refusal:
    """A place at the end of the list. What is free now does not suit them, and is not offered to them later."""
    roster, now = queries.roster(), office.now()
    if wait.until <= now:
        return refuse(RefusalCode.TOO_LATE, _("That day is over. Choose one that is still to come."))
    free = _free(office, wait.topic)
    session = db.session()
    begin_write(session)
    mine = sa.select(Waiter).where(Waiter.attendee_address == canonical(wait.email), Waiter.state.in_(LIVE))
    others = session.scalars(mine).all()
    if any(waiter.topic_id == roster.topic_ids[wait.topic] for waiter in others):
        session.rollback()
        return refuse(RefusalCode.ALREADY_BOOKED, _("This address already waits for a session on this topic."))
    if len(others) >= WAITS_AT_ONCE:
        session.rollback()
        return refuse(RefusalCode.TOO_MANY, _("This address waits for several sessions already. Leave one list first."))
    waiter = Waiter(
        public_id=new_public_id(),
        state=WaitState.WAITING,
        topic_id=roster.topic_ids[wait.topic],
        attendee_name=wait.name,
        attendee_email=wait.email,
        attendee_address=canonical(wait.email),
        attendee_timezone=wait.timezone,
        attendee_language=wait.reading.language,
        attendee_hours=wait.reading.hours,
        attendee_phone=wait.phone,
        sms_consent=wait.sms_consent,
        sms_consent_at=now if wait.sms_consent else None,
        question=wait.question,
        links=list(wait.links),
        conduct_accepted_at=now if wait.accept_conduct else None,
        until=wait.until,
        passed=[_text(start) for start in free],
        created_at=now,
    )
    refusal = send_first_code(office, session, waiter, wait.network, now)
    if refusal is not None:
        session.rollback()
        return refusal
    session.add(waiter)
    session.commit()
    return waiter


def leave(office: Office, waiter_id: int) -> None:
    """Wait no longer; a time that is held for them is free again."""
    _answer(office, waiter_id, WaitState.LEFT)


def pass_on(office: Office, waiter_id: int) -> None:
    """Not this time: the next in line is asked, and they go on waiting for another."""
    _answer(office, waiter_id, WaitState.WAITING)


def take(office: Office, waiter_id: int, network: str) -> Booking | Refusal:
    """The session at the time that is held for them. Their page proves no address: where one must be proven, only the
    link in the mail does it.
    """
    waiter = db.session.get_one(Waiter, waiter_id)
    if waiter.booking_id is None:
        return refuse(RefusalCode.NOT_LIVE, _("No time is held for you at the moment."))
    if queries.community().verify_email:
        return refuse(
            RefusalCode.NOT_LIVE, _("Take it by the link in your mail, which proves that the address is yours.")
        )
    return confirm(office, waiter.booking_id, network, proves_address=False)


def present_state(waiter: Waiter, now: datetime) -> WaitState:
    """Where they stand now, also before the next round has written it down."""
    held = waiter.booking
    if waiter.state != WaitState.OFFERED or _still_held(held, now):
        return WaitState(waiter.state)
    return WaitState.BOOKED if held is not None and held.status == BookingStatus.CONFIRMED else WaitState.WAITING


def offered(booking_id: int) -> Waiter | None:
    """Who is offered the time that this booking holds, if it was made as an offer."""
    return db.session.scalar(sa.select(Waiter).where(Waiter.booking_id == booking_id))


def waiting_for(booking: Booking) -> Waiter | None:
    """Who waits for such a session with the same address; known before an offer is written down with their place."""
    theirs = Waiter.attendee_address == booking.attendee_address, Waiter.topic_id == booking.topic_id
    return db.session.scalar(sa.select(Waiter).where(*theirs, Waiter.state.in_(LIVE)))


def serve(office: Office) -> None:
    """Offer what is free to those who wait, first come first served, each time to one person for half an hour.

    One round at a time: two at once could offer one person two times.
    """
    now = office.now()
    _look_back(now)
    free: dict[str, list[datetime]] = {}
    for turn in _in_line():
        topic = turn.request.topic
        if topic not in free:
            free[topic] = _free(office, topic)
        start = next((start for start in free[topic] if turn.suits(start)), None)
        if start is not None:
            _offer(office, turn, start)
            free.clear()  # whoever gives that session knows other topics too


@dataclass(frozen=True)
class _Turn:
    """Somebody whose turn it is, as values: making an offer ends the transaction they were read in.

    `request` is what they ask for, at no time yet.
    """

    waiter_id: int
    until: datetime
    passed: frozenset[str]
    request: BookingRequest

    def suits(self, start: datetime) -> bool:
        return start <= self.until and _text(start) not in self.passed


def _look_back(now: datetime) -> None:
    """What became of the offers that were made, who has a session by now, and who has waited long enough."""
    begin_write(db.session())
    has_session = sa.exists().where(
        Booking.attendee_address == Waiter.attendee_address,
        Booking.topic_id == Waiter.topic_id,
        Booking.status == BookingStatus.CONFIRMED,
        Booking.ends_at > now,
    )
    waiting = sa.select(Waiter, has_session).where(Waiter.state.in_(LIVE)).options(joinedload(Waiter.booking))
    for waiter, booked in db.session.execute(waiting):
        if booked:
            waiter.state = WaitState.BOOKED
        elif waiter.state == WaitState.OFFERED and not _still_held(waiter.booking, now):
            waiter.state, waiter.booking_id = WaitState.WAITING, None
        if waiter.state == WaitState.WAITING and (waiter.until <= now or waiter.offers >= MOST_OFFERS):
            waiter.state = WaitState.OVER
    db.session.commit()


def _still_held(booking: Booking | None, now: datetime) -> bool:
    if booking is None or booking.status != BookingStatus.HELD:
        return False
    return booking.held_until is not None and booking.held_until > now


def _in_line() -> list[_Turn]:
    offered = set(queries.programme().topics)
    waiting = sa.select(Waiter).where(Waiter.state == WaitState.WAITING).order_by(Waiter.id).limit(ASKED_AT_ONCE)
    found = db.session.scalars(waiting.options(joinedload(Waiter.topic))).all()
    return [_turn(waiter) for waiter in found if waiter.topic.key in offered]


def _turn(waiter: Waiter) -> _Turn:
    request = BookingRequest(
        topic=waiter.topic.key,
        start=waiter.until,
        name=waiter.attendee_name,
        email=waiter.attendee_email,
        timezone=waiter.attendee_timezone,
        reading=waiter.attendee_reading,
        question=waiter.question,
        links=tuple(waiter.links),
        phone=waiter.attendee_phone,
        sms_consent=waiter.sms_consent,
        accept_conduct=waiter.conduct_accepted_at is not None,
        idempotency_key=f"offer {waiter.offers + 1} to {waiter.public_id}",
        offer=True,
    )
    return _Turn(waiter.id, waiter.until, frozenset(waiter.passed), request)


def _free(office: Office, topic: str) -> list[datetime]:
    """The starts that are free now, soonest first."""
    return sorted({opening.range.start for opening in offers.offered(office, topic).openings})


def _offer(office: Office, turn: _Turn, start: datetime) -> None:
    """Hold the time for them. Somebody may have been faster, or a hold of theirs is open yet: then nothing happens."""
    answer = reserve(office, replace(turn.request, start=start))
    if isinstance(answer, Refusal):
        return
    booking_id = answer.id
    begin_write(db.session())
    waiter = db.session.get_one(Waiter, turn.waiter_id, populate_existing=True)
    if waiter.state == WaitState.WAITING:
        waiter.state, waiter.booking_id, waiter.offers = WaitState.OFFERED, booking_id, waiter.offers + 1
        waiter.passed = [*waiter.passed, _text(start)]
    db.session.commit()


def _answer(office: Office, waiter_id: int, state: WaitState) -> None:
    session = db.session()
    begin_write(session)
    waiter = session.get_one(Waiter, waiter_id, with_for_update=True)
    held = waiter.booking
    if waiter.state in LIVE:
        waiter.state, waiter.booking_id = state, None
        if held is not None and held.status == BookingStatus.HELD:
            held.held_until = office.now()  # the next reservation finds it expired, as any other hold
            place_opened(session, held)
    session.commit()


def _text(start: datetime) -> str:
    return f"{start:%Y-%m-%dT%H:%M:%SZ}"

"""A session that its maintainer cannot give: another expert gives it at the same time, or it is called off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from booking import audit_log, history, jobs, queries
from booking.extensions import begin_write, db
from booking.history import By
from booking.models import Act, Audience, Booking, BookingStatus, Deed, Kind
from booking.office import Office
from booking.reasons import kept
from booking.rosters import Roster
from booking.services.cancel import call_off, keep_free
from booking.services.pick import Pick, Wish, pick_and_write
from booking.services.refusal import Refusal, RefusalCode
from booking.services.reschedule import gave_back, not_movable, shift
from routing.phrases import Phrase, marked
from routing.values import epoch

HANDED_OVER = "handed-over"
AWAY = marked("They are away at that time.")
THEM = frozenset({Audience.MAINTAINER})


def give_back(session: Session, booking: Booking, *, why: str, by: By = history.MAINTAINER, now: datetime) -> None:
    """Plan, in the caller's transaction, what becomes of a session its maintainer does not give: `why` is their word.

    Somebody else is asked at once; where the community does not want that, it is called off here and now.
    """
    keep_free(session, booking)
    booking.given_back, booking.given_back_by = why, by.role
    if not queries.community().rescue:
        silent = THEM if gave_back(booking) else ()
        call_off(session, booking, by=history.MAINTAINER, reason=why, now=now, silent=silent)
        return
    order(session, booking, f"{booking.sequence}")


def order(session: Session, booking: Booking, occasion: str) -> None:
    """Order the rescue of a session that was given back; the `occasion` tells repeated orders apart."""
    jobs.enqueue(session, "rescue_session", f"rescue:{booking.id}:{occasion}", booking.id, 0)


def decline(office: Office, maintainer_id: int, booking_id: int, why: str, *, by: By) -> Booking | Refusal:
    """A maintainer says that they cannot give a session. LookupError when it is not theirs."""
    session = db.session()
    begin_write(session)
    mine = sa.select(Booking).where(Booking.id == booking_id, Booking.maintainer_id == maintainer_id)
    booking = session.scalar(mine.with_for_update())
    if booking is None:
        session.rollback()
        raise LookupError("This session is not yours.")
    refusal = not_movable(booking, office.now())
    if refusal is not None:
        session.rollback()
        return refusal
    give_back(session, booking, why=why, by=by, now=office.now())
    audit_log.record(Act.BOOKING_CHANGED, office.now(), by.account_id, f"booking {booking_id}", Deed.DECLINED)
    session.commit()
    return rescue(office, booking_id) if booking.live else booking


def rescue(office: Office, booking_id: int) -> Booking | Refusal:
    """The session with somebody else at its time, or called off; one that was not given back stays as it is.

    Nobody is asked who gave it back before. Refused once it has begun.
    """
    roster = queries.roster()
    booking = db.session.get_one(Booking, booking_id)
    if booking.given_back_by is None:
        return booking
    if booking.topic.key not in roster.programme.topics:
        return _call_off(office, booking_id, unfilled=False)
    refused = frozenset({booking.maintainer.key, *_earlier(booking)})
    by = By(booking.given_back_by)
    wish = Wish(booking.topic.key, booking.starts_at, booking.attendee_address, moving=booking_id, stays=True)

    def write(picked: Pick) -> Booking | Refusal:
        return give(office, roster, booking_id, picked, by, lambda one: one.given_back is not None)

    answer = pick_and_write(office, roster, wish, write, lost=refused)
    nobody = isinstance(answer, Refusal) and answer.code in (RefusalCode.TAKEN, RefusalCode.UNROUTABLE)
    return _call_off(office, booking_id, unfilled=True) if nobody else answer


def absent(session: Session, now: datetime) -> Iterator[Booking]:
    """Sessions to come whose maintainer is on leave or paused then, or gone from the programme."""
    diaries = queries.roster().diaries
    to_come = sa.select(Booking).where(
        Booking.status == BookingStatus.CONFIRMED, Booking.starts_at > now, Booking.given_back.is_(None)
    )
    for booking in session.scalars(to_come.options(joinedload(Booking.maintainer))):
        diary, begin, end = diaries.get(booking.maintainer.key), epoch(booking.starts_at), epoch(booking.ends_at)
        if diary is None or any(spans.overlaps(begin, end) for spans in (diary.leave, diary.paused)):
            yield booking


def _earlier(booking: Booking) -> set[str]:
    """Who gave it back before."""
    return {reason["maintainer"] for reason in booking.reasons if reason["code"] == HANDED_OVER}


def give(
    office: Office, roster: Roster, booking_id: int, picked: Pick, by: By, as_meant: Callable[[Booking], bool]
) -> Booking | Refusal:
    """Give the session to whom was picked, if it is still as it was when they were."""
    session, now = db.session(), picked.now
    booking = session.get_one(Booking, booking_id, with_for_update=True, populate_existing=True)
    refusal = not_movable(booking, now)
    if refusal is not None or not as_meant(booking) or booking.starts_at != picked.range.start:
        session.rollback()
        return refusal or session.get_one(Booking, booking_id)
    before = [reason for reason in booking.reasons if reason["code"] == HANDED_OVER]
    before.append({**_left(booking), "maintainer": booking.maintainer.key})
    shift(office, roster, booking, picked, now, Kind.HANDED_OVER, by=by)
    booking.reasons = [*before, *booking.reasons]
    session.commit()
    return booking


def _left(booking: Booking) -> dict[str, Any]:
    """Why its maintainer does not give it, as a reason of the booking."""
    who = {"maintainer": booking.maintainer.name}
    gone = Phrase("%(maintainer)s cannot give it.", who)
    if booking.given_back is None:
        gone = Phrase("%(maintainer)s handed it over.", who)
    return kept(HANDED_OVER, str(gone), gone)


def _call_off(office: Office, booking_id: int, *, unfilled: bool) -> Booking | Refusal:
    session = db.session()
    begin_write(session)
    now = office.now()
    booking = session.get_one(Booking, booking_id, with_for_update=True, populate_existing=True)
    refusal = not_movable(booking, now)
    if refusal is not None or booking.given_back is None:
        session.rollback()
        return refusal or booking
    booking.unfilled = unfilled
    silent = THEM if gave_back(booking) else ()
    call_off(session, booking, by=history.MAINTAINER, reason=booking.given_back, now=now, silent=silent)
    session.commit()
    return booking

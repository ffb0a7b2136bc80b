"""Choosing the maintainer, in the transaction that writes what was chosen.

Two who book at once are then not promised the same scarce person. Calendars that are not ours are looked at between two
such transactions, never inside one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from booking import queries
from booking.calendar_access import LAST_LOOK_SECONDS, open_calendar
from booking.extensions import begin_write, db, let_go
from booking.models import Calendar, Maintainer
from booking.office import Office
from booking.queries import Calendars, Sessions
from booking.reading import _
from booking.reasons import kept, said
from booking.rosters import Roster
from booking.services.conflicts import deadlocked, lock_choices, lock_maintainer, lost_race, release_expired_holds
from booking.services.refusal import Refusal, RefusalCode
from calendars.errors import CalendarError, CalendarUnavailable
from routing.answers import Assignment, Candidate, ReasonCode, Unroutable
from routing.router import assign
from routing.values import TimeRange

Written = TypeVar("Written")
REMOTE = "caldav"
DEADLOCKS = 3

_REMOTE = sa.select(Calendar.id).where(
    Calendar.maintainer_id == sa.bindparam("maintainer_id"), Calendar.kind == REMOTE, Calendar.reads
)


@dataclass(frozen=True)
class Wish:
    """A session somebody would like. `attendee` is their address as `Booking.attendee_address` has it.

    `moving` is the booking that makes room for itself, `prefer` the maintainer who has it. One that `stays` at its time
    was booked with notice, and needs none.
    """

    topic: str
    start: datetime
    attendee: str | None = None
    prefer: str | None = None
    moving: int | None = None
    stays: bool = False


@dataclass(frozen=True)
class Known:
    """What a choice rests on: whom the attendee has met, the calendars, and the bookings of the weeks around it."""

    met: frozenset[str]
    calendars: Calendars
    sessions: Sessions

    def remote(self, maintainer_id: int) -> bool:
        """Whether a maintainer has a calendar that must be looked at: ours are read as they change."""
        return any(kind == REMOTE for _, kind, *_ in self.calendars.get(maintainer_id, ()))


@dataclass(frozen=True)
class Pick:
    """Who takes the session, and why, as of `now`."""

    wish: Wish
    slot: str
    range: TimeRange
    candidate: Candidate
    maintainer: Maintainer
    now: datetime

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """What the attendee may read. Not whom they met: anybody may book in the name of another's address.

        Nor that who stays has the session already: that speaks of another time.
        """
        untold = {ReasonCode.RETURNING, ReasonCode.SAME_MAINTAINER} if self.wish.stays else {ReasonCode.RETURNING}
        told = (reason for reason in self.candidate.reasons if reason.code not in untold)
        return [kept(reason.code.value, reason.text, reason.phrase) for reason in told]


@dataclass
class _Looks:
    """What looking at calendars elsewhere has shown, by maintainer. Two seconds are spent on it, in all.

    The `left_out` are not asked: the busy, and those the caller excludes. Somebody `unreadable` is only where everybody
    else is too: then the last good copy decides, which routing only uses while it is under 15 minutes old.
    """

    office: Office
    left_out: frozenset[str]
    seconds: float = LAST_LOOK_SECONDS
    seen: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)

    def first(self, candidates: Sequence[Candidate]) -> Candidate:
        """The best of those that can be read."""
        return next((one for one in candidates if one.maintainer not in self.unreadable), candidates[0])

    def look(self, key: str, maintainer_id: int, window: TimeRange) -> None:
        """Look whether every calendar of theirs that is not ours shows the time free."""
        began = self.office.now()
        free = _free(self.office, maintainer_id, window, began + timedelta(seconds=self.seconds))
        self.seconds -= (self.office.now() - began).total_seconds()  # of looking, not of waiting to write
        self.seen.add(key)
        if free is None:
            self.unreadable.add(key)
        elif not free:
            self.left_out |= {key}


def know(roster: Roster, wish: Wish, now: datetime) -> Known:
    """What there is to know about a wish."""
    met = queries.met(roster, wish.attendee, now) if wish.attendee else frozenset[str]()
    sessions = queries.sessions(roster, now, moving=wish.moving, around=wish.start)
    return Known(met, queries.calendars(roster, wish.topic), sessions)


def decide(
    roster: Roster, wish: Wish, known: Known, now: datetime, lost: frozenset[str] = frozenset()
) -> Assignment | Unroutable:
    """Who should take the session, as far as known; for explaining, as `pick_and_write` asks it for booking."""
    answer = _ask(roster, wish, known, now, lost)
    return _elsewhere(roster, wish, known, now, lost) if isinstance(answer, Unroutable) else answer


def _ask(roster: Roster, wish: Wish, known: Known, now: datetime, lost: frozenset[str]) -> Assignment | Unroutable:
    programme = roster.programme
    if wish.stays:
        programme = replace(programme, minimum_notice=timedelta(0))
    diaries = queries.diaries(roster, now, wish.topic, known.calendars, known.sessions)
    return assign(
        programme, wish.topic, wish.start, diaries, now, exclude=lost, prefer=wish.prefer, returning=known.met
    )


def _elsewhere(
    roster: Roster, wish: Wish, known: Known, now: datetime, lost: frozenset[str]
) -> Assignment | Unroutable:
    """The same by all bookings to come: the openings nearest to a time that is refused may be on any day."""
    sessions = queries.sessions(roster, now, moving=wish.moving)
    return _ask(roster, wish, replace(known, sessions=sessions), now, lost)


def pick_and_write(
    office: Office, roster: Roster, wish: Wish, write: Callable[[Pick], Written], *, lost: frozenset[str] = frozenset()
) -> Written | Refusal:
    """What `write` gives for the best candidate, or why there is none. The `lost` are not asked.

    `write` finds a transaction in which nobody else chooses, the maintainer is locked and expired holds are gone, and
    commits it. Who is found busy when their calendar is looked at, or moved a session of their own there meanwhile, is
    left out, and it is asked again; so it is, a few times, when the database found a deadlock.
    """
    looks, deadlocks = _Looks(office, lost), 0
    while True:
        key = None
        try:
            now = _begin(office)
            known = know(roster, wish, now)
            answer = _ask(roster, wish, known, now, looks.left_out)
            if isinstance(answer, Unroutable):
                db.session.rollback()
                nobody = _elsewhere(roster, wish, known, now, looks.left_out)
                return _refusal(nobody, taken=bool(looks.left_out))
            candidate = looks.first(answer.candidates)
            maintainer_id = roster.maintainer_ids[candidate.maintainer]
            if known.remote(maintainer_id) and candidate.maintainer not in looks.seen:
                looks.look(candidate.maintainer, maintainer_id, answer.range)
                continue
            maintainer = lock_maintainer(db.session(), maintainer_id)
            key = candidate.maintainer
            return write(Pick(wish, answer.slot, answer.range, candidate, maintainer, now))
        except DBAPIError as error:
            db.session.rollback()
            deadlocks += deadlocked(error)
            if not lost_race(error) or deadlocks > DEADLOCKS:
                raise
            if key is not None and not deadlocked(error):
                looks.left_out |= {key}


def _begin(office: Office) -> datetime:
    """Begin the transaction in which a session is given to somebody; gives the time."""
    session = db.session()
    begin_write(session)
    lock_choices(session)
    now = office.now()
    release_expired_holds(session, now)
    return now


def all_but(roster: Roster, maintainer: str) -> frozenset[str]:
    """Everybody else, by key: whom to leave out where only this maintainer is asked."""
    return frozenset(roster.maintainer_ids) - {maintainer}


def _refusal(answer: Assignment | Unroutable, *, taken: bool) -> Refusal:
    # Somebody may have become free since: then this very time is the nearest opening.
    found = answer if isinstance(answer, Unroutable) else Unroutable(())
    code = RefusalCode.TAKEN if taken else RefusalCode.UNROUTABLE
    sentences = (_("Somebody was faster: this time has just been taken."),) if taken else ()
    texts = tuple(said(reason) for reason in found.reasons if reason.maintainer is None)
    return Refusal(code, sentences or texts, found.reasons, found.nearest)


def _free(office: Office, maintainer_id: int, window: TimeRange, deadline: datetime) -> bool | None:
    """Whether every calendar of theirs that is not ours shows the time free; None when one could not be read."""
    db.session.rollback()
    remote = [db.session.get_one(Calendar, row.id) for row in queries.fetch(_REMOTE, maintainer_id=maintainer_id)]
    ours = queries.uids_around(maintainer_id, window)
    let_go(db.session())
    try:
        return all(_shows_free(office, calendar, window, ours, deadline) for calendar in remote)
    except CalendarError:
        return None


def _shows_free(office: Office, calendar: Calendar, window: TimeRange, ours: set[str], deadline: datetime) -> bool:
    left = (deadline - office.now()).total_seconds()
    if left <= 0 or calendar.paused:
        raise CalendarUnavailable("There was no time left to look.")
    with open_calendar(office, calendar, seconds=left) as store:
        return not store.busy(window, ignore_uids=ours)

"""Choosing the maintainer, with a last look at calendars that are not ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from booking import queries
from booking.calendar_access import LAST_LOOK_SECONDS, open_calendar
from booking.extensions import db, let_go
from booking.models import Calendar
from booking.office import Office
from booking.queries import Calendars, Sessions
from booking.reading import _
from booking.reasons import kept, said
from booking.rosters import Roster
from booking.services.conflicts import LostRace, lost_race
from booking.services.refusal import Refusal, RefusalCode
from calendars.errors import CalendarError, CalendarUnavailable
from routing.answers import Assignment, Candidate, ReasonCode, Unroutable
from routing.router import assign
from routing.values import TimeRange

Written = TypeVar("Written")
REMOTE = "caldav"

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
    """Who takes the session, and why. `passed` were left out: just taken, or found busy when looked at."""

    wish: Wish
    known: Known
    slot: str
    range: TimeRange
    candidate: Candidate
    passed: frozenset[str]

    @property
    def maintainer(self) -> str:
        return self.candidate.maintainer

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """What the attendee may read. Not whom they met: anybody may book in the name of another's address.

        Nor that who stays has the session already: that speaks of another time.
        """
        untold = {ReasonCode.RETURNING, ReasonCode.SAME_MAINTAINER} if self.wish.stays else {ReasonCode.RETURNING}
        told = (reason for reason in self.candidate.reasons if reason.code not in untold)
        return [kept(reason.code.value, reason.text, reason.phrase) for reason in told]


def know(roster: Roster, wish: Wish, now: datetime) -> Known:
    """What there is to know about a wish."""
    met = queries.met(roster, wish.attendee, now) if wish.attendee else frozenset[str]()
    return Known(met, queries.calendars(roster, wish.topic), _sessions(roster, wish, now))


def decide(
    roster: Roster, wish: Wish, known: Known, now: datetime, lost: frozenset[str] = frozenset()
) -> Assignment | Unroutable:
    """Who should take the session, as far as known: the one way to ask routing, for booking and for explaining."""
    programme, topic, calendars = roster.programme, wish.topic, known.calendars
    if wish.stays:
        programme = replace(programme, minimum_notice=timedelta(0))
    ask = partial(assign, programme, topic, wish.start, exclude=lost, prefer=wish.prefer, returning=known.met)
    answer = ask(queries.diaries(roster, now, topic, calendars, known.sessions), now)
    if isinstance(answer, Unroutable):  # the openings nearest to it may be on any day
        sessions = queries.sessions(roster, now, moving=wish.moving)
        return ask(queries.diaries(roster, now, topic, calendars, sessions), now)
    return answer


def _sessions(roster: Roster, wish: Wish, now: datetime) -> Sessions:
    return queries.sessions(roster, now, moving=wish.moving, around=wish.start)


def pick(office: Office, roster: Roster, wish: Wish, *, lost: frozenset[str] = frozenset()) -> Pick | Refusal:
    """The best candidate whose calendar, looked at now, is free too.

    `lost` are maintainers somebody else just took. Two seconds are spent on looking, in all: a busy or unreadable
    calendar passes the session to the next candidate. When nobody's can be read, the last good copy decides, which
    routing only uses while it is under 15 minutes old.
    """
    now = office.now()
    known = know(roster, wish, now)
    answer = decide(roster, wish, known, now, lost)
    if isinstance(answer, Unroutable):
        return _refusal(answer, taken=bool(lost))
    deadline = now + timedelta(seconds=LAST_LOOK_SECONDS)
    unreadable: list[Candidate] = []
    busy = lost
    for candidate in answer.candidates:
        maintainer_id = roster.maintainer_ids[candidate.maintainer]
        free = not known.remote(maintainer_id) or _free(office, maintainer_id, answer.range, deadline)
        if free:
            passed = busy | {one.maintainer for one in unreadable}
            return Pick(wish, known, answer.slot, answer.range, candidate, passed)
        if free is None:
            unreadable.append(candidate)
        else:
            busy |= {candidate.maintainer}
    if unreadable:
        return Pick(wish, known, answer.slot, answer.range, unreadable[0], busy)
    return _nobody_left(office, roster, wish, answer)


def pick_and_write(
    office: Office, roster: Roster, wish: Wish, write: Callable[[Pick], Written], *, lost: frozenset[str] = frozenset()
) -> Written | Refusal:
    """What `write` gives for the best candidate; who is lost in a race meanwhile is left out, and it is asked again.

    `write` works in a transaction of its own, asks `choose_again` there, and commits.
    """
    while True:
        picked = pick(office, roster, wish, lost=lost)
        if isinstance(picked, Refusal):
            return picked
        try:
            return write(picked)
        except (DBAPIError, LostRace) as error:
            db.session.rollback()
            if lost_race(error):
                lost |= {picked.maintainer}
            elif not isinstance(error, LostRace):
                raise


def all_but(roster: Roster, maintainer: str) -> frozenset[str]:
    """Everybody else, by key: whom to leave out where only this maintainer is asked."""
    return frozenset(roster.maintainer_ids) - {maintainer}


def choose_again(roster: Roster, picked: Pick, now: datetime) -> None:
    """Ask routing again where the booking is written: two requests at once must not both be promised a scarce person.

    While no booking has come or gone, the answer is known. Raises LostRace when it is another one by now.
    """
    sessions = _sessions(roster, picked.wish, now)
    if sessions == picked.known.sessions:
        return
    answer = decide(roster, picked.wish, replace(picked.known, sessions=sessions), now, picked.passed)
    candidates = answer.candidates if isinstance(answer, Assignment) else ()
    if not candidates or candidates[0].maintainer != picked.maintainer:
        raise LostRace(gone=picked.maintainer not in {one.maintainer for one in candidates})


def _nobody_left(office: Office, roster: Roster, wish: Wish, answer: Assignment) -> Refusal:
    now = office.now()
    everybody = frozenset(candidate.maintainer for candidate in answer.candidates)
    again = decide(roster, wish, know(roster, wish, now), now, everybody)
    # Somebody may have become free while we looked: then this very time is the nearest opening.
    return _refusal(again if isinstance(again, Unroutable) else Unroutable(()), taken=True)


def _refusal(answer: Unroutable, *, taken: bool) -> Refusal:
    code = RefusalCode.TAKEN if taken else RefusalCode.UNROUTABLE
    sentences = (_("Somebody was faster: this time has just been taken."),) if taken else ()
    texts = tuple(said(reason) for reason in answer.reasons if reason.maintainer is None)
    return Refusal(code, sentences or texts, answer.reasons, answer.nearest)


def _free(office: Office, maintainer_id: int, window: TimeRange, deadline: datetime) -> bool | None:
    """Whether every calendar of theirs that is not ours shows the time free; None when one could not be read."""
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

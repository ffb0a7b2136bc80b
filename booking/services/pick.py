"""Choosing the maintainer, with a last look at calendars that are not ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from booking import queries
from booking.calendar_access import LAST_LOOK_SECONDS, open_calendar
from booking.extensions import db, let_go
from booking.models import Calendar
from booking.office import Office
from booking.queries import Roster
from booking.services.refusal import Refusal, RefusalCode
from calendars.errors import CalendarError, CalendarUnavailable
from routing.router import assign
from routing.values import Assignment, Candidate, TimeRange, Unroutable

_REMOTE = sa.select(Calendar.id).where(
    Calendar.maintainer_id == sa.bindparam("maintainer_id"), Calendar.kind == "caldav", Calendar.reads
)


@dataclass(frozen=True)
class Pick:
    """Who takes the session, and why."""

    slot: str
    range: TimeRange
    candidate: Candidate

    @property
    def maintainer(self) -> str:
        return self.candidate.maintainer

    @property
    def reasons(self) -> list[dict[str, str]]:
        return [{"code": reason.code.value, "text": reason.text} for reason in self.candidate.reasons]


def pick(
    office: Office,
    roster: Roster,
    topic: str,
    start: datetime,
    *,
    lost: frozenset[str] = frozenset(),
    prefer: str | None = None,
    moving: int | None = None,
) -> Pick | Refusal:
    """The best candidate whose calendar, looked at now, is free too.

    `lost` are maintainers somebody else just took; `moving` is the booking that makes room for itself. Two seconds are
    spent on looking, in all: a busy or unreadable calendar passes the session to the next candidate. When nobody's can
    be read, the last good copy decides, which routing only uses while it is under 15 minutes old.
    """
    now = office.now()
    diaries = queries.diaries(roster, now, topic, moving, around=start)
    answer = assign(roster.programme, topic, start, diaries, now, exclude=lost, prefer=prefer)
    if isinstance(answer, Unroutable):  # the openings nearest to it may be on any day
        diaries = queries.diaries(roster, now, topic, moving)
        answer = assign(roster.programme, topic, start, diaries, now, exclude=lost, prefer=prefer)
    if isinstance(answer, Unroutable):
        return _refusal(answer, taken=bool(lost))
    deadline = now + timedelta(seconds=LAST_LOOK_SECONDS)
    unreadable: list[Candidate] = []
    for candidate in answer.candidates:
        free = _free(office, roster, candidate.maintainer, answer.range, deadline)
        if free:
            return Pick(answer.slot, answer.range, candidate)
        if free is None:
            unreadable.append(candidate)
    if unreadable:
        return Pick(answer.slot, answer.range, unreadable[0])
    return _nobody_left(office, roster, topic, answer, moving)


def _nobody_left(office: Office, roster: Roster, topic: str, answer: Assignment, moving: int | None) -> Refusal:
    now = office.now()
    everybody = frozenset(candidate.maintainer for candidate in answer.candidates)
    diaries = queries.diaries(roster, now, topic, moving)
    again = assign(roster.programme, topic, answer.range.start, diaries, now, exclude=everybody)
    # Somebody may have become free while we looked: then this very time is the nearest opening.
    return _refusal(again if isinstance(again, Unroutable) else Unroutable(()), taken=True)


def _refusal(answer: Unroutable, *, taken: bool) -> Refusal:
    code = RefusalCode.TAKEN if taken else RefusalCode.UNROUTABLE
    sentences = ("Somebody was faster: this time has just been taken.",) if taken else ()
    texts = tuple(reason.text for reason in answer.reasons if reason.maintainer is None)
    return Refusal(code, sentences or texts, answer.reasons, answer.nearest)


def _free(office: Office, roster: Roster, maintainer: str, window: TimeRange, deadline: datetime) -> bool | None:
    """Whether every calendar of theirs that is not ours shows the time free; None when one could not be read.

    Ours need no look: they are read as they change.
    """
    maintainer_id = roster.maintainer_ids[maintainer]
    remote = [db.session.get_one(Calendar, row.id) for row in queries.fetch(_REMOTE, maintainer_id=maintainer_id)]
    if not remote:
        return True
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

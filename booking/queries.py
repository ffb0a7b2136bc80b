"""Reads that more than one page or service needs, each in a constant number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, reduce
from operator import or_
from typing import Any, TypeVar, TypeVarTuple, cast

import sqlalchemy as sa
from flask import current_app, has_request_context, request

from booking import models, rosters
from booking.epochs import EpochSeconds
from booking.extensions import db, office, writing
from booking.models import Booking, BookingStatus, Calendar
from booking.rosters import Roster
from routing import zones
from routing.assignment import LOAD_WEEKS
from routing.values import NO_SPANS, Diary, Programme, Spans, TimeRange, epoch

FRESH = timedelta(minutes=15)
RECENT = timedelta(weeks=LOAD_WEEKS)
KNOWN_FOR = timedelta(days=365)
WEEK, LONGEST = timedelta(weeks=1), timedelta(days=1)
LAST = datetime(9999, 12, 31, tzinfo=UTC)
COMMUNITY, ROSTER = "officehours.community", "officehours.roster"

Columns = TypeVarTuple("Columns")
Row = TypeVar("Row", bound=sa.Row[*tuple[Any, ...]])


def community() -> models.Community:
    """A copy of the community's row, for reading; the same for a whole request.

    Raises LookupError before a community file was applied.
    """
    if not has_request_context():
        return _community()
    if COMMUNITY not in request.environ:
        request.environ[COMMUNITY] = _community()
    return cast(models.Community, request.environ[COMMUNITY])


def roster() -> Roster:
    """The present programme: read once a process, revision and day."""
    row, today = community(), office().now().date()
    cached: Roster | None = current_app.extensions.get(ROSTER)
    if cached is None or (cached.revision, cached.day) != (row.revision, today):
        cached = rosters.read(row, today)
        _keep(ROSTER, cached)
    return cached


def programme() -> Programme:
    return roster().programme


def has_examples() -> bool:
    """Whether any maintainer is one of the examples a new community starts with."""
    return roster().has_examples


def booking_by_public_id(public_id: str) -> Booking | None:
    return db.session.scalar(sa.select(Booking).where(Booking.public_id == public_id))


def fetch(statement: sa.Select[*Columns] | sa.CompoundSelect[*Columns], **values: object) -> Sequence[sa.Row[*Columns]]:
    """Plain rows in the session's transaction, without its bookkeeping for objects."""
    return db.session.connection().execute(statement, values).all()


def live(now: datetime | sa.BindParameter[datetime]) -> sa.ColumnElement[bool]:
    """Bookings that take up time at `now`: confirmed, or held and not expired."""
    held = sa.and_(Booking.status == BookingStatus.HELD, Booking.held_until > now)
    return sa.or_(Booking.status == BookingStatus.CONFIRMED, held)


def uids_around(maintainer_id: int, window: TimeRange) -> set[str]:
    """UIDs of our own events near a window: they are no busy times, the bookings themselves are counted."""
    rows = db.session.scalars(
        sa.select(Booking.public_id).where(
            Booking.maintainer_id == maintainer_id,
            Booking.starts_at.between(window.start - timedelta(days=1), window.end + timedelta(days=1)),
        )
    )
    return {f"{public_id}@officehours" for public_id in rows}


def _community() -> models.Community:
    """Read once a process and revision, which grows whenever anything of the programme changes."""
    revisions = fetch(_REVISION)
    if not revisions:
        raise LookupError("There is no community yet: `officehours apply communities/flyte.toml` loads one.")
    read: models.Community | None = current_app.extensions.get(COMMUNITY)
    if read is None or read.revision != revisions[0][0]:
        read = models.Community(**fetch(_COMMUNITY)[0]._mapping)
        _keep(COMMUNITY, read)
    return read


def _keep(name: str, read: object) -> None:
    """Keep what was read for later requests; unless it may still be rolled back, and its revision be another's."""
    if not writing(db.session()):
        current_app.extensions[name] = read


# Put together once: that takes several times as long as the database needs for the answer.
_REVISION = sa.select(models.Community.revision)
_COMMUNITY = sa.select(*models.Community.__table__.columns)
# A halted calendar says nothing, neither of sessions nor of busy times, until its maintainer said what is right.
_BUSY = sa.select(
    Calendar.maintainer_id,
    Calendar.kind,
    sa.case((Calendar.halted, sa.null()), else_=sa.type_coerce(Calendar.busy, sa.LargeBinary)),
    Calendar.busy_as_of,
).where(sa.or_(Calendar.reads, sa.and_(Calendar.writes, Calendar.halted)))
_BUSY_OF_TOPIC = _BUSY.where(
    Calendar.maintainer_id.in_(
        sa.select(models.Expertise.maintainer_id).where(models.Expertise.topic_id == sa.bindparam("topic_id"))
    )
)
_GIVEN = sa.or_(Booking.status == BookingStatus.CONFIRMED, Booking.status == BookingStatus.COMPLETED)
_TO_COME: sa.Select[int, int, int, int] = sa.select(
    Booking.maintainer_id, EpochSeconds(Booking.starts_at), EpochSeconds(Booking.ends_at), sa.literal_column("0")
).where(
    Booking.starts_at.between(sa.bindparam("since"), sa.bindparam("until")),
    Booking.ends_at > sa.bindparam("now"),
    sa.or_(live(sa.bindparam("now")), Booking.status == BookingStatus.COMPLETED),
    Booking.id != sa.bindparam("moving"),
)


def _number(*which: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    """How many sessions of one maintainer, by the index on theirs: a no-show was nobody's turn."""
    theirs = Booking.maintainer_id == models.Maintainer.id
    return (
        sa.select(sa.func.count()).where(theirs, *which, _GIVEN, Booking.id != sa.bindparam("moving")).scalar_subquery()
    )


# Sessions that are over take up no time any more, but they count towards the limit of their week.
_OVER = _number(
    Booking.ends_at.between(sa.bindparam("week"), sa.bindparam("now")), Booking.starts_at >= sa.bindparam("week")
)
_TO_COME_AND_OVER: sa.CompoundSelect[int, int, int, int] = sa.union_all(
    _TO_COME, sa.select(models.Maintainer.id, _OVER, sa.null(), sa.literal_column("0"))
)
# And how many each has had lately or has ahead.
_WITH_LOADS: sa.CompoundSelect[int, int, int, int] = sa.union_all(
    _TO_COME,
    sa.select(models.Maintainer.id, _OVER, sa.null(), _number(Booking.ends_at > sa.bindparam("recent"))),
)
_MET = (
    sa.select(Booking.maintainer_id)
    .where(
        Booking.attendee_address == sa.bindparam("address"),
        _GIVEN,
        Booking.starts_at.between(sa.bindparam("since"), sa.bindparam("now")),
    )
    .distinct()
)


class Diaries(Mapping[str, Diary]):
    """Diaries by maintainer, each written when it is first asked for: often the first few settle the question."""

    def __init__(self, keys: Iterable[str], write: Callable[[str], Diary]) -> None:
        self._known: dict[str, Diary | None] = dict.fromkeys(keys)
        self._write = write

    def __getitem__(self, key: str) -> Diary:
        diary = self._known[key]
        if diary is None:
            diary = self._known[key] = self._write(key)
        return diary

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


Calendars = Mapping[int, Sequence[sa.Row[int, str, bytes | None, datetime | None]]]
"""By maintainer, what is kept of their calendars."""
Sessions = Sequence[tuple[int, int, int | None, int]]
"""Bookings to come as (maintainer, begin, end, 0). Where there is no end, (maintainer, how many of the week are over,
None, how many they have had lately or have ahead)."""


def calendars(roster: Roster, topic: str | None = None) -> Calendars:
    """The calendars of those who know a topic, or of all."""
    return _by_maintainer(fetch(_BUSY) if topic is None else fetch(_BUSY_OF_TOPIC, topic_id=roster.topic_ids[topic]))


def sessions(
    roster: Roster, now: datetime, *, moving: int | None = None, around: datetime | None = None, loads: bool = True
) -> Sessions:
    """The bookings that take up time, without the one that makes room for itself, `moving`.

    `around` is the one start that is asked about, if it is only one: those of its week are enough, of the seven days
    before it and of the next seven, with the longest that may reach into them. `loads` are the recent bookings, which
    matter where somebody is chosen and not where openings are shown.
    """
    zone = roster.programme.timezone
    week = zones.midnight(_monday(epoch(max(around, now) if around else now), zone), zone)
    since, until = now - LONGEST, LAST
    if around is not None:
        since, until = around - WEEK - LONGEST, max(week, now) + WEEK + LONGEST
    window = {"week": week, "since": since, "until": until, "now": now, "moving": moving or 0}
    rows = fetch(_WITH_LOADS, recent=now - RECENT, **window) if loads else fetch(_TO_COME_AND_OVER, **window)
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def diaries(roster: Roster, now: datetime, topic: str | None, known: Calendars, sessions: Sessions) -> Diaries:
    """What changes by the hour about each maintainer (of a topic), from what was read.

    A remote calendar last read over 15 minutes ago is unknown, and so is a maintainer with such a calendar; ours are
    read as they change, and begin empty. Somebody with no calendar at all is busy only with bookings.
    """
    booked, counts = defaultdict[int, list[tuple[int, int]]](list), dict[int, tuple[int, int]]()
    for maintainer_id, begin, end, recent in sessions:
        if end is None:
            counts[maintainer_id] = begin, recent
        else:
            booked[maintainer_id].append((begin, end))
    zone, unknown = roster.programme.timezone, unread(known, now)
    this_week = _monday(epoch(now), zone)

    def write(key: str) -> Diary:
        maintainer_id, before = roster.maintainer_ids[key], roster.diaries[key]
        own, (over, recent) = booked[maintainer_id], counts.get(maintainer_id, (0, 0))
        weeks = {this_week: over}
        for begin, _ in own:
            monday = _monday(begin, zone)
            weeks[monday] = weeks.get(monday, 0) + 1
        return Diary(
            busy=None if maintainer_id in unknown else _busy(known.get(maintainer_id, ())),
            booked=Spans(own) if own else NO_SPANS,
            weeks=weeks,
            recent=recent,
            leave=before.leave,
            quiet=before.quiet,
            paused=before.paused,
        )

    people = roster.programme.maintainers
    return Diaries((one.key for one in people if topic is None or topic in one.expertise), write)


def diaries_of(roster: Roster, now: datetime, topic: str, moving: int | None = None) -> Diaries:
    """The diaries of those who know a topic, for showing its openings: in two statements."""
    return diaries(roster, now, topic, calendars(roster, topic), sessions(roster, now, moving=moving, loads=False))


def met(roster: Roster, address: str, now: datetime) -> frozenset[str]:
    """The maintainers who gave a session to this address (as `Booking.attendee_address` has it) within a year."""
    rows = fetch(_MET, address=address, since=now - KNOWN_FOR, now=now)
    ids = {row[0] for row in rows}
    return (
        frozenset(key for key, maintainer_id in roster.maintainer_ids.items() if maintainer_id in ids)
        if ids
        else frozenset()
    )


def _by_maintainer(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def unread(known: Calendars, now: datetime) -> frozenset[int]:
    """Maintainers with a calendar that is not known well enough: one that is not ours, read over 15 minutes ago."""
    return frozenset(
        maintainer_id
        for maintainer_id, calendars in known.items()
        for _, kind, packed, as_of in calendars
        if packed is None or (kind != "embedded" and (as_of is None or as_of < now - FRESH))
    )


def _busy(calendars: Iterable[sa.Row[int, str, bytes | None, datetime | None]]) -> Spans:
    """Busy in any of these calendars."""
    return reduce(or_, (Spans.unpack(packed) for _, _, packed, _ in calendars if packed), NO_SPANS)


@lru_cache(maxsize=16_384)
def _monday(begin: int, timezone: str) -> date:
    """The Monday of the week a session begins in."""
    day = zones.local(datetime.fromtimestamp(begin, UTC), timezone).date()
    return day - timedelta(days=day.weekday())

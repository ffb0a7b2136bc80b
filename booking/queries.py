"""Reads that more than one page or service needs, each in a constant number of statements."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar, TypeVarTuple, cast

import sqlalchemy as sa
from flask import current_app, has_request_context, request
from sqlalchemy.orm import selectinload

from booking import models
from booking.epochs import EpochSeconds
from booking.extensions import db
from booking.models import Booking, BookingStatus, Calendar
from routing import values, zones
from routing.values import NO_SPANS, Diary, Programme, Spans, TimeRange, epoch

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FRESH = timedelta(minutes=15)
RECENT = timedelta(days=28)
NEAR = timedelta(days=8)  # a week and the longest session
LAST = datetime(9999, 12, 31, tzinfo=UTC)
COMMUNITY = "officehours.community"

Columns = TypeVarTuple("Columns")
Row = TypeVar("Row", bound=sa.Row[*tuple[Any, ...]])


@dataclass(frozen=True)
class Roster:
    """One revision of the programme, for routing, with the row ids behind its keys. Shared by all requests."""

    revision: int
    programme: Programme
    topic_ids: dict[str, int]
    slot_ids: dict[str, int]
    maintainer_ids: dict[str, int]
    leave: dict[str, Spans]
    has_examples: bool


def community() -> models.Community:
    """A copy of the community's row, for reading; taken once a request.

    Raises LookupError before a community file was applied.
    """
    if not has_request_context():
        return _community()
    if COMMUNITY not in request.environ:
        request.environ[COMMUNITY] = _community()
    return cast(models.Community, request.environ[COMMUNITY])


def roster() -> Roster:
    """The present programme: read once a process and revision."""
    revision = community().revision
    cached: Roster | None = current_app.extensions.get("officehours.roster")
    if cached is None or cached.revision != revision:
        cached = _read_roster()
        current_app.extensions["officehours.roster"] = cached
    return cached


def programme() -> Programme:
    return roster().programme


def has_examples() -> bool:
    """Whether any maintainer is one of the examples a new community starts with."""
    return roster().has_examples


def booking_by_public_id(public_id: str) -> Booking | None:
    return db.session.scalar(sa.select(Booking).where(Booking.public_id == public_id))


def fetch(statement: sa.Select[*Columns], **values: object) -> Sequence[sa.Row[*Columns]]:
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
    rows = fetch(_COMMUNITY)
    if not rows:
        raise LookupError("There is no community yet: `officehours apply communities/flyte.toml` loads one.")
    return models.Community(**rows[0]._mapping)


# Put together once: that takes several times as long as the database needs for the answer.
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
# Completed sessions of this week take up no time any more, but they count towards its limit.
_BOOKED = sa.select(Booking.maintainer_id, EpochSeconds(Booking.starts_at), EpochSeconds(Booking.ends_at)).where(
    Booking.starts_at.between(sa.bindparam("since"), sa.bindparam("until")),
    sa.or_(live(sa.bindparam("now")), Booking.status == BookingStatus.COMPLETED),
    Booking.id != sa.bindparam("moving"),
)
_RECENT = (
    sa.select(Booking.maintainer_id, sa.func.count())
    .where(
        Booking.starts_at.between(sa.bindparam("since"), sa.bindparam("until")),
        Booking.status.in_((BookingStatus.CONFIRMED, BookingStatus.COMPLETED)),
    )
    .group_by(Booking.maintainer_id)
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


def diaries(
    roster: Roster,
    now: datetime,
    topic: str | None = None,
    moving: int | None = None,
    *,
    around: datetime | None = None,
    loads: bool = True,
) -> Diaries:
    """What changes by the hour about each maintainer (of a topic), in three statements; without `loads` in two.

    The booking `moving`, if any, is left out: it makes room for itself. `around` is the one start that is asked about,
    if it is only one: sessions of other weeks are left out. `loads` are the recent bookings, which matter where
    somebody is chosen and not where openings are shown.

    A remote calendar last read over 15 minutes ago is unknown, and so is a maintainer with such a calendar; ours are
    read as they change, and begin empty. Somebody with no calendar at all is busy only with bookings.
    """
    topic_id = None if topic is None else roster.topic_ids[topic]
    calendars = _by_maintainer(fetch(_BUSY) if topic_id is None else fetch(_BUSY_OF_TOPIC, topic_id=topic_id))
    since, until = (now - NEAR, LAST) if around is None else (around - NEAR, around + NEAR)
    booked = _by_maintainer(fetch(_BOOKED, since=since, until=until, now=now, moving=moving or 0))
    recent = dict(fetch(_RECENT, since=now - RECENT, until=now + RECENT)) if loads else {}
    timezone = roster.programme.timezone

    def write(key: str) -> Diary:
        maintainer_id = roster.maintainer_ids[key]
        sessions = booked[maintainer_id]
        return Diary(
            busy=_busy(calendars[maintainer_id], now),
            booked=Spans((begin, end) for _, begin, end in sessions) if sessions else NO_SPANS,
            leave=roster.leave.get(key, NO_SPANS),
            weeks=Counter(_monday(begin, timezone) for _, begin, _ in sessions),
            recent=recent.get(maintainer_id, 0),
        )

    people = roster.programme.maintainers
    return Diaries((one.key for one in people if topic is None or topic in one.expertise), write)


def week_is_full(roster: Roster, maintainer: str, start: datetime, now: datetime, moving: int | None = None) -> bool:
    """Whether a maintainer has all the sessions they give in the week of `start`: asked again where it is written."""
    limit = next(one.weekly_limit for one in roster.programme.maintainers if one.key == maintainer)
    if limit is None:
        return False
    # Everybody's: asked for one, SQLite would read all their history instead of these days.
    rows = fetch(_BOOKED, since=start - NEAR, until=start + NEAR, now=now, moving=moving or 0)
    timezone, maintainer_id = roster.programme.timezone, roster.maintainer_ids[maintainer]
    monday = _monday(epoch(start), timezone)
    return sum(row[0] == maintainer_id and _monday(row[1], timezone) == monday for row in rows) >= limit


def _by_maintainer(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def _busy(calendars: Iterable[sa.Row[int, str, bytes | None, datetime | None]], now: datetime) -> Spans | None:
    """Busy in any of these calendars; None when one of them is not known well enough."""
    busy = NO_SPANS
    for _, kind, packed, as_of in calendars:
        if packed is None or (kind != "embedded" and (as_of is None or as_of < now - FRESH)):
            return None
        busy |= Spans.unpack(packed)
    return busy


@lru_cache(maxsize=16_384)
def _monday(begin: int, timezone: str) -> date:
    """The Monday of the week a session begins in."""
    day = zones.local(datetime.fromtimestamp(begin, UTC), timezone).date()
    return day - timedelta(days=day.weekday())


def _read_roster() -> Roster:
    row = community()
    slots = db.session.scalars(sa.select(models.Slot).where(~models.Slot.retired).order_by(models.Slot.position)).all()
    topics = db.session.scalars(
        sa.select(models.Topic)
        .where(~models.Topic.retired)
        .order_by(models.Topic.position)
        .options(selectinload(models.Topic.slots))
    ).all()
    people = db.session.scalars(
        sa.select(models.Maintainer)
        .where(~models.Maintainer.retired)
        .order_by(models.Maintainer.position)
        .options(
            selectinload(models.Maintainer.slots),
            selectinload(models.Maintainer.leave),
            selectinload(models.Maintainer.expertise).joinedload(models.Expertise.topic),
        )
    ).all()
    return Roster(
        revision=row.revision,
        programme=Programme(
            timezone=row.timezone,
            session=timedelta(minutes=row.session_minutes),
            minimum_notice=row.minimum_notice,
            horizon_days=row.horizon_days,
            slots={slot.key: _slot(slot, row.timezone) for slot in slots},
            topics={topic.key: _topic(topic) for topic in topics},
            maintainers=tuple(_maintainer(person) for person in people),
        ),
        topic_ids={topic.key: topic.id for topic in topics},
        slot_ids={slot.key: slot.id for slot in slots},
        maintainer_ids={person.key: person.id for person in people},
        leave={person.key: Spans.of(_leave(person)) for person in people if person.leave},
        has_examples=any(person.example for person in people),
    )


def _slot(row: models.Slot, timezone: str) -> values.Slot:
    weekdays = frozenset(WEEKDAYS.index(day) for day in row.weekdays)
    return values.Slot(row.key, row.starts, weekdays, row.timezone or timezone, row.sessions)


def _topic(row: models.Topic) -> values.Topic:
    slots = tuple(slot.key for slot in row.slots if not slot.retired)
    return values.Topic(row.key, row.title, row.description, tuple(row.keywords), slots)


def _maintainer(row: models.Maintainer) -> values.Maintainer:
    return values.Maintainer(
        key=row.key,
        name=row.name,
        timezone=row.timezone,
        slots=frozenset(slot.key for slot in row.slots),
        expertise={known.topic.key: known.level for known in row.expertise},
        weekly_limit=row.weekly_limit,
    )


def _leave(row: models.Maintainer) -> list[TimeRange]:
    return [zones.day_range(leave.first_day, leave.last_day, row.timezone) for leave in row.leave]

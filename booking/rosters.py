"""The programme's rows as the values that routing takes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from booking import models
from booking.extensions import db
from booking.models import Booking, BookingStatus, Demand, DemandKind
from routing import scarcity, values, zones
from routing.slots import on
from routing.values import NO_SPANS, Diary, Programme, Spans, TimeRange, epoch

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DEMAND_WEEKS, AT_LEAST = 8, 1.0
"""From how many weeks demand is known, and what is added to it: no topic is without any."""
MARGIN = timedelta(days=9)  # a week and the farthest two zones are apart
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Roster:
    """One revision of the programme on one day, for routing, with the row ids behind its keys. Shared by all requests.

    `diaries` hold what is known beforehand: leave, quiet weeks, pauses. `demand` are requests a week by topic, until
    the day began: every process knows the same all day, and so a choice can be explained by another.
    """

    revision: int
    day: date
    programme: Programme
    demand: Mapping[str, float]
    topic_ids: Mapping[str, int]
    slot_ids: Mapping[str, int]
    maintainer_ids: Mapping[str, int]
    diaries: Mapping[str, Diary]
    has_examples: bool


# Sessions begin after they are asked for: the index on their start finds those asked for lately.
_DEMAND = (
    sa.select(Booking.topic_id, sa.func.count())
    .where(
        Booking.starts_at >= sa.bindparam("since"),
        Booking.created_at >= sa.bindparam("since"),
        Booking.created_at < sa.bindparam("until"),
        Booking.status != BookingStatus.HELD,
        sa.or_(Booking.cancelled_by.is_(None), Booking.cancelled_by != "nobody"),
    )
    .group_by(Booking.topic_id)
)


_SHUT_OUT = sa.exists().where(models.Account.maintainer_id == models.Maintainer.id, models.Account.disabled)
# Whoever found no time asked too; one wish has a row for each slot.
_UNMET = (
    sa.select(Demand.topic_id, sa.func.count(Demand.at.distinct()))
    .where(
        Demand.kind == DemandKind.NO_TIME,
        Demand.topic_id.is_not(None),
        Demand.at >= sa.bindparam("since"),
        Demand.at < sa.bindparam("until"),
    )
    .group_by(Demand.topic_id)
)


def read(row: models.Community, day: date) -> Roster:
    """The present programme, with the demand before `day` began (UTC)."""
    slots = db.session.scalars(sa.select(models.Slot).where(~models.Slot.retired).order_by(models.Slot.position)).all()
    topics = db.session.scalars(
        sa.select(models.Topic)
        .where(~models.Topic.retired)
        .order_by(models.Topic.position)
        .options(selectinload(models.Topic.slots))
    ).all()
    people = db.session.scalars(
        sa.select(models.Maintainer)
        .where(~models.Maintainer.retired, ~_SHUT_OUT)
        .order_by(models.Maintainer.position)
        .options(
            selectinload(models.Maintainer.slots),
            selectinload(models.Maintainer.leave).joinedload(models.Leave.stand_in),
            selectinload(models.Maintainer.expertise).joinedload(models.Expertise.topic),
        )
    ).all()
    wall = {slot.key: _slot(slot, row.timezone) for slot in slots}
    horizon = _Horizon.of(wall, row, day)
    covers, declined = _covers(people, horizon), _declined(day)
    programme = Programme(
        timezone=row.timezone,
        session=timedelta(minutes=row.session_minutes),
        minimum_notice=row.minimum_notice,
        horizon_days=row.horizon_days,
        slots=wall,
        topics={topic.key: _topic(topic) for topic in topics},
        maintainers=tuple(_maintainer(person, covers[person.id], _exceptions(person, horizon)) for person in people),
        policy=row.assignment,
    )
    demand = _demand(topics, day)
    return Roster(
        revision=row.revision,
        day=day,
        programme=replace(programme, reserves=scarcity.reserves(programme, demand)),
        demand=demand,
        topic_ids={topic.key: topic.id for topic in topics},
        slot_ids={slot.key: slot.id for slot in slots},
        maintainer_ids={person.key: person.id for person in people},
        diaries={person.key: _diary(person, declined[person.id]) for person in people},
        has_examples=any(person.example for person in people),
    )


def _demand(topics: Iterable[models.Topic], day: date) -> dict[str, float]:
    until = datetime.combine(day, time(), UTC)
    window = {"since": until - timedelta(weeks=DEMAND_WEEKS), "until": until}
    counts: Counter[int | None] = Counter()
    for asked in (_DEMAND, _UNMET):
        counts.update({row[0]: row[1] for row in db.session.execute(asked, window)})
    return {topic.key: (counts.get(topic.id, 0) + AT_LEAST) / DEMAND_WEEKS for topic in topics}


def _slot(row: models.Slot, timezone: str) -> values.Slot:
    return values.Slot(row.key, row.starts, _numbers(row.weekdays), row.timezone or timezone, row.sessions)


def _topic(row: models.Topic) -> values.Topic:
    slots = tuple(slot.key for slot in row.slots if not slot.retired)
    return values.Topic(row.key, row.title, row.description, tuple(row.keywords), slots, tuple(row.docs_headings))


def _maintainer(
    row: models.Maintainer, covers: Mapping[str, Spans], otherwise: Mapping[str, frozenset[int]]
) -> values.Maintainer:
    return values.Maintainer(
        key=row.key,
        name=row.name,
        timezone=row.timezone,
        slots=frozenset(slot.key for slot in row.slots),
        expertise={known.topic.key: known.level for known in row.expertise},
        weekly_limit=row.weekly_limit,
        covers=covers,
        joined=row.joined_at,
        weekdays={key: _numbers(days) for key, days in row.weekdays.items()},
        exceptions=otherwise,
    )


def _numbers(weekdays: Iterable[str]) -> frozenset[int]:
    return frozenset(WEEKDAYS.index(day) for day in weekdays)


@dataclass(frozen=True)
class _Horizon:
    """The slots, and the local dates of which sessions are known one by one: what can be booked, and some around."""

    slots: Mapping[str, values.Slot]
    session: timedelta
    days: Sequence[date]

    @classmethod
    def of(cls, slots: Mapping[str, values.Slot], community: models.Community, day: date) -> _Horizon:
        first, count = day - MARGIN, community.horizon_days + 2 * MARGIN.days + 1
        session = timedelta(minutes=community.session_minutes)
        return cls(slots, session, [first + timedelta(days=number) for number in range(count)])

    def sessions(self, slot: str, days: Iterable[date]) -> list[TimeRange]:
        return on(self.slots[slot], self.session, days)


def _gives(person: models.Maintainer, slot: str) -> Callable[[date], bool]:
    """Whether somebody gives a slot on a date of its zone: what they said of the date, or else of its weekday."""
    staffed = any(each.key == slot for each in person.slots)
    weekdays = _numbers(person.weekdays.get(slot, WEEKDAYS))
    no, yes = ({date.fromisoformat(each) for each in said.get(slot, ())} for said in (person.not_on, person.also_on))
    return lambda day: day in yes or (staffed and day.weekday() in weekdays and day not in no)


def _exceptions(person: models.Maintainer, horizon: _Horizon) -> dict[str, frozenset[int]]:
    """By slot the starts, in epoch seconds, of those sessions that they give or do not give otherwise than usual."""
    staffed, found = {slot.key for slot in person.slots}, {}
    for key in horizon.slots.keys() & {*person.weekdays, *person.not_on, *person.also_on}:
        gives, usual = _gives(person, key), key in staffed
        other = [day for day in horizon.days if gives(day) is not usual]
        found[key] = frozenset(epoch(session.start) for session in horizon.sessions(key, other))
    return found


def _covers(people: Sequence[models.Maintainer], horizon: _Horizon) -> defaultdict[int, dict[str, Spans]]:
    """By whom others named to stand in for them: the sessions that those would give in their leave.

    Not on dates of which the stand-in said that they do not give the slot.
    """
    found: defaultdict[int, dict[str, Spans]] = defaultdict(dict)
    for away in people:
        for leave in away.leave:
            if leave.stand_in is None:
                continue
            days, own = _days(leave, away), found[leave.stand_in.id]
            for key in horizon.slots.keys() & {*(slot.key for slot in away.slots), *away.also_on}:
                gives, no = _gives(away, key), leave.stand_in.not_on.get(key, ())
                given = horizon.sessions(key, (day for day in horizon.days if gives(day) and str(day) not in no))
                taken = Spans.of(each for each in given if each.start < days.end and days.start < each.end)
                own[key] = own.get(key, NO_SPANS) | taken
    return found


def _declined(day: date) -> defaultdict[int, list[TimeRange]]:
    """By maintainer the times that they gave back, from `day` on."""
    found: defaultdict[int, list[TimeRange]] = defaultdict(list)
    since = datetime.combine(day, time(), UTC)
    for row in db.session.scalars(sa.select(models.DeclinedTime).where(models.DeclinedTime.ends_at > since)):
        found[row.maintainer_id].append(TimeRange(row.starts_at, row.ends_at))
    return found


def _diary(row: models.Maintainer, declined: list[TimeRange]) -> Diary:
    quiet = [zones.week_range(week, row.timezone) for week in row.quiet_weeks]
    until = row.paused_until
    paused = [TimeRange(NEVER, zones.midnight(until, row.timezone))] if until else []
    return Diary(
        leave=Spans.of(_days(leave, row) for leave in row.leave),
        quiet=Spans.of(quiet),
        paused=Spans.of([*paused, *declined]),
    )


def _days(leave: models.Leave, row: models.Maintainer) -> TimeRange:
    return zones.day_range(leave.first_day, leave.last_day, row.timezone)

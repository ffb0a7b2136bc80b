"""Small programmes to ask the router about, and strategies that make random ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from routing.policies import POLICIES
from routing.scarcity import reserves
from routing.slots import on
from routing.values import Diary, Maintainer, Programme, Slot, Spans, TimeRange, Topic, epoch

PACIFIC = "America/Los_Angeles"
WEEKDAYS = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
NOW = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)  # Monday, 8 am in Los Angeles
HOUR = timedelta(hours=1)
HALF_HOUR = timedelta(minutes=30)

# Zones whose clocks change by half an hour, two hours, at midnight, the other way round, lately, or not at all.
ZONES = (
    *("America/Los_Angeles", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata"),
    *("Pacific/Apia", "Africa/Casablanca", "America/Sao_Paulo", "Asia/Gaza", "America/Vancouver", "Pacific/Chatham"),
    *("America/Havana", "Antarctica/Troll", "Africa/Cairo", "Europe/Dublin", "America/Santiago", "Pacific/Kiritimati"),
    *("Etc/GMT+12", "UTC"),
)
# Days on or just before which some of these zones change.
CHANGES = (
    *(date(2026, 3, 8), date(2026, 3, 22), date(2026, 3, 27), date(2026, 3, 29), date(2026, 4, 5), date(2026, 4, 24)),
    *(date(2026, 9, 6), date(2026, 9, 20), date(2026, 9, 27), date(2026, 10, 4), date(2026, 10, 24)),
    *(date(2026, 10, 30), date(2026, 11, 1), date(2027, 11, 7), date(2018, 11, 4), date(2011, 12, 30)),
)


def utc(text: str) -> datetime:
    """An instant from its ISO form, as "2026-12-01T15:00Z"."""
    return datetime.fromisoformat(text).astimezone(UTC)


def session(text: str, length: timedelta = HALF_HOUR) -> TimeRange:
    """The session that starts at an instant."""
    return TimeRange(utc(text), utc(text) + length)


def make_slot(key: str = "7am", starts: time = time(7), **overrides: object) -> Slot:
    """A slot on weekdays in Los Angeles."""
    return Slot(**{"key": key, "starts": starts, "weekdays": WEEKDAYS, "timezone": PACIFIC, **overrides})


def make_topic(key: str = "auth", title: str = "Flyte deployment, auth", slots: Iterable[str] = ("7am",)) -> Topic:
    return Topic(key, title, "", (), tuple(slots))


def make_maintainer(number: int = 1, **overrides: object) -> Maintainer:
    """An expert in auth who staffs 7am."""
    values: dict[str, object] = {
        "key": f"example-{number}",
        "name": f"Example maintainer {number}",
        "timezone": "Europe/Berlin",
        "slots": frozenset({"7am"}),
        "expertise": {"auth": 3},
    }
    return Maintainer(**{**values, **overrides})


def make_programme(
    *maintainers: Maintainer, slots: Iterable[Slot] = (), topics: Iterable[Topic] = (), **overrides: object
) -> Programme:
    """A programme in Los Angeles: sessions of half an hour, four hours' notice, two weeks ahead."""
    slots = tuple(slots) or (make_slot(),)
    topics = tuple(topics) or (make_topic(slots=[slot.key for slot in slots]),)
    values: dict[str, object] = {
        "timezone": PACIFIC,
        "session": HALF_HOUR,
        "minimum_notice": 4 * HOUR,
        "horizon_days": 14,
        "slots": {slot.key: slot for slot in slots},
        "topics": {topic.key: topic for topic in topics},
        "maintainers": maintainers or (make_maintainer(),),
    }
    return Programme(**{**values, **overrides})


def make_diaries(programme: Programme, **changed: Diary) -> dict[str, Diary]:
    """Free diaries for everybody, but for those named by `example_1=...`."""
    free = {one.key: Diary() for one in programme.maintainers}
    return free | {key.replace("_", "-"): diary for key, diary in changed.items()}


@dataclass(frozen=True)
class RawDiary:
    """A diary before anything is merged, for the slow enumeration."""

    busy: tuple[TimeRange, ...] | None
    booked: tuple[TimeRange, ...]
    leave: tuple[TimeRange, ...]
    weeks: Mapping[date, int]
    recent: int
    quiet: tuple[TimeRange, ...] = ()
    paused: tuple[TimeRange, ...] = ()

    def ready(self) -> Diary:
        busy = None if self.busy is None else Spans.of(self.busy)
        booked, leave, quiet, paused = map(Spans.of, (self.booked, self.leave, self.quiet, self.paused))
        return Diary(busy, booked, leave, self.weeks, self.recent, quiet, paused)


@dataclass(frozen=True)
class RawHours:
    """On which days a maintainer gives a slot, before anything is made of it: by weekday, and whatever else by date."""

    weekdays: frozenset[int]
    dates: Mapping[date, bool]


@dataclass(frozen=True)
class World:
    """A programme and diaries at one moment. A maintainer without an entry in `raw` has no diary."""

    programme: Programme
    raw: Mapping[str, RawDiary]
    now: datetime
    hours: Mapping[tuple[str, str], RawHours] = field(default_factory=dict)

    @property
    def diaries(self) -> dict[str, Diary]:
        return {key: diary.ready() for key, diary in self.raw.items()}


zones = st.sampled_from(ZONES)


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    """A minute within ten days before a clock change somewhere, or any in four years."""
    day = draw(st.one_of(st.sampled_from(CHANGES), st.dates(date(2025, 1, 1), date(2028, 12, 31))))
    before = timedelta(minutes=draw(st.integers(0, 10 * 24 * 60)))
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - before


def ranges_after(begin: datetime, days: int, longest: int) -> st.SearchStrategy[TimeRange]:
    """Ranges that start from a day before an instant to some days after it, up to `longest` minutes long."""

    def build(offset: int, length: int) -> TimeRange:
        start = begin + timedelta(minutes=offset)
        return TimeRange(start, start + timedelta(minutes=length))

    return st.builds(build, st.integers(-24 * 60, days * 24 * 60), st.integers(1, longest))


@st.composite
def raw_diaries(draw: st.DrawFn, now: datetime, days: int) -> RawDiary:
    def some(longest: int, most: int) -> tuple[TimeRange, ...]:
        return tuple(draw(st.lists(ranges_after(now, days + 1, longest), max_size=most)))

    monday = now.date() - timedelta(days=now.weekday())
    mondays = [monday + timedelta(weeks=week) for week in range(-1, 4)]
    return RawDiary(
        busy=None if draw(st.integers(0, 7)) == 7 else some(24 * 60, 12),
        booked=some(60, 3),
        leave=some(3 * 24 * 60, 1),
        weeks=draw(st.dictionaries(st.sampled_from(mondays), st.integers(0, 3), max_size=4)),
        recent=draw(st.integers(0, 5)),
        quiet=some(7 * 24 * 60, 1),
        paused=some(3 * 24 * 60, 1),
    )


@st.composite
def slots_for(draw: st.DrawFn, keys: list[str]) -> dict[str, Slot]:
    """Slots on a coarse grid of times, some of them at the time of the one before."""
    found: list[Slot] = []
    for key in keys:
        starts = time(draw(st.sampled_from((0, 1, 2, 3, 7, 13, 21, 23))), draw(st.sampled_from((0, 15, 30))))
        weekdays = draw(st.frozensets(st.integers(0, 6), min_size=3))
        slot = Slot(key, starts, weekdays, draw(zones), draw(st.integers(1, 4)))
        found.append(replace(found[-1], key=key) if found and draw(st.booleans()) else slot)
    return {slot.key: slot for slot in found}


@st.composite
def maintainers_for(draw: st.DrawFn, keys: list[str], now: datetime, days: int) -> tuple[Maintainer, ...]:
    """Up to four maintainers, most of whom know "asked" and staff some slot, or stand in for a while."""
    covers = st.lists(ranges_after(now, days, 2 * 24 * 60), max_size=2).map(Spans.of)
    return tuple(
        Maintainer(
            f"m{number}",
            f"Maintainer {number}",
            "UTC",
            frozenset(draw(st.lists(st.sampled_from(keys), min_size=draw(st.integers(0, 2)), max_size=3))),
            {"asked": 3 - level} if (level := draw(st.integers(0, 3))) < 3 else {"other": 3},
            draw(st.none() | st.integers(0, 3)),
            draw(st.dictionaries(st.sampled_from(keys), covers, max_size=1)),
        )
        for number in range(4 - draw(st.integers(0, 4)))
    )


@st.composite
def hours_for(
    draw: st.DrawFn, people: tuple[Maintainer, ...], keys: list[str], now: datetime, days: int
) -> dict[tuple[str, str], RawHours]:
    """For some maintainers and slots, on which days of the week and dates."""
    near = st.integers(-2, days + 2).map(lambda number: now.date() + timedelta(days=number))
    hours = st.builds(RawHours, st.frozensets(st.integers(0, 6)), st.dictionaries(near, st.booleans(), max_size=4))
    pairs = [(one.key, key) for one in people for key in keys]
    return draw(st.dictionaries(st.sampled_from(pairs), hours, max_size=4)) if pairs else {}


def with_hours(one: Maintainer, programme: Programme, world: World) -> Maintainer:
    """The maintainer as routing is told of their hours."""
    mine = {key: hours for (who, key), hours in world.hours.items() if who == one.key}
    near = [world.now.date() + timedelta(days=number) for number in range(-5, programme.horizon_days + 6)]
    found = {}
    for key, hours in mine.items():
        usual = key in one.slots
        other = [day for day in near if hours.dates.get(day, usual and day.weekday() in hours.weekdays) != usual]
        sessions = on(programme.slots[key], programme.session, other)
        found[key] = frozenset(epoch(session.start) for session in sessions)
    return replace(one, weekdays={key: hours.weekdays for key, hours in mine.items()}, exceptions=found)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A topic "asked" in up to three slots, and maintainers with diaries, but for some."""
    now, days = draw(moments()), 12 - draw(st.integers(0, 12))
    keys = draw(st.lists(st.sampled_from("abc"), min_size=1, unique=True))
    maintainers = draw(maintainers_for(keys, now, days))
    programme = Programme(
        timezone=draw(zones),
        session=timedelta(minutes=draw(st.sampled_from((15, 30, 45, 90)))),
        minimum_notice=timedelta(minutes=draw(st.sampled_from((0, 1, 60, 240, 2880)))),
        horizon_days=days,
        slots=draw(slots_for(keys)),
        topics={"asked": Topic("asked", "The one asked about", "", (), tuple(draw(st.permutations(keys))))},
        maintainers=maintainers,
        policy=draw(st.sampled_from(sorted(POLICIES))),
    )
    hours = draw(hours_for(maintainers, keys, now, days))
    people = tuple(with_hours(one, programme, World(programme, {}, now, hours)) for one in maintainers)
    programme = replace(programme, maintainers=people)
    programme = replace(programme, reserves=reserves(programme, {"asked": draw(st.integers(0, 9)), "other": 1.0}))
    raw = {one.key: draw(raw_diaries(now, days)) for one in maintainers if draw(st.integers(0, 9)) < 9}
    return World(programme, raw, now, hours)

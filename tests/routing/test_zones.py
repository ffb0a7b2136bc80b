"""Wall-clock times and instants: every zone against zoneinfo, gaps and overlaps by hand."""

from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import pytest
import pytz
import tzdata
from hypothesis import example, given, settings
from hypothesis import strategies as st

from routing import zones
from tests.routing.worlds import CHANGES, ZONES, utc

ALL_ZONES = sorted(pytz.all_timezones_set)
days = st.one_of(
    st.tuples(st.sampled_from(CHANGES), st.integers(-1, 1)).map(lambda pair: pair[0] + timedelta(days=pair[1])),
    st.dates(date(2000, 1, 1), date(2036, 12, 31)),
)
# Most changes happen in the first hours of a day.
clocks = st.one_of(st.builds(time, st.integers(0, 3), st.integers(0, 59)), st.times().map(lambda t: t.replace(fold=0)))
walls = st.builds(datetime.combine, days, clocks)
any_zone = st.one_of(st.sampled_from(ZONES), st.sampled_from(ALL_ZONES))


def reference(zone: str) -> ZoneInfo:
    """The same zone out of the tzdata wheel, read by the standard library, whatever the operating system has."""
    with (resources.files("tzdata") / "zoneinfo" / zone).open("rb") as file:
        return ZoneInfo.from_file(file, key=zone)


def test_the_editions_agree() -> None:
    """pytz and the tzdata wheel carry one edition, so that no two parts of the service disagree about a time."""
    assert tzdata.IANA_VERSION == zones.EDITION


@given(walls, any_zone)
@settings(max_examples=400)
@example(datetime(2011, 12, 30, 9), "Pacific/Apia")  # noqa: DTZ001 - wall-clock times are naive
def test_instants_are_those_of_the_standard_library(wall: datetime, zone: str) -> None:
    """zoneinfo's reading with fold=0 is our policy: the offset before a gap, the first of two occurrences."""
    assert zones.instant(wall, zone) == wall.replace(tzinfo=reference(zone), fold=0).astimezone(UTC)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2036, 12, 31)), any_zone)  # noqa: DTZ001 - made aware below
@settings(max_examples=200)
def test_local_time_is_that_of_the_standard_library(moment: datetime, zone: str) -> None:
    """An instant reads the same on the wall by pytz and by zoneinfo."""
    moment = moment.replace(tzinfo=UTC)
    local = zones.local(moment, zone)
    assert local == moment
    assert local.replace(tzinfo=None) == moment.astimezone(reference(zone)).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        ("America/Los_Angeles", "2027-03-14T02:30", "2027-03-14T10:30Z"),  # 03:30 -7
        ("America/Los_Angeles", "2027-03-14T02:00", "2027-03-14T10:00Z"),  # the change itself, 03:00 -7
        ("Europe/Dublin", "2027-03-28T01:15", "2027-03-28T01:15Z"),  # 02:15 +1
        ("Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-03T15:40Z"),  # half an hour: 02:40 +11
        ("Antarctica/Troll", "2027-03-28T01:30", "2027-03-28T01:30Z"),  # two hours: 03:30 +2
        ("America/Havana", "2026-03-08T00:30", "2026-03-08T05:30Z"),  # midnight is skipped: 01:30 -4
        ("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00Z"),  # 01:00 -2
        ("Africa/Casablanca", "2026-03-22T02:30", "2026-03-22T02:30Z"),  # after Ramadan: 03:30 +1
        ("America/Caracas", "2016-05-01T02:40", "2016-05-01T07:10Z"),  # no summer time: 03:10 -4
        ("Pacific/Apia", "2011-12-30T09:00", "2011-12-30T19:00Z"),  # a whole day: 31 December 09:00 +14
    ],
)
def test_a_skipped_time_moves_forward_by_the_gap(zone: str, wall: str, expected: str) -> None:
    """A wall-clock time that the clocks skip is the instant as much after the change as it lies in the gap."""
    assert zones.instant(datetime.fromisoformat(wall), zone) == utc(expected)


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        ("America/Los_Angeles", "2026-11-01T01:30", "2026-11-01T08:30Z"),  # -7, not -8
        ("Europe/Berlin", "2026-10-25T02:59", "2026-10-25T00:59Z"),  # +2, not +1
        ("Europe/Dublin", "2026-10-25T01:30", "2026-10-25T00:30Z"),  # +1, not +0
        ("Australia/Lord_Howe", "2027-04-04T01:45", "2027-04-03T14:45Z"),  # +11, not +10:30
        ("America/Havana", "2027-11-07T00:30", "2027-11-07T04:30Z"),  # -4, not -5
        ("Africa/Casablanca", "2026-09-20T01:30", "2026-09-20T00:30Z"),  # +1, not +0
        ("Europe/Volgograd", "2020-12-27T01:30", "2020-12-26T21:30Z"),  # no summer time: +4, not +3
        ("America/Vancouver", "2026-11-01T01:30", "2026-11-01T08:30Z"),  # no change any more: only -7
    ],
)
def test_a_repeated_time_is_its_first_occurrence(zone: str, wall: str, expected: str) -> None:
    """A wall-clock time that happens twice means the first time."""
    assert zones.instant(datetime.fromisoformat(wall), zone) == utc(expected)


@pytest.mark.parametrize("name", ["", "europe/berlin", "Europe/Atlantis", "../etc/passwd", "Europe/Berlin ", "PST"])
def test_only_names_in_the_list_are_zones(name: str) -> None:
    """A name that is misspelt, a path, or spelt in other letters is unknown everywhere."""
    assert not zones.known(name)
    with pytest.raises(pytz.UnknownTimeZoneError):
        zones.instant(datetime(2026, 12, 1, 9), name)  # noqa: DTZ001 - wall-clock times are naive


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires", "US/Pacific"])
def test_names_in_the_list_are_known(name: str) -> None:
    """Every name of the database is accepted, old ones too."""
    assert zones.known(name)


def test_naive_instants_and_aware_walls_are_refused() -> None:
    """Nothing is ever read as the local time of the machine."""
    naive = datetime(2026, 12, 1, 9)  # noqa: DTZ001 - naive is the point
    with pytest.raises(ValueError, match="no time zone"):
        zones.local(naive, "Europe/Berlin")
    with pytest.raises(ValueError, match="no time zone"):
        zones.utc(naive)
    with pytest.raises(ValueError, match="tzinfo"):
        zones.instant(naive.replace(tzinfo=UTC), "Europe/Berlin")


@pytest.mark.parametrize(
    ("zone", "moment", "label"),
    [
        ("Asia/Kolkata", "2026-12-01T15:00Z", "UTC+5:30"),
        ("America/Los_Angeles", "2026-12-01T15:00Z", "UTC-8"),
        ("America/Los_Angeles", "2026-07-01T15:00Z", "UTC-7"),
        ("America/St_Johns", "2026-12-01T15:00Z", "UTC-3:30"),
        ("Pacific/Chatham", "2026-12-01T15:00Z", "UTC+13:45"),
        ("Europe/London", "2026-12-01T15:00Z", "UTC+0"),
        ("Pacific/Kiritimati", "2026-12-01T15:00Z", "UTC+14"),
    ],
)
def test_offsets_are_named_as_in_force(zone: str, moment: str, label: str) -> None:
    """The label is the offset at that instant, with minutes only where there are any."""
    assert zones.offset_label(utc(moment), zone) == label


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("Asia/Kolkata", "Kolkata"),
        ("America/St_Johns", "St Johns"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("America/Port-au-Prince", "Port-au-Prince"),
        ("UTC", "UTC"),
        ("Etc/GMT+5", "fixed offset"),
        ("Etc/GMT", "GMT"),
    ],
)
def test_zones_are_named_by_their_place(zone: str, name: str) -> None:
    """A person reads a city; a name with a reversed sign is not shown."""
    assert zones.city(zone) == name


@pytest.mark.parametrize(
    ("zone", "first", "last", "start", "end"),
    [
        ("Europe/Berlin", "2026-10-25", "2026-10-25", "2026-10-24T22:00Z", "2026-10-25T23:00Z"),  # 25 hours
        ("Europe/Berlin", "2027-03-28", "2027-03-28", "2027-03-27T23:00Z", "2027-03-28T22:00Z"),  # 23 hours
        ("America/Havana", "2026-03-08", "2026-03-08", "2026-03-08T05:00Z", "2026-03-09T04:00Z"),  # begins at 01:00
        ("America/Havana", "2027-11-07", "2027-11-07", "2027-11-07T04:00Z", "2027-11-08T05:00Z"),  # midnight twice
        ("Asia/Kolkata", "2026-12-24", "2027-01-01", "2026-12-23T18:30Z", "2027-01-01T18:30Z"),
        ("Pacific/Apia", "2011-12-29", "2011-12-30", "2011-12-29T10:00Z", "2011-12-30T10:00Z"),  # the 30th never was
    ],
)
def test_days_run_from_midnight_to_midnight(zone: str, first: str, last: str, start: str, end: str) -> None:
    """Local days, both included, whatever length the clocks give them."""
    found = zones.day_range(date.fromisoformat(first), date.fromisoformat(last), zone)
    assert (found.start, found.end) == (utc(start), utc(end))


def test_days_in_the_wrong_order_are_refused() -> None:
    """Leave that ends before it begins is an error, not an empty range."""
    with pytest.raises(ValueError, match="ends after it starts"):
        zones.day_range(date(2026, 12, 2), date(2026, 11, 30), "Europe/Berlin")

"""One zone database for everything that reads times."""

from __future__ import annotations

import zoneinfo
from datetime import datetime

import icalendar
import pytz
import tzdata

import calendars  # noqa: F401 (sets the database at import)
from routing.zones import EDITION
from tests.calendars.events import foreign, utc


def test_one_edition() -> None:
    """zoneinfo's database, the tzdata wheel, is of the same edition as pytz's and the router's."""
    assert tzdata.IANA_VERSION == pytz.OLSON_VERSION == EDITION


def test_the_operating_system_is_not_asked() -> None:
    """zoneinfo looks nowhere but in that wheel."""
    assert zoneinfo.TZPATH == ()
    assert datetime(2027, 1, 5, 10, tzinfo=zoneinfo.ZoneInfo("America/Vancouver")) == utc("2027-01-05 17:00")


def test_icalendar_uses_it() -> None:
    """A calendar's named zone follows British Columbia's new rules of 2026."""
    (event,) = icalendar.Calendar.from_ical(foreign("DTSTART;TZID=America/Vancouver:20270105T100000")).events
    assert event.start == utc("2027-01-05 17:00")

"""The CalDAV store on real servers."""

from __future__ import annotations

from tests.calendars.contract import CalendarContract


class TestCalDavStore(CalendarContract):
    """On each server of conftest.SERVERS."""

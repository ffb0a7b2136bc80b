"""How the service reaches a maintainer's calendar."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from booking.links import derived_key
from booking.models import Calendar
from booking.office import Office
from calendars.caldav_store import CalDavStore
from calendars.embedded import calendar_url
from calendars.errors import CalendarUnavailable
from calendars.outbound import Guard
from calendars.store import CalendarAccount

SECONDS = 20.0
LAST_LOOK_SECONDS = 2.0


@contextmanager
def open_calendar(office: Office, calendar: Calendar, seconds: float = SECONDS) -> Iterator[CalDavStore]:
    """The maintainer's calendar, closed again at the end. Each question to it is answered within `seconds`.

    Raises CalendarUnavailable for an embedded calendar where no embedded server runs.
    """
    store = CalDavStore(
        account(office, calendar),
        guard(office, seconds, ours=calendar.kind == "embedded"),
        timezone=calendar.maintainer.timezone,
    )
    try:
        yield store
    finally:
        store.close()


def guard(office: Office, seconds: float = SECONDS, *, ours: bool = False) -> Guard:
    """The way out for one exchange, to the operator's private servers too; to our own embedded one only for us."""
    allow = set(office.settings.caldav_allow)
    if ours and office.settings.dav_url:
        allow.add(urlsplit(office.settings.dav_url).netloc)
    return Guard(allow=frozenset(allow), deadline=seconds)


def account(office: Office, calendar: Calendar) -> CalendarAccount:
    """Address and credentials of a calendar, in the clear."""
    if calendar.kind == "embedded":
        if office.settings.dav_url is None:
            raise CalendarUnavailable("The embedded calendar server is not running here.")
        login = calendar.maintainer.key
        return CalendarAccount(calendar_url(office.settings.dav_url, login), login, service_password(office, login))
    connection = calendar.connection
    if connection is None or calendar.url is None:
        raise CalendarUnavailable("This calendar is not connected.")
    secret = office.vault.decrypt(connection.secret).decode()
    return CalendarAccount(calendar.url, connection.username, secret, connection.auth)


def service_password(office: Office, login: str) -> str:
    """With this the service itself enters the embedded calendars; nobody else knows it."""
    return hmac.digest(derived_key(office.secret, "dav"), login.encode(), "sha256").hex()

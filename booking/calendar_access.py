"""How the service reaches a maintainer's calendar."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic
from urllib.parse import urlsplit

from booking import queries
from booking.extensions import db
from booking.links import derived_key
from booking.models import Calendar, Maintainer
from booking.office import Office
from calendars.busy import BusyPolicy, BusyResult
from calendars.caldav_store import CalDavStore
from calendars.discovery import Login, discover
from calendars.embedded import PREFIX, calendar_url
from calendars.errors import CalendarUnavailable
from calendars.feed import read_feed
from calendars.outbound import Guard
from calendars.store import CalendarAccount
from routing.values import TimeRange

SECONDS = 20.0
LAST_LOOK_SECONDS = 2.0
ALTOGETHER_SECONDS = 60.0
REMEMBERED = "base_url"  # where `settings.remember_address` keeps it; `base_url` is that address then, if not set


@contextmanager
def open_calendar(
    office: Office, calendar: Calendar, seconds: float = SECONDS, quirks: Collection[str] | None = None
) -> Iterator[CalDavStore]:
    """The maintainer's calendar, closed again at the end. Each question to it is answered within `seconds`.

    It is used as its examination found it, or with other `quirks`. Raises CalendarUnavailable for an embedded calendar
    where no embedded server runs, and for a feed, which is no store.
    """
    store = CalDavStore(
        account(office, calendar),
        guard(office, seconds, ours=calendar.kind == "embedded"),
        timezone=calendar.maintainer.timezone,
        quirks=calendar.quirks if quirks is None else quirks,
        policy=_policy(calendar.maintainer.email, calendar.connection.username if calendar.connection else ""),
    )
    db.session.rollback()  # no transaction stays open while somebody else is talked to
    try:
        yield store
    finally:
        store.close()


def neighbours(office: Office, calendar: Calendar, known: Mapping[str, str]) -> Iterator[tuple[str, str, CalDavStore]]:
    """Address, name and store of the other calendars that the login of this one opens, each closed after use.

    Those it opens at present, and those we know (names by address): not every calendar leads to the others. Raises
    CalendarError.
    """
    if calendar.connection is None:
        return
    mine, way = account(office, calendar), guard(office)
    login = Login(mine.url, mine.username, mine.password, token=mine.auth == "bearer")
    opened = discover(login, way, lambda _: None)
    others = {**known, **{found.url: found.name for found in opened.calendars}}
    for url, name in others.items():
        if url != mine.url:
            with CalDavStore(replace(mine, url=url), way, timezone=calendar.maintainer.timezone) as store:
                yield url, name, store


def read_feed_of(office: Office, calendar: Calendar, window: TimeRange, ours: Collection[str]) -> BusyResult:
    """Busy times in a feed, without our own sessions. Raises CalendarError."""
    if calendar.connection is None:
        raise CalendarUnavailable("This calendar is not connected.")
    address = office.vault.decrypt(calendar.connection.secret).decode()
    return read_feed_at(office, address, calendar.maintainer, window, ours)


def read_feed_at(
    office: Office, address: str, maintainer: Maintainer, window: TimeRange, ours: Collection[str]
) -> BusyResult:
    """The same for a maintainer's feed at that secret address."""
    zone, policy = maintainer.timezone, _policy(maintainer.email)
    db.session.rollback()  # as above
    return read_feed(address, window, ours, guard(office), zone, policy)


def beside_the_service(office: Office) -> Office:
    """For a command: the embedded calendars too, at the address where the service of this data folder last ran."""
    settings = office.settings
    if settings.dav_url is not None or not (settings.data / REMEMBERED).exists():
        return office
    return replace(office, settings=settings.model_copy(update={"dav_url": settings.base_url + PREFIX}))


def guard(office: Office, seconds: float = SECONDS, *, ours: bool = False) -> Guard:
    """The way out, to the operator's private servers too, and to our own embedded one for us.

    Each exchange has so many seconds, and all of them together a minute from now.
    """
    allow = set(office.settings.caldav_allow)
    if ours and office.settings.dav_url:
        allow.add(urlsplit(office.settings.dav_url).netloc)
    return Guard(allow=frozenset(allow), deadline=seconds, until=monotonic() + ALTOGETHER_SECONDS)


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


def _policy(*names: str) -> BusyPolicy:
    """Which events count: not those that the maintainer declined, known by their addresses."""
    return BusyPolicy(frozenset(name for name in names if "@" in name), queries.community().tentative_is_busy)


def service_password(office: Office, login: str) -> str:
    """With this the service itself enters the embedded calendars; nobody else knows it."""
    return hmac.digest(derived_key(office.secret, "dav"), login.encode(), "sha256").hex()

"""A maintainer's calendar app: the CalDAV library on the address and app password the command printed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import icalendar
from caldav.collection import Calendar
from caldav.davclient import DAVClient

from booking.app import create_app
from booking.cli.programme import maintainer_by_key
from booking.extensions import db, office
from booking.services.app_passwords import create
from booking.settings import load_settings
from tests.servers.command import officehours


def app_password(data: Path, maintainer: str) -> str:
    """A fresh app password, from the command."""
    printed = officehours("app-password", maintainer, data=data)
    assert printed.returncode == 0, printed.stderr
    found = re.search(r"Password:\s+(\S+)", printed.stdout)
    assert found is not None
    return found.group(1)


def app_passwords_for(data: Path, maintainers: Iterable[str]) -> dict[str, str]:
    """The same for many, without starting the command for each."""
    app = create_app(load_settings({}, data=data))
    with app.app_context():
        found = {key: create(office(), maintainer_by_key(key).id, "Test") for key in maintainers}
        db.session.remove()
        db.engine.dispose()
    return found


@contextmanager
def calendar_app(url: str, maintainer: str, password: str) -> Iterator[Calendar]:
    """The one calendar of this maintainer, found by discovery from the address people are given."""
    with DAVClient(f"{url}/dav/", username=maintainer, password=password, auth_type="basic", timeout=20) as client:
        (calendar,) = client.principal().get_calendars()
        yield calendar


def events(calendar: Calendar) -> dict[str, icalendar.Event]:
    """The events of a calendar by UID."""
    found = {}
    for item in calendar.events():
        (event,) = icalendar.Calendar.from_ical(item.data).walk("VEVENT")
        found[str(event["UID"])] = event
    return found

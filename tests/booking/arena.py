"""Where races are run: a community with room for them, the application without a server, and what must never be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from booking import queries
from booking.app import create_app
from booking.extensions import db
from booking.models import Booking, CalendarEvent, Conference, Delivery
from booking.office import Clock, utc_now
from booking.processes import prepare
from booking.services.reserve import BookingRequest
from booking.settings import Settings
from routing.router import offer

# Pairs of bookings that one maintainer cannot both keep, in any SQL.
OVERLAPS = """
SELECT one.id, other.id FROM booking AS one JOIN booking AS other
ON one.maintainer_id = other.maintainer_id AND one.id < other.id
AND one.starts_at < other.ends_at AND other.starts_at < one.ends_at
WHERE one.status IN ('held', 'confirmed') AND other.status IN ('held', 'confirmed')
"""


def write_community(
    target: Path,
    slots: Mapping[str, tuple[str, int]],
    staff: Mapping[str, Sequence[str]],
    *,
    topics: Mapping[str, Sequence[str]] | None = None,
    timezone: str = "UTC",
    reminders: Sequence[str] = (),
    weekly_limit: int | None = None,
    horizon_days: int = 60,
    verify_email: bool = False,
) -> Path:
    """A community file. `slots` are a start and how many sessions follow, `staff` the slots of each maintainer.

    `topics` are the slots of each topic; without them each slot serves a topic of its own name. Everybody is an expert
    in all that is served where they staff. No notice is needed.
    """
    lines = [
        "[community]\nname = 'Races'\nminimum_notice = '0s'",
        f"timezone = '{timezone}'\nhorizon_days = {horizon_days}\nreminders = {list(reminders)}",
        f"[policy]\nverify_email = {str(verify_email).lower()}\nsms_countries = ['US']",
    ]
    weekdays = "['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']"
    for key, (starts, sessions) in slots.items():
        lines.append(f"[[slots]]\nkey = '{key}'\nstarts = '{starts}'\nweekdays = {weekdays}\nsessions = {sessions}")
    topics = topics or {key: [key] for key in slots}
    for key, served in topics.items():
        lines.append(f"[[topics]]\nkey = '{key}'\ntitle = 'About {key}'\ndescription = 'All of it'")
        lines.append(f"slots = {list(served)}")
    for key, staffed in staff.items():
        levels = ", ".join(f"{topic} = 3" for topic, served in topics.items() if {*served} & {*staffed})
        lines.append(f"[[maintainers]]\nkey = '{key}'\nname = '{key.title()}'\nemail = '{key}@example.org'")
        lines.append(f"timezone = 'UTC'\nslots = {list(staffed)}\nexpertise = {{ {levels} }}")
        lines.append(f"room = 'https://meet.example.org/{key}'")
        if weekly_limit is not None:
            lines.append(f"weekly_limit = {weekly_limit}")
    target.write_text("\n".join(lines) + "\n")
    return target


@contextmanager
def opened(settings: Settings, clock: Clock = utc_now) -> Iterator[Flask]:
    """The application over a database brought up to date, without any server or worker."""
    app = create_app(settings, clock)
    prepare(app)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def openings(topic: str, now: datetime) -> list[tuple[datetime, int]]:
    """The starts offered for a topic, each with how many maintainers are free."""
    roster = queries.roster()
    found = offer(roster.programme, topic, queries.diaries_of(roster, now, topic), now).openings
    db.session.rollback()
    return [(opening.range.start, opening.free) for opening in found]


def request(topic: str, start: datetime, number: int, **fields: object) -> BookingRequest:
    """What person number `number` asks for."""
    values: dict[str, object] = {
        "name": f"Person {number}",
        "email": f"person{number}@example.com",
        "timezone": "Asia/Kolkata",
        "question": "Why?",
        "idempotency_key": f"key-{number}",
    }
    return BookingRequest(topic=topic, start=start, **{**values, **fields})  # type: ignore[arg-type]


def forget_bookings() -> None:
    """As if nobody had ever booked."""
    db.session.rollback()
    db.session.expunge_all()  # ids will be given again
    for table in (Delivery, Conference, CalendarEvent, Booking):
        db.session.execute(sa.delete(table))
    db.session.commit()


def columns(booking: Booking, **changes: object) -> dict[str, object]:
    """A row like this booking's, but for its identity and the `changes`; times may be given as a shift."""
    row = {column.key: getattr(booking, column.key) for column in sa.inspect(Booking).columns if column.key != "id"}
    shift = changes.pop("shift", timedelta())
    assert isinstance(shift, timedelta)
    row |= {"public_id": f"copy of {booking.public_id}", "idempotency_key": f"copy of {booking.idempotency_key}"}
    row |= {"starts_at": booking.starts_at + shift, "ends_at": booking.ends_at + shift}
    return {**row, **changes}

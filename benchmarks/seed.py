"""An office with a given amount of past, as the service itself would hold it: migrated, applied, and filled in bulk."""

from __future__ import annotations

import random
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from booking import queries, rosters
from booking.app import create_app
from booking.extensions import begin_write, db
from booking.models import Booking, BookingStatus, Calendar
from booking.office import Clock, utc_now
from booking.processes import prepare
from booking.resources import folder
from booking.settings import Settings
from routing import slots, zones
from routing.values import Programme, Spans, TimeRange, epoch

A_DAY = 36
"""Sessions a day in the past, whatever its length: three slots, twelve maintainers, every place taken."""
UPCOMING_A_DAY = 3
BUSY = timedelta(minutes=20)
BUSY_FOR = timedelta(days=62)
AT_ONCE = 5_000
MAINTAINER = """
[[maintainers]]
key = "maintainer-{number}"
name = "Maintainer {number}"
email = "maintainer-{number}@example.org"
timezone = "Europe/Berlin"
example = true
weekly_limit = 40
slots = ["7am", "1pm", "9pm"]
room = "https://meet.example.org/maintainer-{number}"
expertise = {{ flytekit = {level}, releases = 2, deploy_auth = 2, use_cases = 1 }}
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is: maintainers who all know the topic, past bookings, and busy times of each maintainer."""

    maintainers: int
    past: int
    busy: int


def settings_of(data: Path) -> Settings:
    """The embedded default on a data folder, without rate limits, which would stop the load."""
    return Settings(data=data, community=data / "community.toml", rate_limits="off")


def build(data: Path, size: Size, clock: Clock = utc_now) -> Flask:
    """The application over a new, filled database in the folder `data`, which is made."""
    data.mkdir(parents=True)
    published, _, _ = (folder("communities") / "flyte.toml").read_text().partition("\n[[maintainers]]")
    people = (MAINTAINER.format(number=number, level=1 + number % 3) for number in range(size.maintainers))
    (data / "community.toml").write_text(published + "".join(people))
    app = create_app(settings_of(data), clock)
    prepare(app)
    with app.app_context():
        _fill(db.session(), size, clock())
    return app


def refill(app: Flask, busy: int) -> None:
    """Give every calendar another number of busy times."""
    with app.app_context():
        begin_write(db.session())
        _keep_busy(db.session(), busy, utc_now())
        db.session.commit()


def empty(data: Path) -> None:
    """Take out what visitors booked, with everything that was ordered for it: the next round begins like the last."""
    connection = sqlite3.connect(data / "officehours.db")
    with connection:
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("DELETE FROM booking WHERE attendee_name = 'Visitor'")
        connection.execute("DELETE FROM workflow_status")
        connection.execute("DELETE FROM workflow_input")
    connection.close()


def overlaps(data: Path) -> int:
    """How many pairs of live bookings of one maintainer overlap, which must be none."""
    connection = sqlite3.connect(data / "officehours.db")
    (found,) = connection.execute(
        """SELECT count(*) FROM booking a JOIN booking b ON a.maintainer_id = b.maintainer_id AND a.id < b.id
           AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
           WHERE a.status IN ('held', 'confirmed') AND b.status IN ('held', 'confirmed')"""
    ).fetchone()
    connection.close()
    return int(found)


def _fill(session: Session, size: Size, now: datetime) -> None:
    roster = queries.roster()
    begin_write(session)
    _keep_busy(session, size.busy, now)
    past = islice(_past(roster.programme, now), size.past)
    upcoming = _upcoming(roster.programme, now)
    rows = _rows(roster, past, BookingStatus.COMPLETED, now, A_DAY // 3)
    rows = [*rows, *_rows(roster, upcoming, BookingStatus.CONFIRMED, now, UPCOMING_A_DAY // 3)]
    for begin in range(0, len(rows), AT_ONCE):
        session.execute(sa.insert(Booking), rows[begin : begin + AT_ONCE])
    session.commit()


def _keep_busy(session: Session, number: int, now: datetime) -> None:
    """`number` meetings for each, one in every part of the horizon: apart, so that merging leaves them all."""
    chance = random.Random(7)  # noqa: S311 - no secret, and the same in every run
    begin, until = epoch(now), epoch(now + BUSY_FOR)
    part, length = (until - begin) // number, int(BUSY.total_seconds())
    for calendar in session.scalars(sa.select(Calendar)):
        starts = [begin + place * part + chance.randrange(part - length - 60) for place in range(number)]
        calendar.busy = Spans((start, start + length) for start in starts)
        calendar.busy_as_of = now


def _past(programme: Programme, now: datetime) -> Iterator[tuple[str, TimeRange]]:
    """Every place there was, from yesterday back: each slot of each day `A_DAY / 3` times."""
    day = zones.local(now, programme.timezone).date()
    while True:
        day -= slots.DAY
        for slot in programme.slots.values():
            for session in slots.starts(slot, programme.session, day, day):
                yield from [(slot.key, session)] * (A_DAY // 3)


def _upcoming(programme: Programme, now: datetime) -> Iterator[tuple[str, TimeRange]]:
    day = zones.local(now, programme.timezone).date() + slots.DAY
    for slot in programme.slots.values():
        for session in slots.starts(slot, programme.session, day, day + timedelta(days=programme.horizon_days)):
            yield slot.key, session


def _rows(
    roster: rosters.Roster, sessions: Iterator[tuple[str, TimeRange]], status: BookingStatus, now: datetime, seats: int
) -> list[dict[str, object]]:
    """Rows for the sessions, dealt out to the maintainers in turn: `seats` in a row are at the same time."""
    assert seats <= len(roster.maintainer_ids)
    places = enumerate(zip(sessions, cycle(roster.maintainer_ids.values())))
    return [
        {
            "public_id": uuid.uuid4().hex,
            "idempotency_key": uuid.uuid4().hex,
            "generation": 1,
            "sequence": 0,
            "status": status,
            "topic_id": roster.topic_ids["flytekit"],
            "slot_id": roster.slot_ids[slot],
            "maintainer_id": maintainer_id,
            "starts_at": session.start,
            "ends_at": session.end,
            "wall_start": zones.local(session.start, roster.programme.timezone).strftime("%Y-%m-%dT%H:%M"),
            "timezone": roster.programme.timezone,
            "tz_edition": zones.EDITION,
            "reasons": [],
            "attendee_name": "Somebody",
            "attendee_email": f"somebody-{number}@example.com",
            "attendee_address": f"somebody-{number}@example.com",
            "attendee_timezone": "Asia/Kolkata",
            "attendee_language": "en",
            "attendee_hours": 12,
            "address_proven": False,
            "question": "Why does my map task wait for ever? It ran on Monday, and nothing was changed since.",
            "links": [],
            "created_at": min(now, session.start) - timedelta(days=7),
            "updated_at": min(now, session.start) - timedelta(days=7),
        }
        for number, ((slot, session), maintainer_id) in places
    ]

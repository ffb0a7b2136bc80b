"""Pages tell the openings that they told before only as long as nothing has changed."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from booking import offers
from booking.extensions import db
from booking.models import Booking, BookingStatus, Calendar, Leave, Maintainer
from routing.values import Spans, epoch
from tests.web.browser import set_policy
from tests.web.conftest import Clock
from tests.web.program import Program

TOPIC = "flytekit"
HORIZON = timedelta(days=40)


def shown(app: Flask) -> list[str]:
    """The starts that pages choose from: all of them, which no page has on it."""
    with app.app_context():
        found = offers.offered(app.extensions["officehours"], TOPIC).openings
        return sorted({f"{opening.range.start:%Y-%m-%dT%H:%M:%SZ}" for opening in found})


def free(program: Program) -> list[str]:
    """All starts, as the JSON interface tells them, which works them out each time."""
    found = program.get("/api/v1/openings", topic=TOPIC).json["openings"]
    return sorted({opening["start"] for opening in found})


def change(app: Flask, program: Program, clock: Clock, chance: random.Random, starts: list[str]) -> str:
    """One thing happens, more often that time goes by."""
    deed = chance.choice(["wait", "wait", "wait", "book", "book", "cancel", "busy", "leave", "elsewhere"])
    if deed == "wait":
        clock.advance(minutes=chance.choice([0, 1, 14, 16, 59, 240, 480, 1440]))
    elif deed == "book" and starts:
        guest = chance.randrange(10**9)
        answer = program.book(key=f"key-{guest}", start=chance.choice(starts[:3]), email=f"{guest}@example.com")
        assert answer.status_code == 201
    with app.app_context():
        in_office = sa.select(Calendar).where(Calendar.maintainer.has(retired=False))
        calendar = chance.choice(db.session.scalars(in_office).all())
        begin = clock.now + chance.random() * HORIZON
        if deed == "cancel":
            live = sa.select(Booking.id).where(Booking.status == BookingStatus.CONFIRMED).limit(1)
            db.session.execute(sa.update(Booking).where(Booking.id.in_(live)).values(status=BookingStatus.CANCELLED))
        elif deed == "busy":
            calendar.busy |= Spans([(epoch(begin), epoch(begin + timedelta(hours=chance.randrange(1, 30))))])
            calendar.busy_as_of = clock.now
        elif deed == "elsewhere":
            calendar.kind, calendar.busy_as_of = chance.choice(["embedded", "embedded", "caldav"]), clock.now
        elif deed == "leave":
            day = begin.date()
            db.session.add(Leave(maintainer_id=calendar.maintainer_id, first_day=day, last_day=day))
        db.session.commit()
    if deed == "leave":
        set_policy(app)
    return deed


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_pages_tell_the_present_openings(
    app: Flask, program: Program, clock: Clock, seed: int
) -> None:
    """With only one who knows the topic, so that everything matters."""
    with app.app_context():
        first = sa.select(Maintainer.id).order_by(Maintainer.position).limit(1)
        db.session.execute(sa.update(Maintainer).values(retired=Maintainer.id.not_in(first)))
        db.session.commit()
    set_policy(app)
    chance, deeds = random.Random(seed), set()  # noqa: S311 - no secret
    for _ in range(60):
        starts = free(program)
        assert shown(app) == starts
        deeds.add(change(app, program, clock, chance, starts))
    assert deeds == {"wait", "book", "cancel", "busy", "leave", "elsewhere"}


def test_what_was_told_is_kept_until_something_changes(app: Flask, program: Program, clock: Clock) -> None:
    """A minute later the very same openings are told; after a booking others, though most of them look alike."""
    office = app.extensions["officehours"]
    with app.app_context():
        first = offers.offered(office, TOPIC).openings
        clock.advance(minutes=1)
        again = offers.offered(office, TOPIC).openings
    assert len(again) == len(first) > 30
    assert all(one is other for one, other in zip(again, first, strict=True))
    assert program.book(start=f"{first[0].range.start:%Y-%m-%dT%H:%M:%SZ}").status_code == 201
    with app.app_context():
        assert offers.offered(office, TOPIC).openings[-1] is not first[-1]

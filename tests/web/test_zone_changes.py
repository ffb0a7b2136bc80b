"""A new edition of the zone database moves a future session: it is noticed, and on request followed."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask import Flask

from booking.extensions import db, office
from booking.models import Booking, Delivery, DeliveryState
from booking.services import tz_check
from routing import zones
from tests.web.browser import Browser
from tests.web.conftest import FIRST, SECOND


def booked_with_older_rules(app: Flask, visitor: Browser, start: str, by: timedelta = timedelta(hours=1)) -> int:
    """A booking whose instant was worked out when its zone had another offset."""
    visitor.book(start=start, topic="flytekit", email=f"{start[:13]}@example.com".replace(":", "-"))
    with app.app_context():
        booking = db.session.scalars(sa.select(Booking).order_by(Booking.id.desc())).first()
        assert booking is not None
        booking.tz_edition = "2020a"
        booking.starts_at, booking.ends_at = booking.starts_at + by, booking.ends_at + by
        db.session.commit()
        return booking.id


def test_an_unchanged_rule_moves_nothing(app: Flask, visitor: Browser) -> None:
    """A session booked with an older edition that gives the same instant is not listed."""
    booked_with_older_rules(app, visitor, FIRST, by=timedelta(0))
    with app.app_context():
        assert tz_check.shifted(office()) == []


def test_a_moved_session_is_listed_with_both_instants(app: Flask, visitor: Browser) -> None:
    """What it was booked for, where it stands and where it belongs."""
    booking_id = booked_with_older_rules(app, visitor, FIRST)
    with app.app_context():
        (found,) = tz_check.shifted(office())
    assert (found.booking_id, found.wall, found.timezone) == (booking_id, "2026-11-30T07:00", "America/Los_Angeles")
    assert f"{found.new_start:%Y-%m-%dT%H:%M:%SZ}" == FIRST
    assert found.start - found.new_start == timedelta(hours=1)


def test_following_moves_the_session_and_tells_both_sides(app: Flask, visitor: Browser) -> None:
    """The booking stands at its wall time again, with a higher sequence, and mails to both are planned."""
    booking_id = booked_with_older_rules(app, visitor, SECOND)
    with app.app_context():
        (found,) = tz_check.shifted(office())
        assert tz_check.follow(office(), found)
        booking = db.session.get_one(Booking, booking_id)
        assert (f"{booking.starts_at:%Y-%m-%dT%H:%M:%SZ}", booking.sequence) == (SECOND, 1)
        assert booking.tz_edition == zones.EDITION
        planned = db.session.scalars(
            sa.select(Delivery.audience).where(
                Delivery.booking_id == booking_id,
                Delivery.kind == "change",
                Delivery.state == DeliveryState.PENDING,
            )
        ).all()
        assert sorted(planned) == ["attendee", "maintainer"]
        assert tz_check.shifted(office()) == []

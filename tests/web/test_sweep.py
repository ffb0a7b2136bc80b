"""The nightly sweep of Zoom: a meeting of no booking is deleted, one that a booking lacks is made; nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.wrappers import Response

from booking.effects.conference import arrange
from booking.effects.sweep import sweep, sweep_meetings
from booking.extensions import db
from booking.models import Conference, ConferenceHost
from tests.servers.zoom import ZoomServer, error, run_zoom
from tests.web.browser import Browser, bookings
from tests.web.conftest import FIRST, SECOND, MakeApp

ORDERED = sa.text("SELECT workflow_uuid FROM workflow_status WHERE name = :name AND workflow_uuid LIKE '%sweep%'")


@pytest.fixture
def zoom() -> Iterator[ZoomServer]:
    with run_zoom() as zoom:
        yield zoom


@pytest.fixture
def app(make_app: MakeApp, zoom: ZoomServer) -> Flask:
    """Two sessions of one Zoom user, each with its meeting."""
    app = make_app(zoom_host="office@example.org", **zoom.settings)
    for number, start in enumerate((FIRST, SECOND)):
        Browser(app).booked(start, email=f"asha{number}@example.com")
    meet(app)
    return app


def meet(app: Flask) -> None:
    """Bring every booking's meeting in line, as the job engine would."""
    for booking in bookings(app):
        with app.app_context():
            arrange(booking.id, 0)


def night(app: Flask) -> list[float | None]:
    """One night: what is ordered is swept; gives the wait that each host's sweep asks for."""
    with app.app_context():
        sweep_meetings()
        assert len(ordered(app, "sweep_host")) >= 1
        return [sweep(host_id, 0) for host_id in db.session.scalars(sa.select(ConferenceHost.id)).all()]


def ordered(app: Flask, name: str) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(ORDERED, {"name": name}))


def conference(app: Flask, **values: Any) -> None:
    """Change the first booking's row."""
    with app.app_context():
        db.session.execute(sa.update(Conference).where(Conference.booking_id == 1).values(**values))
        db.session.commit()


def copy(zoom: ZoomServer, number: int, **changes: object) -> None:
    """One more meeting, like the first."""
    zoom.meetings[number] = {**next(iter(zoom.meetings.values())), "id": number, **changes}


def test_a_tidy_zoom_is_left_as_it_is(app: Flask, zoom: ZoomServer) -> None:
    """Two sessions, two meetings: it is looked, and nothing is changed."""
    before = {number: dict(meeting) for number, meeting in zoom.meetings.items()}
    asked = len(zoom.requests)
    assert night(app) == [None]
    assert zoom.meetings == before
    assert [name for name, _ in zoom.requests[asked:]] == ["find"]
    assert ordered(app, "arrange_conference") == []


def test_meetings_of_no_booking_are_deleted(app: Flask, zoom: ZoomServer) -> None:
    """One beside that of its booking, one of a booking that is lost, and one whose deletion failed for good."""
    kept = set(zoom.meetings)
    copy(zoom, 71)
    copy(zoom, 72, agenda=f"Booking {'0' * 32}@officehours, http://localhost:8000")
    browser = Browser(app)
    link = browser.booked("2026-12-01T15:00:00Z", email="asha3@example.com")
    meet(app)
    browser.send(f"{link}/cancel", browser.get(f"{link}/cancel"))
    zoom.fail("delete", error(400, 4711, "does not contain scopes:[meeting:delete]"))
    meet(app)
    assert len(zoom.meetings) == 5
    night(app)
    assert set(zoom.meetings) == kept


def test_other_meetings_are_nobodys_business(app: Flask, zoom: ZoomServer) -> None:
    """The host's own, those of another service in the same account, and of a booking whose meeting is being made."""
    copy(zoom, 71, agenda="Tea")
    copy(zoom, 72, agenda=f"Booking {'0' * 32}@officehours, https://staging.example.org")
    copy(zoom, 73, agenda=f"Booking {'0' * 32}@officehours, http://localhost:8000", host_email="grace@example.org")
    conference(app, state="creating", meeting_id=None, join_url=None)
    copy(zoom, 74)
    before = set(zoom.meetings)
    night(app)
    assert set(zoom.meetings) == before


def test_a_vanished_meeting_is_made_again(app: Flask, zoom: ZoomServer) -> None:
    """Deleted by hand, and no event told."""
    del zoom.meetings[next(iter(zoom.meetings))]
    night(app)
    assert [key.partition(":sweep")[0] for key in ordered(app, "arrange_conference")] == ["conference:1"]
    meet(app)
    assert len(zoom.meetings) == 2


def test_what_zoom_refused_is_tried_again_at_night(app: Flask, zoom: ZoomServer) -> None:
    """Once an administrator has acted; and a meeting that was made after all is found, not doubled."""
    conference(app, state="failed", meeting_id=None, join_url=None, last_error="The Zoom app lacks a scope.")
    night(app)
    assert len(ordered(app, "arrange_conference")) == 1
    meet(app)
    assert len(zoom.meetings) == 2
    with app.app_context():
        assert set(db.session.scalars(sa.select(Conference.meeting_id))) == set(zoom.meetings)
        assert set(db.session.scalars(sa.select(Conference.last_error))) == {None}


@pytest.mark.parametrize("fault", ["cut", Response("<xml/>", 200), Response(status=503)])
def test_what_cannot_be_read_concludes_nothing(app: Flask, zoom: ZoomServer, fault: str | Response) -> None:
    """Half a list is none; it is read again in a moment."""
    zoom.fail("find", fault)
    assert night(app) == [2.0]
    assert ordered(app, "arrange_conference") == []
    assert len(zoom.meetings) == 2

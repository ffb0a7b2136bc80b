"""The one address that leads to the session: when it is open, and where it leads while Zoom works or does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.wrappers import Response

from booking.effects.audit import audit
from booking.effects.conference import arrange
from booking.effects.sweep import sweep
from booking.extensions import db
from booking.links import Purpose
from booking.models import Booking, Conference, ConferenceHost, Maintainer
from tests.servers.zoom import ZoomServer, error, run_zoom
from tests.web.browser import Browser, bookings, text_of
from tests.web.conftest import FIRST, NOW, Clock, MakeApp
from tests.web.places import deliver_all, token

TO_THE_DOOR = timedelta(hours=5, minutes=45)  # from NOW until a quarter of an hour before FIRST


@pytest.fixture
def zoom() -> Iterator[ZoomServer]:
    with run_zoom() as zoom:
        yield zoom


@pytest.fixture
def app(make_app: MakeApp, zoom: ZoomServer) -> Flask:
    """With a Zoom account, and one booking."""
    app = make_app(**zoom.settings)
    Browser(app).booked(FIRST)
    return app


def meet(app: Flask, booking_id: int = 1) -> float | None:
    """Bring the meeting in line once, as the job engine would; gives the seconds it wants to wait."""
    with app.app_context():
        return arrange(booking_id, 0)


def join_path(app: Flask) -> str:
    return f"/b/{token(app, Purpose.JOIN)}/join"


def leads_to(app: Flask) -> str | None:
    return Browser(app).get(join_path(app)).location


def change(app: Flask, statement: sa.Update) -> None:
    with app.app_context():
        db.session.execute(statement)
        db.session.commit()


def error_of(app: Flask) -> str | None:
    with app.app_context():
        return db.session.scalars(sa.select(Conference.last_error).order_by(Conference.booking_id)).first()


def test_the_door_opens_a_quarter_of_an_hour_before(app: Flask, clock: Clock) -> None:
    """Earlier it says when, in the reader's own zone; it stays open for half an hour after the end."""
    meet(app)
    early = Browser(app).get(join_path(app))
    assert early.status_code == 200
    assert "The meeting opens at 8:15 pm" in text_of(early)
    assert "zoom.example" not in early.text
    maintainer = bookings(app)[0].maintainer
    assert maintainer.timezone == "Europe/Berlin"
    assert "The meeting opens at 3:45 pm" in text_of(Browser(app).sign_in(maintainer.key).get(join_path(app)))
    clock.now += TO_THE_DOOR
    assert leads_to(app) == "https://zoom.example/j/85000000002?pwd=abc"
    clock.advance(minutes=15 + 30 + 30)
    assert leads_to(app) is not None
    clock.advance(seconds=1)
    over = Browser(app).get(join_path(app))
    assert over.status_code == 410
    assert "This session is over" in over.text


def test_while_the_meeting_is_made_the_page_says_so(app: Flask, clock: Clock) -> None:
    """It shows no way to manage the booking; cancelled, it is a 410."""
    clock.now += TO_THE_DOOR
    waiting = Browser(app).get(join_path(app))
    assert waiting.status_code == 200
    assert "The meeting link is being made" in waiting.text
    assert ".manage." not in waiting.text
    change(app, sa.update(Booking).values(status="cancelled"))
    assert Browser(app).get(join_path(app)).status_code == 410


def test_what_stands_in_for_zoom(make_app: MakeApp, zoom: ZoomServer, clock: Clock) -> None:
    """Own Jitsi server, maintainer's room, nothing: in this order, each at once, and an administrator sees why."""
    app = make_app(jitsi_url="https://jitsi.example.org/", **zoom.settings)
    Browser(app).booked(FIRST)
    zoom.fail("create", error(400, 3161, "Not allowed to host"))
    assert meet(app) is None
    assert "may not host meetings" in text_of(Browser(app).sign_in(None).get("/admin"))
    clock.now += TO_THE_DOOR
    room = leads_to(app) or ""
    server, _, name = room.rpartition("/")
    assert (server, len(bytes.fromhex(name))) == ("https://jitsi.example.org", 16)
    assert leads_to(app) == room
    assert room not in Browser(app).get("/").text


def test_without_zoom_and_jitsi_there_is_the_maintainers_room(app: Flask, zoom: ZoomServer, clock: Clock) -> None:
    """And without that, both are told that the link follows."""
    zoom.fail("create", error(400, 3161, "Not allowed to host"))
    meet(app)
    clock.now += TO_THE_DOOR
    assert (leads_to(app) or "").startswith("https://meet.example.org/example-")
    change(app, sa.update(Maintainer).values(room=None))
    assert "The meeting link follows" in Browser(app).get(join_path(app)).text
    maintainer = Browser(app).sign_in(bookings(app)[0].maintainer.key).get("/maintainer/sessions/1")
    assert "There is no meeting yet." in maintainer.text


def test_jitsi_alone_is_enough(make_app: MakeApp, clock: Clock) -> None:
    """Each session has a room of its own."""
    app = make_app(jitsi_url="https://jitsi.example.org")
    Browser(app).booked(FIRST)
    clock.now += TO_THE_DOOR
    assert (leads_to(app) or "").startswith("https://jitsi.example.org/")


def test_a_tired_host_is_left_alone_until_tomorrow(app: Flask, zoom: ZoomServer, clock: Clock) -> None:
    """The room stands in now, Zoom is not asked again today by anybody, and after 00:00 UTC the meeting is made."""
    zoom.daily_limit = 0
    wait = meet(app) or 0
    midnight = NOW.replace(hour=0) + timedelta(days=1)
    assert midnight <= NOW + timedelta(seconds=wait) <= midnight + timedelta(minutes=1)
    assert "limit for today" in text_of(Browser(app).sign_in(None).get("/admin"))
    asked = len(zoom.requests)
    clock.advance(hours=1)
    assert abs((meet(app) or 0) - (wait - 3600)) < 1
    assert len(zoom.requests) == asked
    deliver_all(app)
    clock.advance(hours=1)
    assert _orders_of_an_audit(app) == 0
    clock.now = NOW + TO_THE_DOOR
    assert (leads_to(app) or "").startswith("https://meet.example.org/")


def test_on_the_next_day_the_meeting_is_made(app: Flask, zoom: ZoomServer, clock: Clock) -> None:
    """A session of the day after tomorrow loses nothing by the limit of today."""
    change(app, sa.update(Booking).values(starts_at=NOW + timedelta(days=2), ends_at=NOW + timedelta(days=2, hours=1)))
    zoom.daily_limit = 0
    wait = meet(app) or 0
    zoom.daily_limit = 100
    clock.advance(seconds=wait + 1)
    assert meet(app) is None
    assert len(zoom.meetings) == 1
    assert error_of(app) is None


def test_a_breath_is_seconds(app: Flask, zoom: ZoomServer) -> None:
    """Too many calls in a second: the same again in 1 to 30 seconds, and nobody is tired."""
    zoom.fail("create", error(429, 429, "You have reached the maximum per-second rate limit for this API."))
    assert 1 <= (meet(app) or 0) <= 30
    assert meet(app) is None
    assert len(zoom.meetings) == 1


def test_nobody_is_parted_from_who_came_early(app: Flask, zoom: ZoomServer, clock: Clock) -> None:
    """Once the room that stands in may have somebody in it, the address leads there to the end."""
    zoom.fail("create", error(503, 0, "Down"))
    assert meet(app) is not None
    clock.now += TO_THE_DOOR
    room = leads_to(app)
    assert room is not None
    assert meet(app) is None
    assert zoom.meetings == {}
    assert leads_to(app) == room


def test_a_meeting_of_the_former_maintainer_is_not_theirs(app: Flask, zoom: ZoomServer, clock: Clock) -> None:
    """After a hand-over the old host would not come: the new maintainer's room stands in until Zoom follows."""
    meet(app)
    keys = {key: key_id for key_id, key in _maintainers(app)}
    other = next(key for key in keys if key != bookings(app)[0].maintainer.key)
    change(app, sa.update(Booking).values(maintainer_id=keys[other], sequence=1))
    clock.now += TO_THE_DOOR
    assert leads_to(app) == f"https://meet.example.org/{other}"
    meet(app)
    (meeting,) = zoom.meetings.values()
    assert meeting["host_email"] == f"{other}@example.org"
    assert leads_to(app) == meeting["join_url"]


@pytest.mark.parametrize(
    "refusal",
    [error(400, 4711, "does not contain scopes:[meeting:delete]"), error(429, 429, "the daily rate limit (100)")],
)
def test_a_new_maintainers_meeting_does_not_wait_for_the_old_ones_end(
    app: Flask, zoom: ZoomServer, refusal: Response
) -> None:
    """What Zoom will not delete now, for good or for today, goes with the nightly sweep."""
    meet(app)
    other = next(number for number, key in _maintainers(app) if key != bookings(app)[0].maintainer.key)
    change(app, sa.update(Booking).values(maintainer_id=other, sequence=1))
    zoom.fail("delete", refusal)
    assert meet(app) is None
    assert len({meeting["host_email"] for meeting in zoom.meetings.values()}) == 2
    with app.app_context():
        for host_id in db.session.scalars(sa.select(ConferenceHost.id)).all():
            sweep(host_id, 0)
    assert [meeting["host_email"] for meeting in zoom.meetings.values()] == [bookings(app)[0].maintainer.email]


def _orders_of_an_audit(app: Flask) -> int:
    count = sa.text("SELECT count(*) FROM workflow_status")
    with app.app_context():
        before = db.session.scalar(count)
        audit()
        return int(db.session.scalar(count) - before)


def _maintainers(app: Flask) -> list[tuple[int, str]]:
    with app.app_context():
        return [(row.id, row.key) for row in db.session.scalars(sa.select(Maintainer))]


def test_only_the_private_link_leads_back_to_the_private_page(app: Flask) -> None:
    """Whoever was given the join link alone cannot move or cancel."""
    manage = token(app, Purpose.MANAGE)
    assert f'href="/b/{manage}"' in Browser(app).get(f"/b/{manage}/join").text
    assert ".manage." not in Browser(app).get(join_path(app)).text

"""What Zoom tells: only Zoom is believed, once, and nothing becomes a fact without a person's word."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from booking.effects.conference import arrange
from booking.extensions import db
from booking.models import Conference, ConferenceNotice
from tests.servers.zoom import ZoomServer, run_zoom
from tests.servers.zoom_events import SECRET, event, joined, signed, validation
from tests.web.browser import Browser, bookings, text_of
from tests.web.conftest import FIRST, Clock, MakeApp

ADDRESS = "/webhooks/zoom"
ORDERED = sa.text("SELECT count(*) FROM workflow_status WHERE workflow_uuid LIKE 'conference:1:deleted.%'")


@pytest.fixture
def zoom() -> Iterator[ZoomServer]:
    with run_zoom() as zoom:
        yield zoom


@pytest.fixture
def app(make_app: MakeApp, zoom: ZoomServer) -> Flask:
    """One session with its meeting."""
    app = make_app(zoom_webhook_secret=SECRET, **zoom.settings)
    Browser(app).booked(FIRST)
    meet(app)
    return app


@pytest.fixture
def number(zoom: ZoomServer, app: Flask) -> int:
    """The meeting's number."""
    return next(iter(zoom.meetings))


def meet(app: Flask) -> None:
    with app.app_context():
        arrange(1, 0)


def tell(app: Flask, body: bytes, headers: dict[str, str] | None = None) -> TestResponse:
    """What Zoom sends, signed now unless other headers are given."""
    now = app.extensions["officehours"].now()
    return app.test_client().post(ADDRESS, data=body, headers=signed(body, now) if headers is None else headers)


def row(app: Flask) -> Conference:
    with app.app_context():
        return db.session.scalars(sa.select(Conference)).one()


def page(app: Flask) -> str:
    """The page of the session, as text."""
    return text_of(Browser(app).sign_in(bookings(app)[0].maintainer.key).get("/maintainer/sessions/1"))


def test_there_is_no_such_address_without_a_secret(make_app: MakeApp) -> None:
    """Nothing to forge where nothing is heard."""
    app = make_app()
    body = validation("qgg8vlvZRS6UYooatFL8Aw", app.extensions["officehours"].now())
    assert tell(app, body, signed(body, app.extensions["officehours"].now(), "")).status_code == 404


def test_the_address_is_shown_to_be_ours(app: Flask, clock: Clock) -> None:
    """Zoom asks when it is entered and every 72 hours."""
    answer = tell(app, validation("qgg8vlvZRS6UYooatFL8Aw", clock.now))
    assert answer.status_code == 200
    assert answer.json == {
        "plainToken": "qgg8vlvZRS6UYooatFL8Aw",
        "encryptedToken": hmac.new(SECRET.encode(), b"qgg8vlvZRS6UYooatFL8Aw", hashlib.sha256).hexdigest(),
    }


def test_nobody_gets_an_event_signed(app: Flask, clock: Clock, number: int) -> None:
    """The answer to a validation would be a valid signature: not for strangers, nor for a token that reads as one."""
    forged = f"v0:{int(clock.now.timestamp())}:" + event("meeting.deleted", number, clock.now).decode()
    for token in (forged, "v0:1:x", "x" * 65, "a b", "é", "", 7, None, ["x"]):
        body = validation(token, clock.now)  # type: ignore[arg-type]
        answer = tell(app, body)
        assert answer.status_code == 400, token
        assert b"encryptedToken" not in answer.data
    for headers in ({}, signed(b"other", clock.now)):
        assert tell(app, validation("good", clock.now), headers).status_code == 403


def test_only_zoom_is_believed(app: Flask, clock: Clock, number: int) -> None:
    """Exactly these bytes, by this secret, and of the last five minutes."""
    clock.now = bookings(app)[0].starts_at
    body = event("meeting.started", number, clock.now)
    good = signed(body, clock.now)
    forgeries = [
        {},
        signed(body, clock.now, "another-secret"),
        signed(body + b" ", clock.now),
        signed(body, clock.now - timedelta(minutes=5, seconds=1)),
        signed(body, clock.now + timedelta(minutes=5, seconds=1)),
        good | {"x-zm-request-timestamp": "1" + good["x-zm-request-timestamp"]},
        good | {"x-zm-request-timestamp": "soon"},
        good | {"x-zm-request-timestamp": "٣"},
        good | {"x-zm-signature": good["x-zm-signature"].removeprefix("v0=")},
        good | {"x-zm-signature": "é"},
        {"x-zm-signature": good["x-zm-signature"]},
    ]
    for headers in forgeries:
        assert tell(app, body, {**headers}).status_code == 403, headers
    assert row(app).started_at is None
    assert tell(app, body, good).status_code == 204
    assert row(app).started_at == clock.now


def test_what_is_too_long_is_not_read(app: Flask, clock: Clock) -> None:
    """Nobody fills our memory."""
    assert tell(app, b" " * (64 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b'{"event": "meeting.chat_message_sent", "event_ts": 1, "payload": {"object": {"id": 7}}}',
        b'{"event": "user.created", "event_ts": 1, "payload": {}}',
        b'{"event": "meeting.started", "event_ts": 99999999999999999999, "payload": {"object": {"id": 7}}}',
        b'{"event": "meeting.started", "event_ts": 1, "payload": {"object": {"id": "99999999999999999999"}}}',
        b'{"event": "meeting.started", "event_ts": 1, "payload": {"object": {"id": 7}}}',
        b"[]",
        b"[" * 60000,
        b"\xff",
        b"",
    ],
)
def test_what_is_of_no_concern_is_taken_quietly(app: Flask, body: bytes) -> None:
    """Refused events would come again and again."""
    assert tell(app, body).status_code == 204


def test_start_arrival_and_end_are_kept(app: Flask, clock: Clock, number: int) -> None:
    """In any order, however often; of whoever joined only the time."""
    start = bookings(app)[0].starts_at
    clock.now = start + timedelta(minutes=35)
    times = [start + timedelta(minutes=minutes) for minutes in range(8)]
    told = [
        event("meeting.ended", number, times[7]),
        joined(str(number), times[4], user_id="2"),
        joined(str(number), times[3], user_id="3"),
        joined(str(number), times[1], host=True),
        joined(str(number), times[1], email=bookings(app)[0].maintainer.email.upper(), user_id="4"),
        event("meeting.started", str(number), times[1]),
        event("meeting.started", str(number), times[2]),
    ]
    for body in told + told:
        assert tell(app, body).status_code == 204
    seen = row(app)
    assert (seen.started_at, seen.joined_at, seen.ended_at) == (times[1], times[3], times[7])
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ConferenceNotice)) == len(told)
        raw: Any = db.session.connection().connection.driver_connection
        kept = "\n".join(line for line in raw.iterdump() if "conference" in line)
    assert "Asha" not in kept


def test_a_try_the_day_before_says_nothing(app: Flask, clock: Clock, number: int) -> None:
    """Hosts look into their rooms: only what happens around the session counts."""
    tell(app, event("meeting.started", str(number), clock.now))
    assert row(app).started_at is None


def test_a_meeting_deleted_by_hand_is_made_again(app: Flask, zoom: ZoomServer, clock: Clock, number: int) -> None:
    """However often it is told; the address in the mails leads to the new one."""
    zoom.meetings.clear()
    for _ in range(2):
        tell(app, event("meeting.deleted", number, clock.now))
    with app.app_context():
        assert db.session.scalar(ORDERED) == 1
    meet(app)
    assert list(zoom.meetings) == [row(app).meeting_id] != [number]


def test_our_own_deletion_is_no_news(app: Flask, zoom: ZoomServer, clock: Clock, number: int) -> None:
    """The session was cancelled; its meeting stays away, told before or after it is gone."""
    link = f"/b/{bookings(app)[0].public_id}"
    manage = app.extensions["officehours"].links.manage(bookings(app)[0].public_id, 1)
    assert link in manage
    browser = Browser(app)
    browser.send(f"{manage}/cancel", browser.get(f"{manage}/cancel"))
    tell(app, event("meeting.deleted", number, clock.now))
    meet(app)
    tell(app, event("meeting.deleted", number, clock.now + timedelta(seconds=1)))
    with app.app_context():
        assert db.session.scalar(ORDERED) == 0
    assert zoom.meetings == {}


def attended(app: Flask, clock: Clock, *bodies: Callable[[Any], bytes]) -> None:
    """The session takes place, and Zoom tells these."""
    start = bookings(app)[0].starts_at
    clock.now = start + timedelta(minutes=31)
    for body in bodies:
        tell(app, body(start + timedelta(minutes=2)))


def test_who_joined_is_proposed_and_a_person_confirms(app: Flask, clock: Clock, number: int) -> None:
    """Proposed is not said: the status changes by the maintainer's button, and can be changed back."""
    attended(app, clock, lambda at: event("meeting.started", str(number), at), lambda at: joined(str(number), at))
    assert "Did they come? Zoom saw somebody join at 4:02 pm." in page(app)
    assert bookings(app)[0].status == "confirmed"
    browser = Browser(app).sign_in(bookings(app)[0].maintainer.key)
    for came, status, words in (("yes", "completed", "said that they came"), ("no", "no-show", "did not come")):
        answer = browser.send("/maintainer/sessions/1/attendance", browser.get("/maintainer"), came=came)
        assert answer.status_code == 303
        assert bookings(app)[0].status == status
        assert bookings(app)[0].attendance_confirmed_at == clock.now
        assert words in page(app)


def test_a_host_alone_proposes_a_no_show(app: Flask, clock: Clock, number: int) -> None:
    """The host was there, and nobody else."""
    attended(
        app,
        clock,
        lambda at: event("meeting.started", str(number), at),
        lambda at: joined(str(number), at, host=True),
        lambda at: event("meeting.ended", str(number), at + timedelta(minutes=20)),
    )
    assert "Did they come? Zoom saw you in the meeting until 4:22 pm, and nobody else." in page(app)
    assert bookings(app)[0].status == "confirmed"


def test_nothing_seen_proposes_nothing(app: Flask, clock: Clock) -> None:
    """They may have met elsewhere; the question is asked all the same."""
    attended(app, clock)
    said = page(app)
    assert "Did they come?" in said
    assert "Zoom saw" not in said


def test_only_the_sessions_own_maintainer_may_say(app: Flask, clock: Clock) -> None:
    """Not before it is over, not by a colleague, and not without a word."""
    mine = bookings(app)[0].maintainer.key
    other = next(key for key in ("example-1", "example-2") if key != mine)
    address = "/maintainer/sessions/1/attendance"
    browser = Browser(app).sign_in(mine)
    assert browser.send(address, browser.get("/maintainer"), came="no").status_code == 404
    attended(app, clock)
    assert browser.send(address, browser.get("/maintainer"), came="perhaps").status_code == 400
    mallory = Browser(app).sign_in(other)
    assert mallory.send(address, mallory.get("/maintainer"), came="no").status_code == 404
    assert bookings(app)[0].status == "confirmed"

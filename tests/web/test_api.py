"""Booking over the JSON interface, held against its own OpenAPI document."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from booking.links import Purpose
from booking.models import BookingStatus
from tests.web.browser import Browser, bookings, set_policy
from tests.web.conftest import FIRST, SECOND, Clock
from tests.web.places import token
from tests.web.program import BOOKINGS, Program, fields


def test_a_program_books(program: Program, app: Flask) -> None:
    """201 with everything to go on with; the address in Location and the links work."""
    answer = program.book()
    body = answer.json or {}
    [booking] = bookings(app)
    assert answer.status_code == 201
    assert body["id"] == booking.public_id
    assert (body["status"], body["sequence"], body["topic"]) == ("confirmed", 0, "flytekit")
    assert (body["start"], body["end"]) == (FIRST, "2026-11-30T15:30:00Z")
    assert body["maintainer"] == {"name": booking.maintainer.name}
    assert body["reasons"][0]["code"] == "expertise"
    assert program.get(answer.location).json == body
    visitor = Browser(app)
    assert "You are booked" in visitor.get(body["manage_url"]).text
    assert "The meeting opens at" in visitor.get(body["join_url"]).text
    assert visitor.get(body["ics_url"]).mimetype == "text/calendar"


def test_a_repeated_request_gives_the_same_booking(program: Program, app: Flask) -> None:
    """The same key and request, as after a lost answer."""
    first, second = program.book(), program.book()
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert len(bookings(app)) == 1


def test_a_guessed_key_opens_nobodys_booking(program: Program) -> None:
    """Another person's request under the same key is another booking."""
    first = program.book("1", start=FIRST).json or {}
    second = program.book("1", start=FIRST, email="mallory@example.com", name="Mallory").json or {}
    assert first["id"] != second["id"]


@pytest.mark.parametrize("key", [None, "", "ключ".encode().decode("latin-1"), "x" * 300, "two words"])
def test_a_booking_needs_a_key(program: Program, app: Flask, key: str | None) -> None:
    """Without a usable Idempotency-Key nothing is booked."""
    answer = program.book(key)
    assert answer.status_code == 400
    assert fields(answer) == {"Idempotency-Key"}
    assert bookings(app) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"start": "2026-11-30T15:00:00"}, "start"),
        ({"start": "1764514800"}, "start"),
        ({"start": 1764514800}, "start"),
        ({"start": "2026-02-30T15:00:00Z"}, "start"),
        ({"start": "9999-12-31T23:59:59Z"}, "start"),
        ({"start": "２０２６-11-30T15:00:00Z"}, "start"),
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": 5}, "name"),
        ({"email": "a@example.com, b@example.com"}, "email"),
        ({"email": "a@example.com\r\nBcc: b@example.com"}, "email"),
        ({"timezone": "localtime"}, "timezone"),
        ({"question": ""}, "question"),
        ({"question": "x" * 4001}, "question"),
        ({"links": ["javascript:alert(1)"]}, "links"),
        ({"links": ["https://user:secret@example.org/"]}, "links"),
        ({"links": ["https://example.org/" + "x" * 300]}, "links"),
        ({"links": ["https://example.org/"] * 6}, "links"),
        ({"links": "https://example.org/"}, "links"),
        ({"phone": "800 555 0199", "sms_consent": True}, "phone"),
        ({"sms_consent": True}, "sms_consent"),
        ({"accept_conduct": False}, "accept_conduct"),
        ({"accept_conduct": None}, "accept_conduct"),
        ({"accept_conduct": "yes"}, "accept_conduct"),
        ({"topic": None}, "topic"),
        ({"status": "confirmed"}, "status"),
        ({"maintainer": "example-1"}, "maintainer"),
    ],
)
def test_each_wrong_member_is_named(program: Program, app: Flask, changes: dict[str, Any], field: str) -> None:
    """422 with the member and a sentence; nothing is booked, nothing is taken that was not asked for."""
    answer = program.book(**changes)
    assert answer.status_code == 422
    assert {name.partition(".")[0] for name in fields(answer)} == {field}
    assert bookings(app) == []


def test_what_is_harmless_is_repaired(program: Program, app: Flask) -> None:
    """Blanks, control characters, marks that turn the writing around, and offsets are taken in good part."""
    answer = program.book(
        name="  Zoë\u0007 \u202e O’Neill ", start="2026-11-30T20:30:00+05:30", question="a\r\nb\u0000c"
    )
    [booking] = bookings(app)
    assert answer.status_code == 201
    assert (booking.attendee_name, booking.question) == ("Zoë O’Neill", "a\nb c")


@pytest.mark.parametrize("body", [b"{", b'{"name": "\\ud800"}', b"\xff", b"{}{}"])
def test_a_body_that_is_no_json(program: Program, body: bytes) -> None:
    """400, half a surrogate pair included: no database would take it."""
    answer = program.client.post(BOOKINGS, data=body, content_type="application/json", headers={"Idempotency-Key": "k"})
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
def test_only_json_is_taken(program: Program, app: Flask, media_type: str | None) -> None:
    """What a plain form of another site could send is refused, whatever it says inside."""
    path = program.book().location
    for target in (BOOKINGS, f"{path}/reschedule", f"{path}/cancel"):
        assert program.client.post(target, data=b"{}", content_type=media_type).status_code == 415
    assert [booking.sequence for booking in bookings(app)] == [0]


def test_an_unknown_topic_is_a_404_with_its_member(program: Program) -> None:
    """The topic is named as the member to correct."""
    answer = program.book(topic="nothing")
    assert answer.status_code == 404
    assert fields(answer) == {"topic"}


def test_a_lost_time_is_a_409_with_the_nearest_openings(program: Program) -> None:
    """No start, or everybody taken: the reason and where to go, in the zone of the request."""
    answer = program.book(start="2026-11-30T16:00:00Z")
    body = answer.json or {}
    assert answer.status_code == 409
    assert body["detail"]
    assert FIRST in [opening["start"] for opening in body["openings"]]
    assert body["openings"][0]["local_start"].endswith("+05:30")
    statuses = [program.book(f"k{number}", email=f"rival-{number}@example.com").status_code for number in range(6)]
    assert statuses[0] == 201
    assert statuses[-1] == 409
    assert sorted(statuses) == statuses


def test_one_open_booking_per_address(program: Program) -> None:
    """The second is a 409, however the address is written."""
    program.book()
    answer = program.book("another", start=SECOND, email="Asha+again@example.com")
    assert answer.status_code == 409
    assert (answer.json or {})["openings"] == []


def test_a_program_moves_and_cancels(program: Program, app: Flask) -> None:
    """Each change raises the sequence; doing it twice changes nothing more."""
    path = program.book().location
    moved = program.post(f"{path}/reschedule", {"start": SECOND})
    again = program.post(f"{path}/reschedule", {"start": SECOND})
    assert (moved.status_code, again.status_code) == (200, 200)
    assert ((moved.json or {})["start"], (moved.json or {})["sequence"]) == (SECOND, 1)
    assert again.json == moved.json
    cancelled = program.post(f"{path}/cancel", {"reason": "Solved."})
    assert ((cancelled.json or {})["status"], (cancelled.json or {})["sequence"]) == ("cancelled", 2)
    assert program.post(f"{path}/cancel", {}).json == cancelled.json
    assert program.post(f"{path}/reschedule", {"start": FIRST}).status_code == 409
    assert bookings(app)[0].cancel_reason == "Solved."


def test_a_move_to_no_opening_is_a_409_with_openings(program: Program, app: Flask) -> None:
    """The booking stays where it is."""
    path = program.book().location
    answer = program.post(f"{path}/reschedule", {"start": "2026-12-01T16:00:00Z"})
    assert answer.status_code == 409
    assert (answer.json or {})["openings"]
    assert program.post(f"{path}/reschedule", {"start": "later"}).status_code == 422
    assert program.post(f"{path}/cancel", {"reason": "x" * 501}).status_code == 422
    assert bookings(app)[0].sequence == 0


def test_a_session_that_began_stays(program: Program, clock: Clock) -> None:
    """Neither moved nor cancelled."""
    path = program.book().location
    clock.advance(hours=7)
    assert program.post(f"{path}/reschedule", {"start": SECOND}).status_code == 409
    assert program.post(f"{path}/cancel", {}).status_code == 409


def test_an_unproven_booking_is_held(program: Program, app: Flask) -> None:
    """Where addresses are proven first, the answer says so; the proof is not in it."""
    set_policy(app, verify_email=True)
    answer = program.book()
    assert (answer.json or {})["status"] == BookingStatus.HELD
    assert token(app, Purpose.VERIFY) not in answer.text


def test_a_cookie_counts_for_nothing(app: Flask) -> None:
    """A signed-in browser gets no more from the interface than anybody."""
    browser = Browser(app).sign_in(None)
    assert browser.get("/api/v1/bookings").status_code == 405
    assert browser.get("/api/v1/bookings/1").status_code == 404

"""Meetings in a Zoom of ours: made once, moved, removed, whatever goes wrong on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.wrappers import Response

from booking.conferencing.zoom import Meeting, Token, Zoom
from booking.notifications.errors import Outcome
from tests.booking.zoom.desk import HOST, LATER, NOW, ORIGIN, REFERENCE, WINDOW, Shared, create, failure
from tests.servers.prism import Gate
from tests.servers.zoom import ZoomServer, answer, error


def test_a_meeting_is_made_for_the_session(zoom: Zoom, server: ZoomServer) -> None:
    """In UTC, scheduled, without registration, recording or Zoom's own mails; the host lets people in."""
    meeting = create(zoom)
    assert meeting == Meeting(85_000_000_002, "https://zoom.example/j/85000000002?pwd=abc", HOST)
    assert server.asked("create") == [
        {
            "topic": "Office hours: auth",
            "agenda": f"Booking {REFERENCE}, {ORIGIN}",
            "type": 2,
            "start_time": "2026-12-02T12:00:00Z",
            "duration": 30,
            "timezone": "America/Los_Angeles",
            "default_password": True,
            "settings": {
                "join_before_host": False,
                "waiting_room": True,
                "approval_type": 2,
                "auto_recording": "none",
                "email_notification": False,
                "meeting_authentication": False,
                "use_pmi": False,
            },
        }
    ]


def test_a_meeting_without_its_host_can_begin(zoom: Zoom, server: ZoomServer) -> None:
    """Where one account hosts for all, nobody sits there to open the door."""
    zoom.create(HOST, REFERENCE, "x" * 500, WINDOW, "UTC", host_attends=False)
    (asked,) = server.asked("create")
    assert (asked["settings"]["join_before_host"], asked["settings"]["waiting_room"]) == (True, False)
    assert len(asked["topic"]) == 200


def test_one_token_serves_many_calls(zoom: Zoom, server: ZoomServer, shared: Shared) -> None:
    """It is asked for once, and again shortly before it ends."""
    meeting = create(zoom)
    zoom.move(meeting, LATER)
    assert len(server.tokens) == 1
    assert shared.token == Token("token-1", NOW + timedelta(hours=1))
    replace(zoom, clock=lambda: NOW + timedelta(minutes=56)).delete(meeting)
    assert shared.renewed == [None, Token("token-1", NOW + timedelta(hours=1))]


def test_a_replaced_token_is_renewed_once(zoom: Zoom, server: ZoomServer, shared: Shared) -> None:
    """Another process renewed and Zoom dropped ours: one renewal, one repeat, one meeting."""
    shared.token = Token("old", NOW + timedelta(hours=1))
    create(zoom)
    assert len(server.asked("create")) == 2
    assert len(server.meetings) == 1


def test_a_token_refused_again_is_not_tried_for_ever(zoom: Zoom, server: ZoomServer) -> None:
    """Two calls, then somebody should wait."""
    server.fail("create", error(401, 124, "Invalid access token."), Response("<xml/>", 401))
    assert failure(lambda: create(zoom)).outcome is Outcome.RETRY
    assert len(server.asked("create")) == 2


def test_wrong_credentials_are_for_an_administrator(zoom: Zoom, server: ZoomServer) -> None:
    """No meeting will ever come of them, and no call is made."""
    caught = failure(lambda: create(replace(zoom, client_secret="wrong")))
    assert caught.outcome is Outcome.PERMANENT
    assert "account, id or secret" in str(caught)
    assert server.asked("create") == []


@pytest.mark.parametrize("answer", [Response(status=503), Response("<xml/>", 200), Response("[]", 200)])
def test_no_token_now_means_later(zoom: Zoom, server: ZoomServer, answer: Response) -> None:
    """The token server's own faults pass."""
    server.fail("token", answer)
    assert failure(lambda: create(zoom)).outcome is Outcome.RETRY


@pytest.mark.parametrize(
    "fault", ["cut", "hang", Response("", 201), Response('{"id": 1}', 201), Response("<xml/>", 502)]
)
def test_a_lost_answer_may_have_made_a_meeting(zoom: Zoom, server: ZoomServer, fault: str | Response) -> None:
    """Unknown is neither yes nor no."""
    server.fail("create", fault)
    assert failure(lambda: create(replace(zoom, timeout=0.3))).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("fault", ["cut", "hang"])
def test_looking_first_finds_the_meeting_of_the_lost_answer(zoom: Zoom, server: ZoomServer, fault: str) -> None:
    """One booking has one meeting, at the time it has by now."""
    server.page_size = 1
    zoom.create(HOST, "another", "Other", WINDOW, "UTC")
    server.fail("create", fault)
    failure(lambda: create(replace(zoom, timeout=0.3)))
    meeting = create(zoom, LATER, look_first=True)
    assert len(server.meetings) == 2
    assert server.meetings[meeting.id]["agenda"] == f"Booking {REFERENCE}, {ORIGIN}"
    assert server.meetings[meeting.id]["start_time"] == "2026-12-03T12:00:00Z"
    assert zoom.find(HOST, REFERENCE) == meeting


def test_looking_first_creates_what_is_not_there(zoom: Zoom, server: ZoomServer) -> None:
    """The lost request never arrived."""
    create(zoom, look_first=True)
    assert len(server.meetings) == 1


def test_an_unreadable_list_stops_a_careful_create(zoom: Zoom, server: ZoomServer) -> None:
    """Not knowing is no reason to make a second meeting."""
    server.fail("find", Response("<xml/>", 200))
    assert failure(lambda: create(zoom, look_first=True)).outcome is Outcome.RETRY
    assert server.asked("create") == []


def test_a_meeting_moves_and_keeps_its_link(zoom: Zoom, server: ZoomServer) -> None:
    """The answer to an update is empty, so the link is read again."""
    meeting = create(zoom)
    assert zoom.move(meeting, LATER) == meeting
    assert server.asked("update") == [{"start_time": "2026-12-03T12:00:00Z", "duration": 30}]
    assert server.meetings[meeting.id]["start_time"] == "2026-12-03T12:00:00Z"


def test_a_meeting_removed_by_hand_cannot_be_moved(zoom: Zoom, server: ZoomServer) -> None:
    """The caller makes a new one."""
    meeting = create(zoom)
    server.meetings.clear()
    assert zoom.move(meeting, LATER) is None


def test_a_fake_that_drifts_from_the_description_is_caught(zoom: Zoom, server: ZoomServer, gate: Gate) -> None:
    """Through the gate no answer passes that Zoom would not give; the fake alone would be believed."""
    meeting = create(zoom)
    server.fail("get", answer(200, {"id": "85", "join_url": "https://zoom.example/j/85"}))
    if zoom.api_url == gate.url:
        assert "fault of its own" in str(failure(lambda: zoom.move(meeting, LATER)))
    else:
        assert zoom.move(meeting, LATER) == Meeting(85, "https://zoom.example/j/85", HOST)


def test_deleting_twice_is_deleting_once(zoom: Zoom, server: ZoomServer) -> None:
    """Already gone is what was wanted."""
    meeting = create(zoom)
    zoom.delete(meeting)
    zoom.delete(meeting)
    assert server.meetings == {}


@pytest.mark.parametrize("fault", ["cut", Response("<xml/>", 503), Response(status=429), Response(status=500)])
def test_moving_and_deleting_may_be_repeated(zoom: Zoom, server: ZoomServer, fault: str | Response) -> None:
    """They do no harm twice, so a lost answer is no riddle."""
    meeting = create(zoom)
    server.fail("update", fault)
    assert failure(lambda: zoom.move(meeting, LATER)).outcome is Outcome.RETRY
    server.fail("delete", fault)
    assert failure(lambda: zoom.delete(meeting)).outcome is Outcome.RETRY
    zoom.delete(meeting)
    assert server.meetings == {}


def test_a_meeting_without_a_password_is_a_meeting(zoom: Zoom, server: ZoomServer) -> None:
    """Some accounts give none."""
    server.passwords = False
    assert create(zoom).join_url == "https://zoom.example/j/85000000002"


def test_meetings_of_others_are_not_ours(zoom: Zoom, server: ZoomServer) -> None:
    """Neither the host's own, nor those of another service of the same kind in the same account."""
    replace(zoom, origin="https://staging.example.org").create(HOST, REFERENCE, "x", WINDOW, "UTC")
    meeting = create(zoom)
    server.meetings[7] = {**server.meetings[meeting.id], "id": 7, "agenda": "Tea"}
    server.meetings[8] = {key: value for key, value in server.meetings[7].items() if key != "agenda"} | {"id": 8}
    assert list(zoom.ours(HOST)) == [(meeting, REFERENCE)]

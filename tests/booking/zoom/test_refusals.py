"""What Zoom refuses, and for how long: sentences for people, and whether to try again."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.wrappers import Response

from booking.conferencing.zoom import Token, Zoom
from booking.notifications.errors import Outcome
from tests.booking.zoom.desk import HOST, LATER, NOW, OTHER, REFERENCE, WINDOW, create, failure
from tests.servers.zoom import ZoomServer, error


@pytest.mark.parametrize(
    ("answer", "expected", "words"),
    [
        (
            error(400, 300, "Validation Failed.", errors=[{"field": "agenda", "message": "x"}]),
            Outcome.PERMANENT,
            "agenda",
        ),
        (error(400, 300, "Bad request"), Outcome.PERMANENT, "unnamed"),
        (error(400, 3000, "Cannot schedule for grace"), Outcome.PERMANENT, "no right to this host"),
        (error(400, 3161, "Not allowed to host"), Outcome.PERMANENT, "may not host"),
        (error(404, 1001, "User does not exist: grace."), Outcome.PERMANENT, "no member"),
        (error(400, 4711, "Invalid access token, does not contain scopes"), Outcome.PERMANENT, "scope"),
        (error(401, 4700, "Token does not contain scopes:[meeting:write]"), Outcome.PERMANENT, "scope"),
        (error(401, 104, "The token does not contain scopes:[meeting:write]"), Outcome.PERMANENT, "scope"),
        (Response("<error/>", 400), Outcome.PERMANENT, "400"),
    ],
)
def test_refusals_become_sentences(
    zoom: Zoom, server: ZoomServer, answer: Response, expected: Outcome, words: str
) -> None:
    """Each says whether to try again, and names fields, never values or people."""
    server.fail("create", answer)
    caught = failure(lambda: create(zoom))
    assert caught.outcome is expected
    assert words in str(caught)
    assert len(server.asked("create")) == 1
    assert server.meetings == {}


def test_a_host_may_make_and_change_so_many_meetings_a_day(zoom: Zoom, server: ZoomServer) -> None:
    """The next one is for tomorrow, 00:00 UTC; other hosts go on, and what is there can be found."""
    server.hosts, server.daily_limit = {HOST, OTHER}, 2
    meeting = create(zoom)
    zoom.move(meeting, LATER)
    caught = failure(lambda: zoom.move(meeting, WINDOW))
    assert (caught.outcome, caught.tired_host) == (Outcome.RETRY, HOST)
    assert timedelta(hours=12) <= timedelta(seconds=caught.wait or 0) <= timedelta(hours=12, minutes=1)
    assert zoom.find(HOST, REFERENCE) == meeting
    assert zoom.create(OTHER, REFERENCE, "x", WINDOW, "UTC").host == OTHER


def test_zoom_is_left_alone_for_as_long_as_it_asks(zoom: Zoom, server: ZoomServer) -> None:
    """Too many calls in one second tire nobody for the day."""
    server.fail("create", Response("", 429, {"Retry-After": "7"}))
    caught = failure(lambda: create(zoom))
    assert (caught.outcome, caught.tired_host) == (Outcome.RETRY, None)
    assert 7 <= (caught.wait or 0) <= 8
    assert server.meetings == {}


def test_an_unknown_host_is_told(zoom: Zoom) -> None:
    """A maintainer who has no place in the Zoom account."""
    caught = failure(lambda: zoom.create("eve@example.org", REFERENCE, "x", WINDOW, "UTC"))
    assert caught.outcome is Outcome.PERMANENT


def test_a_closed_port_certainly_made_no_meeting(zoom: Zoom) -> None:
    """So nothing has to be looked for."""
    create(zoom)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        away = replace(zoom, api_url=f"http://127.0.0.1:{unused.getsockname()[1]}/v2/")
        assert failure(lambda: create(away)).outcome is Outcome.RETRY


def test_secrets_stay_out_of_representations(zoom: Zoom) -> None:
    """What lands in a log or a traceback shows neither the secret nor a token."""
    assert "secret" not in repr(zoom).replace("client_secret", "")
    assert "abc" not in repr(Token("abc", NOW))

"""Meetings in a Zoom of ours: made once, moved, removed, whatever goes wrong on the way."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.wrappers import Response

from booking.conferencing.zoom import ConferencingError, Meeting, Token, Zoom
from booking.notifications.errors import Outcome
from routing.values import TimeRange
from tests.servers import prism
from tests.servers.wsgi import serve
from tests.servers.zoom import ZoomServer, answer, error, run_zoom
from tests.servers.zoom_description import zoom_description

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
HOST = "grace@example.org"
REFERENCE = "a3f1c09b7d5e4f60@officehours"
WINDOW = TimeRange(NOW + timedelta(days=1), NOW + timedelta(days=1, minutes=30))
LATER = TimeRange(NOW + timedelta(days=2), NOW + timedelta(days=2, minutes=30))


@dataclass
class Shared:
    """The token store's promises, in memory."""

    token: Token | None = None
    renewed: list[Token | None] = field(default_factory=list)

    def read(self) -> Token | None:
        return self.token

    def renew(self, fetch: Callable[[], Token], failed: Token | None) -> Token:
        self.renewed.append(failed)
        if self.token is None or self.token == failed:
            self.token = fetch()
        return self.token


@pytest.fixture
def server() -> Iterator[ZoomServer]:
    with run_zoom(hosts={HOST}) as server:
        yield server


@pytest.fixture
def shared() -> Shared:
    return Shared()


class Gate:
    """Passes on to the fake of the present test: Prism is slow to start, and looks at one address."""

    def __init__(self) -> None:
        self.behind, self.url = ZoomServer(), ""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        return self.behind(environ, start_response)


@pytest.fixture(scope="module")
def gate(vendors: None) -> Iterator[Gate]:
    """Zoom's own description stands before the fake: neither client nor fake gets a forbidden message past it."""
    gate = Gate()
    with serve(gate) as upstream, prism.proxy(zoom_description(), f"{upstream}/v2") as gate.url:
        yield gate


@pytest.fixture(params=["fake", "described"])
def zoom(request: pytest.FixtureRequest, server: ZoomServer, shared: Shared) -> Zoom:
    url = server.api_url
    if request.param == "described":
        gate: Gate = request.getfixturevalue("gate")
        gate.behind, url = server, gate.url
    return Zoom("account", "client", "secret", url, server.oauth_url, shared, timeout=5, clock=lambda: NOW)


def create(zoom: Zoom, window: TimeRange = WINDOW, *, look_first: bool = False) -> Meeting:
    return zoom.create(HOST, REFERENCE, "Office hours: auth", window, "America/Los_Angeles", look_first=look_first)


def failure(call: Callable[[], object]) -> ConferencingError:
    """What goes wrong; its text never names a person."""
    with pytest.raises(ConferencingError) as caught:
        call()
    assert "grace" not in str(caught.value)
    return caught.value


def test_a_meeting_is_made_for_the_session(zoom: Zoom, server: ZoomServer) -> None:
    """In UTC, scheduled, without registration, recording or Zoom's own mails; the host lets people in."""
    meeting = create(zoom)
    assert meeting == Meeting(85_000_000_002, "https://zoom.example/j/85000000002?pwd=abc", HOST)
    assert server.asked("create") == [
        {
            "topic": "Office hours: auth",
            "agenda": f"Booking {REFERENCE}",
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
    replace(zoom, clock=lambda: NOW + timedelta(minutes=56)).delete(meeting.id)
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
    assert server.meetings[meeting.id]["agenda"] == f"Booking {REFERENCE}"
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
    zoom.delete(meeting.id)
    zoom.delete(meeting.id)
    assert server.meetings == {}


@pytest.mark.parametrize("fault", ["cut", Response("<xml/>", 503), Response(status=429)])
def test_moving_and_deleting_may_be_repeated(zoom: Zoom, server: ZoomServer, fault: str | Response) -> None:
    """They do no harm twice, so a lost answer is no riddle."""
    meeting = create(zoom)
    server.fail("update", fault)
    assert failure(lambda: zoom.move(meeting, LATER)).outcome is Outcome.RETRY
    server.fail("delete", fault)
    assert failure(lambda: zoom.delete(meeting.id)).outcome is Outcome.RETRY
    zoom.delete(meeting.id)
    assert server.meetings == {}


@pytest.mark.parametrize(
    ("answer", "expected", "words"),
    [
        (error(429, 429, "You have exceeded the daily rate limit (100)."), Outcome.RETRY, "limit for today"),
        (Response("", 429), Outcome.RETRY, "slow down"),
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

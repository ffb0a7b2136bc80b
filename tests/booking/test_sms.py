"""Texts through Twilio's own library, over HTTP, to a Twilio of ours."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from booking.notifications.errors import DeliveryError, Outcome
from booking.notifications.sms import Texter
from booking.notifications.twilio_codes import Blame, meaning
from tests.servers import prism
from tests.servers.twilio import ACCOUNT, SENDER, TOKEN, TwilioServer, run_twilio

TO = "+447400123456"
NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DESCRIBED = ("twilio_api_v2010.json", "/2010-04-01/Accounts/{AccountSid}/Messages.json")
CALLBACK = "https://office-hours.example.org/webhooks/twilio?delivery=1"


@pytest.fixture
def twilio() -> Iterator[TwilioServer]:
    with run_twilio(now=lambda: NOW) as twilio:
        yield twilio


@pytest.fixture(scope="module")
def gate(vendors: None) -> Iterator[prism.Gate]:
    """Twilio's own description stands before the fake: neither client nor fake gets a forbidden message past it."""
    with prism.gate(prism.description(*DESCRIBED)) as gate:
        yield gate


@pytest.fixture(params=["fake", "described"])
def described(request: pytest.FixtureRequest, twilio: TwilioServer) -> str:
    """The fake's address, or that of the description before it."""
    if request.param == "fake":
        return twilio.url
    gate: prism.Gate = request.getfixturevalue("gate")
    gate.behind = twilio
    return gate.url


def texter(twilio: TwilioServer, token: str = TOKEN, timeout: float = 5, url: str = "") -> Texter:
    return Texter(ACCOUNT, token, SENDER, url or twilio.url, timeout)


def outcome(texter: Texter) -> DeliveryError:
    """What goes wrong when a text is sent; neither its words nor its cause name the number."""
    with pytest.raises(DeliveryError) as caught:
        texter.send(TO, "Hello", HOUR, CALLBACK)
    assert TO not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    return caught.value


def test_a_text_is_sent_once_and_can_be_found(twilio: TwilioServer, described: str) -> None:
    """Its id comes back, and the same id is found later."""
    sid = texter(twilio, url=described).send(TO, "Hello", HOUR, CALLBACK)
    assert twilio.texts(TO) == ["Hello"]
    asked = {"To": TO, "From": SENDER, "Body": "Hello", "ValidityPeriod": "3600", "StatusCallback": CALLBACK}
    assert twilio.requests == [("POST", asked)]
    assert texter(twilio, url=described).find(TO, "Hello", NOW - HOUR) == sid


def test_a_fake_that_drifts_from_the_description_is_caught(twilio: TwilioServer, gate: prism.Gate) -> None:
    """Through the gate no answer passes that Twilio would not give; the fake alone would be believed."""
    texter(twilio).send(TO, "Hello", HOUR, CALLBACK)
    twilio.messages[0]["status"] = "floating"
    gate.behind = twilio
    assert texter(twilio).find(TO, "Hello", NOW - HOUR)
    with pytest.raises(DeliveryError, match="cannot be read"):
        texter(twilio, url=gate.url).find(TO, "Hello", NOW - HOUR)


def test_every_call_is_one_that_the_description_allows(vendors: None) -> None:
    """Twilio's description alone, as a mock: a text is taken, the list is read; a forbidden text is refused."""
    with prism.mock(prism.description(*DESCRIBED)) as url:
        ours = Texter(ACCOUNT, TOKEN, SENDER, url)
        assert ours.send(TO, "Hello", HOUR, CALLBACK)
        assert ours.find(TO, "Hello", NOW) is None
        with pytest.raises(DeliveryError) as caught:
            Texter("not an account", TOKEN, SENDER, url).send(TO, "Hello", HOUR, CALLBACK)
        assert caught.value.outcome is Outcome.PERMANENT


@pytest.mark.parametrize(
    ("validity", "seconds"),
    [(timedelta(days=3), "36000"), (timedelta(minutes=20), "1200"), (timedelta(0), "1"), (timedelta(hours=-1), "1")],
)
def test_validity_stays_in_twilios_range(twilio: TwilioServer, validity: timedelta, seconds: str) -> None:
    """From one second to ten hours."""
    texter(twilio).send(TO, "Hello", validity, CALLBACK)
    assert twilio.requests[0][1]["ValidityPeriod"] == seconds


@pytest.mark.parametrize(
    ("code", "expected", "words"),
    [
        (21211, Outcome.PERMANENT, "not valid"),
        (21610, Outcome.PERMANENT, "no more texts"),
        (21614, Outcome.PERMANENT, "cannot receive"),
        (21635, Outcome.PERMANENT, "cannot receive"),
        (20003, Outcome.PERMANENT, "account or token"),
        (20429, Outcome.RETRY, "slow down"),
        (20500, Outcome.UNKNOWN, "may have been sent"),
        (21604, Outcome.PERMANENT, "error 21604"),
    ],
)
def test_codes_become_sentences(twilio: TwilioServer, described: str, code: int, expected: Outcome, words: str) -> None:
    """Each of Twilio's numbers says whether to try again, in words for the delivery's row."""
    twilio.fail(code)
    error = outcome(texter(twilio, url=described))
    assert (error.outcome, error.code) == (expected, code)
    assert words in str(error)
    assert twilio.texts(TO) == []


def test_each_code_lays_the_blame_somewhere() -> None:
    """The number, perhaps the number, its owner's wish, or nothing about the number; a strange code blames nobody."""
    blamed = {blame: {code for code in range(20000, 31000) if meaning(code).blame is blame} for blame in Blame}
    assert blamed[Blame.NUMBER] == {21211, 21612, 21614, 21635, 30006}
    assert blamed[Blame.PERHAPS_NUMBER] == {30004, 30005}
    assert blamed[Blame.STOPPED] == {21610}
    again = {code for code in range(30000, 31000) if meaning(code).outcome is Outcome.RETRY}
    assert again == {30001, 30003, 30008}


def test_somebody_who_said_stop_stays_unsubscribed(twilio: TwilioServer) -> None:
    """Twilio refuses, and so it is for good."""
    twilio.unsubscribed.add(TO)
    assert outcome(texter(twilio)).code == 21610


def test_a_wrong_token_is_told(twilio: TwilioServer) -> None:
    """The account's own fault, not the number's."""
    assert outcome(texter(twilio, token="wrong")).code == 20003


@pytest.mark.parametrize("fault", ["500", "garbage", "cut", "hang"])
def test_what_may_have_been_sent_is_unknown_and_can_be_looked_up(
    twilio: TwilioServer, described: str, fault: str
) -> None:
    """The text was taken and the answer lost: not failed, not repeated, but found in the list."""
    twilio.fail(fault)
    assert outcome(texter(twilio, timeout=1, url=described)).outcome is Outcome.UNKNOWN
    assert twilio.texts(TO) == ["Hello"]
    assert texter(twilio, url=described).find(TO, "Hello", NOW - HOUR) == twilio.messages[0]["sid"]


def test_a_closed_port_is_certainly_not_sent() -> None:
    """Nobody listens, so nothing was sent."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        assert outcome(Texter(ACCOUNT, TOKEN, SENDER, url)).outcome is Outcome.RETRY


def test_a_service_that_twilio_cannot_reach_sends_all_the_same(twilio: TwilioServer) -> None:
    """An address for reports that Twilio refuses, such as one on this machine, costs the reports and not the text."""
    twilio.fail(21609)
    texter(twilio).send(TO, "Hello", HOUR, "http://localhost:8000/webhooks/twilio?delivery=1")
    assert twilio.texts(TO) == ["Hello"]
    assert twilio.callbacks == {}


def test_an_earlier_text_that_did_not_arrive_is_not_the_one(twilio: TwilioServer) -> None:
    """The same words are sent once more; asking for the second does not find the first."""
    first = texter(twilio).send(TO, "Hello", HOUR, CALLBACK)
    assert texter(twilio).find(TO, "Hello", NOW - HOUR, besides=first) is None
    second = texter(twilio).send(TO, "Hello", HOUR, CALLBACK)
    assert texter(twilio).find(TO, "Hello", NOW - HOUR, besides=first) == second


def test_only_the_same_text_to_the_same_number_is_found(twilio: TwilioServer) -> None:
    """Another text, another number, an earlier time are not it; a trial account's own words before it do not matter."""
    twilio.prefix = "Sent from a trial account - "
    sid = texter(twilio).send(TO, "Hello", HOUR, CALLBACK)
    assert texter(twilio).find(TO, "Hello again", NOW - HOUR) is None
    assert texter(twilio).find("+15017122661", "Hello", NOW - HOUR) is None
    assert texter(twilio).find(TO, "Hello", NOW + HOUR) is None
    assert texter(twilio).find(TO, "Hello", NOW) == sid


def test_a_text_is_found_behind_many_others(twilio: TwilioServer, described: str) -> None:
    """The list comes in pages."""
    sid = texter(twilio, url=described).send(TO, "Hello", HOUR, CALLBACK)
    for number in range(60):
        twilio.messages.append({**twilio.messages[0], "sid": f"SM{number + 1:032x}", "body": f"Other {number}"})
    assert texter(twilio, url=described).find(TO, "Hello", NOW - HOUR) == sid


@pytest.mark.parametrize("fault", [20003, "500", "garbage", "cut"])
def test_an_unreadable_list_says_nothing(twilio: TwilioServer, fault: str | int) -> None:
    """Neither found nor not found: try again."""
    twilio.fail(fault)
    with pytest.raises(DeliveryError, match="cannot be read") as caught:
        texter(twilio).find(TO, "Hello", NOW)
    assert caught.value.outcome is Outcome.RETRY
    assert TO not in str(caught.value)


def test_nothing_personal_is_logged(twilio: TwilioServer, caplog: pytest.LogCaptureFixture) -> None:
    """Twilio's client would log the number it searches for."""
    with caplog.at_level(logging.INFO):
        texter(twilio).send(TO, "Hello", HOUR, CALLBACK)
        texter(twilio).find(TO, "Hello", NOW)
    assert "7400123456" not in caplog.text

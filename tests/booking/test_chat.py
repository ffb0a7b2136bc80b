"""Posts to a chat's webhook: what arrives, and what each kind of failure means."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from booking.notifications.chat import Chat
from booking.notifications.errors import DeliveryError, Outcome
from tests.servers.chat import PATH, ChatServer
from tests.servers.service import free_port
from tests.servers.wsgi import serve


@pytest.fixture
def server() -> ChatServer:
    return ChatServer()


@pytest.fixture
def url(server: ChatServer) -> Iterator[str]:
    with serve(server) as address:
        yield address + PATH


def failure(url: str) -> DeliveryError:
    """What goes wrong with a post; its text never has the secret address."""
    with pytest.raises(DeliveryError) as caught:
        Chat(url, timeout=2).post("New session")
    assert "secret" not in str(caught.value)
    return caught.value


def test_a_post_is_text_and_nothing_else(server: ChatServer, url: str) -> None:
    """Nobody can ping the channel or hide a link behind a word by calling a topic so."""
    Chat(url).post("<!channel> & <https://evil.example|here>")
    assert server.posts == ["&lt;!channel&gt; &amp; &lt;https://evil.example|here&gt;"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (429, Outcome.RETRY),
        (500, Outcome.UNKNOWN),
        (503, Outcome.UNKNOWN),
        (400, Outcome.PERMANENT),
        (403, Outcome.PERMANENT),
        (410, Outcome.PERMANENT),
        (302, Outcome.PERMANENT),
    ],
)
def test_a_refusal_is_judged_by_its_status(server: ChatServer, url: str, status: int, outcome: Outcome) -> None:
    """Too many posts: later; the webhook is gone: never; its own failure: nobody knows."""
    server.status = status
    assert failure(url).outcome is outcome


def test_a_cut_connection_is_not_a_refused_one(server: ChatServer, url: str) -> None:
    """Nobody there: certainly not posted. Cut after the request: perhaps."""
    assert failure(f"http://127.0.0.1:{free_port()}{PATH}").outcome is Outcome.RETRY
    server.cut = True
    assert failure(url).outcome is Outcome.UNKNOWN
    assert len(server.posts) == 1


@pytest.mark.parametrize(
    "url", ["", "hooks.example.org/x", "http://hooks.example.org/secret", "ftp://localhost/secret"]
)
def test_only_an_encrypted_address_is_a_webhook(url: str) -> None:
    """Plain http is for this machine alone."""
    with pytest.raises(ValueError, match="beginning with https"):
        Chat(url)

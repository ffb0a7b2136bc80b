"""A mailbox over IMAP: how it is reached, and how a wrong setting is told."""

from __future__ import annotations

import ssl
from datetime import date
from pathlib import Path

import pytest

from booking.notifications.inbox import Inbox, InboxError
from booking.settings import SettingsError, load_settings
from tests.servers.certificate import contexts
from tests.servers.imap import LOGIN, run_imap

DAY = date(2026, 11, 30)
MAIL = b"Subject: Hello\r\n\r\nHello\r\n"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    return contexts(tmp_path_factory.mktemp("tls"))


def test_mails_are_read_and_left_unread() -> None:
    """Sizes first, then the bytes as they came; only the mark changes anything."""
    with run_imap() as server:
        uid = server.deliver(MAIL, DAY)
        with Inbox(server.url) as inbox:
            assert inbox.unseen(DAY) == [uid]
            assert inbox.sizes([uid, 99]) == {uid: len(MAIL)}
            assert inbox.mail(uid) == MAIL
            assert not server.mails[uid].flags
            inbox.mark_seen(uid)
            assert inbox.unseen(DAY) == []
            assert inbox.version.endswith("/INBOX;UIDVALIDITY=7")
        assert server.asked[-1] == "LOGOUT"


def test_an_encrypted_mailbox(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """imaps:// is encrypted from the start, and only for a server whose certificate is good."""
    serving, trusting = tls
    with run_imap(tls=serving) as server:
        with Inbox(server.url, context=trusting) as inbox:
            assert inbox.unseen(DAY) == []
        with pytest.raises(InboxError, match="could not be reached"), Inbox(server.url):
            pass
        assert server.count("LOGIN") == 1


def test_another_machine_gets_the_password_encrypted_or_not_at_all(tmp_path: Path) -> None:
    """imap:// begins with STARTTLS, except on this machine, and a server without it hears no password."""
    serving, trusting = contexts(tmp_path)
    trusting.check_hostname = False  # 127.1 is this machine by a name that we do not know as such
    with run_imap(starttls=serving) as server:
        with Inbox(server.url.replace("127.0.0.1", "127.1"), context=trusting):
            pass
        assert server.asked.index("STARTTLS") < server.asked.index("LOGIN")
    with run_imap() as server:
        with pytest.raises(InboxError), Inbox(server.url.replace("127.0.0.1", "127.1")):
            pass
        assert server.count("LOGIN") == 0


def test_a_folder_of_its_own() -> None:
    """Named after the host; a wrong one is told."""
    with run_imap() as server:
        server.folder = 'Office "hours"'
        with Inbox(server.url.replace("INBOX", "Office%20%22hours%22")):
            pass
        with pytest.raises(InboxError, match="folder"), Inbox(server.url):
            pass


def test_faults_say_nothing_of_what_the_server_said() -> None:
    """A refusal may repeat addresses; the sentence does not."""
    with run_imap() as server:
        server.replies["LOGIN"] = f"NO {LOGIN[0]} is wrong"
        with pytest.raises(InboxError, match="did not let us log in") as caught, Inbox(server.url):
            pass
        assert LOGIN[0] not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "imap.example.org",
        "pop3://user:password@host",
        "imaps://host/INBOX",
        "imaps://user@host",
        "imaps://user:password@host:99999",
        "imaps://user:password@/INBOX",
        "imaps://user:pass%0D%0Aword@host",
        "imaps://user:p%C3%A4ssword@host",
    ],
)
def test_a_wrong_setting_is_a_sentence(url: str, tmp_path: Path) -> None:
    """It names the setting and the form, and repeats no password, also out of a file."""
    secret = tmp_path / "imap"
    secret.write_text(url)
    for environ in ({"OFFICEHOURS_IMAP_URL": url}, {"OFFICEHOURS_IMAP_URL_FILE": str(secret)}):
        with pytest.raises(SettingsError) as caught:
            load_settings(environ)
        [problem] = caught.value.problems
        assert problem.startswith("OFFICEHOURS_IMAP_URL: write the mailbox as imaps://user:password@host:993/INBOX")
        assert url not in problem


def test_a_right_setting_is_a_secret() -> None:
    """It shows nowhere."""
    settings = load_settings({"OFFICEHOURS_IMAP_URL": "imaps://user:pass@host"})
    assert "pass@host" not in repr(settings)

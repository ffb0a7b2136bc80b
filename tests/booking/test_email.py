"""Mail handed to a real server, and what each broken conversation means."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

import pytest

from booking.models.deliveries import Audience, Kind
from booking.notifications.email import Mailer
from booking.notifications.errors import DeliveryError, Outcome
from booking.notifications.letter import CalendarPart
from booking.notifications.messages import compose_email
from tests.booking.mails import ICS, body, envelope, make_view
from tests.servers.certificate import contexts
from tests.servers.smtp import MailServer, run_smtp

LOGIN = ("hours@example.org", "p@ss/word")


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    return contexts(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server() -> Iterator[MailServer]:
    with run_smtp() as server:
        yield server


def confirmation(**overrides: object) -> EmailMessage:
    return compose_email(
        Kind.CONFIRMATION,
        Audience.ATTENDEE,
        make_view(**overrides),
        calendar=CalendarPart("REQUEST", ICS),
        envelope=envelope(),
    )


def with_login(url: str, scheme: str = "smtp") -> str:
    return url.replace("smtp://", f"{scheme}://hours%40example.org:p%40ss%2Fword@")


def outcome(url: str, timeout: float = 5, context: ssl.SSLContext | None = None) -> DeliveryError:
    """What goes wrong when the confirmation is sent there; its text never names the recipient."""
    with pytest.raises(DeliveryError) as caught:
        Mailer(url, timeout, context).send(confirmation(), "ada@example.org")
    assert "ada" not in str(caught.value)
    return caught.value


def test_a_mail_arrives_as_composed(server: MailServer) -> None:
    """One recipient in the envelope, and every part readable at the other end."""
    Mailer(server.url).send(confirmation(attendee_name="Zoë 👩🏽‍🚀"), "ada@example.org")
    (mail,) = server.mails
    assert (mail.sender, mail.recipients) == ("hours@example.org", ["ada@example.org"])
    assert "Hello Zoë 👩🏽‍🚀," in body(mail.message)
    assert "Zoë 👩🏽‍🚀" in body(mail.message, "html")
    (attachment,) = mail.message.iter_attachments()
    assert attachment.get_content() == ICS
    assert mail.message["Message-ID"] == "<row-1@example.org>"


def test_lines_that_begin_with_a_dot_arrive_whole(server: MailServer) -> None:
    """A lone dot in the question does not end the mail."""
    Mailer(server.url).send(confirmation(question="first\n.\n..two\nQUIT"), "ada@example.org")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "hours@example.org", "ada@example.org", "dots"
    message.set_content(".\n..\n.last\n")
    Mailer(server.url).send(message, "ada@example.org")
    assert "    .\n    ..two\n    QUIT" in body(server.mails[0].message).replace("\r\n", "\n")
    assert body(server.mails[1].message).replace("\r\n", "\n") == ".\n..\n.last\n"


def test_the_envelope_rules_over_the_headers(server: MailServer) -> None:
    """Whatever To and Bcc say, one person gets the mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Bcc"] = "hours@example.org", "a@x.org, b@x.org", "c@x.org"
    message.set_content("x")
    Mailer(server.url).send(message, "ada@example.org")
    assert server.mails[0].recipients == ["ada@example.org"]


@pytest.mark.parametrize(
    ("command", "reply", "expected"),
    [
        ("MAIL", "451 4.3.0 Later", Outcome.RETRY),
        ("MAIL", "550 5.7.1 Not you", Outcome.PERMANENT),
        ("RCPT", "450 4.2.1 ada@example.org is busy", Outcome.RETRY),
        ("RCPT", "550 5.1.1 ada@example.org is unknown", Outcome.PERMANENT),
        ("DATA", "421 4.3.2 Closing", Outcome.RETRY),
        ("DATA", "554 5.5.1 No", Outcome.PERMANENT),
        ("BODY", "451 4.3.0 Later", Outcome.RETRY),
        ("BODY", "554 5.6.0 Looks like spam", Outcome.PERMANENT),
    ],
)
def test_refusals_tell_later_from_never(server: MailServer, command: str, reply: str, expected: Outcome) -> None:
    """A 4xx may pass, a 5xx will not; the code is kept, the server's words are not."""
    server.replies[command] = reply
    error = outcome(server.url)
    assert (error.outcome, error.code) == (expected, int(reply[:3]))
    assert not server.mails


def test_a_connection_lost_before_the_body_is_certainly_not_sent(server: MailServer) -> None:
    """The server hangs up when the body is announced."""
    server.drop = "DATA"
    assert outcome(server.url).outcome is Outcome.RETRY
    assert not server.mails


def test_a_connection_lost_after_the_body_is_unknown(server: MailServer) -> None:
    """The server has the mail and hangs up without a word: it may have been sent."""
    server.drop = "BODY"
    assert outcome(server.url).outcome is Outcome.UNKNOWN
    assert len(server.mails) == 1


def test_the_same_mail_goes_through_later(server: MailServer) -> None:
    """After a fault the next try is an ordinary one."""
    server.drop = "DATA"
    outcome(server.url)
    server.drop = ""
    Mailer(server.url).send(confirmation(), "ada@example.org")
    assert len(server.to("ada@example.org")) == 1


def test_a_closed_port_is_certainly_not_sent() -> None:
    """Nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert outcome(f"smtp://127.0.0.1:{unused.getsockname()[1]}").outcome is Outcome.RETRY


@contextmanager
def saying(*lines: bytes) -> Iterator[str]:
    """A server that says these lines, one to each of the client's, and then stays silent until the block ends."""
    ended = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as heard:
            for number, line in enumerate(lines):
                if number:
                    heard.readline()
                connection.sendall(line)
            ended.wait()

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ended.set()
        thread.join()
        listener.close()


OPENING = (b"220 hello\r\n", b"250 hello\r\n", b"250 sender\r\n", b"250 recipient\r\n")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((b"554 no mail here\r\n",), Outcome.RETRY),
        (OPENING[:2], Outcome.RETRY),
        (OPENING, Outcome.RETRY),
        ((*OPENING, b"354 go on\r\n"), Outcome.UNKNOWN),
        ((*OPENING, b"354 go on\r\n", b"what?\r\n"), Outcome.UNKNOWN),
    ],
)
def test_silence_is_judged_by_the_step(lines: tuple[bytes, ...], expected: Outcome) -> None:
    """No answer is harmless before the body, and unknown after it; nothing waits for ever."""
    with saying(*lines) as url:
        assert outcome(url, timeout=0.2).outcome is expected


def test_starttls_and_login(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """With a user name the conversation is encrypted, then logged in."""
    with run_smtp(login=LOGIN, starttls=tls[0]) as server:
        Mailer(with_login(server.url), context=tls[1]).send(confirmation(), "ada@example.org")
        assert [mail.encrypted for mail in server.mails] == [True]


def test_encrypted_from_the_start(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """smtps speaks TLS before anything else."""
    with run_smtp(tls=tls[0]) as server:
        Mailer(server.url.replace("smtp:", "smtps:"), context=tls[1]).send(confirmation(), "ada@example.org")
        assert [mail.encrypted for mail in server.mails] == [True]


def test_a_wrong_password_waits_for_an_administrator(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """Nothing is wrong with the mail, so it is kept for later."""
    with run_smtp(login=(LOGIN[0], "another"), starttls=tls[0]) as server:
        error = outcome(with_login(server.url), context=tls[1])
    assert (error.outcome, error.code) == (Outcome.RETRY, 535)
    assert "log in" in str(error)


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_an_unknown_certificate_gets_no_password(tls: tuple[ssl.SSLContext, ssl.SSLContext], scheme: str) -> None:
    """Certificates are verified by default."""
    with run_smtp(**{"starttls" if scheme == "smtp" else "tls": tls[0]}) as server:
        error = outcome(with_login(server.url, scheme))
    assert error.outcome is Outcome.RETRY
    assert "encryption" in str(error)


def test_a_password_never_travels_in_the_clear(server: MailServer) -> None:
    """A server without encryption gets none of it, and no mail."""
    error = outcome(with_login(server.url))
    assert error.outcome is Outcome.RETRY
    assert "gave no password" in str(error)


def test_only_one_plain_recipient(server: MailServer) -> None:
    """Two addresses in one text are refused before anybody is called."""
    with pytest.raises(DeliveryError) as caught:
        Mailer(server.url).send(confirmation(), "ada@example.org, eve@example.org")
    assert caught.value.outcome is Outcome.PERMANENT


@pytest.mark.parametrize("url", ["http://x", "smtp://", "mail.example.org", "smtp://user:secret@:25"])
def test_a_wrong_url_is_told_without_its_secrets(url: str) -> None:
    """At once, and with the remedy."""
    with pytest.raises(ValueError, match="write the mail server as") as caught:
        Mailer(url)
    assert "secret" not in str(caught.value)

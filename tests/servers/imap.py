"""A mailbox over IMAP in a thread, from RFC 3501: LOGIN, SELECT, UID SEARCH, FETCH and STORE, and faults to order."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import quote

LOGIN = ("hours@example.org", 'p@ss/"word" 1')
_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"|\(([^)]*)\)|(\S+)')


@dataclass
class Mail:
    """One mail: its bytes, the day it came, and its flags."""

    content: bytes
    day: date
    flags: set[str] = field(default_factory=set)

    @property
    def seen(self) -> bool:
        return "\\Seen" in self.flags


@dataclass
class Mailbox:
    """What the server holds, what it was asked, and what it will do wrong.

    `replies` maps a command ("LOGIN", "SELECT", "SEARCH", "FETCH", "STORE") to what to say instead of doing it; `drop`
    is a command at which the connection ends; `lost` are mails it knows of but cannot give.
    """

    url: str = ""
    folder: str = "INBOX"
    validity: int = 7
    mails: dict[int, Mail] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    drop: str = ""
    lost: set[int] = field(default_factory=set)
    starttls: ssl.SSLContext | None = None

    def deliver(self, content: bytes, day: date) -> int:
        """A mail arrives; gives its UID."""
        uid = max(self.mails, default=0) + 1
        self.mails[uid] = Mail(content, day)
        return uid

    def fetched(self) -> list[int]:
        """The UIDs of the mails that were read, as often as they were."""
        return [int(found[1]) for line in self.asked if (found := re.match(r"UID FETCH (\d+) \(BODY", line))]

    def count(self, command: str) -> int:
        return sum(line.startswith(command) for line in self.asked)


class Conversation(socketserver.StreamRequestHandler):
    """One connection, from greeting to BYE."""

    server: Server
    disable_nagle_algorithm = True
    state = "not authenticated"

    def handle(self) -> None:
        self.say("* OK ready")
        for raw in iter(lambda: self.rfile.readline(), b""):
            tag, _, line = raw.strip().partition(b" ")
            words = [
                re.sub(rb"\\(.)", rb"\1", quoted) or listed or word for quoted, listed, word in _WORD.findall(line)
            ]
            name = words[0].upper().decode()
            arguments = words[1:]
            if name == "UID":
                name, arguments = words[1].upper().decode(), words[2:]
            # imaplib ends an unquoted line by itself; passwords are not kept.
            self.mailbox.asked.append(name if name == "LOGIN" else line.decode())
            if name == self.mailbox.drop:
                return
            if name in self.mailbox.replies:
                self.say(f"{tag.decode()} {self.mailbox.replies[name]}")
                continue
            act: Callable[..., str] = getattr(self, f"do_{name.lower()}")
            self.say(f"{tag.decode()} {act(*arguments)}")
            if name == "STARTTLS" and self.mailbox.starttls:
                self.encrypt(self.mailbox.starttls)
            if name == "LOGOUT":
                return

    @property
    def mailbox(self) -> Mailbox:
        return self.server.mailbox

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())
        self.wfile.flush()

    def encrypt(self, context: ssl.SSLContext) -> None:
        self.rfile.close()
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def do_capability(self) -> str:
        self.say(f"* CAPABILITY IMAP4rev1{' STARTTLS' if self.mailbox.starttls else ''}")
        return "OK done"

    def do_starttls(self) -> str:
        return "OK go on" if self.mailbox.starttls else "BAD unknown"

    def do_login(self, user: bytes, password: bytes) -> str:
        if (user.decode(), password.decode()) != LOGIN:
            return "NO [AUTHENTICATIONFAILED] wrong"
        self.state = "authenticated"
        return "OK welcome"

    def do_select(self, folder: bytes) -> str:
        assert self.state == "authenticated"
        if folder.decode() != self.mailbox.folder:
            return "NO there is no such folder"
        self.say(f"* {len(self.mailbox.mails)} EXISTS")
        self.say(f"* OK [UIDVALIDITY {self.mailbox.validity}] UIDs valid")
        self.state = "selected"
        return "OK [READ-WRITE] open"

    def do_search(self, unseen: bytes, since: bytes, day: bytes) -> str:
        assert (self.state, unseen, since) == ("selected", b"UNSEEN", b"SINCE")
        first = datetime.strptime(day.decode(), "%d-%b-%Y").date()  # noqa: DTZ007 - a day
        found = [uid for uid, mail in self.mailbox.mails.items() if not mail.seen and mail.day >= first]
        self.say(" ".join(["* SEARCH", *map(str, found)]))
        return "OK done"

    def do_fetch(self, uids: bytes, what: bytes) -> str:
        assert self.state == "selected"
        for number, (uid, mail) in enumerate(self.mailbox.mails.items(), 1):
            if str(uid) not in uids.decode().split(","):
                continue
            if what == b"RFC822.SIZE":
                self.say(f"* {number} FETCH (RFC822.SIZE {len(mail.content)} UID {uid})")
            elif uid in self.mailbox.lost:
                return "NO it cannot be read"
            elif what == b"BODY.PEEK[]":
                self.say(f"* {number} FETCH (UID {uid} BODY[] {{{len(mail.content)}}}")
                self.wfile.write(mail.content)
                self.say(")")
        return "OK done"

    def do_store(self, uid: bytes, item: bytes, flags: bytes) -> str:
        assert (self.state, item) == ("selected", b"+FLAGS")
        self.mailbox.mails[int(uid)].flags.update(flags.decode().split())
        return "OK done"

    def do_logout(self) -> str:
        self.say("* BYE")
        return "OK done"


class Server(socketserver.ThreadingTCPServer):
    """The socket of a mailbox; over TLS from the start with a context."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, mailbox: Mailbox, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.mailbox, self.tls = mailbox, tls

    def finish_request(self, request: object, client_address: object) -> None:
        try:
            wrapped = self.tls.wrap_socket(request, server_side=True) if self.tls else request
            with wrapped:
                self.RequestHandlerClass(wrapped, client_address, self)
        except OSError:
            pass  # the client hung up


@contextmanager
def run_imap(tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """An empty mailbox on a loopback port while the block runs; `url` has its login."""
    mailbox = Mailbox(starttls=starttls)
    with Server(mailbox, tls) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        user, password = (quote(part, safe="") for part in LOGIN)
        mailbox.url = f"{'imaps' if tls else 'imap'}://{user}:{password}@127.0.0.1:{server.server_address[1]}/INBOX"
        try:
            yield mailbox
        finally:
            server.shutdown()
            thread.join()

"""Servers that do as they please: each connection is handed to a function, and what was asked is kept."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Behave = Callable[["Conversation"], object]


class Conversation(socketserver.StreamRequestHandler):
    """One connection: the request is read, then the behaviour has the rest."""

    server: HostileServer

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return
            head += line
        text = head.decode("latin-1")
        lengths = [line.split(":")[1] for line in text.splitlines() if line.lower().startswith("content-length:")]
        self.server.asked.append(text)
        self.rfile.read(int(lengths[0]) if lengths else 0)
        self.server.behave(self)

    def answer(self, status: str, body: bytes = b"", *headers: str) -> None:
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        self.wfile.write("\r\n".join(head).encode() + body)

    def every(self, seconds: float, data: bytes) -> None:
        """The same data over and over, until the other side or the test has had enough."""
        while not self.server.over.wait(seconds):
            self.wfile.write(data)


class HostileServer(socketserver.ThreadingTCPServer):
    """`asked` holds the head of every request, `names` the host names that TLS clients asked for."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, behave: Behave, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.behave = behave
        self.asked: list[str] = []
        self.names: list[str | None] = []
        self.over = threading.Event()
        self.context = context
        if context:
            context.sni_callback = lambda _socket, name, _context: self.names.append(name)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/calendar/"

    def finish_request(self, request: object, client_address: object) -> None:
        try:
            # The handshake belongs to the connection's own thread.
            wrapped = self.context.wrap_socket(request, server_side=True) if self.context else request
            with wrapped:
                self.RequestHandlerClass(wrapped, client_address, self)
        except OSError:
            pass  # the client hung up, which is what it should do to such servers


@contextmanager
def hostile(behave: Behave, context: ssl.SSLContext | None = None) -> Iterator[HostileServer]:
    """A server with that behaviour, on a port the system chooses; over TLS with a context."""
    with HostileServer(behave, context) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


def multistatus(*responses: str) -> bytes:
    """A multi-status body (RFC 4918 13) of the given response elements."""
    head = '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    return f"{head}{''.join(responses)}</d:multistatus>".encode()


def found(href: str, properties: str) -> str:
    """One response element with those properties."""
    status = "<d:status>HTTP/1.1 200 OK</d:status>"
    propstat = f"<d:propstat><d:prop>{properties}</d:prop>{status}</d:propstat>"
    return f"<d:response><d:href>{href}</d:href>{propstat}</d:response>"

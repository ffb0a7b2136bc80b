"""Xandikos with two doors: an honest one for the maintainer's app, and for the service one that misbehaves on order."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Request, Response
from xandikos.web import SingleUserFilesystemBackend, XandikosApp

from tests.servers.wsgi import cut, serve

WRITING = ("PUT", "DELETE")
FAULTS = {
    "refuses": (*WRITING, "GET", "REPORT", "PROPFIND"),
    "hangs up": (*WRITING, "GET", "REPORT", "PROPFIND"),
    "acts and hangs up": WRITING,
    "tells no ETag": ("PUT",),
    "forgets its token": ("REPORT",),
}
"""What can go wrong, and in answers to what: a refusal (500), an answer that gets lost before or after the deed, …"""
_FORGOTTEN = b'<?xml version="1.0"?><error xmlns="DAV:"><valid-sync-token/></error>'


@dataclass
class Moody:
    """The server behind both doors. `faults` are the kinds still to come; each spoils the next request it fits."""

    app: Callable[..., Any]
    direct: str = ""
    url: str = ""
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def honest(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def moody(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        return self._spoiled(request, self._next_fault(request))(environ, start_response)

    def _next_fault(self, request: Request) -> str:
        token = b"sync-token>" in request.get_data()
        for number, kind in enumerate(self.faults):
            if request.method in FAULTS[kind] and (token or kind != "forgets its token"):
                return self.faults.pop(number)
        return ""

    def _spoiled(self, request: Request, fault: str) -> Response:
        if fault == "refuses":
            return Response("not today", 500)
        if fault == "hangs up":
            return cut(request)
        if fault == "forgets its token":
            return Response(_FORGOTTEN, 403, content_type="application/xml")
        answer = self._answer(request)
        if fault == "tells no ETag":
            answer.headers.pop("ETag", None)
        return cut(request) if fault == "acts and hangs up" else answer

    def _answer(self, request: Request) -> Response:
        environ = {**request.environ, "wsgi.input": BytesIO(request.get_data())}
        with self.lock:  # it is made for one event loop: with two at once two creations of one object may both succeed
            return Response.from_app(self.app, environ, buffered=True)


@contextmanager
def moody_xandikos(folder: Path) -> Iterator[Moody]:
    """A server with the principal /user/ and one calendar, at `direct` and, as moody as it is told to be, at `url`."""
    logging.getLogger("xandikos").setLevel(logging.CRITICAL)  # it tells at length which properties it does not know
    backend = SingleUserFilesystemBackend(str(folder))
    backend._mark_as_principal("/user/")
    backend.create_principal("/user/", create_defaults=True)
    server = Moody(XandikosApp(backend, "/user/").handle_wsgi_request)
    with serve(server.honest) as server.direct, serve(server.moody) as server.url:
        yield server

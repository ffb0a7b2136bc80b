"""Xandikos, a CalDAV server by other people, on a port of its own. It asks for no password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xandikos.web import SingleUserFilesystemBackend, XandikosApp

from tests.servers.radicale import serve


@contextmanager
def xandikos(folder: Path) -> Iterator[str]:
    """A server with the principal /user/ and one calendar; gives "http://127.0.0.1:port"."""
    backend = SingleUserFilesystemBackend(str(folder))
    backend._mark_as_principal("/user/")
    backend.create_principal("/user/", create_defaults=True)
    # It is made for one event loop: with two threads two creations of one object may both succeed.
    with serve(XandikosApp(backend, "/user/").handle_wsgi_request, threads=1) as base:
        yield base

"""The embedded calendar server on a port of its own, as the service runs it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from wsgiref.types import WSGIApplication

from waitress import wasyncore
from waitress.server import create_server

from calendars.embedded import make_dav_app, on_change

PASSWORDS = {"ada": "ada's secret", "grace": "пароль"}


@contextmanager
def serve(app: WSGIApplication, threads: int = 4) -> Iterator[str]:
    """A WSGI application on waitress in a thread, at a port the system chooses; gives "http://127.0.0.1:port"."""
    sockets: dict[int, wasyncore.dispatcher] = {}
    server = create_server(app, map=sockets, host="127.0.0.1", port=0, threads=threads)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.task_dispatcher.shutdown()
        # Closed in the server's own thread, which waits on these very sockets; an earlier call may wake it first.
        with suppress(OSError):
            server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
        thread.join()


def check_login(login: str, password: str) -> bool:
    return PASSWORDS.get(login) == password


@contextmanager
def radicale(folder: Path, changed: Callable[[str], object] = len) -> Iterator[str]:
    """Our embedded server; gives the base of its calendars, "http://127.0.0.1:port/dav"."""
    with serve(on_change(make_dav_app(folder, check_login), changed)) as base:
        yield f"{base}/dav"

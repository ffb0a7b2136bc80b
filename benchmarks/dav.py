"""The embedded calendar server in a process of its own: `python -m benchmarks.dav FOLDER`. The first line is the port.

`/dav/ada/office-hours/` is the calendar; `/counts` tells requests and bytes of answers since it was asked last.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from waitress.server import create_server

from calendars.embedded import make_dav_app

USER, PASSWORD = "ada", "secret"
PROPERTIES = {"C:supported-calendar-component-set": "VEVENT", "D:displayname": "Office hours", "tag": "VCALENDAR"}


class Counting:
    """The application, with its requests and the bytes of its answers counted."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._requests = self._bytes = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/counts":
            told = json.dumps([self._requests, self._bytes]).encode()
            self._requests = self._bytes = 0
            start_response("200 OK", [("Content-Length", str(len(told)))])
            return [told]
        body = b"".join(self._app(environ, start_response))
        self._requests, self._bytes = self._requests + 1, self._bytes + len(body)
        return [body]


def fill(folder: Path, objects: Iterable[tuple[str, str]]) -> None:
    """Lay the calendar down as its server stores it, before that is started: a file for each object."""
    calendar = folder / "collection-root" / USER / "office-hours"
    calendar.mkdir(parents=True)
    (calendar / ".Radicale.props").write_text(json.dumps(PROPERTIES))
    for name, text in objects:
        (calendar / name).write_text(text)


def main() -> None:
    """Serve until killed."""
    app = Counting(make_dav_app(Path(sys.argv[1]), lambda login, password: (login, password) == (USER, PASSWORD)))
    server: Any = create_server(app, host="127.0.0.1", port=0, threads=2, ident=None)
    print(server.effective_port, flush=True)
    server.run()


if __name__ == "__main__":
    main()

"""A WSGI application on a loopback port of its own, in a thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response


class Quiet(WSGIRequestHandler):
    """Without a line on standard error for each request."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: the fakes keep what they were asked."""


@contextmanager
def serve(application: Callable[..., Any]) -> Iterator[str]:
    """The address of `application` while the block runs."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def cut(request: Request) -> Response:
    """End the connection of this request without an answer."""
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return Response(status=500)

"""A Slack-compatible incoming webhook (docs.slack.dev, "Incoming webhooks"): takes JSON with a text, answers "ok"."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.servers.wsgi import cut

PATH = "/services/T000/B000/secret"


class ChatServer:
    """Keeps what was posted. `status` is what it answers instead; `cut` ends the connection after it posted."""

    def __init__(self) -> None:
        self.posts: list[str] = []
        self.status = 200
        self.cut = False

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path != PATH or request.method != "POST":
            return Response("no_service", status=404)
        if self.status != 200:
            return Response("invalid_payload", status=self.status)
        if not isinstance(request.json.get("text"), str):
            return Response("no_text", status=400)
        self.posts.append(request.json["text"])
        return cut(request) if self.cut else Response("ok")

"""A calendar server with the oddities of others: our embedded one behind a layer that spoils its manners."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from calendars.embedded import make_dav_app
from tests.servers.radicale import PASSWORDS, check_login, serve

TOKEN = "ada.token-1"


class Odd:
    """`ways` are names of quirks (`calendars.findings`), and "forbids", "forgets", "keeps", "blind"."""

    def __init__(self, app: WSGIApplication, ways: Iterable[str]) -> None:
        self._app, self._ways = app, set(ways)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method, ways = environ["REQUEST_METHOD"], self._ways
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if answer := self._refusal(method, environ, body):
            start_response(answer, [("Content-Length", "0")])
            return [b""]
        if method == "PUT" and "ignores-if-none-match" in ways:
            environ.pop("HTTP_IF_NONE_MATCH", None)
        if (method, True) in {("PUT", "ignores-if-match" in ways), ("DELETE", "ignores-if-match-on-delete" in ways)}:
            environ.pop("HTTP_IF_MATCH", None)
        if method == "PUT" and "rewrites" in ways:
            body = re.sub(rb"CONFERENCE.*?\r\n(?! )", b"", body, flags=re.DOTALL)
        environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return self._answer(method, environ, start_response)

    def _refusal(self, method: str, environ: WSGIEnvironment, body: bytes) -> str:
        ways = self._ways
        if method == "PUT" and "forbids" in ways:
            return "403 Forbidden"
        if method == "PUT" and "forgets" in ways:
            return "201 Created"
        if method == "DELETE" and "keeps" in ways:
            return "204 No Content"
        if method == "PUT" and "refuses-if-match-any" in ways and environ.get("HTTP_IF_MATCH") == "*":
            return "412 Precondition Failed"
        return "403 Forbidden" if "no-sync" in ways and b"sync-collection" in body else ""

    def _answer(self, method: str, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        begun: list[Any] = []
        body = b"".join(self._app(environ, lambda *head: begun.append(head)))  # type: ignore[arg-type]
        status, headers = begun[0][:2]
        if "no-etag" in self._ways:
            body = body.replace(b"getetag", b"nothing")
        if "no-etag" in self._ways or (method == "PUT" and "no-etag-on-put" in self._ways):
            headers = [header for header in headers if header[0].lower() != "etag"]
        if method == "REPORT" and "blind" in self._ways:
            body = re.sub(rb"<response>.*</response>", b"", body, flags=re.DOTALL)
        kept = [header for header in headers if header[0].lower() != "content-length"]
        start_response(status, [*kept, ("Content-Length", str(len(body)))])
        return [body]


def wants(app: WSGIApplication, scheme: str) -> WSGIApplication:
    """The same for those who come with Digest (RFC 7616, MD5) or Bearer credentials of Ada's, and for nobody else."""

    def asked(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        given = environ.get("HTTP_AUTHORIZATION", "")
        good = _digest(given, environ) if scheme == "Digest" else given == f"Bearer {TOKEN}"
        if not good:
            challenge = 'Digest realm="cal", nonce="abc", qop="auth", algorithm=MD5' if scheme == "Digest" else "Bearer"
            start_response("401 Unauthorized", [("WWW-Authenticate", challenge), ("Content-Length", "0")])
            return [b""]
        basic = base64.b64encode(f"ada:{PASSWORDS['ada']}".encode()).decode()
        return app({**environ, "HTTP_AUTHORIZATION": f"Basic {basic}"}, start_response)

    return asked


def _digest(header: str, environ: WSGIEnvironment) -> bool:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    sent = dict(re.findall(r'(\w+)="?([^",]*)', header.removeprefix("Digest ")))
    if not header.startswith("Digest ") or "response" not in sent:
        return False
    secret, target = md5(f"ada:cal:{PASSWORDS['ada']}"), md5(f"{environ['REQUEST_METHOD']}:{sent['uri']}")
    return sent["response"] == md5(f"{secret}:abc:{sent['nc']}:{sent['cnonce']}:auth:{target}")


@contextmanager
def odd(folder: Path, *ways: str, scheme: str = "") -> Iterator[str]:
    """A server with these ways; gives the base of its calendars."""
    app: WSGIApplication = Odd(make_dav_app(folder, check_login), ways)
    with serve(wants(app, scheme) if scheme else app) as base:
        yield f"{base}/dav"

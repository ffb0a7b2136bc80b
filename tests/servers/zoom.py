"""Zoom's meetings and its tokens, as its interface description and its documentation tell, with faults to order.

State is what Zoom would hold: meetings by number, the tokens that work. A fault is armed by name for the next request
to one operation: "token", "create", "find", "get", "update" or "delete".
"""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from tests.servers.wsgi import cut, serve

URLS = Map(
    [
        Rule("/oauth/token", methods=["POST"], endpoint="token"),
        Rule("/v2/users/<host>/meetings", methods=["POST"], endpoint="create"),
        Rule("/v2/users/<host>/meetings", methods=["GET"], endpoint="find"),
        Rule("/v2/meetings/<int:number>", methods=["GET"], endpoint="get"),
        Rule("/v2/meetings/<int:number>", methods=["PATCH"], endpoint="update"),
        Rule("/v2/meetings/<int:number>", methods=["DELETE"], endpoint="delete"),
    ]
)
FIELDS = {
    "topic": lambda value: isinstance(value, str) and len(value) <= 200,
    "agenda": lambda value: isinstance(value, str) and len(value) <= 2000,
    "type": lambda value: value in {1, 2, 3, 8},
    "start_time": lambda value: bool(datetime.strptime(value, "%Y-%m-%dT%H:%M:%S%z")),
    "duration": lambda value: isinstance(value, int) and 1 <= value <= 1440,
    "timezone": lambda value: isinstance(value, str),
    "default_password": lambda value: isinstance(value, bool),
    "settings": lambda value: isinstance(value, dict),
}
LISTED_AGENDA = 250
DAILY = "You have exceeded the daily rate limit ({limit}) of Meeting Create/Update API requests for this user."


def error(status: int, code: int, message: str, **more: Any) -> Response:
    return answer(status, {"code": code, "message": message, **more})


def too_many(message: str, **headers: str) -> Response:
    """A 429, with or without the headers that may come with it."""
    refusal = error(429, 429, message)
    refusal.headers.update(headers)
    return refusal


def answer(status: int, body: object) -> Response:
    return Response(json.dumps(body), status, content_type="application/json;charset=UTF-8")


@dataclass
class ZoomServer:
    """What the fake holds and was asked. Hosts not in `hosts` are unknown to the account, when it is set.

    A host may create and update `daily_limit` times, when it is set; with `passwords` off, meetings have none.
    """

    url: str = ""
    account_id: str = "account"
    client: tuple[str, str] = ("client", "secret")
    hosts: set[str] | None = None
    page_size: int = 300
    passwords: bool = True
    daily_limit: int | None = None
    changes: Counter[str] = field(default_factory=Counter)
    meetings: dict[int, dict[str, Any]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: dict[str, list[str | Response]] = field(default_factory=lambda: defaultdict(list))
    released: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def api_url(self) -> str:
        return f"{self.url}/v2"

    @property
    def oauth_url(self) -> str:
        return f"{self.url}/oauth/token"

    @property
    def settings(self) -> dict[str, str]:
        """What the service is told to use this Zoom."""
        client_id, client_secret = self.client
        return {
            "zoom_account_id": self.account_id,
            "zoom_client_id": client_id,
            "zoom_client_secret": client_secret,
            "zoom_api_url": self.api_url,
            "zoom_oauth_url": self.oauth_url,
        }

    def asked(self, operation: str) -> list[dict[str, Any]]:
        """The bodies or queries of all requests to one operation."""
        return [body for name, body in self.requests if name == operation]

    def fail(self, operation: str, *faults: str | Response) -> None:
        """Arm faults for the next requests to `operation`, in order.

        A Response is given instead of acting; "cut" acts and then ends the connection; "hang" acts and then stays
        silent until the fake is closed.
        """
        self.faults[operation] += faults

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        request = Request(environ)
        try:
            operation, arguments = URLS.bind_to_environ(environ).match()
            given = self.respond(request, operation, arguments)
        except HTTPException as refused:
            given = refused.get_response(environ)
        return given(environ, start_response)

    def respond(self, request: Request, operation: str, arguments: dict[str, Any]) -> Response:
        with self.lock:
            given = request.get_json() if request.is_json else {**request.args, **request.form}
            self.requests.append((operation, given))
            fault = self.faults[operation].pop(0) if self.faults[operation] else None
            if isinstance(fault, Response):
                return fault
            done = self.act(request, operation, arguments, given)
        if fault == "hang":
            self.released.wait()
        return cut(request) if fault in {"cut", "hang"} else done

    def act(self, request: Request, operation: str, arguments: dict[str, Any], given: dict[str, Any]) -> Response:
        if operation == "token":
            return self.token(request, given)
        # Only the newest token works: what Zoom does unless told otherwise for an app.
        if request.headers.get("Authorization") != f"Bearer {self.tokens[-1] if self.tokens else None}":
            return error(401, 124, "Invalid access token.")
        handler: Callable[..., Response] = getattr(self, operation)
        return handler(given, **arguments)

    def token(self, request: Request, given: dict[str, Any]) -> Response:
        login = request.authorization
        if login is None or (login.username, login.password) != self.client:
            return answer(401, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"})
        if given != {"grant_type": "account_credentials", "account_id": self.account_id}:
            return answer(400, {"reason": "Bad Request", "error": "unsupported_grant_type"})
        self.tokens.append(f"token-{len(self.tokens) + 1}")
        return answer(
            200, {"access_token": self.tokens[-1], "token_type": "bearer", "expires_in": 3600, "scope": "meeting"}
        )

    def create(self, given: dict[str, Any], host: str) -> Response:
        if self.hosts is not None and host not in self.hosts:
            return error(404, 1001, f"User does not exist: {host}.")
        if refused := wrong_fields(given):
            return error(
                400, 300, "Validation Failed.", errors=[{"field": name, "message": "wrong"} for name in refused]
            )
        if tired := self.count(host):
            return tired
        number = 85_000_000_001 + len(self.asked("create"))
        self.meetings[number] = {
            **given,
            "id": number,
            "host_email": host,
            "join_url": f"https://zoom.example/j/{number}" + ("?pwd=abc" if self.passwords else ""),
            "start_url": f"https://zoom.example/s/{number}?zak=secret",
            **({"password": "abc"} if self.passwords else {}),
        }
        return answer(201, self.meetings[number])

    def count(self, host: str) -> Response | None:
        """One more change by this host, or the refusal that the day's changes are used up."""
        if self.daily_limit is not None and self.changes[host] >= self.daily_limit:
            return too_many(DAILY.format(limit=self.daily_limit))
        self.changes[host] += 1
        return None

    def find(self, given: dict[str, Any], host: str) -> Response:
        mine = [meeting for meeting in self.meetings.values() if meeting["host_email"] == host]
        start = int(given.get("next_page_token") or 0)
        size = min(self.page_size, int(given.get("page_size", 30)))
        token = str(start + size) if len(mine) > start + size else ""
        shown = [{**m, "agenda": m.get("agenda", "")[:LISTED_AGENDA]} for m in mine[start : start + size]]
        return answer(200, {"page_size": size, "next_page_token": token, "meetings": shown})

    def get(self, _given: dict[str, Any], number: int) -> Response:
        return answer(200, self.meetings[number]) if number in self.meetings else self.gone(number)

    def update(self, given: dict[str, Any], number: int) -> Response:
        if number not in self.meetings:
            return self.gone(number)
        if refused := wrong_fields(given):
            return error(
                400, 300, "Validation Failed.", errors=[{"field": name, "message": "wrong"} for name in refused]
            )
        if tired := self.count(self.meetings[number]["host_email"]):
            return tired
        self.meetings[number].update(given)
        return Response(status=204)

    def delete(self, _given: dict[str, Any], number: int) -> Response:
        if number not in self.meetings:
            return self.gone(number)
        del self.meetings[number]
        return Response(status=204)

    def gone(self, number: int) -> Response:
        return error(404, 3001, f"Meeting does not exist: {number}.")


def wrong_fields(given: dict[str, Any]) -> list[str]:
    """The names of fields that the interface description does not know or whose values it forbids."""
    return [name for name, value in given.items() if name not in FIELDS or not accepted(FIELDS[name], value)]


def accepted(rule: Callable[[Any], bool], value: object) -> bool:
    try:
        return rule(value)
    except (TypeError, ValueError):
        return False


@contextmanager
def run_zoom(**state: Any) -> Iterator[ZoomServer]:
    """A Zoom that answers on a loopback port while the block runs."""
    zoom = ZoomServer(**state)
    with serve(zoom) as url:
        zoom.url = url
        try:
            yield zoom
        finally:
            zoom.released.set()

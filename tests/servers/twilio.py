"""Twilio's messages, as its OpenAPI description tells, with faults to order."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

from tests.servers.wsgi import cut, serve

ACCOUNT, TOKEN = "AC" + "0" * 32, "twilio-token"
SENDER = "+15017122661"
MESSAGES = {
    20003: (401, "Authenticate"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    21211: (400, "The 'To' number {to} is not a valid phone number."),
    21604: (400, "A 'To' phone number is required."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
}


@dataclass
class TwilioServer:
    """What the fake holds and was asked. `now` is its clock."""

    url: str = ""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    prefix: str = ""
    unsubscribed: set[str] = field(default_factory=set)
    messages: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    faults: list[str | int] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fail(self, *faults: str | int) -> None:
        """Arm faults for the next requests, in order.

        A number is the error to answer instead of acting. "500", "garbage", "cut" and "hang" act and then answer with
        a fault, no JSON, a cut connection, or nothing until the fake is closed.
        """
        self.faults += faults

    def texts(self, to: str) -> list[str]:
        """The texts this number got, oldest first."""
        return [message["body"] for message in self.messages if message["to"] == to]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, request: Request) -> Response:
        with self.lock:
            given = {**request.args, **request.form}
            self.requests.append((request.method, given))
            fault = self.faults.pop(0) if self.faults else None
            if isinstance(fault, int):
                return refuse(fault, given)
            answer = self.act(request, given)
        if fault == "500":
            return refuse(20500, given)
        if fault == "garbage":
            return Response('{"sid": ', 201, content_type="application/json")
        if fault == "hang":
            self.released.wait()
        return cut(request) if fault in {"cut", "hang"} else answer

    def act(self, request: Request, given: dict[str, str]) -> Response:
        login = request.authorization
        if login is None or (login.username, login.password) != (ACCOUNT, TOKEN):
            return refuse(20003, given)
        if request.path != f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
            return Response(json.dumps({"code": 20404, "message": "Not found", "status": 404}), 404)
        return self.create(given) if request.method == "POST" else self.find(given)

    def create(self, given: dict[str, str]) -> Response:
        if not given.get("To") or not (given.get("From") and given.get("Body")):
            return refuse(21604, given)
        if given["To"] in self.unsubscribed:
            return refuse(21610, given)
        if not 1 <= int(given.get("ValidityPeriod", "36000")) <= 36000 or len(given["Body"]) > 1600:
            return refuse(21211, given)
        message = {
            "sid": f"SM{len(self.messages):032x}",
            "account_sid": ACCOUNT,
            "to": given["To"],
            "from": given["From"],
            "body": self.prefix + given["Body"],
            "status": "queued",
            "direction": "outbound-api",
            "date_created": format_datetime(self.now()),
            "date_sent": None,
            "error_code": None,
        }
        self.messages.append(message)
        return Response(json.dumps(message), 201, content_type="application/json")

    def find(self, given: dict[str, str]) -> Response:
        """Newest first, by whole days in GMT; what was not sent yet has no day."""
        found = [m for m in reversed(self.messages) if m["to"] == given.get("To", m["to"])]
        if after := given.get("DateSent>"):
            sent = [m for m in found if m["date_sent"]]
            found = [m for m in sent if parsedate_to_datetime(m["date_sent"]).date().isoformat() >= after[:10]]
        page, size = int(given.get("Page", 0)), int(given.get("PageSize", 50))
        shown, rest = found[page * size : (page + 1) * size], found[(page + 1) * size :]
        query = urlencode({**given, "Page": page + 1})
        following = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?{query}" if rest else None
        return Response(
            json.dumps({"messages": shown, "page": page, "page_size": size, "next_page_uri": following}),
            content_type="application/json",
        )


def refuse(code: int, given: dict[str, str]) -> Response:
    status, message = MESSAGES[code]
    words = message.format(to=given.get("To"))
    body = {"code": code, "message": words, "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}
    return Response(json.dumps(body), status, content_type="application/json")


@contextmanager
def run_twilio(**state: Any) -> Iterator[TwilioServer]:
    """A Twilio that answers on a loopback port while the block runs."""
    twilio = TwilioServer(**state)
    with serve(twilio) as url:
        twilio.url = url
        try:
            yield twilio
        finally:
            twilio.released.set()

"""Twilio's messages, as its OpenAPI description tells, with faults to order, and what it posts to its customers.

What became of a text is told by `report`, and an incoming text by `incoming`: each a form with the signature that
https://www.twilio.com/docs/usage/security describes, to be posted when, as often and in which order a test likes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
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
    21609: (400, "The 'StatusCallback' URL {callback} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21614: (400, "'To' number {to} is not a valid mobile number"),
    21635: (400, "'To' number {to} cannot be a landline"),
}


@dataclass(frozen=True)
class Post:
    """A form that Twilio posts to the address it was given, and the signature over both."""

    url: str
    form: dict[str, str]
    token: str = TOKEN

    @property
    def headers(self) -> dict[str, str]:
        text = self.url + "".join(name + self.form[name] for name in sorted(self.form))
        digest = hmac.digest(self.token.encode(), text.encode(), hashlib.sha1)
        return {"X-Twilio-Signature": base64.b64encode(digest).decode()}

    @property
    def path(self) -> str:
        return "/" + self.url.split("/", 3)[3]


@dataclass
class TwilioServer:
    """What the fake holds and was asked. `now` is its clock."""

    url: str = ""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    prefix: str = ""
    unsubscribed: set[str] = field(default_factory=set)
    messages: list[dict[str, Any]] = field(default_factory=list)
    callbacks: dict[str, str] = field(default_factory=dict)
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

    def report(self, to: str, status: str, code: int | None = None, *, which: int = -1, token: str = TOKEN) -> Post:
        """What is told about the last text to a number, or another of them, once that has become its status."""
        message = [message for message in self.messages if message["to"] == to][which]
        message["status"], message["error_code"] = status, code
        form = {"MessageSid": message["sid"], "SmsSid": message["sid"], "MessageStatus": status, "SmsStatus": status}
        form |= {"To": to, "From": message["from"], "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01"}
        form |= {} if code is None else {"ErrorCode": str(code)}
        return Post(self.callbacks[message["sid"]], form, token)

    def incoming(self, url: str, number: str, body: str, **more: str) -> Post:
        """A text from a number, for the address that is configured for ours; Twilio keeps to STOP and START itself."""
        if body.strip().upper() in {"STOP", "START"}:
            (self.unsubscribed.add if body.strip().upper() == "STOP" else self.unsubscribed.discard)(number)
        form = {"MessageSid": "SM" + "f" * 32, "SmsStatus": "received", "From": number, "To": SENDER, "Body": body}
        return Post(url, {**form, "AccountSid": ACCOUNT, "NumMedia": "0", **more})

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
        if "StatusCallback" in given:
            self.callbacks[message["sid"]] = given["StatusCallback"]
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
    words = message.format(to=given.get("To"), callback=given.get("StatusCallback"))
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

"""Zoom meetings over its REST interface, as a server-to-server app: four calls and a token.

Zoom knows no idempotency key, so a create whose answer was lost may have made a meeting: every meeting carries the
booking's reference and our own address first thing in its agenda (lists cut agendas at 250 characters), and `find`
looks for it. `start_url` lets anybody be the host: it is never read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote

import requests
from requests.auth import AuthBase

from booking.conferencing.limits import asked_pause
from booking.conferencing.static_link import room
from booking.http_faults import never_sent
from booking.notifications.errors import Outcome
from booking.office import Clock, utc_now
from routing.values import TimeRange

RENEW_EARLY = timedelta(minutes=5)
LONGEST_TOPIC = 200
PAGE_SIZE = 300
MOST_PAGES = 20
MEETING_GONE = 3001
NO_SUCH_HOST = 1001
MISSING_SCOPE = (4700, 4711)
AGENDA = re.compile(r"Booking (?P<reference>\S+), (?P<origin>\S+)")
# All that matters is said, so that no account's own choice decides it.
SETTINGS: dict[str, object] = {
    "approval_type": 2,
    "auto_recording": "none",
    "email_notification": False,
    "meeting_authentication": False,
    "use_pmi": False,
}
SENTENCES = {
    300: "Zoom refused these fields of the meeting: {fields}.",
    NO_SUCH_HOST: "The host is no member of the Zoom account.",
    3000: "The Zoom app has no right to this host.",
    MEETING_GONE: "The meeting is no longer in Zoom.",
    3161: "The host may not host meetings on Zoom.",
    **dict.fromkeys(MISSING_SCOPE, "The Zoom app lacks a scope; it needs to read, write, update and delete meetings."),
}
TIRED_HOST = "This host's Zoom limit for today is reached; it begins anew at 00:00 UTC."


class ConferencingError(Exception):
    """The meeting was not, or perhaps not, brought in line. The text is a sentence without personal data or secrets.

    `wait`: the seconds Zoom wants to be left alone. `tired_host`: who has used up this day's meetings, until then.
    """

    def __init__(
        self, text: str, outcome: Outcome, *, wait: float | None = None, tired_host: str | None = None
    ) -> None:
        super().__init__(text)
        self.outcome = outcome
        self.wait = wait
        self.tired_host = tired_host


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting in Zoom. Its number has more than 32 bits; `host` is the user it was created for."""

    id: int
    join_url: str
    host: str


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and the instant (UTC) it ends."""

    value: str = field(repr=False)
    expires_at: datetime


class TokenStore(Protocol):
    """Keeps the one token that all processes share: Zoom may honour only the newest, so nobody renews alone."""

    def read(self) -> Token | None:
        """The shared token, ended or not; None if there never was one."""

    def renew(self, fetch: Callable[[], Token], failed: Token | None) -> Token:
        """Under a lock: the shared token if it is another than `failed` by now, else one from `fetch`, kept."""


class Bearer(AuthBase):
    """As `auth`, not as a header: requests would overwrite a header from somebody's ~/.netrc."""

    def __init__(self, token: Token) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.value}"
        return request


@dataclass(frozen=True)
class Zoom:
    """The app of one Zoom account, used by the service at `origin`: other services may share the account.

    `timeout` is in seconds, to connect and between bytes.
    """

    account_id: str
    client_id: str
    client_secret: str = field(repr=False)
    api_url: str
    oauth_url: str
    origin: str
    tokens: TokenStore
    timeout: float = 10
    clock: Clock = utc_now

    def create(
        self,
        host: str,
        reference: str,
        title: str,
        window: TimeRange,
        timezone: str,
        *,
        look_first: bool = False,
        host_attends: bool = True,
    ) -> Meeting:
        """A meeting for `window`, hosted by this user (id or email). `timezone` is for display only.

        With `look_first` an earlier meeting of the same reference is taken and moved to `window` instead. A host who
        attends lets people in from the waiting room; without one, whoever has the link may begin. Raises
        ConferencingError; UNKNOWN means that the meeting may exist, so look first the next time.
        """
        made = self.find(host, reference) if look_first else None
        moved = self.move(made, window) if made else None
        if moved is not None:
            return moved
        body = _times(window) | {
            "topic": title[:LONGEST_TOPIC],
            "agenda": f"Booking {reference}, {self.origin}",
            "type": 2,
            "timezone": timezone,
            "default_password": True,
            "settings": SETTINGS | {"waiting_room": host_attends, "join_before_host": not host_attends},
        }
        answer = self._call("POST", f"/users/{quote(host, safe='')}/meetings", json=body)
        if answer.status_code != requests.codes.created:
            raise self._refusal(answer, host, unknown=True)
        meeting = _meeting(_json(answer), host)
        if meeting is None:
            raise ConferencingError("Zoom's answer names no meeting; it may exist.", Outcome.UNKNOWN)
        return meeting

    def find(self, host: str, reference: str) -> Meeting | None:
        """The host's upcoming meeting with this reference in its agenda, or None. Raises ConferencingError."""
        return next((meeting for meeting, found in self.ours(host) if found == reference), None)

    def ours(self, host: str) -> Iterator[tuple[Meeting, str]]:
        """The host's upcoming meetings that this service made, each with its reference. Raises ConferencingError."""
        for item in self._upcoming(host):
            meeting, agenda = _meeting(item, host), AGENDA.fullmatch(str(item.get("agenda", "")))
            if meeting is not None and agenda is not None and agenda["origin"] == self.origin:
                yield meeting, agenda["reference"]

    def move(self, meeting: Meeting, window: TimeRange) -> Meeting | None:
        """The same meeting at another time, or None if somebody removed it in Zoom. Raises ConferencingError."""
        path = f"/meetings/{meeting.id}"
        answer = self._call("PATCH", path, json=_times(window))
        if answer.status_code == requests.codes.no_content:
            # The answer is empty by design: the present link has to be read.
            answer = self._call("GET", path)
        if answer.status_code == requests.codes.not_found:
            return None
        if answer.status_code != requests.codes.ok:
            raise self._refusal(answer, meeting.host)
        return _meeting(_json(answer), meeting.host) or meeting

    def delete(self, meeting: Meeting) -> None:
        """Remove the meeting; already gone is success. Zoom tells nobody: we do. Raises ConferencingError."""
        answer = self._call("DELETE", f"/meetings/{meeting.id}")
        if answer.status_code not in {requests.codes.no_content, requests.codes.not_found}:
            raise self._refusal(answer, meeting.host)

    def _upcoming(self, host: str) -> Iterator[dict[str, Any]]:
        query = {"type": "upcoming", "page_size": str(PAGE_SIZE)}
        for _ in range(MOST_PAGES):
            answer = self._call("GET", f"/users/{quote(host, safe='')}/meetings", params=query)
            if answer.status_code != requests.codes.ok:
                raise self._refusal(answer, host)
            page = _json(answer)
            if not isinstance(page.get("meetings"), list):
                raise ConferencingError("Zoom's list of meetings cannot be read.", Outcome.RETRY)
            yield from (item for item in page["meetings"] if isinstance(item, dict))
            if not page.get("next_page_token"):
                return
            query["next_page_token"] = str(page["next_page_token"])

    def _call(self, method: str, path: str, **options: Any) -> requests.Response:
        """One call with the shared token; if that was refused or replaced, once more with a new one."""
        token = self.tokens.read()
        if token is None or token.expires_at <= self.clock() + RENEW_EARLY:
            token = self.tokens.renew(self._fetch_token, token)
        answer = self._send(method, self._url(path), auth=Bearer(token), **options)
        if _token_refused(answer):
            token = self.tokens.renew(self._fetch_token, token)
            answer = self._send(method, self._url(path), auth=Bearer(token), **options)
        return answer

    def _url(self, path: str) -> str:
        return self.api_url.rstrip("/") + path

    def _fetch_token(self) -> Token:
        form = {"grant_type": "account_credentials", "account_id": self.account_id}
        answer = self._send("POST", self.oauth_url, data=form, auth=(self.client_id, self.client_secret))
        body = _json(answer)
        if answer.status_code in {400, 401, 403}:
            raise ConferencingError("Zoom refused the app's account, id or secret.", Outcome.PERMANENT)
        if not answer.ok or not isinstance(body.get("access_token"), str):
            raise ConferencingError(f"Zoom gave no token ({answer.status_code}).", Outcome.RETRY)
        lifetime = body.get("expires_in")
        seconds = lifetime if isinstance(lifetime, int) and 0 < lifetime <= 86400 else 3600
        return Token(body["access_token"], self.clock() + timedelta(seconds=seconds))

    def _send(self, method: str, url: str, **options: Any) -> requests.Response:
        try:
            return requests.request(method, url, timeout=self.timeout, allow_redirects=False, **options)
        except requests.RequestException as error:
            if never_sent(error):
                raise ConferencingError("Zoom could not be reached.", Outcome.RETRY) from error
            # Only a create does harm when it is repeated, and only a create posts JSON.
            lost = method == "POST" and "json" in options
            raise ConferencingError("Zoom gave no answer.", Outcome.UNKNOWN if lost else Outcome.RETRY) from error

    def _refusal(self, answer: requests.Response, host: str, *, unknown: bool = False) -> ConferencingError:
        """What a refusal means. `unknown` for a create: after a fault of Zoom's own, the meeting may exist."""
        status, body = answer.status_code, _json(answer)
        if status == requests.codes.too_many_requests:
            pause = asked_pause(answer.headers, str(body.get("message", "")), self.clock())
            text, tired = (TIRED_HOST, host) if pause.whole_day else ("Zoom asks to slow down.", None)
            return ConferencingError(text, Outcome.RETRY, wait=pause.seconds, tired_host=tired)
        if _token_refused(answer):
            return ConferencingError("Zoom refused a new token too.", Outcome.RETRY)
        if status >= requests.codes.server_error:
            lost = Outcome.UNKNOWN if unknown else Outcome.RETRY
            return ConferencingError(f"Zoom has a fault of its own ({status}).", lost)
        return ConferencingError(_sentence(status, body), Outcome.PERMANENT)


def _times(window: TimeRange) -> dict[str, object]:
    """Always UTC with Z: a local time without its zone would be taken for another, a past one for "now"."""
    minutes = -(-window.duration // timedelta(minutes=1))
    return {"start_time": f"{window.start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "duration": minutes}


def _json(answer: requests.Response) -> dict[str, Any]:
    """The body as an object; empty when it is none: errors may come as XML, or without any body."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _meeting(body: dict[str, Any], host: str) -> Meeting | None:
    number, link = str(body.get("id", "")), body.get("join_url")
    if not (number.isascii() and number.isdigit() and isinstance(link, str) and room(link)):
        return None
    return Meeting(int(number), link, host)


def _token_refused(answer: requests.Response) -> bool:
    """Whether another token may help: Zoom says 401 for a missing scope too, which none would cure."""
    body = _json(answer)
    return answer.status_code == requests.codes.unauthorized and not _scope_missing(body)


def _scope_missing(body: dict[str, Any]) -> bool:
    return body.get("code") in MISSING_SCOPE or "does not contain scopes" in str(body.get("message", ""))


def _sentence(status: int, body: dict[str, Any]) -> str:
    code = body.get("code") if isinstance(body.get("code"), int) else None
    sentence = SENTENCES.get(MISSING_SCOPE[0] if _scope_missing(body) else code or 0)
    return sentence.format(fields=_fields(body)) if sentence else f"Zoom refused the request ({status}, code {code})."


def _fields(body: dict[str, Any]) -> str:
    """The names of the refused fields, without their values."""
    errors = body.get("errors")
    names = [str(e.get("field", "?")) for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
    return ", ".join(names)[:LONGEST_TOPIC] or "unnamed"

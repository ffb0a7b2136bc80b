"""A small calendar server in memory, without sync-tokens, that loses, refuses, rewrites and misunderstands on order.

Everybody whose user name it hears has the calendars below "/name/"; tests reach into them past HTTP, as an app would
that is trusted with everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

from werkzeug.wrappers import Request, Response

from tests.servers.raw_calendar import replaced

_SPACES = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
_OURS = re.compile(r"(?m)^X-OFFICEHOURS.*\r\n(?:[ \t].*\r\n)*")
DENTIST = "\r\n".join(
    [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//App//EN", "BEGIN:VEVENT", "UID:dentist"),
        *("DTSTAMP:20261101T000000Z", "DTSTART:20261210T100000Z", "DTEND:20261210T110000Z", "SUMMARY:Dentist"),
        *("END:VEVENT", "END:VCALENDAR", ""),
    ]
)


@dataclass
class Fickle:
    """Calendars by path, their objects by name as (ETag, text); and what goes wrong.

    `lost`: whether objects are kept but not found. `refusals`: an answer by method. `search`: the answer to every
    search for a UID, a status or "everything". `drops`: whether lines that begin with X-OFFICEHOURS are not kept.
    """

    calendars: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    lost: bool = False
    refusals: dict[str, str] = field(default_factory=dict)
    search: str = ""
    drops: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)
    versions: int = 0
    base: str = ""

    def put(self, path: str, text: str) -> str:
        """Keep an object in the version that it becomes; gives its ETag."""
        home, name = _split(path)
        self.versions += 1
        self.calendars[home][name] = (f'"{self.versions}"', _OURS.sub("", text) if self.drops else text)
        return self.calendars[home][name][0]

    def text(self, path: str) -> str:
        home, name = _split(path)
        return self.calendars[home][name][1]

    def move(self, path: str, start: datetime, sequence: int | None = None) -> None:
        """Drag the event of half an hour to another time; some apps raise SEQUENCE, others do not."""
        text = replaced(self.text(path), "DTSTART", f":{start:%Y%m%dT%H%M%SZ}")
        text = replaced(text, "DTEND", f":{start + timedelta(minutes=30):%Y%m%dT%H%M%SZ}")
        self.put(path, text if sequence is None else replaced(text, "SEQUENCE", f":{sequence}"))

    def carry(self, path: str, home: str) -> str:
        """Move the object into another calendar; gives its path there."""
        before, name = _split(path)
        self.calendars[home][name] = self.calendars[before].pop(name)
        return home + name

    def paths(self) -> list[str]:
        """Where objects are."""
        return sorted(home + name for home, objects in self.calendars.items() for name in objects)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        self.asked.append((request.method, request.path))
        refused = self.refusals.get(request.method)
        return (Response(status=refused) if refused else self._answer(request))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.method == "PROPFIND":
            return self._properties(request)
        home, name = _split(request.path)
        if home not in self.calendars:
            return Response(status=404)
        if request.method == "REPORT":
            return self._report(home, request.get_data(as_text=True))
        return self._object(request, home, name)

    def _object(self, request: Request, home: str, name: str) -> Response:
        there = None if self.lost else self.calendars[home].get(name)
        etag, text = there or ("", "")
        condition = request.headers.get("If-Match", etag)
        if condition not in {etag, "*" if there else etag} or (there and "If-None-Match" in request.headers):
            return Response(status=412)
        if request.method == "PUT":
            etag = self.put(request.path, request.get_data(as_text=True))
            return Response(status=201, headers={} if self.drops else {"ETag": etag})
        if there is None:
            return Response(status=404)
        if request.method == "DELETE":
            del self.calendars[home][name]
            return Response(status=204)
        return Response(text, headers={"ETag": etag}, content_type="text/calendar; charset=utf-8")

    def _properties(self, request: Request) -> Response:
        path, person = request.path, f"/{request.authorization.username if request.authorization else ''}/"
        own = f"<current-user-principal><href>{person}</href></current-user-principal>"
        if path in {"/", person}:
            inside = [home for home in self.calendars if home.startswith(person) and request.headers["Depth"] == "1"]
            home_set = f"<C:calendar-home-set><href>{person}</href></C:calendar-home-set>"
            return _multistatus([(path, own + home_set), *((home, _calendar(home)) for home in inside)])
        if path not in self.calendars:
            return Response(status=404)
        objects = {} if self.lost else self.calendars[path]
        return _multistatus(
            [(path, own + _calendar(path)), *((path + name, _etag(one[0])) for name, one in objects.items())]
        )

    def _report(self, home: str, asked: str) -> Response:
        if "sync-collection" in asked:
            return Response(status=403)
        sought = re.search(r"text-match[^>]*>([^<]*)<", asked)
        if sought and self.search not in {"", "everything"}:
            return Response(status=self.search)
        hrefs = re.findall(r"href>([^<]*)<", asked)
        found = []
        for name, (etag, text) in self.calendars[home].items():
            fits = home + name in hrefs if hrefs else not sought or self.search or f"UID:{sought[1]}" in text
            if fits and not self.lost:
                found.append((home + name, f"{_etag(etag)}<C:calendar-data>{escape(text)}</C:calendar-data>"))
        return _multistatus(found)


def _split(path: str) -> tuple[str, str]:
    home, slash, name = path.rpartition("/")
    return home + slash, name


def _calendar(home: str) -> str:
    name = home.rstrip("/").rpartition("/")[2].capitalize()
    return f"<displayname>{name}</displayname><resourcetype><collection/><C:calendar/></resourcetype>"


def _etag(etag: str) -> str:
    return f"<getetag>{escape(etag)}</getetag>"


def _multistatus(found: list[tuple[str, str]]) -> Response:
    answers = "".join(
        f"<response><href>{path}</href><propstat><prop>{properties}</prop>"
        "<status>HTTP/1.1 200 OK</status></propstat></response>"
        for path, properties in found
    )
    body = f'<?xml version="1.0"?><multistatus {_SPACES}>{answers}</multistatus>'
    return Response(body, 207, content_type="application/xml; charset=utf-8")

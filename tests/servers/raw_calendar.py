"""A calendar as bare HTTP sees it: the maintainer's app in the tests about what happens in other people's calendars.

None of our own functions is used here, and no library that knows better: lines of text are changed and sent.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import requests


class RawCalendar:
    """One calendar collection at `url`, with a login."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self.url = url.rstrip("/") + "/"
        self.session = requests.Session()
        self.session.auth = (username, password)

    def names(self) -> list[str]:
        """The names of all objects."""
        answer = self._ask("PROPFIND", "", headers={"Depth": "1"})
        return sorted(re.findall(r"<(?:\w+:)?href>[^<]*?/([^/<]+\.ics)</", answer.text))

    def read(self, name: str) -> str:
        return self._ask("GET", name).text

    def etag(self, name: str) -> str:
        return self._ask("GET", name).headers["ETag"]

    def write(self, name: str, text: str) -> None:
        self._ask("PUT", name, data=text.encode(), headers={"Content-Type": "text/calendar; charset=utf-8"})

    def delete(self, name: str) -> None:
        self._ask("DELETE", name)

    def move(self, name: str, start: datetime, minutes: int = 30) -> None:
        """Drag the event to another time. Like most apps this raises no SEQUENCE."""
        text = replaced(self.read(name), "DTSTART", f":{start:%Y%m%dT%H%M%SZ}")
        end = start + timedelta(minutes=minutes)
        self.write(name, replaced(text, "DTEND", f":{end:%Y%m%dT%H%M%SZ}"))

    def add(self, name: str, start: datetime, minutes: int = 60, *lines: str) -> None:
        """An event of the maintainer's own."""
        end = start + timedelta(minutes=minutes)
        own = [f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DTEND:{end:%Y%m%dT%H%M%SZ}", "SUMMARY:Dentist", *lines]
        head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//App//EN", "BEGIN:VEVENT", f"UID:{name}"]
        stamp = f"DTSTAMP:{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        self.write(name, "\r\n".join([*head, stamp, *own, "END:VEVENT", "END:VCALENDAR", ""]))

    def close(self) -> None:
        self.session.close()

    def _ask(self, method: str, name: str, **options: object) -> requests.Response:
        answer = self.session.request(method, self.url + name, timeout=30, **options)  # type: ignore[arg-type]
        assert answer.ok, f"{method} {name}: {answer.status_code} {answer.text}"
        return answer


def replaced(text: str, name: str, rest: str) -> str:
    """The object with another value (and parameters) for one property; `rest` begins with ":" or ";"."""
    changed, count = re.subn(rf"(?m)^{name}[:;].*(?:\r?\n[ \t].*)*", f"{name}{rest}", text, count=1)
    assert count == 1, f"no {name} in {text}"
    return changed


def with_line(text: str, line: str) -> str:
    """The object with one more line in its event."""
    return text.replace("END:VEVENT", f"{line}\r\nEND:VEVENT", 1)

"""Links that open the form for a new event of a web calendar, filled in.

Neither vendor keeps a reference page. Google's parameters are those of its retired "Event Publisher Guide"
(www.google.com/googlecalendar/event_publisher_guide.html), Microsoft's those of "How to compose a new message or event
and populate fields in Office365" (blogs.msdn.microsoft.com/carloshm, 16 January 2016). Instants are in UTC, marked with
Z; blanks are %20, because Outlook shows a plus sign as one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from calendars.invitation import SessionEvent

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.live.com/calendar/0/action/compose"
MICROSOFT_365 = "https://outlook.office.com/calendar/0/action/compose"


def calendar_links(event: SessionEvent) -> list[tuple[str, str]]:
    """(name of the calendar, address), as people look for them."""
    return [
        ("Google Calendar", _google(event)),
        ("Outlook.com", _outlook(OUTLOOK, event)),
        ("Microsoft 365", _outlook(MICROSOFT_365, event)),
    ]


def _google(event: SessionEvent) -> str:
    dates = "/".join(_instant(edge, "%Y%m%dT%H%M%SZ") for edge in (event.range.start, event.range.end))
    asked = {"action": "TEMPLATE", "text": event.summary, "dates": dates}
    return _address(GOOGLE, asked | {"details": event.description, "location": event.location or ""})


def _outlook(address: str, event: SessionEvent) -> str:
    times = {
        "startdt": _instant(event.range.start, "%Y-%m-%dT%H:%M:%SZ"),
        "enddt": _instant(event.range.end, "%Y-%m-%dT%H:%M:%SZ"),
    }
    asked = {"path": "/calendar/action/compose", "rru": "addevent", "subject": event.summary} | times
    return _address(address, asked | {"body": event.description, "location": event.location or ""})


def _instant(instant: datetime, form: str) -> str:
    return instant.astimezone(UTC).strftime(form)


def _address(address: str, asked: dict[str, str]) -> str:
    return f"{address}?{urlencode(asked, quote_via=quote)}"

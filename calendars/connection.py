"""The caldav library's client over our guarded transport, with its errors in the house's words.

The library alone follows redirects and hrefs to other servers, waits for as long as bytes drip, and unpacks whatever
it is sent; with `outbound`'s session in it, it cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from caldav.davclient import DAVClient
from caldav.elements import dav
from caldav.elements.base import BaseElement
from caldav.lib.error import UID_CONFLICT_PRECONDITIONS, AuthorizationError, DAVError, parse_preconditions
from caldav.response import DAVResponse

from calendars.addresses import same_origin
from calendars.errors import CalendarError, CalendarRejected, CalendarUnavailable, EventExists
from calendars.outbound import Credentials, Guard, open_session

# Worth another try without a person: RFC 9110 15.5.9, RFC 4918 11.3, RFC 8470 5.2, RFC 6585 4; and every 5xx.
_PASSING = frozenset({408, 423, 425, 429})


class PasswordRefused(CalendarRejected):
    """Status 401 although a user name and a password were sent."""

    def __init__(self) -> None:
        super().__init__("The server refused the user name or password.")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a multi-status answer (RFC 4918 13): `href` as the server wrote it, found properties by tag.

    `status` is the resource's own, "" where only its properties have one.
    """

    href: str
    properties: Mapping[str, Any]
    status: str


@dataclass(frozen=True, slots=True)
class Multistatus:
    """The resources of a multi-status answer, and the sync-token (RFC 6578 6.2) that came with it, or ""."""

    resources: list[Resource]
    token: str


class Connection(DAVClient):
    """One account at one server. Raises only CalendarErrors; close it after use."""

    def __init__(self, url: str, guard: Guard, auth: Credentials | None = None) -> None:
        # RFC 6764 discovery asks DNS where to go, past the guard.
        super().__init__(url, enable_rfc6764=False)
        self.session.close()
        self.session = open_session(guard, url, auth)  # type: ignore[assignment]  # requests for its twin niquests
        self.base = url

    def ask(
        self, method: str, href: str, body: bytes | BaseElement = b"", headers: Mapping[str, str] | None = None
    ) -> DAVResponse:
        """The server's answer, whatever its status. Raises CalendarUnavailable, CalendarRejected and EventExists.

        Only 401, 403 and 429 are raised as errors, for the library raises them.
        """
        url = same_origin(self.base, href)
        content = body if isinstance(body, bytes) else str(body).encode()
        try:
            return self.request(url, method, content, headers)  # type: ignore[arg-type]  # bytes are sent as they are
        except AuthorizationError as error:
            if UID_CONFLICT_PRECONDITIONS.intersection(error.preconditions):
                raise EventExists("The calendar has this event under another name.") from error
            raise refusal(error.status or 401) from error
        except DAVError as error:
            raise refusal(error.status or 503) from error
        except SyntaxError as error:  # lxml, over bytes that only claim to be XML
            raise CalendarUnavailable("The server's answer is not XML; is it a calendar server?") from error

    def resources(
        self, method: str, href: str, body: BaseElement, depth: int, headers: Mapping[str, str] | None = None
    ) -> list[Resource]:
        """The resources of a multi-status answer to PROPFIND or REPORT. Raises as `ask`, and for any other answer."""
        return self.multistatus(method, href, body, depth, headers).resources

    def multistatus(
        self, method: str, href: str, body: BaseElement, depth: int, headers: Mapping[str, str] | None = None
    ) -> Multistatus:
        """The same with the sync-token of a sync-collection REPORT."""
        answer = self.ask(method, href, body, {"Depth": str(depth), **(headers or {})})
        if answer.status != 207 or answer.tree is None:
            raise refusal(answer.status)
        resources = [_resource(element) for element in answer.tree.iter(dav.Response.tag)]
        return Multistatus(resources, answer.tree.findtext(dav.SyncToken.tag) or "")


def uid_conflict(answer: DAVResponse) -> bool:
    """Whether the server refuses an object because it has its UID already (RFC 4791 5.3.2.1)."""
    return answer.status == 409 and bool(UID_CONFLICT_PRECONDITIONS.intersection(parse_preconditions(answer.raw)))


def _resource(element: Any) -> Resource:
    properties: dict[str, Any] = {}
    for propstat in element.iterfind(dav.PropStat.tag):
        if " 200" in (propstat.findtext(dav.Status.tag) or " 200"):
            properties.update((found.tag, found) for prop in propstat.iterfind(dav.Prop.tag) for found in prop)
    return Resource(element.findtext(dav.Href.tag) or "", properties, element.findtext(dav.Status.tag) or "")


def refusal(status: int) -> CalendarError:
    """What a status that is no success means to a maintainer: again later, or never like this."""
    if status in _PASSING or (status >= 500 and status != 501):
        return CalendarUnavailable(f"The server cannot answer at the moment (status {status}).")
    if status == 401:
        return PasswordRefused()
    if status == 403:
        return CalendarRejected("The server does not allow this user to do that in this calendar.")
    if status < 400:
        return CalendarRejected("The answer is not a calendar server's; is this a calendar's address?")
    if status in {404, 410}:
        return CalendarRejected("There is no calendar at this address.")
    return CalendarRejected(f"The server refused the request (status {status}); is this a calendar's address?")

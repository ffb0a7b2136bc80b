"""From what a maintainer types to the calendar to use."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

import pytest

from calendars.caldav_store import CalDavStore, find_calendar
from calendars.errors import AddressRefused, CalendarRejected, CalendarUnavailable
from calendars.outbound import Guard
from calendars.store import CalendarAccount
from tests.calendars.conftest import guard_for
from tests.calendars.events import span
from tests.servers.hostile import Behave, Conversation, HostileServer, found, hostile, multistatus
from tests.servers.radicale import PASSWORDS

ADA = ("ada", PASSWORDS["ada"])
CALENDAR = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"
COLLECTION = "<d:resourcetype><d:collection/></d:resourcetype>"
READ_ONLY = "<d:current-user-privilege-set><d:privilege><d:read/></d:privilege></d:current-user-privilege-set>"
WRITABLE = "<d:current-user-privilege-set><d:privilege><d:write/></d:privilege></d:current-user-privilege-set>"


def components(*names: str) -> str:
    inside = "".join(f'<c:comp name="{name}"/>' for name in names)
    return f"<c:supported-calendar-component-set>{inside}</c:supported-calendar-component-set>"


def principal(href: str) -> str:
    return f"<d:current-user-principal><d:href>{href}</d:href></d:current-user-principal>"


def home(*hrefs: str) -> str:
    inside = "".join(f"<d:href>{href}</d:href>" for href in hrefs)
    return f"<c:calendar-home-set>{inside}</c:calendar-home-set>"


def path_of(talk: Conversation) -> str:
    return talk.server.asked[-1].split(" ")[1]


def site(pages: Mapping[str, bytes | str]) -> Behave:
    """A server with those PROPFIND answers by path; a text is where the path is redirected to."""

    def behave(talk: Conversation) -> None:
        page = pages.get(path_of(talk))
        if "Authorization: Basic" not in talk.server.asked[-1]:
            talk.answer("401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="x"')
        elif page is None:
            talk.answer("404 Not Found")
        elif isinstance(page, str):
            talk.answer("302 Found", b"", f"Location: {page}")
        else:
            talk.answer("207 Multi-Status", page, "Content-Type: application/xml")

    return behave


def look(server: HostileServer, path: str = "/", *others: str) -> str:
    """The path of the calendar found from a path of the server; it and the others may be reached."""
    base = f"http://127.0.0.1:{server.port}"
    account = find_calendar(base + path, *ADA, guard_for(base, *others))
    assert account.url.startswith(base)
    return account.url.removeprefix(base)


@pytest.mark.parametrize("path", ["", "/", "/ada/", "/ada/office-hours/", "/ada/office-hours"])
def test_any_address_of_our_server(radicale_base: str, path: str) -> None:
    """The server's address, the user's and the calendar's own lead to the same calendar."""
    account = find_calendar(radicale_base + path, *ADA, guard_for(radicale_base))
    assert account == CalendarAccount(f"{radicale_base}/ada/office-hours/", *ADA, "basic")


def test_site_root_of_our_server(radicale_base: str) -> None:
    """Where nothing answers at the root and there is no well-known address, the maintainer is told what to type."""
    with pytest.raises(CalendarRejected, match="address of the calendar itself"):
        find_calendar(radicale_base.removesuffix("/dav"), *ADA, guard_for(radicale_base))


def test_another_server(xandikos_base: str) -> None:
    """Discovery works on a server by other people, from its root."""
    account = find_calendar(xandikos_base, *ADA, guard_for(xandikos_base))
    assert account.url == f"{xandikos_base}/user/calendars/calendar/"


@pytest.mark.parametrize("password", ["wrong", ""])
def test_wrong_password(radicale_base: str, password: str) -> None:
    """A wrong password is said to be one."""
    with pytest.raises(CalendarRejected, match="user name or password"):
        find_calendar(radicale_base, "ada", password, guard_for(radicale_base))


def test_address_without_scheme() -> None:
    """An address without scheme means https."""
    with pytest.raises(AddressRefused, match="localhost"):
        find_calendar("localhost:8443/dav", *ADA, Guard())


def test_first_calendar_for_events_that_may_be_written() -> None:
    """Of a user's calendars the first by address is taken that takes events and is not read-only."""
    listing = multistatus(
        found("/home/", COLLECTION),
        found("/home/d/", CALENDAR),
        found("/home/c/", CALENDAR + WRITABLE + components("VEVENT", "VTODO")),
        found("/home/b-birthdays/", CALENDAR + READ_ONLY + components("VEVENT")),
        found("/home/a-tasks/", CALENDAR + WRITABLE + components("VTODO")),
        found("/home/0-contacts/", COLLECTION),
    )
    me = multistatus(found("/me/", home("/home/")))
    with hostile(site({"/": multistatus(found("/", principal("/me/"))), "/me/": me, "/home/": listing})) as server:
        assert look(server) == "/home/c/"


def test_well_known_address() -> None:
    """From a bare host name the server's well-known address leads on (RFC 6764 5), by redirects within it."""
    pages = {
        "/.well-known/caldav": "/dav",
        "/dav": "/dav/",
        "/dav/": multistatus(found("/dav/", principal("/dav/me/"))),
        "/dav/me/": multistatus(found("/dav/me/", home("/dav/me/cal/"))),
        "/dav/me/cal/": multistatus(found("/dav/me/cal/one/", CALENDAR)),
    }
    with hostile(site(pages)) as server:
        assert look(server) == "/dav/me/cal/one/"


def test_read_only_calendar() -> None:
    """A calendar typed by its own address that cannot be written to is refused with the reason."""
    read_only = site({"/cal/": multistatus(found("/cal/", CALENDAR + READ_ONLY))})
    with hostile(read_only) as server, pytest.raises(CalendarRejected, match="cannot add events"):
        look(server, "/cal/")


def test_redirects_in_circles() -> None:
    """Redirects that lead nowhere end."""
    with hostile(site({"/": "/a", "/a": "/b", "/b": "/a"})) as server, pytest.raises(CalendarRejected):
        look(server)
    assert len(server.asked) <= 12


@pytest.mark.parametrize("step", ["redirect", "principal", "home", "listing", "calendar", "well-known"])
def test_other_origins_get_nothing(step: str) -> None:
    """A redirect or href to another server is refused by name, and that server never hears from us, allowed or not."""
    with hostile(site({})) as thief:
        away = f"http://127.0.0.1:{thief.port}/"
        pages: dict[str, bytes | str] = {
            "/": multistatus(found("/", principal(away if step == "principal" else "/me/"))),
            "/me/": multistatus(found("/me/", home("/home/", *([away] if step == "home" else [])))),
            "/home/": multistatus(found(f"{away}cal/" if step == "listing" else "/home/cal/", CALENDAR)),
        }
        if step == "redirect":
            pages["/"] = away
        elif step == "calendar":
            pages["/"] = multistatus(found(f"{away}cal/", CALENDAR))
        elif step == "well-known":
            pages = {"/.well-known/caldav": away}
        with hostile(site(pages)) as server, pytest.raises(AddressRefused, match=f"127.0.0.1:{thief.port}"):
            look(server, "/", away)
        assert thief.asked == []


@pytest.mark.parametrize("kind", ["text/html", "application/xml"])
@pytest.mark.parametrize(
    "body", [b"<html><body>Welcome</body></html>", b"", b"<d:multistatus xmlns:d='DAV:'>", b"<a>" * 5_000]
)
def test_no_calendar_server(kind: str, body: bytes) -> None:
    """A page that is no calendar server's gets a sentence, whatever it claims to be."""

    def behave(talk: Conversation) -> None:
        talk.answer("207 Multi-Status", body, f"Content-Type: {kind}")

    with hostile(behave) as server, pytest.raises((CalendarRejected, CalendarUnavailable)):
        look(server)


def test_xml_that_expands() -> None:
    """Entities are not expanded and files not read, whoever put them into an answer."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    secret = '<!ENTITY file SYSTEM "file:///etc/hostname">'
    body = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{entities}{secret}]>'.encode()
    body += multistatus(found("/&e11;&file;", CALENDAR)).partition(b"?>")[2]
    with hostile(site({"/": body})) as server, pytest.raises((CalendarRejected, CalendarUnavailable)):
        look(server)


class Digest:
    """A server that takes Digest credentials only (RFC 7616, MD5)."""

    def __call__(self, talk: Conversation) -> None:
        head = talk.server.asked[-1]
        sent = dict(re.findall(r'(\w+)="?([^",\r]*)', head.partition("Authorization: Digest ")[2].split("\r\n")[0]))
        if not sent or sent["response"] != self.expected(head.split(" ")[0], sent):
            challenge = 'WWW-Authenticate: Digest realm="cal", nonce="abc", qop="auth", algorithm=MD5'
            talk.answer("401 Unauthorized", b"", challenge)
        else:
            talk.answer("207 Multi-Status", multistatus(found("/cal/", CALENDAR)), "Content-Type: application/xml")

    @staticmethod
    def expected(method: str, sent: dict[str, str]) -> str:
        def md5(text: str) -> str:
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        secret, target = md5(f"ada:cal:{ADA[1]}"), md5(f"{method}:{sent['uri']}")
        return md5(f"{secret}:abc:{sent['nc']}:{sent['cnonce']}:auth:{target}")


def test_digest() -> None:
    """A server that only takes Digest is found out once, and the password is never sent in the clear."""
    with hostile(Digest()) as server:
        guard = guard_for(server.url)
        account = find_calendar(f"http://127.0.0.1:{server.port}/cal/", *ADA, guard)
        assert account.auth == "digest"
        with CalDavStore(account, guard) as store, pytest.raises(CalendarUnavailable, match="part"):
            store.busy(span("2026-12-01 00:00", "2026-12-02 00:00"))
        assert not any("Authorization: Basic" in head for head in server.asked)

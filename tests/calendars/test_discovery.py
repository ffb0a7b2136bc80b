"""From what a maintainer types to the calendar to use."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

import pytest

from calendars.discovery import Account, LeadsElsewhere, Login, discover
from calendars.errors import AddressRefused, CalendarRejected, CalendarUnavailable
from calendars.outbound import Guard
from calendars.store import CalendarAccount
from tests.calendars.conftest import find_calendar, guard_for
from tests.calendars.test_tls import Authority
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


def account_at(server: HostileServer, path: str = "/", *others: str, token: bool = False) -> Account:
    """What Ada's login opens from a path of the server; it and the others may be reached."""
    base = f"http://127.0.0.1:{server.port}"
    return discover(Login(base + path, *ADA, token=token), guard_for(base, *others), lambda _: None)


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


def test_every_calendar_for_events() -> None:
    """All of a user's calendars that hold events are listed, by address, each with what may be done there."""
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
        listed = [(found.url.partition("/home/")[2], found.writable) for found in account_at(server).calendars]
        assert listed == [("b-birthdays/", False), ("c/", True), ("d/", True)]


def test_names() -> None:
    """A calendar is called what its owner calls it, or by the end of its address."""
    listing = multistatus(
        found("/one%20two/", CALENDAR), found("/x/", CALENDAR + "<d:displayname> Arbeit\n&amp; Büro</d:displayname>")
    )
    with hostile(site({"/": listing})) as server:
        assert [found.name for found in account_at(server).calendars] == ["one two", "Arbeit & Büro"]


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


def test_the_typed_calendar_comes_first() -> None:
    """A calendar typed by its own address is the first, those of the same user follow; also one to read only."""
    pages = {
        "/z/": multistatus(found("/z/", CALENDAR + READ_ONLY + principal("/me/"))),
        "/me/": multistatus(found("/me/", home("/"))),
        "/": multistatus(found("/a/", CALENDAR), found("/z/", CALENDAR + READ_ONLY)),
    }
    with hostile(site(pages)) as server:
        listed = [(found.url[-3:], found.writable) for found in account_at(server, "/z/").calendars]
        assert listed == [("/z/", False), ("/a/", True)]


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
        with hostile(site(pages)) as server, pytest.raises(LeadsElsewhere, match=f"127.0.0.1:{thief.port}") as refused:
            look(server, "/", away)
        assert refused.value.location.startswith(away)
        assert thief.asked == []


def test_a_home_that_refers_back() -> None:
    """Where homes are on a server of their own, the address that we were sent to lists the calendars (iCloud)."""
    with hostile(site({})) as first:
        back = multistatus(found("/123/", COLLECTION + principal(f"http://127.0.0.1:{first.port}/me/")))
        listing = back.replace(b"</d:multistatus>", found("/123/work/", CALENDAR).encode() + b"</d:multistatus>")
        with hostile(site({"/123/": listing})) as server:
            assert look(server, "/123/") == "/123/work/"
        assert first.asked == []


def secure(folder: Path, behave: Behave) -> tuple[Behave, ssl.SSLContext, Authority]:
    """A behaviour with what it takes to serve it over TLS as "localhost"."""
    authority = Authority(folder)
    return behave, authority.server("localhost"), authority


def test_a_domain_leads_on_before_the_password(tmp_path: Path) -> None:
    """From an email address the well-known place may lead to another origin; only that one gets the password."""
    behave, context, authority = secure(tmp_path, site({"/dav/": multistatus(found("/dav/", CALENDAR))}))
    steps: list[str] = []
    with hostile(behave, context) as target:
        away = f"https://localhost:{target.port}/dav/"
        with hostile(lambda talk: talk.answer("301 Moved", b"", f"Location: {away}"), context) as first:
            domain = f"localhost:{first.port}"
            allow = frozenset({domain, f"localhost:{target.port}"})
            guard = Guard(allow=allow, authorities=str(authority.file))
            account = discover(Login(f"ada@{domain}", *ADA), guard, steps.append)
            assert (account.server, account.calendars[0].url) == (f"https://localhost:{target.port}", away)
            assert any(f"leads to https://localhost:{target.port}" in step for step in steps)
            assert len(first.asked) == 1
            assert first.asked[0].startswith("PROPFIND /.well-known/caldav ")
            assert "Authorization" not in first.asked[0]
            with pytest.raises(LeadsElsewhere):
                discover(Login(f"https://{domain}/", *ADA), guard, steps.append)
            assert not any("Authorization" in head for head in first.asked)


def test_a_domain_never_leads_to_plain_http(tmp_path: Path) -> None:
    """A redirect from https to http is refused, though the operator allows that server."""
    with hostile(site({})) as plain:
        away = f"http://127.0.0.1:{plain.port}/"
        behave, context, authority = secure(tmp_path, lambda talk: talk.answer("302 Found", b"", f"Location: {away}"))
        with hostile(behave, context) as first:
            allow = frozenset({f"localhost:{first.port}", f"127.0.0.1:{plain.port}"})
            guard = Guard(allow=allow, authorities=str(authority.file))
            with pytest.raises(AddressRefused, match="not encrypted"):
                discover(Login(f"localhost:{first.port}", *ADA), guard, len)
        assert plain.asked == []


def test_a_domain_never_leads_into_a_private_network(tmp_path: Path) -> None:
    """Where a redirect leads is looked at like any address that was typed."""
    behave, context, authority = secure(tmp_path, site({}))
    with hostile(behave, context) as private:
        away = f"https://localhost:{private.port}/dav/"
        with hostile(lambda talk: talk.answer("302 Found", b"", f"Location: {away}"), context) as first:
            guard = Guard(allow=frozenset({f"localhost:{first.port}"}), authorities=str(authority.file))
            with pytest.raises(AddressRefused, match="not on the public Internet"):
                discover(Login(f"localhost:{first.port}", *ADA), guard, len)
        assert private.asked == []


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

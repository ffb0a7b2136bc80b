"""The calendar server inside the service, as calendar apps and the service itself meet it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from caldav.davclient import DAVClient
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Response

from calendars.embedded import MAX_BODY_BYTES, calendar_url, make_dav_app, on_change
from calendars.invitation import stored_event
from tests.calendars.events import foreign, make_session, span, vcalendar
from tests.servers.radicale import PASSWORDS, check_login, radicale, serve

ADA = ("ada", PASSWORDS["ada"])
GRACE = (b"grace", PASSWORDS["grace"].encode())


class Server:
    """The server under test, with whom it told of changes."""

    def __init__(self, base: str, told: list[str]) -> None:
        self.base = base
        self.told = told
        self.http = requests.Session()

    def ask(self, method: str, path: str, **more: object) -> requests.Response:
        more.setdefault("auth", ADA)
        return self.http.request(method, f"{self.base}{path}", **more)  # type: ignore[arg-type]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    told: list[str] = []
    with radicale(tmp_path, told.append) as base:
        found = Server(base, told)
        with found.http:
            yield found


def test_calendar_is_there_at_first_login(server: Server) -> None:
    """A calendar app given the server's address finds one calendar for events, ready to be written to."""
    with DAVClient(f"{server.base}/", username=ADA[0], password=ADA[1], auth_type="basic", timeout=10) as client:
        (calendar,) = client.principal().get_calendars()
        assert str(calendar.url) == calendar_url(server.base, "ada")
        assert calendar.get_display_name() == "Office hours"
        assert calendar.get_supported_components() == ["VEVENT"]
        session = make_session()
        calendar.add_event(stored_event(session).decode(), increase_seqno=False)
        window = span("2026-12-01 00:00", "2026-12-02 00:00")
        (event,) = calendar.search(start=window.start, end=window.end, event=True)
        assert event.icalendar_component["UID"] == session.uid


@pytest.mark.parametrize(
    "credentials",
    [None, ("ada", "wrong"), ("ada", ""), ("", PASSWORDS["ada"]), ("grace", PASSWORDS["ada"]), ("nobody", "x")],
)
def test_wrong_password(server: Server, credentials: tuple[str, str] | None) -> None:
    """Without the right password nothing is told, and the client is asked for Basic credentials."""
    answer = server.ask("PROPFIND", "/ada/office-hours/", auth=credentials)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Office hours"'
    assert "ada" not in answer.text


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic YWRh", "Bearer x", "Digest username=ada", "Basic é"])
def test_malformed_credentials(server: Server, header: str) -> None:
    """Credentials that cannot be read are refused like wrong ones, not with a server error."""
    headers = {"Authorization": header.encode()}
    answer = server.http.request("PROPFIND", f"{server.base}/ada/", headers=headers)
    assert answer.status_code == 401


def test_scheme_in_lower_case(server: Server) -> None:
    """The name of the scheme is case-insensitive (RFC 9110 11.1)."""
    headers = {"Authorization": "basic YWRhOmFkYSdzIHNlY3JldA=="}
    assert server.http.request("PROPFIND", f"{server.base}/ada/", headers=headers).status_code == 207


def test_non_ascii_password(server: Server) -> None:
    """A password in any script works, as UTF-8 (RFC 7617 2.1)."""
    assert server.ask("PROPFIND", "/grace/", auth=GRACE).status_code == 207


@pytest.mark.parametrize("method", ["PROPFIND", "GET", "PUT", "DELETE", "REPORT", "MKCALENDAR", "PROPPATCH"])
def test_calendars_of_others(server: Server, method: str) -> None:
    """Nobody reads or changes another maintainer's calendar."""
    session = make_session()
    server.ask("PROPFIND", "/grace/", auth=GRACE)
    server.ask("PUT", "/grace/office-hours/1.ics", auth=GRACE, data=stored_event(session)).raise_for_status()
    server.told.clear()
    answer = server.ask(method, "/grace/office-hours/1.ics", data=foreign("DTSTART:20261201T100000Z"))
    assert answer.status_code == 403
    assert server.told == []
    kept = server.ask("GET", "/grace/office-hours/1.ics", auth=GRACE)
    assert session.uid in kept.text


def test_calendar_cannot_be_deleted(server: Server) -> None:
    """ "Delete this calendar" in an app does not take the sessions away, nor does overwriting it as a whole."""
    server.ask("PROPFIND", "/ada/")
    server.ask("PUT", "/ada/office-hours/1.ics", data=stored_event(make_session())).raise_for_status()
    assert server.ask("DELETE", "/ada/office-hours/").status_code == 403
    assert server.ask("PUT", "/ada/office-hours/", data=foreign("DTSTART:20261201T100000Z")).status_code == 403
    assert server.ask("DELETE", "/ada/").status_code == 403
    assert server.ask("GET", "/ada/office-hours/1.ics").status_code == 200


def test_size_limit(server: Server) -> None:
    """A request beyond the limit is refused with 413 before anything reads it."""
    server.ask("PROPFIND", "/ada/")
    large = foreign("DTSTART:20261201T100000Z", "DESCRIPTION:" + "x" * MAX_BODY_BYTES)
    assert server.ask("PUT", "/ada/office-hours/1.ics", data=large).status_code == 413
    chunked = server.ask("PUT", "/ada/office-hours/1.ics", data=iter([large]))
    assert chunked.status_code == 413
    assert server.ask("GET", "/ada/office-hours/1.ics").status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        foreign("DTSTART:20261201T100000Z", "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"),
        foreign("DTSTART:20261201T100000Z", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
        foreign("DTSTART:00010101T100000Z", "RRULE:FREQ=DAILY"),
        foreign("DTSTART:00010101T100000Z", "RRULE:FREQ=DAILY", "TRANSP:TRANSPARENT"),
        vcalendar("BEGIN:VTODO\r\nUID:1\r\nDTSTART:00010101T100000Z\r\nRRULE:FREQ=DAILY\r\nEND:VTODO"),
        b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ada\r\nEND:VCARD\r\n",
    ],
    ids=["secondly", "never", "history", "transparent", "task", "card"],
)
def test_endless_work_is_refused(server: Server, data: bytes) -> None:
    """What the server would expand for minutes at every query, and what is no event, is not stored (RFC 4791 5.3.2)."""
    server.ask("PROPFIND", "/ada/")
    answer = server.ask("PUT", "/ada/office-hours/1.ics", data=data, timeout=5)
    assert answer.status_code == 403
    assert "valid-calendar-data" in answer.text
    assert server.ask("GET", "/ada/office-hours/1.ics").status_code == 404


def test_series_are_stored(server: Server) -> None:
    """A recurring event with an attachment, as a calendar app writes it, is stored."""
    server.ask("PROPFIND", "/ada/")
    series = foreign("DTSTART;TZID=Europe/Berlin:20200101T100000", "RRULE:FREQ=WEEKLY", "ATTACH:https://example.org/x")
    assert server.ask("PUT", "/ada/office-hours/1.ics", data=series).status_code == 201


def test_tells_of_changes(server: Server) -> None:
    """Whoever's calendar was changed is told at PUT, MOVE, DELETE and PROPPATCH."""
    server.ask("PROPFIND", "/ada/")
    event = stored_event(make_session())
    for method, path, more in (
        ("PUT", "/ada/office-hours/1.ics", {"data": event}),
        ("MOVE", "/ada/office-hours/1.ics", {"headers": {"Destination": f"{server.base}/ada/office-hours/2.ics"}}),
        ("DELETE", "/ada/office-hours/2.ics", {}),
        ("PROPPATCH", "/ada/office-hours/", {"data": RENAME}),
    ):
        server.told.clear()
        answer = server.ask(method, path, **more)
        assert answer.ok, (method, answer.text)
        assert server.told == ["ada"], method


def test_does_not_tell_of_reading_or_failing(server: Server) -> None:
    """Reading, and writing that was refused, is told to nobody."""
    server.ask("PROPFIND", "/ada/", headers={"Depth": "1"})
    server.ask("GET", "/ada/office-hours/")
    server.ask("REPORT", "/ada/office-hours/", data=QUERY).raise_for_status()
    server.ask("OPTIONS", "/ada/office-hours/")
    assert server.ask("PUT", "/ada/office-hours/1.ics", data="no calendar").status_code == 403
    assert server.ask("PUT", "/ada/office-hours/1.ics", auth=None).status_code == 401
    assert server.ask("DELETE", "/ada/office-hours/1.ics").status_code == 404
    assert server.told == []


def test_headers_of_a_proxy_are_not_believed(server: Server) -> None:
    """A client cannot choose the prefix of hrefs, nor confuse paths by claiming to be a proxy."""
    headers = {"X-Script-Name": "/evil", "X-Forwarded-For": "10.0.0.1", "X-Forwarded-Host": "evil.example.org"}
    answer = server.ask("PROPFIND", "/ada/", headers=headers)
    assert "<href>/dav/ada/</href>" in answer.text
    assert "evil" not in answer.text


def test_served_alone_and_mounted(tmp_path: Path) -> None:
    """The same application answers behind the site's dispatcher and on a listener of its own, with the same hrefs."""
    told: list[str] = []
    dav = on_change(make_dav_app(tmp_path, check_login), told.append)
    site = DispatcherMiddleware(Response("the site"), {"/dav": dav})
    event = stored_event(make_session())
    with serve(dav) as alone, serve(site) as mounted, requests.Session() as http:
        for base in (alone, mounted):
            listing = http.request("PROPFIND", f"{base}/dav/ada/", headers={"Depth": "1"}, auth=ADA)
            assert "<href>/dav/ada/office-hours/</href>" in listing.text
            http.put(f"{calendar_url(f'{base}/dav', 'ada')}1.ics", data=event, auth=ADA).raise_for_status()
        assert http.get(f"{mounted}/").text == "the site"
        assert http.get(f"{alone}/").status_code == 404
        assert http.get(f"{alone}/david/").status_code == 404
    assert told == ["ada", "ada"]


def test_calendars_survive(tmp_path: Path) -> None:
    """What was stored is there after a restart."""
    session = make_session()
    with radicale(tmp_path) as base, requests.Session() as http:
        http.request("PROPFIND", f"{base}/ada/", auth=ADA)
        http.put(f"{base}/ada/office-hours/1.ics", data=stored_event(session), auth=ADA).raise_for_status()
    with radicale(tmp_path) as base, requests.Session() as http:
        assert session.uid in http.get(f"{base}/ada/office-hours/1.ics", auth=ADA).text


def test_what_a_kill_left_is_in_nobodys_way(tmp_path: Path) -> None:
    """A calendar whose making was cut short is made again; the file Radicale tries the clock with is no calendar."""
    half_made = tmp_path / "collection-root" / "ada"
    half_made.mkdir(parents=True)
    (half_made / ".Radicale.tmp-1").write_text("")
    (tmp_path / "collection-root" / ".Radicale.mtime_test").write_text("mtime_test")
    with radicale(tmp_path) as base:
        answer = requests.request("PROPFIND", f"{base}/ada/office-hours/", auth=ADA, timeout=10)
    assert answer.status_code == 207


def test_calendar_url() -> None:
    """A calendar's address is built from the base with or without a slash, and the user's name is escaped."""
    assert calendar_url("https://example.org/dav", "ada") == "https://example.org/dav/ada/office-hours/"
    assert calendar_url("https://example.org/dav/", "a/b") == "https://example.org/dav/a%2Fb/office-hours/"


def test_without_the_extra() -> None:
    """Where Radicale is not installed the package imports, and making the server says what to install."""
    program = """
import sys
sys.modules["radicale"] = None
from pathlib import Path
from calendars.embedded import EmbeddedMissingError, make_dav_app
try:
    make_dav_app(Path("."), lambda login, password: False)
except EmbeddedMissingError as error:
    print(error)
"""
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "officehours[embedded]" in answer.stdout


RENAME = """<?xml version="1.0"?><propertyupdate xmlns="DAV:"><set><prop><displayname>Mine</displayname></prop></set>
</propertyupdate>"""
QUERY = """<?xml version="1.0"?><C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><getetag/>
</prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>"""

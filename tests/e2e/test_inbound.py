"""What a maintainer does in their calendar app happens to the booking; seen from outside, with a bare DAV client."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from email.message import EmailMessage

import icalendar
import pytest

from tests.e2e.flyte import with_real_people
from tests.e2e.inbound import Held, Town
from tests.servers.calendar_app import app_passwords_for
from tests.servers.raw_calendar import RawCalendar, replaced, with_line
from tests.servers.service import Service, until
from tests.servers.smtp import run_smtp

MAINTAINERS = [f"example-{number}" for number in range(1, 6)]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("inbound")
    community = with_real_people(
        folder / "flyte.toml", **{"weekly_limit = 5": "", "weekly_limit = 8": "", "rescue = true": "rescue = false"}
    )
    with (
        run_smtp() as mail,
        Service(folder / "data", community=community, OFFICEHOURS_SMTP_URL=mail.url) as service,
        ExitStack() as stack,
    ):
        calendars = {
            key: RawCalendar(f"{service.url}/dav/{key}/office-hours/", key, password)
            for key, password in app_passwords_for(service.data, MAINTAINERS).items()
        }
        for calendar in calendars.values():
            stack.callback(calendar.close)
            calendar.session.request("PROPFIND", f"{service.url}/dav/", timeout=30)  # the first login makes it
        town = Town(service, mail, calendars)
        yield town
        for browser in town.browsers.values():
            browser.session.close()


def event_of(message: EmailMessage) -> icalendar.Event:
    (part,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    (event,) = icalendar.Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    return event


def plain(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def free_hour(held: Held, hours: int = 50) -> datetime:
    """A time at which nobody has anything: some hours after the session, off the slots."""
    return held.start + timedelta(hours=hours, minutes=10)


def as_text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def test_moved_there_the_booking_follows(town: Town) -> None:
    """The booking has the new time; the guest gets one update, the event its new text, and nothing goes round."""
    held = town.book("flytekit", 0, "moved@example.com")
    before = len(town.mail.to(f"{held.maintainer}@example.org"))
    later = free_hour(held)
    held.calendar.move(held.name, later)
    held.becomes(start=as_text(later), sequence=1, status="confirmed")
    update = event_of(town.mails("moved@example.com", 2)[1])
    assert (update.start, int(update["SEQUENCE"])) == (later, 1)
    until(lambda: "SEQUENCE:1" in held.text(), 15, lambda: held.text())
    settled = held.calendar.etag(held.name)
    assert f"DTSTART:{later:%Y%m%dT%H%M%SZ}" in held.text()
    town.book("flytekit", 1, "next@example.com")  # whatever was still on its way has come by now
    assert held.calendar.etag(held.name) == settled
    assert len(town.mail.to("moved@example.com")) == 2
    told = [
        mail for mail in town.mail.to(f"{held.maintainer}@example.org")[before:] if "moved@example.com" in str(mail)
    ]
    assert not told, "the maintainer was told of their own deed"
    page = town.page(held.maintainer)
    assert "was moved in your calendar" in page


def test_deleted_there_the_booking_is_cancelled(town: Town) -> None:
    """The guest gets the cancellation with other times, and the time is free again."""
    held = town.book("releases", 2, "deleted@example.com")
    start = held.booking["start"]
    held.calendar.delete(held.name)
    held.becomes(status="cancelled")
    mail = town.mails("deleted@example.com", 2)[1]
    assert event_of(mail)["STATUS"] == "CANCELLED"
    assert "/topics/releases/book?start=" in plain(mail)
    assert start in town.openings("releases")
    assert "was removed from your calendar" in town.page(held.maintainer)
    assert held.name not in held.calendar.names()


def test_marked_as_cancelled_there_it_is_cancelled(town: Town) -> None:
    """STATUS:CANCELLED says no as deleting does; the event stays as its owner left it."""
    held = town.book("plugins", 2, "status@example.com")
    held.calendar.write(held.name, replaced(held.text(), "STATUS", ":CANCELLED"))
    held.becomes(status="cancelled")
    town.mails("status@example.com", 2)
    assert "STATUS:CANCELLED" in held.text()


def test_moved_by_delete_and_create_it_is_still_the_same(town: Town) -> None:
    """Some apps make a moved event anew under another name; the session follows it there."""
    held = town.book("propeller", 2, "anew@example.com")
    text, later = held.text(), free_hour(held, 55)
    text = replaced(text, "DTSTART", f":{later:%Y%m%dT%H%M%SZ}")
    text = replaced(text, "DTEND", f":{later + timedelta(minutes=30):%Y%m%dT%H%M%SZ}")
    headers = {"Destination": held.calendar.url + "renamed.ics"}
    assert held.calendar.session.request("MOVE", held.calendar.url + held.name, headers=headers, timeout=30).ok
    held.name = "renamed.ics"
    held.calendar.write(held.name, text)
    held.becomes(start=as_text(later), status="confirmed")


Change = Callable[[Held], str]


ODD: dict[str, tuple[Change, str]] = {
    "all day": (
        lambda held: replaced(
            replaced(held.text(), "DTSTART", f";VALUE=DATE:{held.start:%Y%m%d}"),
            "DTEND",
            f";VALUE=DATE:{held.start + timedelta(days=1):%Y%m%d}",
        ),
        "it lasts all day now",
    ),
    "repeating": (lambda held: with_line(held.text(), "RRULE:FREQ=WEEKLY;COUNT=3"), "it repeats now"),
    "in the past": (
        lambda held: replaced(replaced(held.text(), "DTSTART", ":20260105T150000Z"), "DTEND", ":20260105T153000Z"),
        "that time is over",
    ),
}


@pytest.mark.parametrize("kind", ODD)
def test_what_no_session_can_be_is_put_to_a_person(town: Town, kind: str) -> None:
    """Nothing changes for the guest; the maintainer is told once, and one press puts it right."""
    change, words = ODD[kind]
    address = f"{kind.replace(' ', '-')}@example.com"
    held = town.book("use_cases", 3 + list(ODD).index(kind), address)
    before = held.booking
    held.calendar.write(held.name, change(held))
    mailbox = f"{held.maintainer}@example.org"

    def notices() -> list[EmailMessage]:
        return [mail for mail in town.mail.to(mailbox) if words in plain(mail)]

    until(lambda: notices(), 15, lambda: "the maintainer was not told")
    assert held.booking == before
    assert len(town.mail.to(address)) == 1
    browser = town.browser(held.maintainer)
    page = browser.get("/maintainer/calendars")
    assert words in page.text
    (action,) = re.findall(r'action="([^"]*put-back)"', page.text)
    browser.post(action, page)
    as_booked = re.compile(rf"DTSTART:{held.start:%Y%m%dT%H%M%SZ}\r?\n")
    until(lambda: as_booked.search(held.text()) and "RRULE" not in held.text(), 15, lambda: held.text())
    assert len(notices()) == 1


def test_moved_onto_another_session_it_stays_for_the_guest(town: Town) -> None:
    """Two sessions of one maintainer at one time cannot be; the second mover is told."""
    first = town.book("integrations", 3, "first@example.com")
    second = town.book("integrations", 4, "second@example.com")
    number = 5
    while second.maintainer != first.maintainer:
        second = town.book("integrations", number, f"second{number}@example.com")
        number += 1
    before = second.booking
    second.calendar.move(second.name, first.start)
    until(lambda: "another session of yours is at that time" in town.page(first.maintainer), 15, lambda: "not flagged")
    assert second.booking == before
    later = free_hour(second, 30)
    second.calendar.move(second.name, later)
    second.becomes(start=as_text(later))
    assert "What needs your word" not in town.page(first.maintainer)


def test_outside_the_programme_it_is_held_all_the_same(town: Town) -> None:
    """A time that the community does not offer is the maintainer's to choose; they are told that it is one."""
    held = town.book("getting_started", 4, "outside@example.com")
    later = free_hour(held, 26)
    held.calendar.move(held.name, later, minutes=45)
    held.becomes(start=as_text(later), end=as_text(later + timedelta(minutes=45)))
    mailbox = f"{held.maintainer}@example.org"
    until(
        lambda: any("offers no session on this topic" in plain(mail) for mail in town.mail.to(mailbox)),
        15,
        lambda: "the maintainer was not told",
    )


def test_link_and_guest_are_ours_notes_and_title_theirs(town: Town) -> None:
    """A changed link is written again once; a note, a title and an alarm of the maintainer's stay."""
    held = town.book("platform_config", 3, "text@example.com")
    noted = replaced(held.text(), "SUMMARY", ":My hour with Asha")
    held.calendar.write(held.name, with_line(noted, "COMMENT:bring the logs"))
    town.book("platform_config", 4, "text2@example.com")  # the note has been read by now
    assert "My hour with Asha" in held.text()
    held.calendar.write(held.name, replaced(held.text(), "LOCATION", ":https://evil.example.com/"))
    until(lambda: "evil.example.com" not in held.text(), 15, lambda: held.text())
    assert held.booking["sequence"] == 0
    assert len(town.mail.to("text@example.com")) == 1


def test_a_zone_that_the_app_defines_is_understood(town: Town) -> None:
    """A time in a zone that no database knows, defined in the object itself, is the right instant."""
    held = town.book("flytekit", 9, "zone@example.com")
    day = (held.start + timedelta(days=2)).date()
    tokyo = [
        *("BEGIN:VTIMEZONE", "TZID:Their office", "BEGIN:STANDARD", "DTSTART:19700101T000000"),
        *("TZOFFSETFROM:+0900", "TZOFFSETTO:+0900", "END:STANDARD", "END:VTIMEZONE"),
    ]
    text = replaced(held.text(), "DTSTART", f";TZID=Their office:{day:%Y%m%d}T170000")
    text = replaced(text, "DTEND", f";TZID=Their office:{day:%Y%m%d}T173000")
    held.calendar.write(held.name, text.replace("BEGIN:VEVENT", "\r\n".join([*tokyo, "BEGIN:VEVENT"]), 1))
    held.becomes(start=f"{day}T08:00:00Z")


def test_a_busy_evening_in_the_calendar_is_not_offered(town: Town) -> None:
    """Soon after both who know the topic saved an event of their own, that time is not offered any more."""
    start = town.openings("deploy_auth")[3]
    begin = datetime.fromisoformat(start)
    for key in ("example-2", "example-4"):
        town.calendars[key].add("busy.ics", begin)
    until(lambda: start not in town.openings("deploy_auth"), 15, lambda: "still offered")

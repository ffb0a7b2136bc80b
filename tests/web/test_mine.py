"""My bookings: one mailed link to all of an address, to take away and to erase."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from booking.dav import dav_app
from booking.effects.calendar import remove_past
from booking.extensions import db
from booking.links import Purpose
from booking.models import AddressLink, Booking, CalendarEvent, Delivery, Demand, JournalEntry, PhoneCode, PhoneNumber
from booking.services import app_passwords
from booking.services.erase import REASON
from tests.booking.mails import body
from tests.servers.radicale import serve
from tests.servers.raw_calendar import RawCalendar
from tests.web.browser import Browser, account_of, bookings, set_policy, text_of
from tests.web.conftest import FIRST, NOW, SECOND, Begin, Clock, MakeApp
from tests.web.phones import NUMBER, enter, printed_code
from tests.web.places import deliver_all, token
from tests.web.printed import mails
from tests.web.test_access import dump
from tests.web.test_calendar_moves import EXPERT, OPENING, settle
from tests.web.test_waiting import wait

ASHA, GRACE = "asha@example.com", "grace@example.com"
QUESTION = "Why does my secret map task wait?"
THIRD = "2026-12-02T15:00:00Z"


def ask(app: Flask, email: str, **options: Any) -> TestResponse:
    browser = Browser(app)
    return browser.send("/my-bookings", browser.get("/my-bookings"), email=email)


def link_for(app: Flask, email: str) -> str:
    """The link of the latest mail to this address."""
    assert ask(app, email).status_code == 200
    deliver_all(app)
    found = re.search(r"http\S+/my-bookings/\S+", body(mails(app, email)[-1]))
    assert found is not None
    return found.group()


def erase(app: Flask, link: str) -> TestResponse:
    browser = Browser(app)
    return browser.send(f"{link}/erase", browser.get(f"{link}/erase"))


def asha_and_grace(app: Flask) -> None:
    """Asha has been here, comes again and waits besides; Grace comes too."""
    visitor, clock = Browser(app), app.extensions["officehours"].now
    visitor.booked(FIRST, email=ASHA, name="Asha Rao", question=QUESTION, phone="(415) 555-2671", sms_consent="y")
    deliver_all(app)
    with app.app_context():
        link = f"/b/{token(app, Purpose.MANAGE, ASHA)}"
    enter(visitor, link, printed_code(app))
    with app.app_context():
        past = db.session.scalars(sa.select(Booking)).one()
        db.session.add(JournalEntry(calendar_id=1, booking_id=past.id, at=clock(), code="moved", text="Asha Rao told."))
        db.session.add(Demand(kind="no-topic", question=QUESTION, shown=[], at=clock()))
        db.session.add(Demand(kind="no-topic", question="Something else", shown=[], at=clock()))
        db.session.commit()
    clock.advance(days=1)
    visitor.booked(THIRD, topic="releases", email="Asha@example.com", name="Asha Rao", question=QUESTION)
    visitor.booked("2026-12-03T15:00:00Z", email=GRACE, name="Grace", question="Mine alone")
    wait(app, "asha", question=QUESTION, phone="(415) 555-2671", sms_consent="y")
    deliver_all(app)


@pytest.fixture
def town(begin: Begin) -> Flask:
    return begin(asha_and_grace)


def test_one_link_shows_all_of_an_address(town: Flask) -> None:
    """To come and past, with the way to each; what others booked is not there."""
    link = link_for(town, ASHA)
    browser = Browser(town)
    page = browser.get(link)
    said = text_of(page)
    assert said.index("To come") < said.index("Flyte releases") < said.index("Waiting for a time") < said.index("Past")
    assert "Monday 30 November 2026, 8:30 pm (Kolkata, UTC+5:30), with" in said
    assert "Mine alone" not in page.text
    assert GRACE not in page.text
    ways = re.findall(r'href="(/b/[^"]+)"', page.text)
    assert len(ways) == 2
    assert all(browser.get(way).status_code == 200 for way in ways)


def test_nobody_learns_who_was_here(town: Flask) -> None:
    """The answer is the same for every address, and so is what is written; only a known one gets a mail."""
    with town.app_context():
        before = db.session.scalar(sa.select(sa.func.max(Delivery.id)))
    stranger, known = ask(town, "nobody@example.com"), ask(town, GRACE)
    assert stranger.text.replace("nobody@", "") == known.text.replace("grace@", "")
    deliver_all(town)
    with town.app_context():
        rows = db.session.scalars(sa.select(Delivery).where(Delivery.id > before).order_by(Delivery.id)).all()
        assert [(row.kind, row.state) for row in rows] == [("my_bookings", "skipped"), ("my_bookings", "printed")]
    assert mails(town, "nobody@example.com") == []


def test_a_link_lasts_a_day_and_the_latest_rules(town: Flask, clock: Clock) -> None:
    """The one before is dead at once; a booking's own link, or a changed one, opens nothing here."""
    first = link_for(town, GRACE)
    second = link_for(town, GRACE)
    mallory = Browser(town)
    assert mallory.get(second).status_code == 200
    for wrong in (first, f"{second}x", f"/my-bookings/{token(town, Purpose.MANAGE, GRACE)}"):
        for path in (wrong, f"{wrong}/export.json", f"{wrong}/erase"):
            page = mallory.get(path)
            assert page.status_code == 404
            assert GRACE not in page.text
            assert "This link does not work any more" in page.text
        assert mallory.send(f"{wrong}/erase", mallory.get("/my-bookings")).status_code == 404
    assert mallory.get(f"/b/{second.rpartition('/')[2]}").status_code == 404
    clock.advance(hours=25)
    assert mallory.get(second).status_code == 404


def test_three_a_day_for_an_address_and_twenty_from_a_network(make_app: MakeApp) -> None:
    """Counted in rows, so that they hold in all processes and after a restart; another address is not locked out."""
    app = make_app(rate_limits="on")
    for _ in range(3):
        assert ask(app, GRACE).status_code == 200
    refused = ask(app, "GRACE@example.com")
    assert refused.status_code == 429
    assert "Too many links were asked for today" in text_of(refused)
    with app.app_context():
        row = db.session.scalars(sa.select(AddressLink)).first()
        assert row is not None
        for number in range(17):
            copied = {"email": f"{number}@example.com", "public_id": f"{number:032}", "network": row.network}
            times = {"created_at": row.created_at, "expires_at": row.expires_at}
            db.session.add(AddressLink(language="en", hours=12, **copied, **times))
        db.session.commit()
    assert ask(app, "new@example.com").status_code == 429


def test_invented_addresses_use_up_nothing(make_app: MakeApp) -> None:
    """Five hundred links a day are mailed to people who have been here; the page says the same beyond them."""
    app = make_app(rate_limits="on")
    Browser(app).booked(FIRST, email=GRACE)
    deliver_all(app)
    with app.app_context():
        for number in range(500):
            invented = {"public_id": f"{number:032}", "email": f"{number}@example.com", "language": "en", "hours": 12}
            link = AddressLink(**invented, created_at=NOW, expires_at=NOW)
            mail = {"kind": "my_bookings", "channel": "email", "audience": "attendee", "recipient": link.email}
            db.session.add(Delivery(address_link=link, state="skipped", due_at=NOW, created_at=NOW, **mail))
        db.session.commit()
    answer = ask(app, GRACE)
    deliver_all(app)
    assert "/my-bookings/" in body(mails(app, GRACE)[-1])
    had = len(mails(app, GRACE))
    with app.app_context():
        db.session.execute(sa.update(Delivery).where(Delivery.state == "skipped").values(state="sent", attempts=1))
        db.session.commit()
    assert ask(app, GRACE).text == answer.text
    deliver_all(app)
    assert len(mails(app, GRACE)) == had
    with app.app_context():
        latest = db.session.scalars(sa.select(Delivery).order_by(Delivery.id.desc())).first()
        assert latest is not None
        assert (latest.state, latest.reason) == ("skipped", "Very many links were mailed today.")


def test_a_tag_makes_another_address(app: Flask, visitor: Browser) -> None:
    """Whoever reads a+b@ need not be who reads a@: neither is shown what the other booked."""
    visitor.booked(FIRST, email="grace+x@example.com")
    assert ask(app, GRACE).status_code == 200
    deliver_all(app)
    assert mails(app, GRACE) == []
    assert "8:30 pm" in text_of(Browser(app).get(link_for(app, "Grace+x@example.com")))


def test_everything_can_be_taken_along(town: Flask) -> None:
    """One file with bookings, messages, waiting list, wishes and numbers."""
    answer = Browser(town).get(f"{link_for(town, ASHA)}/export.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-bookings.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    found = answer.get_json()
    assert [row["starts_at"] for row in found["bookings"]] == [FIRST, THIRD]
    assert {row["question"] for row in found["bookings"]} == {QUESTION}
    assert [(row["topic"], row["attendee_phone"]) for row in found["waiting"]] == [
        ("Anything flytekit-related", NUMBER)
    ]
    assert [row["question"] for row in found["wishes"]] == [QUESTION]
    assert [row["e164"] for row in found["phone_codes"]] == [NUMBER]
    assert {row["recipient"].lower() for row in found["messages"]} == {ASHA, NUMBER}
    assert "Mine alone" not in answer.text
    assert GRACE not in answer.text


def test_erased_is_erased(town: Flask) -> None:
    """Whatever the table: no address, name, number or word of theirs; Grace's booking is untouched."""
    link = link_for(town, ASHA)
    old = Browser(town).get(link).text
    assert text_of(Browser(town).get(f"{link}/erase")).count("Flyte releases") == 1
    answer = erase(town, link)
    assert answer.location == "/my-bookings"
    rest = dump(town).lower()
    for word in (ASHA, "asha", "rao", "secret map task", NUMBER[1:]):
        assert word not in rest, word
    assert "mine alone" in rest
    assert "something else" in rest
    for way in re.findall(r'href="(/b/[^"]+|/waiting/[^"]+)"', old):
        assert Browser(town).get(way).status_code == 404
    assert Browser(town).get(link).status_code == 404
    assert [(one.status, one.cancelled_by) for one in bookings(town)] == [
        ("confirmed", None),
        ("cancelled", "attendee"),
        ("confirmed", None),
    ]


def test_maintainers_are_told_and_their_calendars_cleared(town: Flask) -> None:
    """A cancellation without a name to whoever would have given it; work orders for the events of both sessions."""
    with town.app_context():
        event = {"state": "written", "href": "/x.ics", "pushed_sequence": 0, "tried_at": NOW}
        db.session.add(CalendarEvent(booking_id=1, calendar_id=1, **event))
        db.session.commit()
    erase(town, link_for(town, ASHA))
    deliver_all(town)
    told = mails(town, bookings(town)[1].maintainer.email)[-1]
    assert "cancelled" in told["Subject"].lower()
    assert "(erased)" in body(told)
    with town.app_context():
        orders = sa.text("SELECT name, workflow_uuid FROM workflow_status WHERE workflow_uuid LIKE 'erase:%'")
        assert [row.name for row in db.session.execute(orders)] == ["remove_past_event"]
        settled = sa.text("SELECT count(*) FROM workflow_status WHERE workflow_uuid = 'settle:2:1.cancelled'")
        assert db.session.scalar(settled) == 1
        assert db.session.scalars(sa.select(JournalEntry.text)).all() == [REASON]


def test_the_event_of_a_past_session_leaves_its_calendar(make_app: MakeApp, clock: Clock) -> None:
    """It has the person's name and question, and is taken out of the maintainer's calendar."""
    mounted: dict[str, Any] = {}
    with serve(lambda environ, start_response: mounted["dav"](environ, start_response)) as base:
        app = make_app(dav_url=f"{base}/dav")
        mounted["dav"] = dav_app(app)
        Browser(app).booked(OPENING, "deploy_auth", email=ASHA)
        settle(app)
        with app.app_context():
            password = app_passwords.create(app.extensions["officehours"], account_of(EXPERT).maintainer_id or 0, "x")
        calendar = RawCalendar(f"{base}/dav/{EXPERT}/office-hours/", EXPERT, password)
        assert len(calendar.names()) == 1
        clock.advance(days=2)
        erase(app, link_for(app, ASHA))
        with app.app_context():
            orders = sa.text("SELECT workflow_uuid FROM workflow_status WHERE name = 'remove_past_event'")
            [order] = db.session.scalars(orders).all()
            remove_past(int(order.rpartition(".")[2]), 0)
        assert calendar.names() == []
        calendar.close()


def test_a_number_that_said_stop_stays_stopped(town: Flask) -> None:
    """The number alone is remembered, so that nobody texts it again."""
    with town.app_context():
        db.session.add(PhoneNumber(e164=NUMBER, opted_out_at=NOW))
        db.session.commit()
    erase(town, link_for(town, ASHA))
    with town.app_context():
        assert db.session.scalars(sa.select(PhoneCode)).all() == []
        assert db.session.scalar(sa.text("SELECT opted_out_at FROM phone_number")) is not None
    assert ASHA not in dump(town)


def test_a_held_time_is_given_back(app: Flask, visitor: Browser) -> None:
    """Nobody was told of it, so nobody is now; somebody else can take it at once."""
    set_policy(app, verify_email=True)
    visitor.booked(SECOND, email=GRACE)
    erase(app, link_for(app, GRACE))
    with app.app_context():
        assert db.session.scalars(sa.select(Delivery.audience)).all() == ["attendee"]
    assert [one.status for one in bookings(app)] == ["cancelled"]


def test_the_first_page_leads_there(visitor: Browser) -> None:
    """From the foot of every page."""
    assert 'href="/my-bookings"' in visitor.get("/").text
    assert visitor.send("/my-bookings", visitor.get("/my-bookings"), email="x").status_code == 422

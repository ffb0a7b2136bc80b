"""The organisers' first page: who is on, what needs attention, and where it is mended."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from booking.extensions import db
from booking.models import Booking, Calendar, Delivery, Expertise
from booking.paging import PAGE
from tests.web.browser import Browser, bookings, text_of
from tests.web.conftest import FIRST, NOW, Clock
from tests.web.places import HELD


def test_an_empty_office_says_so(app: Flask) -> None:
    """Nobody is on, nothing was asked in vain, and each count is there with nought."""
    said = text_of(Browser(app).sign_in(None).get("/admin"))
    assert "Nobody: no session is booked for the next seven days." in said
    assert "every question found a topic" in said
    assert "Two people or more know each topic well." in said
    assert "0 booked from today on" in said


def test_who_is_on_by_day_with_maintainer_and_slot(app: Flask, visitor: Browser, clock: Clock) -> None:
    """In the community's zone; until it is over, and not before the seven days that begin today."""
    visitor.booked(FIRST)
    [booking] = bookings(app)
    admin = Browser(app).sign_in(None)
    said = text_of(admin.get("/admin"))
    assert "Monday 30 November 2026 7:00 am Los Angeles, UTC-8: " in said
    assert f"{booking.maintainer.name} on Anything flytekit-related, slot 7am, with Asha Rao" in said
    clock.now = booking.ends_at
    assert "Nobody: no session" in text_of(admin.get("/admin"))


@pytest.mark.parametrize(
    ("status", "days", "count"),
    [
        ("confirmed", 0, "1 booked from today on"),
        ("held", 0, "1 waiting for an address"),
        ("completed", 1, "1 given in the last four weeks"),
        ("confirmed", 1, "1 over in the last four weeks"),
        ("no-show", 27, "1 to which nobody came"),
        ("cancelled", 28, "1 cancelled in the last four weeks"),
        ("cancelled", 29, "0 cancelled in the last four weeks"),
    ],
)
def test_sessions_are_counted_by_what_became_of_them(
    app: Flask, visitor: Browser, clock: Clock, status: str, days: int, count: str
) -> None:
    """Days are the community's: the four weeks end with yesterday."""
    visitor.booked(FIRST)
    with app.app_context():
        db.session.execute(sa.update(Booking).values(status=status))
        db.session.commit()
    clock.now = NOW
    clock.advance(days=days)
    assert count in text_of(Browser(app).sign_in(None).get("/admin"))


def test_each_trouble_leads_to_where_it_is_mended(app: Flask, visitor: Browser) -> None:
    """A message can be sent again on the spot, those that wait are listed, and a calendar's owner is written to."""
    visitor.booked(FIRST)
    with app.app_context():
        execute = db.session.execute
        execute(sa.update(Delivery).where(Delivery.lead == "24h").values(state="failed", reason="Mailbox full."))
        waits = {"state": "pending", "reason": "No answer.", "due_at": NOW.replace(hour=8)}
        execute(sa.update(Delivery).where(Delivery.audience == "maintainer").values(waits))
        execute(sa.update(Calendar).where(Calendar.id == 1).values(last_error="Password refused."))
        db.session.commit()
    page = Browser(app).sign_in(None).get("/admin").text
    assert re.search(r'href="#attention">\d+ things need attention<', page)
    assert "/send-again" in page
    assert 'href="/admin/messages?state=pending&amp;channel=email"' in page
    assert 'href="mailto:example-1@example.org"' in page


def test_topics_that_hang_on_one_person_are_named(app: Flask) -> None:
    """And those that nobody can take alone, with the difference said."""
    with app.app_context():
        db.session.execute(sa.delete(Expertise).where(Expertise.topic_id.in_((1, 2))))
        db.session.execute(sa.insert(Expertise).values(maintainer_id=1, topic_id=1, level=3))
        db.session.commit()
    said = text_of(Browser(app).sign_in(None).get("/admin"))
    assert "if one person leaves, nobody is left" in said
    assert "nobody can take it alone" in said


def test_questions_without_a_topic_are_news_for_four_weeks(app: Flask, visitor: Browser, clock: Clock) -> None:
    """With a way to try them; older ones are not shown as if they were of today."""
    visitor.send("/find", visitor.get("/"), question="How do I bake sourdough bread?")
    visitor.send("/find/none", visitor.get("/find"), tz="Asia/Kolkata")
    assert "sourdough" in Browser(app).sign_in(None).get("/admin").text
    clock.advance(days=29)
    later = text_of(Browser(app).sign_in(None).get("/admin"))
    assert "sourdough" not in later
    assert "every question found a topic" in later


def audiences(page: TestResponse) -> set[str]:
    """To whom the messages on the page went."""
    return set(re.findall(r"\(<bdi>([^<]+)</bdi>\)", page.text))


def test_messages_by_channel_state_and_recipient(town: Flask) -> None:
    """Filters go together; a recipient is never in an address, where logs would have it."""
    admin = Browser(town).sign_in(None)
    page = admin.get("/admin/messages")
    assert {"asha@example.com", HELD} <= audiences(page)
    assert audiences(admin.send("/admin/messages", page, recipient="HELD@")) == {HELD}
    assert audiences(admin.send("/admin/messages", page, recipient="%")) == set()
    assert HELD not in audiences(admin.get("/admin/messages?state=pending"))
    none = admin.send("/admin/messages", page, channel="sms", recipient="held")
    assert "No message is like this." in text_of(none)
    assert 'value="held"' in none.text
    assert 'method="post"' in none.text


def test_pages_of_messages_lead_on_with_the_same_filters(town: Flask) -> None:
    """The newest first, none twice and none left out."""
    with town.app_context():
        row = db.session.scalars(sa.select(Delivery).where(Delivery.recipient == HELD)).first()
        same = {column.name: getattr(row, column.key) for column in Delivery.__table__.columns if column.name != "id"}
        rows = [{**same, "channel": "chat", "sequence": each} for each in range(PAGE + 5)]
        db.session.execute(sa.insert(Delivery), rows)
        db.session.commit()
    admin = Browser(town).sign_in(None)
    page = admin.get("/admin/messages?channel=chat")
    [before] = re.findall(r'name="before" value="(\d+)"', page.text)
    older = admin.send("/admin/messages", page, channel="chat", before=before)
    assert [each.text.count("by chat</strong>") for each in (page, older)] == [PAGE, 5]
    assert "Newest" in older.text
    assert "Older" not in text_of(older)
    assert admin.get("/admin/messages?before=x").status_code == 200


@pytest.mark.parametrize("filters", ["state=lost", "channel=pigeon"])
def test_a_wrong_filter_of_messages_is_said(town: Flask, filters: str) -> None:
    """422, with a link to the field."""
    page = Browser(town).sign_in(None).get(f"/admin/messages?{filters}")
    assert page.status_code == 422
    assert f'href="#{filters.partition("=")[0]}"' in page.text


def test_sending_again_leads_back_to_the_same_filters(town: Flask) -> None:
    """The recipient too, and still no address has it."""
    with town.app_context():
        db.session.execute(sa.update(Delivery).where(Delivery.recipient == HELD).values(state="failed"))
        db.session.commit()
    admin = Browser(town).sign_in(None)
    page = admin.send("/admin/messages", admin.get("/admin/messages"), state="failed", channel="email", recipient=HELD)
    [path] = re.findall(r'action="(/admin/messages/\d+/send-again)"', page.text)
    back = admin.send(path, page)
    assert (back.status_code, back.location) == (307, "/admin/messages")  # which a browser sends the same form to
    listed = admin.send(back.location, page).text
    assert "It is tried again" in listed
    for chosen in ('value="failed" selected', 'value="email" selected', f'value="{HELD}"'):
        assert chosen in listed


def test_mallory_finds_no_recipient(town: Flask) -> None:
    """Not by page, not by search, not by sending something again."""
    mallory = Browser(town).sign_in("example-2")
    form = mallory.get("/maintainer")
    for answer in (
        mallory.get("/admin/messages"),
        mallory.send("/admin/messages", form, recipient="held"),
        mallory.send("/admin/messages/1/send-again", form),
    ):
        assert answer.status_code == 403
        assert HELD not in answer.text

"""The organisers' first page: who is on, what needs attention, and where it is mended."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.models import Booking, Calendar, Delivery, Expertise
from tests.web.browser import Browser, bookings, text_of
from tests.web.conftest import FIRST, NOW, Clock


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
    assert "/send-again" in page
    assert 'href="/admin/messages?state=pending"' in page
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

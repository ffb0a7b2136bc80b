"""The private pages of a booking."""

from __future__ import annotations

import re

import icalendar
import pytest
import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.links import Purpose
from booking.models import Booking, BookingStatus, Community, Delivery, DeliveryState, Topic
from tests.web.browser import Browser, bookings, set_policy, text_of
from tests.web.conftest import FIRST, SECOND, Clock
from tests.web.places import deliver_all, token


@pytest.fixture
def link(visitor: Browser) -> str:
    """The private page of a booking on the first opening."""
    return visitor.booked(FIRST)


def test_moving_shows_both_times_before_it_happens(visitor: Browser, app: Flask, link: str) -> None:
    """Choose, review with the old time struck through, press: moved, and the page says from when."""
    choose = visitor.get(f"{link}/move")
    assert SECOND in choose.text
    review = visitor.get(f"{link}/move/confirm", query_string={"start": SECOND, "tz": "Asia/Kolkata"})
    assert "<del>Monday 30 November 2026, 8:30 pm (Kolkata, UTC+5:30)</del>" in review.text
    assert "Tuesday 1 December 2026, 10:30 am" in text_of(review)
    assert "Move to Tuesday 10:30 am" in text_of(review)
    assert bookings(app)[0].sequence == 0
    moved = visitor.send(f"{link}/move", review)
    assert (moved.status_code, moved.location) == (303, link)
    [booking] = bookings(app)
    assert booking.starts_at.isoformat() == "2026-12-01T05:00:00+00:00"
    assert "Moved from <del>Monday 30 November 2026, 8:30 pm" in visitor.get(link).text


def test_a_session_on_a_topic_that_is_gone_stays_where_it_is(visitor: Browser, app: Flask, link: str) -> None:
    """The page of times says so, the session can still be cancelled."""
    with app.app_context():
        db.session.execute(sa.update(Topic).values(retired=True))
        db.session.execute(sa.update(Community).values(revision=Community.revision + 1))
        db.session.commit()
    for path in (f"{link}/move", f"{link}/move/confirm?start={SECOND}"):
        page = visitor.get(path)
        assert page.status_code == 404
        assert "is not offered any more" in text_of(page)
    assert visitor.send(f"{link}/cancel", visitor.get(f"{link}/cancel")).status_code == 303
    assert bookings(app)[0].status == "cancelled"


def test_moving_to_a_lost_time_changes_nothing_and_offers_others(visitor: Browser, app: Flask, link: str) -> None:
    """409, the reason, the nearest times to go on with; the old time stays."""
    review = visitor.get(f"{link}/move/confirm", query_string={"start": "2026-12-01T16:00:00Z"})
    page = visitor.send(f"{link}/move", review)
    assert page.status_code == 409
    assert "Nothing has been changed" in page.text
    assert re.findall(r'type="radio" name="start" value="([^"]+)"', page.text)
    assert bookings(app)[0].sequence == 0


def test_moving_without_a_time_asks_for_one(visitor: Browser, link: str) -> None:
    """Nothing chosen: the times again, with the problem on top."""
    for start in ("", "tomorrow", "2026-12-01T05:00:00"):
        page = visitor.get(f"{link}/move/confirm", query_string={"start": start})
        assert page.status_code == 422
        assert "Choose a time to go on." in text_of(page)


def test_cancelling_asks_once_and_gives_the_time_back(visitor: Browser, app: Flask, link: str) -> None:
    """The question first; pressed, the page says by whom and why, and leads to another time."""
    ask = visitor.get(f"{link}/cancel")
    assert bookings(app)[0].status == BookingStatus.CONFIRMED
    answer = visitor.send(f"{link}/cancel", ask, reason="Solved it <myself>")
    assert answer.location == link
    page = visitor.get(link)
    assert bookings(app)[0].cancelled_by == "attendee"
    assert "You cancelled it." in page.text
    assert "Solved it &lt;myself&gt;" in page.text
    assert "Book another time" in page.text
    assert "/cancel" not in page.text
    assert visitor.booked(FIRST)


def test_what_cannot_be_changed_any_more_says_so(visitor: Browser, app: Flask, link: str, clock: Clock) -> None:
    """A cancelled or begun session cannot be moved or cancelled; every way to it is a 409 with a way back."""
    ask, review = visitor.get(f"{link}/cancel"), visitor.get(f"{link}/move/confirm", query_string={"start": SECOND})
    clock.advance(hours=6.1)
    for page in (
        visitor.get(f"{link}/move"),
        visitor.get(f"{link}/cancel"),
        visitor.get(f"{link}/move/confirm", query_string={"start": SECOND}),
        visitor.send(f"{link}/move", review),
        visitor.send(f"{link}/cancel", ask),
    ):
        assert page.status_code == 409
        assert "This session has already begun." in text_of(page)
    assert bookings(app)[0].status == BookingStatus.CONFIRMED


def test_a_long_reason_is_sent_back(visitor: Browser, app: Flask, link: str) -> None:
    """Too long: 422, with the text kept, and nothing cancelled."""
    page = visitor.send(f"{link}/cancel", visitor.get(f"{link}/cancel"), reason="because " * 100)
    assert page.status_code == 422
    assert "because because" in page.text
    assert bookings(app)[0].status == BookingStatus.CONFIRMED


def test_the_calendar_file_names_the_same_event(visitor: Browser, app: Flask, link: str) -> None:
    """A download with the booking's UID and instant; after cancelling it is the cancellation."""
    file = visitor.get(f"{link}/invite.ics")
    event = icalendar.Calendar.from_ical(file.data).walk("VEVENT")[0]
    [booking] = bookings(app)
    assert file.mimetype == "text/calendar"
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert event["UID"] == booking.uid
    assert event.start == booking.starts_at
    visitor.send(f"{link}/cancel", visitor.get(f"{link}/cancel"))
    assert b"METHOD:CANCEL" in visitor.get(f"{link}/invite.ics").data


def test_an_unproven_address_confirms_by_its_own_link(visitor: Browser, app: Flask) -> None:
    """Held: the page says what to do and shows no way to join; the mailed link asks, and pressing books."""
    set_policy(app, verify_email=True)
    link = visitor.booked(FIRST)
    held = visitor.get(link)
    assert "Not booked yet." in held.text
    assert "/join" not in held.text
    verify = f"/b/{token(app, Purpose.VERIFY)}/verify"
    ask = visitor.get(verify)
    assert bookings(app)[0].status == BookingStatus.HELD
    answer = visitor.send(verify, ask)
    assert answer.location == link
    assert bookings(app)[0].status == BookingStatus.CONFIRMED
    assert "You are booked" in visitor.get(link).text
    assert visitor.get(verify).location == link


def test_a_hold_that_ran_out_says_so(visitor: Browser, app: Flask, clock: Clock) -> None:
    """After fifteen minutes: the private page, the question and the button all say that the time is given back."""
    set_policy(app, verify_email=True)
    link = visitor.booked(FIRST)
    verify = f"/b/{token(app, Purpose.VERIFY)}/verify"
    ask = visitor.get(verify)
    clock.advance(minutes=15)
    assert "This time has been given back" in visitor.get(link).text
    assert visitor.get(verify).status_code == 410
    assert visitor.send(verify, ask).status_code == 409
    assert bookings(app)[0].status == BookingStatus.HELD


def test_messages_are_shown_with_their_state(visitor: Browser, app: Flask, link: str) -> None:
    """Printed, planned, failed and unneeded: each in words, with times in the visitor's zone."""
    deliver_all(app)
    said = text_of(visitor.get(link))
    assert "Confirmation by email: printed Monday 30 November 2026, 2:30 pm (Kolkata, UTC+5:30), not sent" in said
    assert "Reminder by email: planned for Monday 30 November 2026, 7:30 pm (Kolkata, UTC+5:30)" in said
    assert "Booked less than this before the start." in said
    with app.app_context():
        db.session.execute(
            sa.update(Delivery)
            .where(Delivery.state == DeliveryState.PRINTED)
            .values(state=DeliveryState.FAILED, reason="The mailbox is full.")
        )
        db.session.commit()
    assert "Confirmation by email: failed: The mailbox is full." in text_of(visitor.get(link))


def test_the_maintainers_messages_stay_the_maintainers(visitor: Browser, app: Flask, link: str) -> None:
    """The attendee's page lists what goes to the attendee and shows no address of the maintainer."""
    with app.app_context():
        booking = db.session.scalars(sa.select(Booking)).one()
        address = booking.maintainer.email
    assert address not in visitor.get(link).text

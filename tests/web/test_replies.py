"""Attendees' answers out of a real mailbox, and what follows from them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.effects.replies import read_replies
from booking.extensions import db
from booking.models import Booking, BookingStatus, Calendar
from tests.calendars.replies import PROGRAMS, Answer
from tests.servers.imap import Mailbox, run_imap
from tests.web.browser import Browser, bookings, text_of
from tests.web.conftest import FIRST, NOW, SECOND, Clock, MakeApp
from tests.web.places import deliver_all
from tests.web.printed import invitations

pytestmark = pytest.mark.usefixtures("without_rescue")

LUNCH = b"From: a@example.com\r\nSubject: Lunch?\r\n\r\nMETHOD:REPLY\r\n"


@pytest.fixture
def inbox() -> Iterator[Mailbox]:
    with run_imap() as mailbox:
        yield mailbox


@pytest.fixture
def app(make_app: MakeApp, inbox: Mailbox) -> Flask:
    return make_app(imap_url=inbox.url)


@pytest.fixture
def link(visitor: Browser) -> str:
    """The private page of a session that Asha booked."""
    return visitor.booked(FIRST)


@pytest.fixture
def answer(app: Flask, link: str) -> Answer:
    """Asha declines it."""
    return Answer(bookings(app)[0].uid)


def read(app: Flask) -> None:
    """One round, as the job engine would have it done."""
    with app.app_context():
        read_replies()


@pytest.mark.parametrize("program", PROGRAMS)
def test_who_declines_has_cancelled(app: Flask, inbox: Mailbox, answer: Answer, program: str) -> None:
    """The session is called off by the attendee, both sides are told, the time is free, the mail is read."""
    uid = inbox.deliver(answer.mail(program), NOW.date())
    deliver_all(app)
    read(app)
    [booking] = bookings(app)
    assert (booking.status, booking.cancelled_by) == (BookingStatus.CANCELLED, "attendee")
    assert (booking.cancel_reason, booking.attendee_reply) == ("Declined in their calendar.", "declined")
    assert inbox.mails[uid].seen
    deliver_all(app)
    assert [method for method, _ in invitations(app, "asha@example.com")] == ["REQUEST", "CANCEL"]
    assert Browser(app).booked(FIRST, email="noor@example.com")


@pytest.mark.parametrize(("partstat", "kept"), [("ACCEPTED", "accepted"), ("TENTATIVE", "tentative")])
def test_who_accepts_is_noted(app: Flask, inbox: Mailbox, answer: Answer, partstat: str, kept: str) -> None:
    """The answer is kept, and nothing else happens."""
    uid = inbox.deliver(replace(answer, partstat=partstat).mail(), NOW.date())
    read(app)
    [booking] = bookings(app)
    assert (booking.status, booking.sequence, booking.attendee_reply) == (BookingStatus.CONFIRMED, 0, kept)
    assert inbox.mails[uid].seen


def test_the_later_answer_counts(app: Flask, inbox: Mailbox, answer: Answer) -> None:
    """Whichever mail came first; of two alike, the one that came last."""
    late, early = answer, replace(answer, partstat="ACCEPTED", stamp=answer.stamp - timedelta(minutes=5))
    for said, kept in (
        (replace(late, partstat="TENTATIVE"), "tentative"),
        (early, "tentative"),
        (replace(late, partstat="ACCEPTED"), "accepted"),
    ):
        inbox.deliver(said.mail(), NOW.date())
        read(app)
        assert bookings(app)[0].attendee_reply == kept
    assert all(mail.seen for mail in inbox.mails.values())


def test_an_answer_to_an_earlier_time_says_nothing_about_this_one(
    app: Flask, visitor: Browser, inbox: Mailbox, link: str, answer: Answer
) -> None:
    """A move takes the answer back; one to the old invitation is settled, one to the new is followed."""
    inbox.deliver(replace(answer, partstat="ACCEPTED").mail(), NOW.date())
    read(app)
    visitor.send(f"{link}/move", visitor.get(f"{link}/move/confirm", query_string={"start": SECOND}))
    assert bookings(app)[0].attendee_reply is None
    uid = inbox.deliver(answer.mail("apple"), NOW.date())
    read(app)
    assert (bookings(app)[0].status, bookings(app)[0].attendee_reply) == (BookingStatus.CONFIRMED, None)
    assert inbox.mails[uid].seen
    inbox.deliver(replace(answer, sequence=1).mail("apple"), NOW.date())
    read(app)
    assert bookings(app)[0].status == BookingStatus.CANCELLED


def test_mails_for_people_stay_unread_and_are_looked_at_once(app: Flask, inbox: Mailbox, answer: Answer) -> None:
    """Other mails, answers by others or about other things, large ones and old ones: nothing of them is touched."""
    for mail in (
        LUNCH,
        replace(answer, attendee="asha+flyte@example.com").mail(),
        replace(answer, attendee="mallory@example.com").mail(),
        replace(answer, uid="0" * 32 + "@officehours").mail(),
        replace(answer, uid="\x00@officehours").mail(),
        replace(answer, uid=answer.uid.replace("@officehours", "@example.com")).mail(),
    ):
        inbox.deliver(mail, NOW.date())
    large = inbox.deliver(answer.mail() + b" " * 500_000, NOW.date())
    old = inbox.deliver(answer.mail(), NOW.date() - timedelta(days=15))
    for _ in range(3):
        read(app)
    assert inbox.fetched() == [1, 2, 3, 4, 5, 6]
    assert not any(mail.flags for mail in inbox.mails.values())
    assert (large, old) == (7, 8)
    assert bookings(app)[0].attendee_reply is None


def test_addresses_are_compared_as_mail_servers_do(app: Flask, inbox: Mailbox, answer: Answer) -> None:
    """Upper and lower case are the same person."""
    inbox.deliver(replace(answer, attendee="Asha@Example.COM").mail(), NOW.date())
    read(app)
    assert bookings(app)[0].status == BookingStatus.CANCELLED


@pytest.mark.parametrize(("invited", "status"), [(True, "cancelled"), (False, "confirmed")])
def test_a_maintainer_declines_only_what_came_by_mail(
    app: Flask, inbox: Mailbox, answer: Answer, invited: bool, status: str
) -> None:
    """With no calendar to delete it from, their answer calls it off; with one, the calendar is where they say no."""
    with app.app_context():
        db.session.execute(sa.update(Calendar).values(writes=not invited))
        db.session.commit()
        address = db.session.scalars(sa.select(Booking)).one().maintainer.email
    inbox.deliver(replace(answer, attendee=address).mail("gmail"), NOW.date())
    read(app)
    [booking] = bookings(app)
    assert booking.status == status
    assert booking.cancelled_by == ("maintainer" if invited else None)


def test_a_round_is_fifty_mails(app: Flask, inbox: Mailbox, answer: Answer) -> None:
    """A full mailbox is worked off in rounds, oldest first."""
    for _ in range(60):
        inbox.deliver(LUNCH, NOW.date())
    inbox.deliver(answer.mail(), NOW.date())
    read(app)
    assert inbox.fetched() == list(range(1, 51))
    read(app)
    assert inbox.fetched() == list(range(1, 62))
    assert bookings(app)[0].status == BookingStatus.CANCELLED


def test_mailbox_that_begins_anew(app: Flask, inbox: Mailbox, answer: Answer) -> None:
    """With another UIDVALIDITY the UIDs say nothing: all is looked at again."""
    inbox.deliver(LUNCH, NOW.date())
    read(app)
    inbox.validity, inbox.mails = 8, {}
    inbox.deliver(answer.mail(), NOW.date())
    read(app)
    assert bookings(app)[0].status == BookingStatus.CANCELLED


@pytest.mark.parametrize("broken", ["drop", "refusal"])
def test_nothing_is_lost_between_the_answer_and_its_mark(
    app: Flask, inbox: Mailbox, answer: Answer, clock: Clock, broken: str
) -> None:
    """The answer is committed before the mail is marked; the repeat changes nothing and marks it."""
    uid = inbox.deliver(answer.mail(), NOW.date())
    inbox.drop, inbox.replies = ("STORE", {}) if broken == "drop" else ("", {"STORE": "NO not now"})
    read(app)
    assert not inbox.mails[uid].seen
    assert (bookings(app)[0].status, bookings(app)[0].sequence) == (BookingStatus.CANCELLED, 1)
    inbox.drop, inbox.replies = "", {}
    clock.advance(minutes=2)
    read(app)
    assert inbox.mails[uid].seen
    assert bookings(app)[0].sequence == 1


def test_a_session_that_has_begun_is_not_called_off(app: Flask, inbox: Mailbox, answer: Answer, clock: Clock) -> None:
    """The answer is kept all the same."""
    clock.advance(hours=6.1)
    inbox.deliver(answer.mail(), NOW.date())
    read(app)
    assert (bookings(app)[0].status, bookings(app)[0].attendee_reply) == (BookingStatus.CONFIRMED, "declined")


@pytest.mark.parametrize("command", ["LOGIN", "SELECT", "SEARCH", "FETCH"])
def test_a_broken_mailbox_is_told_and_left_alone(
    app: Flask, inbox: Mailbox, answer: Answer, clock: Clock, caplog: pytest.LogCaptureFixture, command: str
) -> None:
    """Logged without content, shown to the administrator, asked less and less often; then all goes on."""
    inbox.deliver(answer.mail(), NOW.date())
    inbox.drop = command
    with caplog.at_level(logging.DEBUG):
        for _ in range(30):
            read(app)
            clock.advance(minutes=2)
    assert inbox.count(command) + inbox.count(f"UID {command}") == 5
    assert len(caplog.records) == 5
    assert "asha" not in caplog.text.lower()
    page = text_of(Browser(app).sign_in(None).get("/admin"))
    assert "Replies by mail are not read after 5 attempts." in page
    inbox.drop = ""
    clock.advance(hours=1)
    read(app)
    assert bookings(app)[0].attendee_reply == "declined"
    assert "Replies by mail" not in text_of(Browser(app).sign_in(None).get("/admin"))


def test_a_mail_the_server_cannot_give_holds_up_no_other(app: Flask, inbox: Mailbox, answer: Answer) -> None:
    """It is passed over, and stays for people."""
    inbox.deliver(LUNCH, NOW.date())
    inbox.lost.add(1)
    inbox.deliver(answer.mail(), NOW.date())
    read(app)
    assert bookings(app)[0].status == BookingStatus.CANCELLED


def test_without_a_mailbox_nothing_is_read(make_app: MakeApp, inbox: Mailbox) -> None:
    """Unset, the setting costs nothing."""
    read(make_app())
    assert inbox.asked == []

"""A session that its maintainer cannot give: another expert at the same time, else the nearest times."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.effects.rescue import look_after, rescue
from booking.extensions import db
from booking.models import Booking, Leave, Maintainer, MaintainerSlot, Topic
from tests.booking.mails import body
from tests.web.browser import Browser, bookings, set_policy, text_of
from tests.web.conftest import FIRST, Clock
from tests.web.places import deliver_all
from tests.web.printed import invitations, mails

GUEST = "asha@example.com"


@pytest.fixture
def link(app: Flask, visitor: Browser) -> str:
    link = visitor.booked(FIRST)
    deliver_all(app)
    return link


def decline(app: Flask, reason: str = "") -> str:
    """The session's present maintainer declines it; gives what their page says."""
    [booking] = bookings(app)
    staff = Browser(app).sign_in(booking.maintainer.key)
    answer = staff.send(f"/maintainer/sessions/{booking.id}/decline", staff.get("/maintainer"), reason=reason)
    assert answer.status_code == 303
    deliver_all(app)
    return text_of(staff.get("/maintainer"))


def rescue_all(app: Flask) -> None:
    """What was ordered, as the job engine would do it."""
    with app.app_context():
        for booking_id in db.session.scalars(sa.select(Booking.id).where(Booking.given_back.is_not(None))).all():
            rescue(booking_id, 0)
    deliver_all(app)


def nobody_else(app: Flask) -> None:
    """Only the present maintainer staffs any slot."""
    with app.app_context():
        mine = sa.select(Booking.maintainer_id).scalar_subquery()
        db.session.execute(sa.delete(MaintainerSlot).where(MaintainerSlot.maintainer_id != mine))
        db.session.execute(sa.text("UPDATE community SET revision = revision + 1"))
        db.session.commit()


def test_declined_it_goes_to_another_at_the_same_time(app: Flask, link: str, visitor: Browser) -> None:
    """Both sides and the former maintainer are told once; the booking says who was asked before, and why."""
    [before] = bookings(app)
    page = decline(app)
    [after] = bookings(app)
    assert f"{after.maintainer.name} gives the session with Asha Rao now." in page
    assert after.maintainer.key != before.maintainer.key
    assert (after.starts_at, after.status, after.sequence) == (before.starts_at, "confirmed", 1)
    assert [(method, int(event["SEQUENCE"])) for method, event in invitations(app, GUEST)] == [
        ("REQUEST", 0),
        ("REQUEST", 1),
    ]
    subjects = [mail["Subject"] for mail in mails(app, GUEST)]
    assert subjects[1].startswith(f"Now with {after.maintainer.name}, ")
    assert mails(app, after.maintainer.email)[-1]["Subject"].startswith("Handed over to you, ")
    former = mails(app, before.maintainer.email)[-1]
    assert former["Subject"].startswith("Not yours any more, ")
    assert "Another maintainer gives this Flyte office hours session now." in body(former)
    assert "reason given" not in body(former)
    private = text_of(visitor.get(link))
    assert f"{before.maintainer.name} cannot give it." in private
    assert after.reasons[1]["text"] in private
    assert "in four weeks" not in private
    assert "Moved from" not in private


def test_who_gave_it_back_is_not_asked_again(app: Flask, link: str) -> None:
    """It goes from one to the next until nobody is left; then it is cancelled, with the nearest times in the mail."""
    had = []
    while bookings(app)[0].status == "confirmed":
        had.append(bookings(app)[0].maintainer.key)
        page = decline(app, reason="I am ill")
    assert len(had) == len(set(had)) > 1
    assert "Nobody else is free then, so the session with Asha Rao is cancelled." in page
    last = body(mails(app, GUEST)[-1])
    assert "I am ill" in last
    assert "The nearest free times:" in last
    assert last.count("tz=Asia%2FKolkata") == 4


def test_where_the_community_does_not_want_that_it_is_cancelled(app: Flask, link: str) -> None:
    """The policy is the community's; whose it was reads why, and not that somebody else was asked."""
    set_policy(app, rescue=False)
    staff = Browser(app).sign_in(bookings(app)[0].maintainer.key)
    assert "Somebody else" not in text_of(staff.get("/maintainer/sessions/1/decline"))
    assert "The session with Asha Rao is cancelled." in decline(app)
    [booking] = bookings(app)
    assert booking.status == "cancelled"
    mail = body(mails(app, booking.maintainer.email)[-1])
    assert "You cannot give this Flyte office hours session, so it is cancelled." in mail


def test_where_its_topic_is_gone_nobody_else_is_asked(app: Flask, link: str) -> None:
    """And nobody is said to have been: neither on the page nor in the mail."""
    with app.app_context():
        db.session.execute(sa.update(Topic).values(retired=True))
        db.session.commit()
    set_policy(app)
    page = decline(app)
    assert "The session with Asha Rao is cancelled." in page
    assert "Nobody else" not in page
    [booking] = bookings(app)
    mail = body(mails(app, booking.maintainer.email)[-1])
    assert "You cannot give this Flyte office hours session, so it is cancelled." in mail


def test_shortly_before_the_start_it_still_goes_to_another(app: Flask, link: str, clock: Clock) -> None:
    """The notice a booking needs is none that a hand-over needs; once it has begun it is too late."""
    clock.now = bookings(app)[0].starts_at - timedelta(minutes=30)
    first = bookings(app)[0].maintainer.key
    decline(app)
    second = bookings(app)[0].maintainer.key
    assert second != first
    clock.advance(minutes=31)
    assert "This session has already begun." in decline(app)
    assert bookings(app)[0].maintainer.key == second


def test_what_has_begun_cannot_be_given_to_another(app: Flask, link: str, clock: Clock) -> None:
    """The maintainer's page offers it until the start; afterwards the session is still there, with its question."""
    [booking] = bookings(app)
    staff = Browser(app).sign_in(booking.maintainer.key)
    path = f"/maintainer/sessions/{booking.id}"
    assert "I cannot give it" in staff.get(path).text
    clock.now = booking.starts_at
    begun = staff.get(path).text
    assert "I cannot give it" not in begun
    assert booking.question in begun
    assert staff.get(f"{path}/decline").location == path
    clock.now = booking.ends_at
    past = staff.get("/maintainer")
    assert "Past sessions" in text_of(past)
    assert f'href="{path}"' in past.text


def test_on_leave_or_retired_their_sessions_go_to_others(app: Flask, link: str) -> None:
    """Found at the next round; a leave on other days changes nothing."""
    [before] = bookings(app)
    day = before.starts_at.date()
    for days, moved in ((3, False), (0, True)):
        with app.app_context():
            away = day + timedelta(days=days)
            db.session.add(Leave(maintainer_id=before.maintainer_id, first_day=away, last_day=away))
            db.session.execute(sa.text("UPDATE community SET revision = revision + 1"))
            db.session.commit()
            look_after()
        rescue_all(app)
        assert (bookings(app)[0].maintainer_id != before.maintainer_id) is moved
    assert "Another maintainer gives this Flyte" in body(mails(app, before.maintainer.email)[-1])
    [after], name = bookings(app), before.maintainer.name
    page = Browser(app).sign_in(after.maintainer.key).get(f"/maintainer/sessions/{after.id}")
    assert f"It went from {name} to {after.maintainer.name}, because {name} is away then." in text_of(page)


def test_a_maintainer_who_writes_that_they_are_away_gave_it_back_themselves(app: Flask, link: str) -> None:
    """Whatever words they choose, the history tells their word from what the service found."""
    [before] = bookings(app)
    decline(app, reason="They are away at that time.")
    [after] = bookings(app)
    page = Browser(app).sign_in(after.maintainer.key).get(f"/maintainer/sessions/{after.id}")
    names = before.maintainer.name, after.maintainer.name
    assert f"Handed over from {names[0]} to {names[1]} by {names[0]}." in text_of(page)


def test_a_rescue_that_was_lost_is_ordered_again(app: Flask, link: str, clock: Clock) -> None:
    """Given back, and whoever should have looked for somebody else was switched off."""
    [before] = bookings(app)
    with app.app_context():
        db.session.execute(sa.update(Booking).values(given_back="", given_back_by="maintainer"))
        db.session.commit()
        clock.advance(hours=1)
        look_after()
        orders = db.session.scalars(sa.text("SELECT workflow_uuid FROM workflow_status WHERE name = 'rescue_session'"))
        assert len(orders.all()) == 1
    rescue_all(app)
    assert bookings(app)[0].maintainer_id != before.maintainer_id


def test_a_session_moved_meanwhile_is_not_rescued(app: Flask, link: str, visitor: Browser) -> None:
    """Given back, and before somebody else was found its attendee moved it: whoever has it now keeps it."""
    with app.app_context():
        db.session.execute(sa.update(Booking).values(given_back="", given_back_by="maintainer"))
        db.session.commit()
    page = visitor.get(f"{link}/move/confirm", query_string={"start": "2026-12-01T15:00:00Z"})
    assert visitor.send(f"{link}/move", page).status_code == 303
    [moved] = bookings(app)
    rescue_all(app)
    with app.app_context():
        rescue(moved.id, 0)
    [after] = bookings(app)
    assert (after.maintainer_id, after.sequence, after.given_back) == (moved.maintainer_id, 1, None)


def test_mallory_cannot_decline_a_colleagues_session(app: Flask, link: str) -> None:
    """The number in the address is nobody's permission."""
    [booking] = bookings(app)
    with app.app_context():
        others = sa.select(Maintainer.key).where(Maintainer.id != booking.maintainer_id)
        mallory = Browser(app).sign_in(db.session.scalars(others).first())
    answer = mallory.send(f"/maintainer/sessions/{booking.id}/decline", mallory.get("/maintainer"))
    assert answer.status_code == 404
    assert bookings(app)[0].maintainer_id == booking.maintainer_id


def test_a_time_given_back_is_not_offered_with_them_again(app: Flask, link: str) -> None:
    """Neither in the mail about it nor on the page of times; their other times are."""
    nobody_else(app)
    time = bookings(app)[0].starts_at
    decline(app)
    mail = body(mails(app, GUEST)[-1])
    assert "The nearest free times:" in mail
    assert f"start={time:%Y-%m-%dT%H:%M:%SZ}" not in mail
    assert Browser(app).details(FIRST).status_code == 409


def test_nobody_else_knows_it(app: Flask, link: str) -> None:
    """The only one there is: cancelled at once, and the mail says by whom."""
    nobody_else(app)
    assert "so the session with Asha Rao is cancelled" in decline(app)
    assert "and nobody else takes it, so it is cancelled." in body(mails(app, bookings(app)[0].maintainer.email)[-1])
    assert "had to cancel" in body(mails(app, GUEST)[-1])

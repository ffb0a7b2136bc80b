"""A session's page: what its maintainer sees there and may do, and nobody else."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from booking.extensions import db
from booking.models import BookingStatus, Leave, Maintainer
from tests.booking.mails import body
from tests.web.browser import Browser, bookings, text_of
from tests.web.conftest import FIRST, SECOND, Clock
from tests.web.places import HELD, deliver_all
from tests.web.printed import mails

GUEST = "asha@example.com"
PATH = "/maintainer/sessions/1"
ACTIONS = ("decline", "hand-over", "move", "cancel")


@pytest.fixture
def link(app: Flask, visitor: Browser) -> str:
    """The private page of a session of 7am."""
    link = visitor.booked(FIRST)
    deliver_all(app)
    return link


def owner(app: Flask) -> Browser:
    return Browser(app).sign_in(bookings(app)[0].maintainer.key)


def post(browser: Browser, action: str, **fields: str) -> TestResponse:
    """Send an action's form."""
    return browser.send(f"{PATH}/{action}", browser.get(f"{PATH}/cancel"), **fields)


def colleagues(app: Flask) -> list[str]:
    """Who can be chosen to give the session."""
    return re.findall(r'name="to" type="radio" value="([^"]+)"', owner(app).get(f"{PATH}/hand-over").text)


def test_home_says_what_is_today_this_week_and_later(app: Flask, visitor: Browser) -> None:
    """In the maintainer's own zone, where 9pm in Los Angeles is tomorrow morning; each line leads to its page."""
    visitor.booked(FIRST)
    mine = bookings(app)[0].maintainer.key
    with app.app_context():
        db.session.execute(sa.text("DELETE FROM maintainer_slot WHERE maintainer_id != :id"), {"id": _id(mine)})
        db.session.execute(sa.text("UPDATE community SET revision = revision + 1"))
        db.session.commit()
    for day in ("2026-12-02", "2026-12-07"):
        visitor.booked(f"{day}T15:00:00Z", email=f"{day}@example.com")
    said = text_of(page := Browser(app).sign_in(mine).get("/maintainer"))
    order = [said.index(words) for words in ("Today", "Monday 30", "This week", "Wednesday 2", "Later", "Monday 7")]
    assert order == sorted(order)
    assert [f'href="/maintainer/sessions/{number}"' in page.text for number in (1, 2, 3)] == [True] * 3


def _id(key: str) -> int:
    return db.session.scalars(sa.select(Maintainer.id).where(Maintainer.key == key)).one()


def test_handed_over_to_a_named_colleague(app: Flask, link: str, visitor: Browser) -> None:
    """At the same time; the guest, the colleague and the former maintainer are told, and the history tells."""
    [before] = bookings(app)
    former, chosen = owner(app), colleagues(app)[-1]
    assert before.maintainer.key not in colleagues(app)
    answer = post(former, "hand-over", to=chosen)
    assert (answer.status_code, answer.location) == (303, "/maintainer")
    deliver_all(app)
    [after] = bookings(app)
    assert (after.maintainer.key, after.starts_at, after.status) == (chosen, before.starts_at, "confirmed")
    assert f"{after.maintainer.name} gives the session with Asha Rao now. Both were told." in text_of(
        former.get("/maintainer")
    )
    assert former.get(PATH).status_code == 404
    assert mails(app, GUEST)[-1]["Subject"].startswith(f"Now with {after.maintainer.name}, ")
    assert mails(app, after.maintainer.email)[-1]["Subject"].startswith("Handed over to you, ")
    assert mails(app, before.maintainer.email)[-1]["Subject"].startswith("Not yours any more, ")
    told = f"Handed over from {before.maintainer.name} to {after.maintainer.name} by {before.maintainer.name}."
    assert told in text_of(owner(app).get(PATH))
    assert f"{before.maintainer.name} handed it over." in text_of(visitor.get(link))


def test_who_cannot_take_it_is_refused_with_a_sentence(app: Flask, link: str) -> None:
    """Nobody, the maintainer themselves, a stranger, and who is away then; the page says why not."""
    [before] = bookings(app)
    away = colleagues(app)[0]
    with app.app_context():
        days = {"first_day": before.starts_at.date(), "last_day": before.starts_at.date()}
        db.session.add(Leave(maintainer_id=_id(away), **days))
        name = db.session.get_one(Maintainer, _id(away)).name
        db.session.execute(sa.text("UPDATE community SET revision = revision + 1"))
        db.session.commit()
    staff = owner(app)
    for to in ("", "nobody", before.maintainer.key):
        answer = post(staff, "hand-over", to=to)
        assert answer.status_code == 409
        assert "Choose a colleague from the list." in text_of(answer)
    answer = post(staff, "hand-over", to=away)
    assert answer.status_code == 409
    assert f"{name} cannot take it at that time." in text_of(answer)
    assert f"{name} is away then." in text_of(answer) or f"{name} is on leave then." in text_of(answer)
    assert bookings(app)[0].maintainer.key == before.maintainer.key


def test_moved_to_another_time_of_the_same_maintainer(app: Flask, link: str) -> None:
    """Chosen from a month of their own free times, reviewed, then moved; the guest gets the new invitation."""
    [before] = bookings(app)
    staff = owner(app)
    times = staff.get(f"{PATH}/move")
    assert f'value="{FIRST}"' not in times.text  # that is where it is
    assert "Choose your zone" not in text_of(times)
    page = staff.get(f"{PATH}/move?day=2026-12-02")
    start = re.findall(r'name="start" value="(2026-12-0[^"]+)"', page.text)[1]
    review = staff.get(f"{PATH}/move/confirm?start={start}")
    assert "For them" in text_of(review)
    answer = staff.send(f"{PATH}/move", review)
    assert (answer.status_code, answer.location) == (303, PATH)
    deliver_all(app)
    [after] = bookings(app)
    assert after.starts_at == datetime.fromisoformat(start)
    assert after.maintainer.key == before.maintainer.key
    said = text_of(staff.get(PATH))
    assert "It is moved. They were told, with a new invitation." in said
    assert "Moved from Monday 30 November 2026, 4:00 pm (Berlin, UTC+1) to " in said
    assert f"by {before.maintainer.name}." in said
    assert mails(app, GUEST)[-1]["Subject"].startswith("Moved to ")


def test_a_move_never_gives_it_to_somebody_else(app: Flask, link: str) -> None:
    """Where this maintainer is not free, it stays, and other times are offered."""
    [before] = bookings(app)
    with app.app_context():
        db.session.add(
            Leave(
                maintainer_id=before.maintainer_id,
                first_day=before.starts_at.date() + timedelta(days=1),
                last_day=before.starts_at.date() + timedelta(days=1),
            )
        )
        db.session.execute(sa.text("UPDATE community SET revision = revision + 1"))
        db.session.commit()
    staff = owner(app)
    review = staff.get(f"{PATH}/move/confirm?start=2026-12-01T15:00:00Z")
    answer = staff.send(f"{PATH}/move", review)
    assert answer.status_code == 409
    assert "That time is not free any more. Choose another." in text_of(answer)
    assert 'value="2026-12-01T15:00:00Z"' not in answer.text
    assert post(staff, "move").status_code == 422
    assert staff.get(f"{PATH}/move/confirm?start=soon").status_code == 422
    assert bookings(app)[0].starts_at == before.starts_at


def test_without_any_free_time_staff_read_what_they_can_do(app: Flask, link: str) -> None:
    """And not what attendees are told, who may come again or take another topic."""
    with app.app_context():
        mine = bookings(app)[0].maintainer_id
        db.session.add(Leave(maintainer_id=mine, first_day=date(2026, 11, 30), last_day=date(2027, 11, 30)))
        db.session.execute(sa.text("UPDATE community SET revision = revision + 1"))
        db.session.commit()
    staff = owner(app)
    own = "/maintainer/book"
    for path, other in ((f"{PATH}/move", f"{PATH}/hand-over"), (f"{own}/flytekit?who=me", own)):
        page = staff.get(path)
        assert "No time is free at the moment." in text_of(page)
        assert f'<a href="{other}">' in page.text.partition("No time is free")[2]
        assert "again" not in page.text.partition("No time is free")[2]


def test_cancelled_with_the_nearest_times(app: Flask, link: str) -> None:
    """The mail has the reason and other times, never the one that was just cancelled with the same maintainer."""
    [before] = bookings(app)
    staff = owner(app)
    assert post(staff, "cancel", reason="x" * 501).status_code == 422
    answer = post(staff, "cancel", reason="Nobody can answer this")
    assert (answer.status_code, answer.location) == (303, PATH)
    deliver_all(app)
    said = text_of(staff.get(PATH))
    assert "It is cancelled. They were told, with the nearest free times." in said
    assert f"Cancelled by {before.maintainer.name}." in said
    last = body(mails(app, GUEST)[-1])
    assert "Nobody can answer this" in last
    assert "The nearest free times:" in last
    assert bookings(app)[0].cancelled_by == "maintainer"
    own = body(mails(app, before.maintainer.email)[-1])
    assert "You cancelled this Flyte office hours session. Asha Rao was told, with the nearest free times." in own
    for action in ACTIONS:
        assert staff.get(f"{PATH}/{action}").location == PATH


def test_an_organiser_sees_and_may_act_but_not_in_the_maintainers_name(app: Flask, link: str) -> None:
    """They hand over, move and cancel as an organiser; what came of it only its maintainer says."""
    boss = Browser(app).sign_in(None)
    assert f'href="{PATH}"' in boss.get("/admin").text
    assert "Asha Rao" in text_of(page := boss.get(PATH))
    assert '<p class="crumb"><a href="/admin/bookings">' in page.text
    assert boss.get(f"{PATH}/decline").status_code == 404
    for action in ("decline", "attendance", "topic"):
        assert boss.send(f"{PATH}/{action}", boss.get(f"{PATH}/cancel"), came="yes").status_code == 404
    assert "Both maintainers and the attendee are told." in text_of(boss.get(f"{PATH}/hand-over"))
    assert post(boss, "hand-over", to=colleagues(app)[0]).location == PATH
    assert "by an organiser." in text_of(boss.get(PATH))
    assert post(boss, "cancel").status_code == 303
    assert bookings(app)[0].cancelled_by == "organiser"


def test_mallory_gets_nowhere(app: Flask, link: str, clock: Clock) -> None:
    """A colleague's session, one that is not there and one that nobody confirmed are no pages, to read or to change."""
    mine = bookings(app)[0].maintainer.key
    mallory = Browser(app).sign_in(next(key for key in ("example-1", "example-2") if key != mine))
    form = mallory.get("/maintainer")
    for path in (PATH, "/maintainer/sessions/99"):
        for action in ("", *(f"/{name}" for name in ACTIONS), "/move/confirm?start=2026-12-01T15:00:00Z"):
            page = mallory.get(path + action)
            assert page.status_code == 404
            assert "Asha" not in page.text
        for action in (*ACTIONS, "attendance", "topic"):
            assert mallory.send(f"{path}/{action}", form, to="example-2", came="yes").status_code == 404
    [kept] = bookings(app)
    assert (kept.maintainer.key, kept.status, kept.sequence) == (mine, BookingStatus.CONFIRMED, 0)


def test_what_nobody_confirmed_is_no_session(app: Flask, visitor: Browser, clock: Clock) -> None:
    """Neither while it is held for the proof nor when the time for that is over."""
    with app.app_context():
        db.session.execute(sa.text("UPDATE community SET verify_email = 1, revision = revision + 1"))
        db.session.commit()
    visitor.booked(SECOND, email=HELD)
    staff = owner(app)
    assert staff.get(PATH).status_code == 404
    clock.advance(minutes=16)
    visitor.booked("2026-12-02T15:00:00Z", email="other@example.com")
    assert bookings(app)[0].status == "cancelled"
    assert staff.get(PATH).status_code == 404


def test_history_and_messages_tell_the_whole_story(app: Flask, link: str, visitor: Browser, clock: Clock) -> None:
    """Booked, moved by the guest, and whether they came; every message with its state."""
    review = visitor.get(f"{link}/move/confirm?start=2026-12-01T15:00:00Z")
    visitor.send(f"{link}/move", review)
    deliver_all(app)
    clock.now = bookings(app)[0].ends_at
    staff = owner(app)
    staff.send(f"{PATH}/attendance", staff.get(PATH), came="yes")
    said = text_of(staff.get(PATH))
    order = [said.index(each) for each in ("Booked by Asha Rao.", "Moved from", "said that the attendee came.")]
    assert order == sorted(order)
    assert "by Asha Rao." in said
    assert "Confirmation by email to them: printed" in said
    assert "New time by email to you: printed" in said
    with app.app_context():
        db.session.execute(sa.text("UPDATE booking SET attendee_name = 'Asha Rao III.'"))
        db.session.commit()
    said = text_of(staff.get(PATH))
    assert "Booked by Asha Rao III." in said
    assert "III.." not in said
    assert "Why you" in said

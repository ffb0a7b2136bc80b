"""Nothing suits: that is written down, and who waits is offered what comes free, one after the other."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.effects.waiting import serve
from booking.extensions import db
from booking.models import Booking, Delivery, Demand, MaintainerSlot, Waiter
from tests.booking.mails import body
from tests.web.browser import ZONE, Browser, bookings, person, text_of
from tests.web.conftest import FIRST, Clock
from tests.web.places import deliver_all
from tests.web.printed import mails

UNTIL, GUEST = "2026-12-10", "asha@example.com"


@pytest.fixture
def app(app: Flask) -> Flask:
    """One maintainer alone gives sessions, and the first of them is taken."""
    with app.app_context():
        db.session.execute(sa.delete(MaintainerSlot).where(MaintainerSlot.maintainer_id > 1))
        db.session.execute(sa.text("UPDATE community SET revision = revision + 1"))
        db.session.commit()
    return app


@pytest.fixture
def taken(app: Flask, visitor: Browser) -> str:
    return visitor.booked(FIRST)


def wait(app: Flask, name: str, **fields: str) -> str:
    """The page of somebody who joins the list."""
    browser = Browser(app)
    page = browser.get("/topics/flytekit/wait?tz=Asia/Kolkata")
    person = {"name": name, "email": f"{name}@example.com", "question": "Why?", "accept_conduct": "y", "until": UNTIL}
    answer = browser.send("/topics/flytekit/wait", page, **person | fields)
    assert answer.status_code == 303, text_of(answer)
    return str(answer.location)


def go_round(app: Flask) -> None:
    """What the job engine does after a change and every other minute."""
    with app.app_context():
        serve()
    deliver_all(app)


def cancel(visitor: Browser, link: str) -> None:
    assert visitor.send(f"{link}/cancel", visitor.get(f"{link}/cancel")).status_code == 303


def offers(app: Flask, name: str) -> list[str]:
    """The links of the offers somebody got by mail."""
    return [
        next(line for line in body(mail).splitlines() if "/verify" in line)
        for mail in mails(app, f"{name}@example.com")
        if mail["Subject"].startswith("Free for you")
    ]


def test_that_no_time_suits_is_written_down_once(app: Flask, visitor: Browser) -> None:
    """Topic and zone, and nothing about whom; then the form that puts them on the list, with their zone."""
    for _ in range(2):
        page = visitor.get("/topics/flytekit?tz=Asia/Kolkata")
        answer = visitor.send("/topics/flytekit/none", page, tz="Asia/Kolkata")
        assert answer.location == "/topics/flytekit/wait?tz=Asia/Kolkata"
    assert "somebody in Asia/Kolkata" in text_of(visitor.get(answer.location))
    with app.app_context():
        rows = db.session.scalars(sa.select(Demand)).all()
        assert {(row.kind, row.timezone, row.question) for row in rows} == {("no-time", "Asia/Kolkata", None)}
        assert len({row.slot_id for row in rows}) == len(rows) == 2
    overview = text_of(Browser(app).sign_in(None).get("/admin"))
    assert "Anything flytekit-related7amAsia/Kolkata1" in overview
    assert "Anything flytekit-related9pmAsia/Kolkata1" in overview


def test_who_came_first_is_asked_first_and_alone(app: Flask, visitor: Browser, taken: str) -> None:
    """The time that comes free is theirs alone for half an hour, and one press makes it a session."""
    wait(app, "wei")
    wait(app, "ada")
    go_round(app)
    assert offers(app, "wei") == []
    cancel(visitor, taken)
    go_round(app)
    [link] = offers(app, "wei")
    assert offers(app, "ada") == []
    assert Browser(app).details(FIRST).status_code == 409
    browser = Browser(app)
    page = browser.get(link)
    assert "Keep this time?" in text_of(page)
    assert browser.send(link, page).status_code == 303
    booked = bookings(app)[-1]
    assert (booked.attendee_email, booked.status, booked.address_proven) == ("wei@example.com", "confirmed", True)
    go_round(app)
    assert offers(app, "ada") == []
    with app.app_context():
        assert [row.state for row in db.session.scalars(sa.select(Waiter).order_by(Waiter.id))] == ["booked", "waiting"]


@pytest.mark.parametrize("how", ["silence", "no"])
def test_then_the_next(app: Flask, visitor: Browser, taken: str, clock: Clock, how: str) -> None:
    """After half an hour without an answer, or at once when it does not suit; the first is not offered it again."""
    page, _ = wait(app, "wei"), wait(app, "ada")
    cancel(visitor, taken)
    go_round(app)
    if how == "silence":
        clock.advance(minutes=31)
    else:
        browser = Browser(app)
        assert "A time is free for you" in text_of(browser.get(page))
        browser.send(f"{page}/pass", browser.get(page))
    go_round(app)
    assert (len(offers(app, "wei")), len(offers(app, "ada"))) == (1, 1)
    assert "You are on the list" in text_of(Browser(app).get(page))
    assert Browser(app).get(offers(app, "wei")[0]).status_code == 410


def test_what_was_free_when_they_came_is_not_offered(app: Flask, visitor: Browser, taken: str) -> None:
    """They saw it and did not want it; and nothing after their last day."""
    wait(app, "wei", until="2026-11-30")
    other = visitor.booked("2026-12-01T15:00:00Z", email="ben@example.com")
    cancel(visitor, other)
    go_round(app)
    assert offers(app, "wei") == []


def test_who_leaves_is_asked_no_more(app: Flask, visitor: Browser, taken: str) -> None:
    """Also while a time is held: it is free again at once."""
    page = wait(app, "wei")
    cancel(visitor, taken)
    go_round(app)
    browser = Browser(app)
    browser.send(f"{page}/leave", browser.get(page))
    assert "You are off the list" in text_of(browser.get(page))
    assert visitor.book(FIRST, email="ben@example.com").status_code == 303
    go_round(app)
    assert len(offers(app, "wei")) == 1


def test_one_place_on_a_list_and_three_lists(app: Flask) -> None:
    """An address waits once for a topic, whatever its tag and case."""
    wait(app, "wei")
    browser = Browser(app)
    form = {"name": "W", "email": "Wei+x@example.com", "question": "?", "accept_conduct": "y", "until": UNTIL}
    answer = browser.send("/topics/flytekit/wait", browser.get("/topics/flytekit/wait"), **form)
    assert answer.status_code == 409
    assert "already waits" in text_of(answer)
    for topic in ("releases", "propeller"):
        path = f"/topics/{topic}/wait"
        assert browser.send(path, browser.get(path), **form).status_code == 303
    path = "/topics/plugins/wait"
    assert browser.send(path, browser.get(path), **form).status_code == 429


@pytest.mark.parametrize(("field", "value"), [("until", "soon"), ("until", "2020-01-01"), ("email", "x"), ("name", "")])
def test_a_wrong_form_is_kept(app: Flask, field: str, value: str) -> None:
    """With a sentence that says what to do."""
    browser = Browser(app)
    form = {"name": "W", "email": "wei@example.com", "question": "Keep me", "accept_conduct": "y", "until": UNTIL}
    answer = browser.send("/topics/flytekit/wait", browser.get("/topics/flytekit/wait"), **form | {field: value})
    assert answer.status_code in {409, 422}
    assert "There is a problem" in text_of(answer)
    assert "Keep me" in answer.text


def test_whoever_booked_meanwhile_leaves_the_list(app: Flask, visitor: Browser, taken: str) -> None:
    """Their address has its session: no offer is made for it."""
    wait(app, "wei")
    Browser(app).booked("2026-12-01T15:00:00Z", email="wei@example.com")
    cancel(visitor, taken)
    go_round(app)
    assert offers(app, "wei") == []
    with app.app_context():
        assert db.session.scalars(sa.select(Waiter.state)).one() == "booked"


def test_an_offer_that_was_not_written_down_loses_nobody_their_place(
    app: Flask, visitor: Browser, taken: str, clock: Clock
) -> None:
    """The machine was off between the hold and the list: they can take it, and if they do not, they still wait."""
    wait(app, "wei")
    cancel(visitor, taken)
    go_round(app)
    with app.app_context():
        db.session.execute(sa.update(Waiter).values(state="waiting", booking_id=None, offers=0, passed=[]))
        db.session.commit()
    go_round(app)
    assert len(offers(app, "wei")) == 1
    clock.advance(minutes=31)
    go_round(app)
    go_round(app)
    assert len(offers(app, "wei")) == 2
    with app.app_context():
        assert db.session.scalars(sa.select(Waiter.state)).one() == "offered"


def test_a_cancellation_orders_a_round(app: Flask, visitor: Browser, taken: str) -> None:
    """In its own transaction, so that nobody has to wait for the next minute."""
    cancel(visitor, taken)
    with app.app_context():
        ordered = sa.text("SELECT count(*) FROM workflow_status WHERE name = 'serve_waiting'")
        assert db.session.scalar(ordered) == 1


def test_an_offer_asks_nobody_but_whom_it_is_for(app: Flask, visitor: Browser, taken: str) -> None:
    """Held, it tells no maintainer and has no meeting, and what a stranger typed is not in the mail."""
    wait(app, "wei", question="BUY NOW at evil")
    cancel(visitor, taken)
    go_round(app)
    held = bookings(app)[-1]
    with app.app_context():
        rows = db.session.scalars(sa.select(Delivery).where(Delivery.booking_id == held.id)).all()
        assert [(row.kind, row.audience) for row in rows] == [("offer", "attendee")]
        assert db.session.get_one(Booking, held.id).conference is None
    assert "BUY NOW" not in mails(app, "wei@example.com")[-1].as_string()


def test_a_time_that_was_lost_is_an_unmet_wish(app: Flask, visitor: Browser) -> None:
    """Somebody else was faster: topic, slot and zone are kept, and the page with all that was typed."""
    page = visitor.details(FIRST)
    Browser(app).booked(FIRST, email="ben@example.com")
    assert visitor.send("/topics/flytekit/book", page, **person(email=GUEST)).status_code == 409
    with app.app_context():
        row = db.session.scalars(sa.select(Demand)).one()
        assert (row.kind, row.timezone, row.slot_id is not None) == ("unfilled", ZONE, True)


def test_a_topic_without_times_names_its_neighbours(app: Flask, visitor: Browser) -> None:
    """What the same people are asked elsewhere, with the soonest time of each."""
    with app.app_context():
        db.session.execute(
            sa.text("DELETE FROM topic_slot WHERE topic_id = (SELECT id FROM topic WHERE key = 'flytekit')")
        )
        db.session.execute(sa.text("UPDATE community SET revision = revision + 1"))
        db.session.commit()
    page = text_of(visitor.get("/topics/flytekit?tz=Asia/Kolkata"))
    assert "The same people also take" in page
    assert "next free: Monday 30 November 2026, 8:30 pm (Kolkata, UTC+5:30)" in page

"""A time is held while its form is filled."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from booking.effects.audit import audit
from booking.extensions import db
from booking.models import Booking
from tests.web.browser import ZONE, Browser, bookings, person, set_policy, text_of
from tests.web.conftest import FIRST, NOW, SECOND, Clock

TIMES = "/topics/flytekit"


def hold(visitor: Browser, start: str, topic: str = "flytekit", **typed: str) -> TestResponse:
    """Choose a time on the page of times."""
    page = visitor.get(f"/topics/{topic}", query_string={"tz": ZONE})
    answer = visitor.send(f"/topics/{topic}/hold", page, start=start, **typed)
    return visitor.get(answer.location) if answer.status_code == 303 else answer


def test_a_chosen_time_is_held_and_its_maintainer_named(app: Flask, visitor: Browser) -> None:
    """One row, held for five minutes, of nobody; the page says who will come and why, and until when."""
    page = text_of(hold(visitor, FIRST))
    [held] = bookings(app)
    assert (held.status, held.attendee_address, (held.held_until - held.created_at).seconds) == ("held", "", 300)
    assert f"You will meet {held.maintainer.name}, because: {held.maintainer.name} is an expert in" in page
    assert "This time is held for you until" in page
    assert "5 minutes left" in page


def test_nobody_else_can_take_a_held_time(app: Flask, visitor: Browser) -> None:
    """Where one maintainer serves a time, it is off the pages of others, and refused with others to choose."""
    hold(visitor, "2026-11-30T21:00:00Z", "deploy_auth")
    other, only = Browser(app), "2026-11-30T21:00:00Z"
    while only in other.get("/topics/deploy_auth").text:
        assert other.book(only, "deploy_auth", email=f"other{len(bookings(app))}@example.com").status_code == 303
    late = other.send(
        "/topics/deploy_auth/book", other.details(only, "deploy_auth"), **person(email="late@x.org"), start=only
    )
    assert late.status_code == 409
    assert only in visitor.get("/topics/deploy_auth").text
    assert visitor.book(only, "deploy_auth").status_code == 303
    assert {row.status for row in bookings(app)} == {"confirmed"}


def test_the_booking_takes_the_place_of_the_hold(app: Flask, visitor: Browser) -> None:
    """The named maintainer gives the session; the hold is gone, and sending the form again makes no second one."""
    form = hold(visitor, FIRST)
    [held] = bookings(app)
    first = visitor.send(f"{TIMES}/book", form, **person())
    second = visitor.send(f"{TIMES}/book", form, **person())
    [booked] = bookings(app)
    assert (first.location, first.status_code) == (second.location, 303)
    assert (booked.status, booked.maintainer_id, booked.hold_network) == ("confirmed", held.maintainer_id, None)
    assert booked.public_id != held.public_id


def test_a_browser_holds_one_time(app: Flask, visitor: Browser) -> None:
    """The next one takes the place of the first, and brings along what was typed."""
    form = hold(visitor, FIRST)
    again = visitor.send(f"{TIMES}/book", form, **person(email="not yet@"), act="times")
    assert again.status_code == 303
    shown = visitor.get(again.location)
    assert re.findall(r'value="([^"]+)" checked', shown.text) == [FIRST]
    page = hold(visitor, SECOND)
    [held] = bookings(app)
    assert held.starts_at.isoformat() == "2026-12-01T05:00:00+00:00"
    for typed in ("Asha Rao", "not yet@", "Why does my map task wait for ever?"):
        assert typed in unescape(page.text)
    assert " checked" not in page.text


def test_a_hold_can_be_extended_and_loses_nothing(app: Flask, visitor: Browser, clock: Clock) -> None:
    """Five minutes more at each press, with the same maintainer; what was typed and ticked stays."""
    form = hold(visitor, FIRST)
    [first] = bookings(app)
    for _ in range(12):
        clock.advance(minutes=4)
        form = visitor.send(f"{TIMES}/book", form, **person(), act="keep")
        assert form.status_code == 200
        assert "5 minutes left" in text_of(form)
        assert "checked" in form.text
    assert visitor.send(f"{TIMES}/book", form, **person()).status_code == 303
    [booked] = bookings(app)
    assert (booked.status, booked.maintainer_id) == ("confirmed", first.maintainer_id)


def test_nobody_is_said_to_have_a_session_already_that_is_only_held(app: Flask, visitor: Browser, clock: Clock) -> None:
    """What speaks for whoever was named when the time was chosen is said again, and nothing about another time."""
    form = hold(visitor, FIRST)
    [held] = bookings(app)
    clock.advance(minutes=4)
    form = visitor.send(f"{TIMES}/book", form, **person(), act="keep")
    assert f"because: {held.maintainer.name} is an expert in" in text_of(form)
    visitor.send(f"{TIMES}/book", form, **person())
    [booked] = bookings(app)
    assert booked.reasons == held.reasons


def test_nobody_holds_a_time_for_longer_than_an_hour(app: Flask, visitor: Browser, clock: Clock) -> None:
    """The page says when it goes back, and has no button any more; pressed all the same, that stays as it is."""
    form = hold(visitor, FIRST)
    for minutes in (*range(4, 60, 4), 59):
        clock.now = NOW + timedelta(minutes=minutes)
        form = visitor.send(f"{TIMES}/book", form, **person(), act="keep")
        assert form.status_code == 200
        [held] = bookings(app)
        assert held.held_until == min(clock.now + timedelta(minutes=5), NOW + timedelta(hours=1))
        assert ('value="keep"' in form.text) is (minutes < 55)
    said = "This time cannot be held longer: at 3:30 pm it goes back to everybody"
    assert said in text_of(form)
    clock.now = NOW + timedelta(hours=1)
    again = visitor.get(TIMES + "/book", query_string={"start": FIRST, "tz": ZONE})
    assert "This time is not held for you." in text_of(again)
    assert visitor.send(f"{TIMES}/book", form, **person()).status_code == 303


def test_an_expired_hold_is_deleted_by_the_next_booking(app: Flask, visitor: Browser, clock: Clock) -> None:
    """Nothing is kept of a form that was never sent; who comes back late may still book, if nobody was faster."""
    form = hold(visitor, FIRST)
    clock.advance(minutes=6)
    assert Browser(app).book(SECOND, email="other@example.com").status_code == 303
    assert [row.attendee_email for row in bookings(app)] == ["other@example.com"]
    assert visitor.send(f"{TIMES}/book", form, **person()).status_code == 303


def test_what_was_typed_is_forgotten_with_the_hold(app: Flask, visitor: Browser, clock: Clock) -> None:
    """Also where nobody books afterwards: the watchman's round deletes it."""
    form = hold(visitor, FIRST)
    visitor.send(f"{TIMES}/book", form, **person(), act="keep")
    assert [row.attendee_name for row in bookings(app)] == ["Asha Rao"]
    clock.advance(minutes=6)
    with app.app_context():
        audit()
    assert bookings(app) == []


def test_a_lost_time_keeps_what_was_typed_and_offers_the_nearest(app: Flask, visitor: Browser, clock: Clock) -> None:
    """The hold ran out and everybody is taken: the form is as it was, with the nearest times."""
    only = "2026-11-30T21:00:00Z"
    form = hold(visitor, only, "deploy_auth")
    clock.advance(minutes=6)
    for number in range(9):
        if Browser(app).book(only, "deploy_auth", email=f"faster{number}@example.com").status_code == 409:
            break
    page = visitor.send("/topics/deploy_auth/book", form, **person(), act="keep")
    assert page.status_code == 409
    assert "Asha Rao" in page.text
    assert "2026-12-01T21:00:00Z" in page.text


def test_two_presses_in_a_row_hold_one_time(app: Flask, visitor: Browser) -> None:
    """The second comes before the first was answered, with the same cookies, where one maintainer alone is left."""
    only = "2026-11-30T21:00:00Z"
    fill(app, only)
    with app.app_context():
        db.session.execute(sa.update(Booking).where(Booking.id == 1).values(status="cancelled"))
        db.session.commit()
    page = visitor.get("/topics/deploy_auth", query_string={"tz": ZONE})
    cookie = visitor.client.get_cookie("officehours")
    assert cookie is not None
    for _ in range(2):
        visitor.client.set_cookie("officehours", cookie.value)
        assert visitor.send("/topics/deploy_auth/hold", page, start=only).status_code == 303
    assert [row.status for row in bookings(app)].count("held") == 1
    assert visitor.book(only, "deploy_auth").status_code == 303


def fill(app: Flask, only: str) -> None:
    """Book all who are free then."""
    number = 0
    while Browser(app).book(only, "deploy_auth", email=f"faster{number}@example.com").status_code == 303:
        number += 1


def test_what_was_held_with_notice_is_not_refused_for_its_lack(app: Flask, visitor: Browser, clock: Clock) -> None:
    """Held four hours and a minute before, sent two minutes later."""
    clock.now = datetime(2026, 11, 30, 10, 59, tzinfo=UTC)
    form = hold(visitor, FIRST)
    assert len(bookings(app)) == 1
    clock.advance(minutes=2)
    assert visitor.send(f"{TIMES}/book", form, **person()).status_code == 303
    assert [row.status for row in bookings(app)] == ["confirmed"]


def test_without_a_choice_a_lost_time_is_only_lost_again(app: Flask, visitor: Browser, clock: Clock) -> None:
    """No nearest time chosen: the form is there as it was, and the page of times can be reached."""
    only = "2026-11-30T21:00:00Z"
    form = hold(visitor, only, "deploy_auth")
    clock.advance(minutes=6)
    fill(app, only)
    lost = visitor.send("/topics/deploy_auth/book", form, **person())
    again = visitor.send("/topics/deploy_auth/book", lost, **person())
    assert (lost.status_code, again.status_code) == (409, 409)
    assert "Asha Rao" in again.text
    assert visitor.send("/topics/deploy_auth/book", again, **person(), act="times").status_code == 303


def test_a_network_holds_three_times(app: Flask) -> None:
    """The fourth browser of the same network fills the form without a hold, and still can book."""
    for start in (FIRST, SECOND, "2026-12-01T15:00:00Z"):
        hold(Browser(app), start)
    assert len(bookings(app)) == 3
    fourth = Browser(app)
    page = hold(fourth, "2026-12-02T15:00:00Z", name="Wei")
    assert len(bookings(app)) == 3
    assert "This time is not held for you" in text_of(page)
    assert 'value="Wei"' in page.text
    assert fourth.send(f"{TIMES}/book", page, **person()).status_code == 303


def test_reading_holds_nothing(app: Flask, visitor: Browser) -> None:
    """A link straight to the form is a GET: it shows it, and says that the time is not held."""
    assert "This time is not held for you" in text_of(visitor.details(FIRST))
    assert bookings(app) == []


def test_a_hold_is_no_booking(app: Flask, visitor: Browser) -> None:
    """No message, no work, no page of its own, and no other address may prove it."""
    hold(visitor, FIRST)
    [held] = bookings(app)
    with app.app_context():
        counts = [
            db.session.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 - names of ours
            for table in ("delivery", "conference", "calendar_event")
        ]
    assert counts == [0, 0, 0]
    set_policy(app, open_bookings_per_address=1)
    assert Browser(app).book(SECOND, email="a@example.com").status_code == 303
    assert held.public_id not in visitor.get("/").text


def test_credentials_are_refused_before_anything_is_kept(app: Flask, visitor: Browser) -> None:
    """Not in a booking, not in a hold, not in the cookie of the first page; the sentence says what to do."""
    key = "ghp_" + "x1Y2" * 9
    asked = f"Why does this fail?\nexport GITHUB_TOKEN={key}"
    form = hold(visitor, FIRST)
    refused = visitor.send(f"{TIMES}/book", form, **person(question=asked))
    assert refused.status_code == 422
    assert "Take the password or key out of your question" in text_of(refused)
    visitor.send(f"{TIMES}/book", form, **person(question=asked), act="keep")
    home = visitor.get("/")
    assert visitor.send("/find", home, question=asked).status_code == 422
    link = visitor.send(f"{TIMES}/book", form, **person(links=f"https://bob:{key}@example.org/"))
    assert link.status_code == 422
    with app.app_context():
        assert {row.question for row in db.session.scalars(sa.select(Booking))} == {""}
    assert key not in str(visitor.client.get_cookie("officehours"))

"""A number is texted only after a code that went to it was entered."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.links import Purpose
from booking.models import Delivery, PhoneCode
from tests.web.browser import Browser, bookings, set_policy, text_of
from tests.web.conftest import FIRST, SECOND, Clock, MakeApp
from tests.web.phones import NUMBER, OTHER, enter, printed_code, send, states, texts
from tests.web.places import deliver_all, token
from tests.web.program import Program, fields

THIRD = "2026-12-01T15:00:00Z"


@pytest.fixture
def link(visitor: Browser, app: Flask) -> str:
    """The private page of a booking with a number, its code printed."""
    link = visitor.booked(FIRST, phone="(415) 555-2671", sms_consent="y")
    deliver_all(app)
    return link


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_nothing_but_a_code_goes_to_a_number_nobody_proved(visitor: Browser, app: Flask, link: str) -> None:
    """The confirmation by text is left out with its reason; the page asks for the code and says what comes by mail."""
    assert sorted(states(app)) == ["confirmation skipped", "phone_code printed"]
    said = text_of(visitor.get(link))
    assert "A code is on its way to the number ending in 2671." in said
    assert "A code was texted to you: enter it below." in said
    assert "Confirmation by text message: waits for the code" in said
    assert 'href="#code">enter it below' in visitor.get(link).text
    assert "needed: 2 Reminder" in said
    assert 'autocomplete="one-time-code"' in visitor.get(link).text


def test_the_code_opens_the_way(visitor: Browser, app: Flask, link: str) -> None:
    """Entered as people copy it, it proves the number: the confirmation follows, the page says so, reminders stay."""
    code, page = printed_code(app), visitor.get(link)
    assert enter(visitor, link, f" {code[:3]}-{code[3:]} ").location == link
    said = text_of(visitor.get(link))
    assert "They go to the number ending in 2671." in said
    assert "The number is confirmed." in said
    assert "was texted to you" not in said
    deliver_all(app)
    assert sorted(states(app)) == ["confirmation printed", "phone_code printed"]
    assert visitor.send(f"{link}/phone-code", page, code="000000").status_code == 303
    assert sorted(states(app)) == ["confirmation printed", "phone_code printed"]


def test_a_reminder_to_an_unproven_number_is_left_out_when_due(app: Flask, link: str, clock: Clock) -> None:
    """Planned like any other, and skipped with the reason at its time."""
    reminder = next(text for text in texts(app) if (text.kind, text.lead) == ("reminder", "1h"))
    assert reminder.state == "pending"
    clock.advance(hours=5, minutes=1)
    assert send(app, reminder) is None
    assert next(text for text in texts(app) if text.id == reminder.id).reason == "The number was not proven."


def test_what_is_no_code_is_not_even_tried(visitor: Browser, app: Flask, link: str) -> None:
    """422 beside the field; it costs no try."""
    for typed in ("", "12345", "1234567", "１２３４５６", "abcdef"):
        page = enter(visitor, link, typed)
        assert page.status_code == 422, typed
        assert 'href="#code">Enter the six digits from the text message.' in page.text
    with app.app_context():
        assert db.session.scalars(sa.select(PhoneCode.tries)).all() == [0]


def test_five_wrong_codes_end_it(visitor: Browser, app: Flask, link: str) -> None:
    """Then the right one is no use either, until another is sent; that makes the first worthless."""
    code = printed_code(app)
    for _ in range(5):
        page = enter(visitor, link, wrong(code))
        assert page.status_code == 422
        assert "This is not the code" in text_of(page)
    page = enter(visitor, link, code)
    assert page.status_code == 429
    assert "Ask for a new one." in text_of(page)
    assert visitor.get(f"{link}/phone-code").location == link
    assert visitor.send(f"{link}/phone-code/new", visitor.get(link)).location == link
    assert "A new code is on its way." in text_of(visitor.get(link))
    deliver_all(app)
    assert enter(visitor, link, printed_code(app)).status_code == 303


def test_a_code_works_for_ten_minutes(visitor: Browser, app: Flask, link: str, clock: Clock) -> None:
    """Afterwards the page says that none waits, and gives another."""
    code = printed_code(app)
    clock.advance(minutes=10)
    assert enter(visitor, link, code).status_code == 409
    assert "No code waits for the number ending in 2671 any more." in text_of(visitor.get(link))
    visitor.send(f"{link}/phone-code/new", visitor.get(link))
    deliver_all(app)
    assert enter(visitor, link, printed_code(app)).status_code == 303


def test_a_late_code_is_not_sent(visitor: Browser, app: Flask, clock: Clock) -> None:
    """One that could not go out in time is skipped."""
    visitor.booked(FIRST, phone=NUMBER, sms_consent="y")
    clock.advance(minutes=11)
    deliver_all(app)
    assert "The code has expired." in [text.reason for text in texts(app)]


def test_the_digits_are_stored_nowhere(app: Flask, link: str) -> None:
    """Neither in the clear nor hashed: they follow from the row and our key."""
    with app.app_context():
        row = db.session.scalars(sa.select(PhoneCode)).one()
        stored = {column.key: str(getattr(row, column.key)) for column in PhoneCode.__table__.columns}
    assert printed_code(app) not in stored.values()


def test_a_number_stays_proven_for_its_address_only(visitor: Browser, app: Flask, link: str) -> None:
    """The next session of the same address needs no code; another address with that number does."""
    enter(visitor, link, printed_code(app))
    again = visitor.booked(SECOND, topic="use_cases", email="Asha+flyte@example.com", phone=NUMBER, sms_consent="y")
    assert "They go to the number ending in 2671." in text_of(visitor.get(again))
    stranger = visitor.booked(THIRD, email="other@example.com", phone=NUMBER, sms_consent="y")
    assert "A code is on its way" in text_of(visitor.get(stranger))
    assert enter(visitor, stranger, printed_code(app)).status_code in (409, 422)


def test_another_session_waits_for_the_same_code(visitor: Browser, app: Flask, link: str) -> None:
    """Booked while a code waits: no second one is sent, and the first serves both."""
    other = visitor.booked(SECOND, topic="use_cases", phone=NUMBER, sms_consent="y")
    deliver_all(app)
    assert [text.kind for text in texts(app)].count("phone_code") == 1
    enter(visitor, other, printed_code(app))
    for page in (link, other):
        assert "They go to the number ending in 2671." in text_of(visitor.get(page))


def test_five_codes_a_day_to_a_number_and_for_an_address(visitor: Browser, app: Flask, link: str, clock: Clock) -> None:
    """The sixth is a 429 with a sentence, by page and at a booking; a day later it goes again."""
    for _ in range(4):
        assert visitor.send(f"{link}/phone-code/new", visitor.get(link)).status_code == 303
    page = visitor.send(f"{link}/phone-code/new", visitor.get(link))
    assert page.status_code == 429
    assert "Too many codes were sent today" in text_of(page)
    clock.advance(minutes=11)
    same_number = visitor.book(SECOND, topic="use_cases", email="other@example.com", phone=NUMBER, sms_consent="y")
    same_address = visitor.book(SECOND, topic="use_cases", phone=OTHER, sms_consent="y")
    for answer in (same_number, same_address):
        assert answer.status_code == 429
        assert "everything comes by email too" in text_of(answer)
    assert len(bookings(app)) == 1
    assert visitor.book(SECOND, topic="use_cases").status_code == 303
    clock.advance(days=1)
    assert visitor.book(THIRD, email="other@example.com", phone=NUMBER, sms_consent="y").status_code == 303


def test_twenty_codes_a_day_from_a_network(make_app: MakeApp) -> None:
    """Counted for the /64 of IPv6: another address of the same household is the same network, the next one is not."""
    app = make_app(rate_limits="on")
    with app.app_context():
        office = app.extensions["officehours"]
        mine = {"network": "2001:db8:1:2::/64", "created_at": office.now(), "expires_at": office.now(), "tries": 0}
        for number in range(20):
            who = {"e164": f"+1415555{number:04}", "address": f"{number}@example.com"}
            db.session.add(PhoneCode(public_id=str(number), **mine, **who))
        db.session.commit()
    visitor = Browser(app)
    for source, status in (("2001:db8:1:2::77", 429), ("2001:db8:1:3::77", 303)):
        visitor.client.environ_base["REMOTE_ADDR"] = source
        assert visitor.book(FIRST, phone=NUMBER, sms_consent="y").status_code == status


def test_no_code_goes_out_before_the_address_is_proven(visitor: Browser, app: Flask) -> None:
    """Where addresses are proven first, the code follows that proof."""
    set_policy(app, verify_email=True)
    visitor.booked(FIRST, phone=NUMBER, sms_consent="y")
    assert texts(app) == []
    verify = f"/b/{token(app, Purpose.VERIFY)}/verify"
    visitor.send(verify, visitor.get(verify))
    assert "phone_code pending" in states(app)


def test_a_program_enters_the_code(program: Program, app: Flask) -> None:
    """The same over JSON: how the number stands, a wrong code, a new one, the right one."""
    booked = program.book(phone=NUMBER, sms_consent=True)
    path = f"{booked.location}/phone-code"
    assert (booked.json or {})["texts"] == "unproven"
    deliver_all(app)
    refused = program.post(path, {"code": wrong(printed_code(app))})
    assert (refused.status_code, fields(refused)) == (422, {"code"})
    assert fields(program.post(path, {"code": "12"})) == {"code"}
    assert program.post(f"{path}/new", {}).status_code == 200
    deliver_all(app)
    answer = program.post(path, {"code": printed_code(app)})
    assert (answer.json or {})["texts"] == "proven"
    assert program.post(f"{path}/new", {}).status_code == 409


def test_without_a_number_there_is_nothing_to_prove(program: Program, app: Flask) -> None:
    """409, and no text."""
    booked = program.book()
    assert (booked.json or {})["texts"] is None
    assert program.post(f"{booked.location}/phone-code", {"code": "123456"}).status_code == 409
    assert program.post(f"{booked.location}/phone-code/new", {}).status_code == 409
    assert texts(app) == []


def test_a_cancelled_session_takes_no_code(visitor: Browser, app: Flask, link: str) -> None:
    """Its page shows no field, and an entry from an old page proves nothing."""
    old = visitor.get(link)
    code = printed_code(app)
    visitor.send(f"{link}/cancel", visitor.get(f"{link}/cancel"))
    assert "Code from the text message" not in visitor.get(link).text
    assert visitor.send(f"{link}/phone-code", old, code=code).status_code == 409
    with app.app_context():
        assert db.session.scalar(sa.select(PhoneCode.proven_at)) is None


def test_a_reminder_by_text_waits_for_the_readers_morning(visitor: Browser, app: Flask) -> None:
    """24 hours before 10:30 pm in Kolkata is in the night there: the text goes at 8, the mail and the last call do not
    wait.
    """
    visitor.booked("2026-12-04T15:00:00Z", phone=NUMBER, sms_consent="y")
    visitor.booked("2026-12-05T05:00:00Z", topic="use_cases", phone=NUMBER, sms_consent="y", tz="America/New_York")
    with app.app_context():
        rows = db.session.scalars(
            sa.select(Delivery).where(Delivery.kind == "reminder", Delivery.audience == "attendee")
        )
        due = {(row.booking_id, row.lead, row.channel): f"{row.due_at:%d %H:%M}" for row in rows}
    assert due[(1, "24h", "sms")] == due[(1, "24h", "email")] == "03 15:00"
    assert (due[(2, "24h", "email")], due[(2, "24h", "sms")]) == ("04 05:00", "04 13:00")
    assert due[(2, "1h", "sms")] == due[(2, "1h", "email")] == "05 04:00"

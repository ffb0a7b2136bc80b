"""Messages beyond the two of a session: the chat, tomorrow's agenda, alerts, no more reminders, once more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.effects.alerts import watch
from booking.effects.digest import plan_digests
from booking.extensions import db
from booking.models import Community, Delivery, Maintainer, ReminderOptOut
from tests.booking.mails import body
from tests.servers.chat import PATH, ChatServer
from tests.servers.smtp import MailServer, run_smtp
from tests.servers.wsgi import serve
from tests.web.browser import Browser, bookings, set_policy, text_of
from tests.web.conftest import FIRST, SECOND, Clock, MakeApp
from tests.web.places import deliver_all
from tests.web.printed import mails

Outside = tuple[MailServer, ChatServer, dict[str, object]]
GUEST, OPERATOR = "asha@example.com", "ops@example.org"


@pytest.fixture
def outside() -> Iterator[Outside]:
    """A mail server, a chat, and the settings that lead there."""
    chat = ChatServer()
    with ExitStack() as stack:
        mail = stack.enter_context(run_smtp())
        url = stack.enter_context(serve(chat)) + PATH
        yield mail, chat, {"smtp_url": mail.url, "chat_webhook_url": url, "alerts_to": (OPERATOR,)}


def run(app: Flask, work: Callable[[], None]) -> None:
    """Do what the job engine does by the clock, and send what came of it."""
    with app.app_context():
        work()
    deliver_all(app)


def rows(app: Flask, **where: object) -> list[Delivery]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Delivery).filter_by(**where).order_by(Delivery.id)))


def reminded(app: Flask, clock: Clock) -> str:
    """Book the first session and wait for its last reminder; gives the address that ends reminders."""
    Browser(app).booked(FIRST)
    clock.now = bookings(app)[0].starts_at - timedelta(hours=1)
    deliver_all(app)
    reminder = mails(app, GUEST)[-1]
    assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return str(reminder["List-Unsubscribe"]).strip("<>")


def test_one_click_ends_reminders_by_mail(app: Flask, clock: Clock) -> None:
    """As mail programs do it: a POST without cookie, form or question (RFC 8058 3.1); and for every session."""
    link = reminded(app, clock)
    path = link.removeprefix("http://localhost:8000")
    answer = app.test_client().post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "no reminders by mail from now on" in text_of(answer)
    Browser(app).booked("2026-12-01T21:00:00Z", topic="deploy_auth", email="Asha+flyte@example.com")
    clock.advance(hours=10)
    deliver_all(app)
    guest, maintainer = rows(app, kind="reminder", lead="24h", sequence=0, booking_id=bookings(app)[1].id)
    assert (guest.state, guest.reason) == ("skipped", "This address wants no reminders by mail.")
    assert maintainer.state == "printed"


def test_reminders_can_be_had_again(app: Flask, clock: Clock) -> None:
    """The page that ends them also brings them back; to look at it changes nothing."""
    browser, link = Browser(app), reminded(app, clock)
    page = browser.get(link)
    assert "is reminded by mail" in text_of(page)
    assert "no reminders" in text_of(browser.send(link, page, wanted="no"))
    assert "is reminded by mail" in text_of(browser.send(link, page, wanted="yes"))
    assert "is reminded by mail" in text_of(browser.get(link))


def test_a_maintainers_link_is_their_own(app: Flask, clock: Clock) -> None:
    """Whoever had the session before ends their own reminders by it, not those of whoever has it now."""
    Browser(app).booked(FIRST)
    clock.now = bookings(app)[0].starts_at - timedelta(hours=1)
    deliver_all(app)
    [before] = bookings(app)
    [header] = filter(None, (mail["List-Unsubscribe"] for mail in mails(app, before.maintainer.email)))
    link = str(header).strip(" <>")
    staff = Browser(app).sign_in(before.maintainer.key)
    assert '<a href="/maintainer">Your sessions</a>' in staff.get(link).text
    staff.send(f"/maintainer/sessions/{before.id}/decline", staff.get("/maintainer"))
    assert bookings(app)[0].maintainer.key != before.maintainer.key
    answer = app.test_client().post(link.removeprefix("http://localhost:8000"), data={"List-Unsubscribe": "One-Click"})
    assert before.maintainer.email in text_of(answer)
    with app.app_context():
        assert db.session.scalars(sa.select(ReminderOptOut.address)).all() == [before.maintainer.email]


def test_a_phone_gets_no_more_texts_a_day_than_anybody_should(app: Flask) -> None:
    """However often the session is moved: the text is left out with its reason, the mail goes."""
    browser = Browser(app)
    link = browser.booked(FIRST, phone="415 555 2671", sms_consent="y")
    with app.app_context():
        now = app.extensions["officehours"].now()
        text = {"kind": "change", "channel": "sms", "audience": "attendee", "recipient": "+14155552671", "due_at": now}
        texts = [text | {"created_at": now, "occasion": f"x{number}"} for number in range(20)]
        db.session.execute(sa.insert(Delivery), texts)
        db.session.commit()
    browser.send(f"{link}/move", browser.get(f"{link}/move/confirm", query_string={"start": SECOND}))
    [text_row] = rows(app, kind="change", channel="sms", sequence=1)
    assert (text_row.state, text_row.reason) == ("skipped", "This number got as many texts today as anybody should.")
    assert rows(app, kind="change", channel="email", audience="attendee")[0].state == "pending"


def test_tomorrows_sessions_come_in_the_evening_once(app: Flask, clock: Clock) -> None:
    """At six where the maintainer is, with the question and the way in; not on a day without sessions."""
    Browser(app).booked(FIRST)
    Browser(app).booked("2026-12-01T15:00:00Z", email="ben@example.com", question="What is a launch plan?")
    with app.app_context():
        db.session.execute(sa.update(Maintainer).values(timezone="Europe/Berlin"))
        db.session.commit()
    clock.now = datetime(2026, 11, 30, 16, 5, tzinfo=UTC)
    run(app, plan_digests)
    assert rows(app, kind="digest") == []
    for hours in (1, 1, 2):
        clock.advance(hours=hours)
        run(app, plan_digests)
    [digest] = rows(app, kind="digest")
    mail = mails(app, digest.recipient)[-1]
    assert mail["Subject"] == "Tuesday 1 December 2026: 1 session of Flyte office hours"
    assert "4:00 pm to 4:30 pm" in body(mail)
    assert "What is a launch plan?" in body(mail)
    assert bookings(app)[1].public_id in body(mail)
    clock.advance(days=1)
    run(app, plan_digests)
    assert len(rows(app, kind="digest")) == 1


def test_a_digest_of_nothing_is_not_sent(app: Flask, clock: Clock) -> None:
    """The only session is cancelled between planning and sending."""
    browser = Browser(app)
    link = browser.booked("2026-12-01T15:00:00Z")
    clock.now = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
    with app.app_context():
        db.session.execute(sa.update(Maintainer).values(timezone="America/Los_Angeles"))
        db.session.commit()
        plan_digests()
    browser.send(f"{link}/cancel", browser.get(f"{link}/cancel"))
    deliver_all(app)
    [digest] = rows(app, kind="digest")
    assert (digest.state, digest.reason) == ("skipped", "There are no sessions on that day any more.")


def test_the_chat_hears_of_sessions_without_names(make_app: MakeApp, outside: Outside) -> None:
    """New, moved and cancelled; the maintainer's name and the reference are all it says of people."""
    _, chat, settings = outside
    app = make_app(**settings)
    browser = Browser(app)
    link = browser.booked(FIRST)
    deliver_all(app)
    browser.send(f"{link}/move", browser.get(f"{link}/move/confirm", query_string={"start": SECOND}))
    deliver_all(app)
    browser.send(f"{link}/cancel", browser.get(f"{link}/cancel"), reason="I found it")
    deliver_all(app)
    [booking] = bookings(app)
    ending = f"with Example maintainer N ({booking.reference})."
    assert [re.sub("maintainer [1-5]", "maintainer N", post) for post in chat.posts] == [
        f"New session: Anything flytekit-related, Mon 30 Nov 7:00 am UTC-8, {ending}",
        f"Session changed: Anything flytekit-related, now Mon 30 Nov 9:00 pm UTC-8, {ending}",
        f"Session cancelled: Anything flytekit-related, Mon 30 Nov 9:00 pm UTC-8, {ending}",
    ]


@pytest.mark.parametrize(
    ("button", "rescue", "said"),
    [
        ("cancel", True, "Session cancelled:"),
        ("decline", True, "Session unfilled:"),
        ("decline", False, "Session cancelled:"),
    ],
)
def test_the_chat_hears_who_is_looked_for(
    make_app: MakeApp, outside: Outside, button: str, rescue: bool, said: str
) -> None:
    """Nobody could take over what its maintainer declined; nobody was asked where they cancelled, or by policy."""
    _, chat, settings = outside
    app = make_app(**settings)
    set_policy(app, rescue=rescue)
    Browser(app).booked(FIRST)
    with app.app_context():
        others = sa.update(Maintainer).where(Maintainer.id != bookings(app)[0].maintainer_id)
        db.session.execute(others.values(paused_until=date(2027, 1, 1)))
        db.session.execute(sa.update(Community).values(revision=Community.revision + 1))
        db.session.commit()
    staff = Browser(app).sign_in(bookings(app)[0].maintainer.key)
    staff.send(f"/maintainer/sessions/1/{button}", staff.get(f"/maintainer/sessions/1/{button}"))
    deliver_all(app)
    assert chat.posts[-1].startswith(said)


def test_administrators_are_told_once_a_day_and_can_send_again(
    make_app: MakeApp, outside: Outside, clock: Clock
) -> None:
    """A refused address: one mail and one post with what failed and why, again after a day, no more when mended."""
    mail, chat, settings = outside
    app = make_app(**settings)
    Browser(app).booked(FIRST, email=GUEST)
    mail.replies["RCPT"] = "550 no such mailbox"
    deliver_all(app)
    mail.replies.clear()
    chat.posts.clear()
    for _ in range(3):
        run(app, watch)
        clock.advance(minutes=10)
    [alert] = mail.to(OPERATOR)
    assert "Confirmation by email to the attendee" in body(alert)
    assert GUEST not in alert.as_string()
    assert len(chat.posts) == 1
    assert "2 things need an administrator" in chat.posts[0]

    admin = Browser(app).sign_in(None)
    [failed] = rows(app, recipient=GUEST, kind="confirmation")
    shown = admin.get("/admin/messages?state=failed")
    assert f'action="/admin/messages/{failed.id}/send-again"' in shown.text
    back = admin.send(f"/admin/messages/{failed.id}/send-again", shown, state="failed")
    assert (back.status_code, back.location) == (307, "/admin/messages")
    assert "It is tried again; what is not true any more is left out." in text_of(admin.get(back.location))
    deliver_all(app)
    assert len(mail.to(GUEST)) == 1
    clock.advance(hours=24)
    run(app, watch)
    assert len(mail.to(OPERATOR)) == 2
    assert "to the attendee" not in body(mail.to(OPERATOR)[1])


def test_a_mail_sent_again_is_a_mail_of_its_own(make_app: MakeApp, outside: Outside) -> None:
    """Mail programs hide a second mail with the Message-ID of the first."""
    mail, _, settings = outside
    app = make_app(**settings)
    Browser(app).booked(FIRST)
    deliver_all(app)
    admin = Browser(app).sign_in(None)
    assert "Every message, meeting and calendar is in order." in admin.get("/admin").text
    [sent] = rows(app, recipient=GUEST, kind="confirmation")
    admin.send(f"/admin/messages/{sent.id}/send-again", admin.get("/admin"))
    deliver_all(app)
    first, second = mail.to(GUEST)
    assert first["Message-ID"] != second["Message-ID"]
    assert body(first) == body(second)


def test_what_is_planned_or_was_printed_is_not_sent_again(app: Flask) -> None:
    """It would be sent twice, or nowhere: each gets a sentence instead."""
    Browser(app).booked(FIRST)
    admin = Browser(app).sign_in(None)
    for number, sentence in ((1, "on its way, or planned"), (99, "There is no such message")):
        admin.send(f"/admin/messages/{number}/send-again", admin.get("/admin"))
        assert sentence in text_of(admin.get("/admin/messages"))
    deliver_all(app)
    admin.send("/admin/messages/1/send-again", admin.get("/admin"))
    assert "no way to send it yet" in text_of(admin.get("/admin/messages?state=printed"))


def test_what_is_not_true_any_more_has_no_button(app: Flask) -> None:
    """A reminder that was too late can be sent by hand, until the session is cancelled."""
    link = (visitor := Browser(app)).booked(FIRST)
    admin = Browser(app).sign_in(None)
    assert "Send again" in admin.get("/admin/messages?state=skipped").text
    visitor.send(f"{link}/cancel", visitor.get(f"{link}/cancel"))
    assert "Send again" not in admin.get("/admin/messages?state=skipped").text


def test_both_sides_see_who_was_told_what(make_app: MakeApp, outside: Outside) -> None:
    """The attendee's page has the messages to them, the maintainer's all of the session; a failed one is marked."""
    mail, _, settings = outside
    app = make_app(**settings)
    link = Browser(app).booked(FIRST)
    mail.replies["RCPT"] = "550 no such mailbox"
    deliver_all(app)
    staff = text_of(Browser(app).sign_in(bookings(app)[0].maintainer.key).get("/maintainer/sessions/1"))
    for expected in (
        "something went wrong",
        "Confirmation by email to them: failed",
        "Reminder by email to you: planned",
    ):
        assert expected in staff
    assert "Confirmation by email to you: failed" in staff
    guest = text_of(Browser(app).get(link))
    assert "Confirmation by email: failed" in guest
    assert "chat" not in guest

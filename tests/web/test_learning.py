"""What people and maintainers correct is learnt, and what no topic fits is written down."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from booking.cli import cli
from booking.extensions import db
from booking.models import Booking, Demand
from tests.web.browser import Browser, bookings, text_of
from tests.web.commands import answer, run
from tests.web.conftest import FIRST, NOW, Clock
from tests.web.test_find import (
    HOPELESS,
    SURE,
    UNSURE,
    ask,
    hold_sessions_on_every_topic,
    repeat_the_booking,
    topics_in,
)

STRANGE = "velocipede"


def demand(app: Flask) -> list[Demand]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Demand).order_by(Demand.id)))


@pytest.mark.parametrize(("question", "shown"), [(UNSURE, {2, 3}), (SURE, {1}), (HOPELESS, {0})])
def test_none_of_these_is_written_down_once(app: Flask, visitor: Browser, question: str, shown: set[int]) -> None:
    """The question, the topics it was taken for, the zone and when; not who. Then all topics to choose from."""
    page = ask(visitor, question)
    assert "None of these" in text_of(page)
    for _ in range(2):
        sent = visitor.send("/find/none", page, tz="Asia/Kolkata")
        assert (sent.status_code, sent.location) == (303, "/find/others")
    assert len(topics_in(visitor.get("/find/others"))) == 9
    [wish] = demand(app)
    assert (wish.kind, wish.question, wish.timezone, wish.at) == ("no-topic", question, "Asia/Kolkata", NOW)
    assert len(wish.shown) in shown
    assert set(wish.shown) <= {link.rpartition("/")[2] for link in topics_in(page)}
    overview = Browser(app).sign_in(None).get("/admin")
    assert "Asked for, and no topic fitted" in text_of(overview)
    assert question in text_of(overview)


def test_another_question_is_another_wish(app: Flask, visitor: Browser) -> None:
    """Each is written down; without one, or with a zone that is none, nothing is invented."""
    assert visitor.send("/find/none", visitor.get("/")).status_code == 303
    assert demand(app) == []
    for question in (UNSURE, SURE):
        visitor.send("/find/none", ask(visitor, question), tz="Mars/Olympus")
    assert [wish.timezone for wish in demand(app)] == [None, None]


def test_a_wish_is_kept_short_and_once_a_day(app: Flask, visitor: Browser, clock: Clock) -> None:
    """Three hundred characters, whoever asks it again; the next day it is another wish."""
    question = "wobble " * 100
    for browser in (visitor, Browser(app)):
        sent = browser.send("/find/none", ask(browser, question))
        assert (sent.status_code, sent.location) == (303, "/find/others")
    [wish] = demand(app)
    assert wish.question is not None
    assert len(wish.question) <= 300
    assert question.startswith(wish.question.rstrip("…"))
    clock.advance(days=1)
    visitor.send("/find/none", ask(visitor, question))
    assert len(demand(app)) == 2


@pytest.mark.parametrize(("kind", "path"), [("no-topic", "/find/none"), ("solved", "/find/solved")])
def test_no_more_than_so_many_wishes_are_kept_of_a_day(
    app: Flask, visitor: Browser, clock: Clock, kind: str, path: str
) -> None:
    """The two hundred and first gets the same page, and is not written down; the next day's is."""
    with app.app_context():
        db.session.execute(sa.insert(Demand), [{"kind": kind, "shown": [], "at": NOW} for _ in range(199)])
        db.session.commit()
    answers = []
    for question in ("first", "second"):
        sent = visitor.send(path, ask(visitor, f"My {question} wobble"))
        answers.append((sent.status_code, sent.location))
        assert len(demand(app)) == 200
    assert answers[0] == answers[1]
    clock.advance(days=1)
    visitor.send(path, ask(visitor, "My third wobble"))
    assert len(demand(app)) == 201


def test_markup_in_a_wish_is_text_for_the_administrator(app: Flask, visitor: Browser) -> None:
    """A stranger wrote it."""
    visitor.send("/find/none", ask(visitor, "<script>alert('plugin')</script> MLflow"))
    page = Browser(app).sign_in(None).get("/admin")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


def test_choosing_another_topic_is_a_correction(app: Flask, visitor: Browser, clock: Clock) -> None:
    """It is kept with the booking and told by the check, but teaches only once a maintainer says so, or it was held."""
    ask(visitor, f"{SURE} {STRANGE}")
    visitor.booked(FIRST, "releases", question=f"My {STRANGE} wobbles")
    [booking] = bookings(app)
    assert booking.suggested_topic_id not in (None, booking.topic_id)
    assert answer(app, "topics", "check")["confused"] == [{"taken_for": "deploy_auth", "was": "releases", "times": 1}]
    repeat_the_booking(app, range(-30, 0))
    hold_sessions_on_every_topic(app)
    clock.advance(hours=2)
    assert topics_in(ask(visitor, STRANGE))[0] == "/topics/flytekit"
    with app.app_context():
        db.session.execute(sa.update(Booking).values(about_topic_id=Booking.topic_id))
        db.session.commit()
    clock.advance(hours=2)
    assert topics_in(ask(visitor, STRANGE))[0] == "/topics/releases"


def test_a_maintainer_says_what_it_was_about(app: Flask, visitor: Browser, clock: Clock) -> None:
    """Before or after the session, on their own page; its question is an example of that topic from then on."""
    visitor.booked(FIRST, "releases", question=f"My {STRANGE} wobbles")
    [booking] = bookings(app)
    repeat_the_booking(app, range(1, 31))
    ids = [each.id for each in bookings(app)]
    hold_sessions_on_every_topic(app)
    clock.advance(days=1)
    assert topics_in(ask(visitor, STRANGE))[0] == "/topics/releases"
    staff = Browser(app).sign_in(booking.maintainer.key)
    page = staff.get("/maintainer")
    assert "Past sessions" in text_of(page)
    for booking_id in ids:
        sent = staff.send(f"/maintainer/sessions/{booking_id}/topic", page, topic="integrations")
        assert (sent.status_code, sent.location) == (303, f"/maintainer/sessions/{booking_id}")
    assert "You said that it is about" in text_of(staff.get(f"/maintainer/sessions/{ids[0]}"))
    clock.advance(hours=2)
    assert topics_in(ask(visitor, STRANGE))[0] == "/topics/integrations"
    confused = answer(app, "topics", "check")["confused"]
    assert confused == [{"taken_for": "releases", "was": "integrations", "times": 31}]
    assert {each.topic.key for each in bookings(app) if each.id in ids} == {"releases"}


def test_only_ones_own_sessions_and_real_topics_can_be_corrected(app: Flask, visitor: Browser) -> None:
    """A colleague's session, one that is not there, or a topic that is none: 404, and nothing is kept."""
    visitor.booked(FIRST, "releases")
    [booking] = bookings(app)
    other = next(key for key in ("example-1", "example-2") if key != booking.maintainer.key)
    for key, path, topic in ((other, 1, "plugins"), (booking.maintainer.key, 1, "x"), (other, 99, "plugins")):
        staff = Browser(app).sign_in(key)
        sent = staff.send(f"/maintainer/sessions/{path}/topic", staff.get("/maintainer"), topic=topic)
        assert sent.status_code == 404
    assert [booking.about_topic_id for booking in bookings(app)] == [None]


def test_the_check_finds_what_topics_lack(app: Flask, visitor: Browser) -> None:
    """Words of two questions that no topic has, asked in a booking or in vain; never a word of one question only."""
    visitor.booked(FIRST, "releases", question=f"My {STRANGE} wobbles since the upgrade, says Xaver")
    visitor.send("/find/none", ask(visitor, f"{STRANGE.title()} chain"))
    _ask_just_now(app)
    found = answer(app, "topics", "check")
    assert found["unknown_words"] == [{"word": STRANGE, "questions": 2}]
    assert found["untaken"] == []
    assert found["alike"][0]["topics"] == ["flytekit", "propeller"]
    assert "map task" in found["alike"][0]["texts"]
    printed = run(app, "topics", "check").output
    assert f"2 questions have “{STRANGE}”" in printed
    assert "flytekit and propeller, by “" in printed
    assert "Every topic has somebody in every slot that serves it." in printed


def _ask_just_now(app: Flask) -> None:
    """The command has the machine's clock."""
    with app.app_context():
        db.session.execute(sa.update(Booking).values(created_at=datetime.now(UTC)))
        db.session.execute(sa.update(Demand).values(at=datetime.now(UTC)))
        db.session.commit()


def test_topics_say_how_many_know_them_well(app: Flask) -> None:
    """At level 2 and above; the list and the administrator's page say the same."""
    rows = {row["key"]: row["bus_factor"] for row in answer(app, "topics")}
    assert rows["releases"] == 2
    assert rows["flytekit"] == 3
    assert " 3 know it well  Anything flytekit-related" in run(app, "topics").output
    misplaced = CliRunner().invoke(cli, ["topics", "--data", "elsewhere", "check"])
    assert (misplaced.exit_code, "Write options after “check”." in misplaced.output) == (2, True)
    overview = Browser(app).sign_in(None).get("/admin/programme")
    assert "Anything flytekit-related flytekit7am, 9pm3" in text_of(overview)


def test_old_questions_are_not_looked_at(app: Flask, visitor: Browser) -> None:
    """The check is about the last ninety days."""
    for question in (f"{STRANGE} one", f"{STRANGE} two"):
        visitor.send("/find/none", ask(visitor, question))
    with app.app_context():
        db.session.execute(sa.update(Demand).values(at=datetime.fromisoformat("2026-01-01T00:00:00+00:00")))
        db.session.commit()
    assert answer(app, "topics", "check")["unknown_words"] == []

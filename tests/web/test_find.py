"""From a question in one's own words to a topic, and the question into the booking."""

from __future__ import annotations

import json
import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from werkzeug.test import TestResponse

from booking.cli import cli
from booking.extensions import db
from booking.models import Booking, Topic
from tests.web.browser import Browser, bookings, person, text_of
from tests.web.conftest import FIRST, Clock, MakeApp

SURE = "helm install on EKS: the ingress shows no login with Okta OIDC"
UNSURE = "MLflow plugin"
HOPELESS = "ξ 🥖 qwzx"
NASTY = '"><script>alert("helm")</script> helm install ingress oidc login'
UNIQUE = ("public_id", "idempotency_key")
DEPLOYMENT = "/topics/deploy_auth"


def ask(visitor: Browser, question: str) -> TestResponse:
    """The page that answers a question."""
    sent = visitor.send("/find", visitor.get("/"), question=question)
    assert (sent.status_code, sent.location) == (303, "/find"), sent.text
    return visitor.get("/find")


def topics_in(page: TestResponse) -> list[str]:
    return re.findall(r'href="(/topics/[^"]+)"', page.text)


def test_a_clear_question_goes_on(visitor: Browser) -> None:
    """Its topic, the words that said so, its times one press away, and every other topic for who was misunderstood."""
    page = ask(visitor, SURE)
    said = text_of(page)
    assert "This is about: Flyte deployment, auth" in said
    assert "Because you wrote" in said
    assert "<q>helm</q>" in page.text
    assert "Monday to Friday at 1:00\N{NO-BREAK SPACE}pm" in page.text
    assert topics_in(page)[0] == DEPLOYMENT
    assert sorted(topics_in(page)) == sorted(topics_in(visitor.get("/")))
    assert "Not this?" in said


def test_an_unclear_question_is_asked_back(visitor: Browser) -> None:
    """Two or three topics with their words, and none of these."""
    page = ask(visitor, UNSURE)
    assert "Which of these is it about?" in text_of(page)
    assert len(topics_in(page)) in (2, 3)
    assert {"/topics/integrations", "/topics/plugins"} <= set(topics_in(page))
    assert "None of these" in text_of(page)
    assert "<q>MLflow</q>" in page.text


def test_a_question_nothing_fits_says_so(visitor: Browser) -> None:
    """And lists all topics."""
    page = ask(visitor, HOPELESS)
    assert "We cannot tell what this is about" in text_of(page)
    assert len(topics_in(page)) == 9


@pytest.mark.parametrize("question", [SURE, UNSURE, HOPELESS])
def test_the_question_reaches_the_booking(visitor: Browser, app: Flask, question: str) -> None:
    """Asked once, it stands in the form, is booked as asked, and is forgotten by the browser then."""
    ask(visitor, question)
    assert f">\n{question}</textarea>" in visitor.get("/").text
    form = visitor.details(FIRST)
    assert f">\n{question}</textarea>" in form.text
    assert visitor.send("/topics/flytekit/book", form, **person(question=question)).status_code == 303
    assert [booking.question for booking in bookings(app)] == [question]
    assert question not in visitor.get("/").text
    assert visitor.get("/find").location == "/"


def test_one_visitor_does_not_see_what_another_asked(visitor: Browser, app: Flask) -> None:
    """The question is in the browser that asked it."""
    ask(visitor, SURE)
    other = Browser(app)
    assert SURE not in other.get("/").text
    assert SURE not in other.details(FIRST).text


def test_markup_in_a_question_is_text(visitor: Browser) -> None:
    """On every page that shows it, matched words included."""
    pages = [ask(visitor, NASTY), visitor.get("/"), visitor.details(FIRST)]
    assert all("<script>alert" not in page.text and "&lt;script&gt;" in page.text for page in pages)


def test_a_question_stands_in_no_address_and_no_log(visitor: Browser, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is logged at whatever level; no link, form or redirect carries it, and no page is to be stored."""
    with caplog.at_level(logging.DEBUG):
        pages = [visitor.get("/"), ask(visitor, SURE), visitor.get(DEPLOYMENT), visitor.details(FIRST)]
    assert "Okta" not in caplog.text
    addresses = re.findall(r'(?:href|action|src)="([^"]*)"', "".join(page.text for page in pages))
    assert addresses
    assert not [address for address in addresses if "okta" in address.lower() or "question" in address]
    assert pages[1].headers["Cache-Control"] == "no-store"
    assert pages[1].headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("", "Write down your question, or choose a topic below."),
        (" \r\n\t", "Write down your question, or choose a topic below."),
        ("a" * 100_000, "your question"),
        ("".join(chr(0x4E00 + place * 37 % 20_000) for place in range(3_000)), "Ask in fewer words here"),
    ],
)
def test_a_question_that_cannot_be_kept_is_said(visitor: Browser, question: str, words: str) -> None:
    """Empty, or longer than a cookie: 422, the sentence at the field and on top, what was typed kept, all topics."""
    page = visitor.send("/find", visitor.get("/"), question=question)
    assert page.status_code == 422
    assert "<title>Error: " in page.text
    assert 'href="#question"' in page.text
    assert words.lower() in text_of(page).lower()
    assert question.strip() in page.text
    assert len(topics_in(page)) == 9


def test_what_is_kept_fits_a_cookie(visitor: Browser) -> None:
    """A page of English arrives whole. What packs badly is kept up to a length; browsers drop more than 4096 bytes."""
    english = " ".join(f"word{place % 600}" for place in range(400))
    assert len(english) > 2_500
    assert ask(visitor, english).status_code == 200
    foreign = "".join(chr(0x4E00 + place * 7_919 % 20_011) for place in range(2_000))
    cookies = []
    for length in range(100, 2_000, 50):
        sent = visitor.send("/find", visitor.get("/"), question=foreign[:length])
        if sent.status_code != 303:
            break
        cookies += [len(cookie) for cookie in sent.headers.getlist("Set-Cookie")]
    assert length > 600
    assert 3_000 < max(cookies) < 4_000


def test_find_is_limited_and_wants_the_token(make_app: MakeApp) -> None:
    """A program that asks without end is slowed down; a form from nowhere is refused."""
    visitor = Browser(make_app(rate_limits="on"))
    assert visitor.client.post("/find", data={"question": SURE}).status_code == 400
    form = visitor.get("/")
    answers = [visitor.send("/find", form, question=SURE).status_code for _ in range(40)]
    assert set(answers) == {303, 429}


def test_past_sessions_teach(visitor: Browser, app: Flask, clock: Clock) -> None:
    """A word that no topic has leads to what sessions with it were about, once half of the topics had sessions too."""
    assert "We cannot tell" in text_of(ask(visitor, "velocipede"))
    visitor.booked(FIRST, "releases", question="My velocipede wobbles")
    repeat_the_booking(app, range(1, 31))
    assert "We cannot tell" in text_of(ask(visitor, "velocipede"))
    clock.advance(hours=2)
    assert "We cannot tell" in text_of(ask(visitor, "velocipede"))
    hold_sessions_on_every_topic(app)
    clock.advance(hours=2)
    page = ask(visitor, "velocipede")
    assert topics_in(page)[0] == "/topics/releases"
    assert "<q>velocipede</q>" in page.text


def repeat_the_booking(app: Flask, days: range, **changed: object) -> None:
    """As if the first booking, with these changes, were had as often, on these days before (after, where negative)."""
    with app.app_context():
        columns = Booking.__table__.columns
        row = dict(db.session.execute(sa.select(*columns).order_by(Booking.id)).first()._mapping) | changed
        del row["id"]
        for back in days:
            moved = {name: row[name] - timedelta(days=back) for name in ("starts_at", "ends_at")}
            own = {name: f"{row[name]}{back}" for name in UNIQUE}
            db.session.execute(sa.insert(Booking).values(**{**row, **moved, **own}))
        db.session.commit()


def hold_sessions_on_every_topic(app: Flask) -> None:
    """As if there had been three sessions on each, with its title for a question."""
    with app.app_context():
        topics = [(topic.id, topic.title) for topic in db.session.scalars(sa.select(Topic))]
    for place, (topic_id, title) in enumerate(topics):
        changed = {"topic_id": topic_id, "suggested_topic_id": topic_id, "question": title}
        repeat_the_booking(app, range(100 + 3 * place, 103 + 3 * place), **changed)


@pytest.mark.parametrize("question", [SURE, UNSURE, HOPELESS])
def test_the_command_routes_a_question(app: Flask, question: str) -> None:
    """Every topic with probability and words, then who would take the first; nobody where nothing fits."""
    data = str(Path(app.extensions["officehours"].settings.data))
    found = CliRunner().invoke(cli, ["route", question, "--json", "--data", data])
    assert found.exit_code == 0, found.output
    told = json.loads(found.output)
    assert len(told["topics"]) == 9
    assert bool(told["candidates"]) == (question != HOPELESS)
    lines = CliRunner().invoke(cli, ["route", question, "--data", data]).output
    assert f"  {told['topics'][0]['topic']}" in lines
    assert ("Nothing in these words" in lines) == (question == HOPELESS)

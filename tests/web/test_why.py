"""Why somebody would get a session: the explanation is the decision."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, datetime
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from werkzeug.test import TestResponse

from booking import queries
from booking.cli import cli
from booking.extensions import db
from booking.models import Community, Leave, Maintainer
from booking.services.pick import Wish, decide, know
from routing.answers import Assignment
from tests.web.browser import Browser, bookings, text_of
from tests.web.conftest import FIRST, SECOND, Clock
from tests.web.program import Program

SHARED = ("flytekit", "releases", "plugins", "propeller", "platform_config", "use_cases", "integrations")


def explained(staff: Browser, asked: str, at: str = "") -> TestResponse:
    return staff.send("/maintainer/route", staff.get("/maintainer/route"), asked=asked, at=at)


def candidates(page: TestResponse) -> list[tuple[str, list[str]]]:
    """Who would get it, best first, each with the reasons."""
    found = []
    for article in re.findall(r"<article.*?</article>", page.text, re.DOTALL):
        [name] = re.findall(r"<bdi>([^<]+)</bdi></h3>", article)
        found.append((unescape(name), [unescape(text) for text in re.findall(r"<li>([^<]+)</li>", article)]))
    return found


def test_the_explanation_is_the_decision(app: Flask, program: Program) -> None:
    """Over a week of bookings, each goes to whom the page named just before, for the same reasons."""
    staff = Browser(app).sign_in("example-1")
    named, numbers = [], iter(range(99))
    for topic in SHARED:
        for _ in range(2):
            page = explained(staff, topic)
            [start] = re.findall(r'<time datetime="([^"]+)"', page.text)
            named.append(candidates(page)[0])
            number = next(numbers)
            address = {"email": f"person{number}@example.com"}
            answer = program.book(str(number), topic=topic, start=start.replace("+00:00", "Z"), **address)
            assert answer.status_code == 201, answer.text
    booked = [(one.maintainer.name, [reason["text"] for reason in one.reasons]) for one in bookings(app)]
    assert booked == named
    assert len({name for name, _ in named}) >= 3


def test_a_question_is_explained_from_the_beginning(app: Flask) -> None:
    """Topics with their words, the candidates with every term, and by name who cannot take it and why."""
    with app.app_context():
        away = db.session.scalars(sa.select(Maintainer).where(Maintainer.key == "example-1")).one()
        db.session.add(Leave(maintainer_id=away.id, first_day=date(2026, 12, 1), last_day=date(2026, 12, 1)))
        db.session.execute(sa.update(Community).values(revision=Community.revision + 1))
        db.session.commit()
    staff = Browser(app).sign_in(None)
    said = text_of(explained(staff, "How do I write a plugin for the flytekit SDK in python?", "2026-12-01"))
    assert "What it is about" in said
    assert "Example maintainer 1 is on leave then." in said
    for term in ("expertise", "reserve", "load", "calibration", "wait", "order", "What it costs"):
        assert term in said
    assert "Nothing in these words" in text_of(explained(staff, "velocipede"))


def test_a_day_without_a_session_says_so(app: Flask) -> None:
    """A Sunday has none; what is no date is answered beside the field, and what was typed is kept."""
    staff = Browser(app).sign_in("example-1")
    assert "it is served at 1pm" in text_of(explained(staff, "deploy_auth", "2026-12-06"))
    wrong = explained(staff, "deploy_auth", "tomorrow")
    assert wrong.status_code == 422
    assert "Write the date like 2026-12-01." in wrong.text
    assert 'value="deploy_auth"' in wrong.text


def test_the_page_is_linked_from_home(app: Flask) -> None:
    """Maintainers and administrators find it; strangers do not get in."""
    for key, home in (("example-1", "/maintainer"), (None, "/admin")):
        assert 'href="/maintainer/route"' in Browser(app).sign_in(key).get(home).text
    assert Browser(app).get("/maintainer/route").location == "/sign-in"


def test_the_command_explains_a_topic(app: Flask, visitor: Browser) -> None:
    """As JSON and in lines: candidates with named terms that add up to the cost, the best first."""
    visitor.booked(FIRST)
    visitor.booked(SECOND, email="other@example.com")
    data = str(Path(app.extensions["officehours"].settings.data))
    [first, *_] = json.loads(CliRunner().invoke(cli, ["openings", "flytekit", "--json", "--data", data]).output)
    asked = ["route", "flytekit", "--at", first["start"], "--attendee", "Asha+x@example.com", "--data", data]
    told = json.loads(CliRunner().invoke(cli, [*asked, "--json"]).output)
    assert (told["topic"], told["start"], told["topics"]) == ("flytekit", first["start"], [])
    costs = [one["cost"] for one in told["candidates"]]
    assert costs == sorted(costs)
    assert all(abs(sum(one["terms"].values()) - one["cost"]) < 1e-9 for one in told["candidates"])
    assert all({reason["code"] for reason in one["reasons"]} >= {"expertise", "load"} for one in told["candidates"])
    lines = CliRunner().invoke(cli, asked).output.splitlines()
    assert lines[0].startswith("Anything flytekit-related, ")
    assert lines[0].endswith(f" UTC, slot {first['slot']}")
    assert lines[1].startswith("1. Example maintainer")
    assert " expertise -0." in lines[1]
    wrong = CliRunner().invoke(cli, ["route", "flytekit", "--at", "tomorrow", "--data", data])
    assert "Write the time as an instant" in wrong.output


@pytest.mark.parametrize("days", [0, 3], ids=["monday", "thursday"])
def test_what_is_read_around_a_session_is_all_that_its_choice_rests_on(
    app: Flask, program: Program, clock: Clock, days: int
) -> None:
    """Though bookings of other weeks are left out: the same candidates at the same costs as by all bookings."""
    clock.advance(days=days)
    starts = [opening["start"] for opening in program.get("/api/v1/openings", topic="flytekit").json["openings"]]
    for number, start in enumerate(starts[:40:2]):
        assert program.book(key=f"key-{number:08}", start=start, email=f"a{number}@example.com").status_code == 201
    with app.app_context():
        roster, now = queries.roster(), app.extensions["officehours"].now()
        every = queries.sessions(roster, now)
        chosen = 0
        for start in dict.fromkeys(starts):
            wish = Wish("flytekit", datetime.fromisoformat(start))
            known = know(roster, wish, now)
            by_all = decide(roster, wish, replace(known, sessions=every), now)
            assert decide(roster, wish, known, now) == by_all
            chosen += isinstance(by_all, Assignment)
        assert chosen > 30

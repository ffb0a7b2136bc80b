"""The programme as organisers see it: read-only, beside what the community file would change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from booking import queries
from booking.extensions import begin_write, db
from booking.models import Community
from booking.resources import folder
from tests.web.browser import Browser, set_policy, text_of
from tests.web.conftest import MakeApp

FLYTE = (folder("communities") / "flyte.toml").read_text()


@pytest.fixture
def shown(make_app: MakeApp, tmp_path: Path) -> Callable[[str], str]:
    """What the page says where the configured file, in a folder with a blank in its name, has this text."""
    path = tmp_path / "our office" / "community.toml"
    path.parent.mkdir()

    def show(text: str) -> str:
        path.write_text(text)
        page = Browser(make_app(community=path)).sign_in(None).get("/admin/programme")
        assert page.status_code == 200
        return text_of(page)

    return show


def test_what_was_rolled_back_is_shown_to_nobody(app: Flask) -> None:
    """A process keeps the programme by its revision, but not one that was never committed: the next has its number."""
    with app.app_context():
        session = db.session()
        begin_write(session)
        session.execute(sa.update(Community).values(revision=Community.revision + 1, name="Nobody’s"))
        assert queries.roster().revision == queries.community().revision
        session.rollback()
    set_policy(app, name="Everybody’s")
    assert "Everybody’s office hours" in text_of(Browser(app).get("/"))


def test_slots_topics_maintainers_and_policy_as_they_are(app: Flask) -> None:
    """From the database, by the names that the file has for them."""
    set_policy(app, open_bookings_per_address=7, sms_countries=["IN", "US"])
    said = text_of(Browser(app).sign_in(None).get("/admin/programme"))
    assert "7am07:00, America/Los Angeles" in said
    assert "Anything flytekit-related flytekit7am, 9pm3" in said
    assert "Example maintainer 1 (example)example-1@example.orgEurope/Berlin" in said
    assert "Anything flytekit-related 3" in said
    assert "open_bookings_per_address7" in said.replace(" ", "")
    assert "sms_countriesIN,US" in said.replace(" ", "")
    assert "No file is configured to compare with." in said


def test_a_file_that_says_the_same_changes_nothing(shown: Callable[[str], str]) -> None:
    """And there is nothing to apply."""
    said = shown(FLYTE)
    assert "Nothing: the programme is what the file says." in said
    assert "officehours apply" not in said


def test_what_the_file_would_change_and_the_command(shown: Callable[[str], str]) -> None:
    """The sentences of `plan`, and a command that can be pasted; the page itself changes nothing, ever."""
    changed = FLYTE.replace('name = "Flyte"', 'name = "Flyte <b>&</b> friends"')
    assert changed != FLYTE
    for _ in range(2):
        said = shown(changed)
        assert 'name from "Flyte" to "Flyte <b>&</b> friends"' in said
        assert "officehours apply '/" in said
        assert "/our office/community.toml'" in said


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[community", "Expected ']' at the end"),
        (FLYTE.replace("[community]", '[community]\ncolor = "red"'), "color"),
    ],
    ids=["syntax", "key"],
)
def test_a_file_with_problems_shows_them(shown: Callable[[str], str], text: str, sentence: str) -> None:
    """Each with its place; nothing is offered to apply."""
    said = shown(text)
    assert "The file needs attention" in said
    assert sentence in said
    assert "officehours apply" not in said


def test_a_file_that_cannot_be_read_says_so(make_app: MakeApp, tmp_path: Path) -> None:
    """The page still shows the programme."""
    page = Browser(make_app(community=tmp_path / "gone.toml")).sign_in(None).get("/admin/programme")
    said = text_of(page)
    assert page.status_code == 200
    assert "it cannot be read (No such file or directory)" in said
    assert "Example maintainer 1" in said


def test_the_overview_leads_to_the_topic(app: Flask) -> None:
    """And to the programme."""
    admin = Browser(app).sign_in(None)
    assert 'href="/admin/programme"' in admin.get("/admin").text
    assert 'id="topic-flytekit"' in admin.get("/admin/programme").text


def test_mallory_reads_neither_programme_nor_file(app: Flask, visitor: Browser) -> None:
    """It has colleagues' addresses, and a path of the server."""
    page = Browser(app).sign_in("example-2").get("/admin/programme")
    assert page.status_code == 403
    assert "example-1@example.org" not in page.text
    assert visitor.get("/admin/programme").location == "/sign-in"

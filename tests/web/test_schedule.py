"""The public week: by the visitor's clocks, and the same in page, database and the section for docs pages."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from booking.extensions import db
from booking.models import Slot, Topic
from booking.resources import folder
from tests.web.browser import Browser, text_of
from tests.web.commands import run
from tests.web.conftest import Clock

Week = dict[str, list[str]]


def published(app: Flask) -> Week:
    """What the database says: topics by the wall-clock time of their slot."""
    with app.app_context():
        slots = db.session.scalars(sa.select(Slot).where(~Slot.retired).order_by(Slot.position)).all()
        topics = db.session.scalars(sa.select(Topic).where(~Topic.retired).order_by(Topic.position)).all()
        return {
            f"{slot.starts:%H:%M}": [topic.title for topic in topics if slot in topic.slots]
            for slot in slots
            if any(slot in topic.slots for topic in topics)
        }


def on_page(page: TestResponse) -> Week:
    """What the page says, seen from home on 24 hours."""
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", page.text, re.S)[1:]:
        [start] = re.findall(r"Monday to Friday, ([0-9:]+) to", row)
        found[start] = [unescape(title) for title in re.findall(r'<li><a href="/topics/[^"]+">([^<]+)</a>', row)]
    return found


def in_section(text: str, link: str) -> Week:
    """What the section says; its clock written as the database has it."""
    found: Week = {}
    for line in text.splitlines():
        if slot := re.fullmatch(r"\*\*([0-9]+):([0-9]+) ([ap])\.m\. PT\*\* \(Monday to Friday\)", line):
            hour = int(slot[1]) % 12 + (12 if slot[3] == "p" else 0)
            titles = found.setdefault(f"{hour:02}:{slot[2]}", [])
        elif topic := re.fullmatch(link, line):
            titles.append(topic[1])
    return found


@pytest.mark.parametrize(("form", "link"), [("md", r"- \[(.+)\]\(http://\S+\)"), ("rst", r"- `(.+) <http://\S+>`__")])
def test_page_section_and_database_agree(app: Flask, visitor: Browser, tmp_path: Path, form: str, link: str) -> None:
    """As shipped, and after the community changed; the same programme gives the same text."""
    home = "/schedule?tz=America/Los_Angeles&hours=24"
    shipped = (folder("communities") / "flyte.toml").read_text()
    changed = shipped.replace('starts = "13:00"', 'starts = "12:30"').replace("Use cases", "Case studies")
    for text in (shipped, changed):
        file = tmp_path / "community.toml"
        file.write_text(text)
        assert run(app, "apply", str(file)).exit_code == 0
        written = run(app, "export", "docs", "--format", form)
        assert written.exit_code == 0, written.output
        week = published(app)
        assert len(week) == 3
        assert on_page(visitor.get(home)) == in_section(written.stdout, link) == week
        assert run(app, "export", "docs", "--format", form).stdout == written.stdout


def test_the_section_says_what_is_typed_by_hand_today(app: Flask) -> None:
    """Pacific times, thirty minutes, and a link to book each topic; what is special in the format is escaped."""
    with app.app_context():
        db.session.execute(sa.update(Topic).where(Topic.key == "releases").values(title="[all] `of` *it*"))
        db.session.execute(sa.text("UPDATE community SET revision = revision + 1"))
        db.session.commit()
    markdown = run(app, "export", "docs").stdout
    assert "[Book a 30-minute Flyte session](http://localhost:8000/) with a maintainer" in markdown
    assert (
        "**1:00 p.m. PT** (Monday to Friday)\n\n- [Flyte deployment, auth](http://localhost:8000/topics/deploy_auth)"
        in markdown
    )
    assert r"- [\[all\] \`of\` \*it\*](" in markdown
    assert r"- `[all] \`of\` \*it\* <" in run(app, "export", "docs", "--format", "rst").stdout


def test_export_alone_is_the_community_file_still(app: Flask) -> None:
    """And its subcommands make no data folder of their own."""
    assert "[[slots]]" in run(app, "export").output


def test_the_week_by_the_visitors_clocks(visitor: Browser) -> None:
    """9 pm from Monday to Friday in Los Angeles is Tuesday to Saturday morning in India; both are said."""
    page = visitor.get("/schedule?tz=Asia/Kolkata")
    said = text_of(page)
    assert "In your time: Kolkata, UTC+5:30" in said
    assert "Tuesday to Saturday, 10:30 am to 11:00 am Monday to Friday at 9:00 pm, Los Angeles time" in said.replace(
        "\xa0", " "
    )
    assert 'href="/topics/deploy_auth?tz=Asia/Kolkata"' in page.text
    assert 'href="/schedule.ics"' in page.text


def test_weeks_in_which_the_hour_is_another(visitor: Browser, clock: Clock) -> None:
    """Clocks change on different days, or here never; at home nothing differs."""
    berlin = text_of(visitor.get("/schedule?tz=Europe/Berlin"))
    assert "From Sunday 14 March 2027 to Saturday 27 March 2027 it is 1 hour earlier for you." in berlin
    assert "From Sunday 31 October 2027 to Saturday 6 November 2027 it is 1 hour earlier for you." in berlin
    assert "to Saturday 6 November 2027 it is 1 hour earlier" in text_of(visitor.get("/schedule?tz=Asia/Kolkata"))
    assert "When the clocks change" not in text_of(visitor.get("/schedule?tz=America/Los_Angeles"))
    assert "90 minutes earlier" in text_of(visitor.get("/schedule?tz=Australia/Lord_Howe"))


def test_a_week_with_a_change_in_it_says_both_times(visitor: Browser, clock: Clock) -> None:
    """Los Angeles changed in the night to Sunday 14 March 2027; seen on the Wednesday before."""
    clock.advance(days=100)
    said = text_of(visitor.get("/schedule?tz=Asia/Kolkata"))
    assert "Wednesday to Friday, 8:30 pm to 9:00 pm" in said
    assert "Monday and Tuesday, 7:30 pm to 8:00 pm" in said


def test_every_page_leads_there(visitor: Browser) -> None:
    """From its foot; without a zone in the address it is the community's, and a wrong one is told."""
    assert 'href="/schedule"' in visitor.get("/").text
    assert "is no time zone known here" in text_of(visitor.get("/schedule?tz=Mars"))

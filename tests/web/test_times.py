"""The page of times."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.models import Leave, Maintainer
from tests.web.browser import Browser, text_of
from tests.web.conftest import FIRST, NOW, SECOND, Clock


def times(visitor: Browser, topic: str = "flytekit", **query: str) -> str:
    page = visitor.get(f"/topics/{topic}", query_string=query)
    assert page.status_code == 200
    return page.text


def starts(html: str) -> list[str]:
    return re.findall(r'type="radio" name="start" value="([^"]+)"', html)


def fieldset_with(html: str, start: str) -> str:
    return next(part for part in html.split("<fieldset") if f'value="{start}"' in part)


def label_of(html: str, start: str) -> str:
    label = next(part for part in re.findall(r"<label class=\"slot\">.*?</label>", html, re.S) if start in part)
    return " ".join(re.sub("<[^>]+>", " ", label).split())


def test_times_are_radios_by_the_visitors_own_days(visitor: Browser) -> None:
    """9pm on Monday in Los Angeles stands under Tuesday in Kolkata, and says so; each time names zone and offset."""
    html = times(visitor, tz="Asia/Kolkata")
    assert "<legend>Monday 30 November 2026</legend>" in fieldset_with(html, FIRST)
    assert label_of(html, FIRST) == "8:30 pm Kolkata, UTC+5:30"
    assert "<legend>Tuesday 1 December 2026</legend>" in fieldset_with(html, SECOND)
    assert label_of(html, SECOND) == "10:30 am Kolkata, UTC+5:30 Tuesday for you, Monday in Los Angeles"
    assert 'datetime="2026-11-30T20:30:00+05:30"' in html
    assert "checked" not in html


def test_the_offset_is_that_of_the_slots_date(visitor: Browser, clock: Clock) -> None:
    """On both sides of Berlin's clock change each time carries its own offset; Los Angeles changed two weeks before."""
    clock.now = datetime(2027, 3, 8, 9, 0, tzinfo=UTC)
    before = times(visitor, tz="Europe/Berlin", week="2027-03-22")
    after = times(visitor, tz="Europe/Berlin", week="2027-03-29")
    assert label_of(before, "2027-03-26T14:00:00Z") == "3:00 pm Berlin, UTC+1"
    assert label_of(after, "2027-03-29T14:00:00Z") == "4:00 pm Berlin, UTC+2"


def test_night_is_marked_and_not_hidden(visitor: Browser) -> None:
    """1 pm in Los Angeles is the middle of the night in India: offered, and marked."""
    html = times(visitor, "deploy_auth", tz="Asia/Kolkata")
    assert label_of(html, "2026-11-30T21:00:00Z").startswith("2:30 am night Kolkata")
    assert "night" not in label_of(times(visitor, tz="Asia/Kolkata"), FIRST)


def test_the_soonest_is_one_step_from_the_form(visitor: Browser) -> None:
    """The first time of all comes first, with a link straight to its details."""
    html = times(visitor, tz="Asia/Kolkata")
    link = re.findall(r'class="btn btn-primary" href="([^"]+)"', html)[0].replace("&amp;", "&")
    assert html.index("Soonest available") < html.index("<fieldset")
    assert "Your details" in visitor.get(link).text


def test_the_horizon_is_paged_by_weeks(visitor: Browser) -> None:
    """Later and earlier links keep the zone, and together they show every opening of the horizon once."""
    query, seen = {"tz": "Asia/Kolkata"}, []
    for _ in range(20):
        html = times(visitor, **query)
        seen += starts(html)
        later = re.findall(r'href="/topics/flytekit\?tz=Asia%2FKolkata&(?:amp;)?week=([-0-9]+)" rel="next"', html)
        if not later:
            break
        query["week"] = later[0]
    answer = visitor.get("/api/v1/openings", query_string={"topic": "flytekit"})
    assert answer.json is not None
    assert seen == sorted({opening["start"] for opening in answer.json["openings"]})
    assert 'rel="prev"' in html
    assert len(seen) > 60


def test_without_a_zone_the_communitys_is_shown_and_said(visitor: Browser) -> None:
    """The page says whose zone it shows, offers a choice that needs no script, and tells the script to detect one."""
    html = times(visitor)
    assert label_of(html, FIRST) == "7:00 am Los Angeles, UTC-8"
    assert "Times are shown for America/Los Angeles" in html
    assert 'data-detect-zone="America/Los_Angeles"' in html
    assert '<option value="Asia/Kolkata">' in html
    assert "data-detect-zone" not in times(visitor, tz="Asia/Kolkata")


@pytest.mark.parametrize("zone", ["Mars/Base", "localtime", "Europe", "../../etc/passwd", "asia/kolkata", "x" * 400])
def test_an_unknown_zone_falls_back_with_a_word(visitor: Browser, zone: str) -> None:
    """The community's zone is used, the page says so, and the script does not try again."""
    html = times(visitor, tz=zone)
    assert "is no time zone known here" in html
    assert label_of(html, FIRST) == "7:00 am Los Angeles, UTC-8"
    assert "data-detect-zone" not in html


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("Asia/Calcutta", "Kolkata, UTC+5:30"), ("Europe/Kiev", "Kyiv, UTC+2"), ("Africa/Accra", "Accra, UTC+0")],
)
def test_a_zones_old_name_is_shown_as_the_present_one(visitor: Browser, asked: str, shown: str) -> None:
    """Browsers still report names that were changed; a place's own name is kept even where rules are shared."""
    assert label_of(times(visitor, tz=asked), FIRST).partition("m ")[2].startswith(shown)


@pytest.mark.parametrize("week", ["soon", "2026-13-01", "0001-01-01", "9999-12-31", "２０２６-12-01"])
def test_a_week_that_makes_no_sense_is_the_first_one(visitor: Browser, week: str) -> None:
    """A mistyped address still shows times."""
    assert starts(times(visitor, tz="Asia/Kolkata", week=week))[0] == FIRST


def test_an_empty_week_leads_to_one_that_has_times(visitor: Browser) -> None:
    """It says that nothing is free and links to the nearest week that has something."""
    html = times(visitor, tz="Asia/Kolkata", week="2027-06-07")
    assert "There is no free time in the week of Monday 7 June 2027" in html
    assert 'rel="prev"' in html
    assert starts(html) == []


def test_when_nothing_is_free_the_page_says_why(visitor: Browser, app: Flask) -> None:
    """Everybody away: the reason, and what to do."""
    with app.app_context():
        ids = db.session.scalars(sa.select(Maintainer.id)).all()
        rows = [{"maintainer_id": i, "first_day": NOW.date(), "last_day": NOW.date().replace(year=2027)} for i in ids]
        db.session.execute(sa.insert(Leave), rows)
        db.session.commit()
        app.extensions.pop("officehours.roster", None)
    said = text_of(visitor.get("/topics/flytekit"))
    assert "No time is free at the moment." in said
    assert "see whether another topic fits" in said


def test_how_many_are_free_is_nobodys_business(visitor: Browser) -> None:
    """The page names no maintainer and no number of them."""
    html = times(visitor, tz="Asia/Kolkata")
    assert "Example maintainer" not in html


def test_an_unknown_topic_is_a_page_that_helps(visitor: Browser) -> None:
    """404, with a way on."""
    page = visitor.get("/topics/nothing")
    assert page.status_code == 404
    assert "There is no such topic here" in text_of(page)
    assert 'href="/"' in page.text


def test_the_page_costs_few_statements(visitor: Browser, app: Flask) -> None:
    """Eight at most, whatever the data; the first request also reads the programme."""
    visitor.get("/topics/flytekit")
    statements: list[str] = []
    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    visitor.get("/topics/flytekit", query_string={"tz": "Asia/Kolkata"})
    assert 1 <= len(statements) <= 8, statements

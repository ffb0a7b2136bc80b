"""The page of times."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.models import Leave, Maintainer
from tests.web.browser import Browser, hidden, text_of
from tests.web.conftest import FIRST, NOW, SECOND, Clock


def times(visitor: Browser, topic: str = "flytekit", **query: str) -> str:
    page = visitor.get(f"/topics/{topic}", query_string=query)
    assert page.status_code == 200
    return page.text


def starts(html: str) -> list[str]:
    return re.findall(r'type="radio" name="start" value="([^"]+)"', html)


def fieldset_with(html: str, start: str) -> str:
    return next(part for part in html.split("<fieldset")[1:] if f'value="{start}"' in part)


def label_of(html: str, start: str) -> str:
    label = next(part for part in re.findall(r"<label class=\"slot\">.*?</label>", html, re.S) if start in part)
    return " ".join(re.sub("<[^>]+>", " ", label).split())


def test_times_are_radios_by_the_visitors_own_days(visitor: Browser) -> None:
    """9pm on Monday in Los Angeles stands under Tuesday in Kolkata, and says so; each time names zone and offset."""
    html = times(visitor, tz="Asia/Kolkata")
    assert "<legend>Monday 30 November 2026</legend>" in fieldset_with(html, FIRST)
    assert label_of(html, FIRST) == "8:30 pm evening Kolkata, UTC+5:30"
    assert "<legend>Tuesday 1 December 2026</legend>" in fieldset_with(html, SECOND)
    assert label_of(html, SECOND) == "10:30 am morning Kolkata, UTC+5:30 Tuesday for you, Monday in Los Angeles"
    assert 'datetime="2026-11-30T20:30:00+05:30"' in html
    assert "checked" not in html


def test_the_offset_is_that_of_the_slots_date(visitor: Browser, clock: Clock) -> None:
    """On both sides of Berlin's clock change each time carries its own offset; Los Angeles changed two weeks before."""
    clock.now = datetime(2027, 3, 8, 9, 0, tzinfo=UTC)
    before = times(visitor, tz="Europe/Berlin", day="2027-03-22")
    after = times(visitor, tz="Europe/Berlin", day="2027-03-29")
    assert label_of(before, "2027-03-26T14:00:00Z") == "3:00 pm afternoon Berlin, UTC+1"
    assert label_of(after, "2027-03-29T14:00:00Z") == "4:00 pm afternoon Berlin, UTC+2"


def test_night_is_marked_and_not_hidden(visitor: Browser) -> None:
    """1 pm in Los Angeles is the middle of the night in India: offered, and marked."""
    html = times(visitor, "deploy_auth", tz="Asia/Kolkata")
    assert label_of(html, "2026-11-30T21:00:00Z").startswith("2:30 am night Kolkata")
    assert "night" not in label_of(times(visitor, tz="Asia/Kolkata"), FIRST)


def test_the_soonest_is_one_step_from_the_form(visitor: Browser) -> None:
    """The first time of all comes first, with a button straight to its details."""
    page = visitor.get("/topics/flytekit", query_string={"tz": "Asia/Kolkata"})
    soonest = re.search(r'<form class="soonest".*?</form>', page.text, re.S)
    assert soonest is not None
    assert page.text.index(soonest[0]) < page.text.index("<fieldset")
    held = visitor.client.post("/topics/flytekit/hold", data=hidden(soonest[0]), follow_redirects=True)
    assert "Your details" in held.text
    assert "Monday 30 November 2026, 8:30 pm" in text_of(held)


def test_the_horizon_is_paged_by_days(visitor: Browser) -> None:
    """Later and earlier links keep the zone, and together they show every opening of the horizon once."""
    query, seen = {"tz": "Asia/Kolkata"}, []
    for _ in range(20):
        html = times(visitor, **query)
        seen += starts(html)
        later = re.findall(r'href="/topics/flytekit\?tz=Asia%2FKolkata&amp;day=([-0-9]+)#times" rel="next"', html)
        if not later:
            break
        query["day"] = later[0]
    answer = visitor.get("/api/v1/openings", query_string={"topic": "flytekit"})
    assert answer.json is not None
    assert seen == sorted({opening["start"] for opening in answer.json["openings"]})
    assert 'rel="prev"' in html
    assert len(seen) > 60


def cells(html: str) -> dict[str, str]:
    """The days of the month that can be chosen, with what is said of them."""
    links = re.findall(r'<td><a href="[^"]*day=([-0-9]+)#times".*?visually-hidden">([^<]+)</span>', html)
    return dict(links)


def test_the_month_shows_which_days_have_times(visitor: Browser) -> None:
    """Days with times are links that say how many; the others are no links. Sunday has none, Saturday Friday's last."""
    shown = cells(times(visitor, tz="Asia/Kolkata", month="2026-12"))
    assert shown["2026-12-01"] == "Tuesday 1 December 2026: 2 free times"
    assert shown["2026-12-05"] == "Saturday 5 December 2026: 1 free time"
    assert "2026-12-06" not in shown
    html = times(visitor, tz="Asia/Kolkata", day="2026-12-05")
    assert html.count('aria-current="date"') == 1
    assert starts(html)[0] == "2026-12-05T05:00:00Z"


def test_months_are_paged_with_the_state_in_the_address(visitor: Browser) -> None:
    """From the present month to the last of the horizon, and no further."""
    query, months = {"tz": "Asia/Kolkata"}, []
    for _ in range(12):
        html = times(visitor, **query)
        months.append(re.findall(r'<h2 id="dates"[^>]*>([^<]+)', html)[0])
        after = re.findall(r'href="/topics/flytekit\?tz=Asia%2FKolkata&amp;month=([-0-9]+)#dates" rel="next"', html)
        if not after:
            break
        query["month"] = after[0]
    assert months == ["November 2026", "December 2026", "January 2027"]
    assert "month=2026-12#dates" in html


def test_a_link_to_a_time_has_it_chosen(visitor: Browser) -> None:
    """Only then is a time chosen beforehand; one that is gone explains itself and shows what is near."""
    html = times(visitor, tz="Asia/Kolkata", slot=SECOND)
    assert re.findall(r'value="([^"]+)" checked', html) == [SECOND]
    gone = visitor.get("/topics/flytekit", query_string={"tz": "Asia/Kolkata", "slot": "2026-12-02T06:00:00Z"})
    assert "The time of this link is not free any more" in text_of(gone)
    assert " checked" not in gone.text
    assert starts(gone.text)[0] == "2026-12-02T05:00:00Z"


def test_a_link_fills_the_form_but_never_its_consents(visitor: Browser) -> None:
    """From the first page through the times to the form: name, email, number, question; nothing is ticked."""
    filled = {"name": "Asha", "email": "asha@example.com", "question": "Why?", "phone": "+14155552671"}
    ticks = {"accept_conduct": "y", "sms_consent": "y"}
    first = visitor.get("/", query_string={"topic": "flytekit", "tz": "Asia/Kolkata"} | filled | ticks)
    assert first.status_code == 303
    page = visitor.get(first.location)
    soonest = re.search(r'<form class="soonest".*?</form>', page.text, re.S)
    assert soonest is not None
    form = visitor.client.post("/topics/flytekit/hold", data=hidden(soonest[0]), follow_redirects=True).text
    assert 'name="name" type="text" dir="auto" value="Asha"' in form
    assert 'value="asha@example.com"' in form
    assert 'value="+14155552671"' in form
    assert "Why?</textarea>" in form
    assert " checked" not in form


def test_without_a_zone_the_communitys_is_shown_and_said(visitor: Browser) -> None:
    """The page says whose zone it shows, offers a choice that needs no script, and tells the script to detect one."""
    html = times(visitor)
    assert label_of(html, FIRST) == "7:00 am morning Los Angeles, UTC-8"
    assert "Times are shown for America/Los Angeles" in html
    assert 'data-detect-zone="America/Los_Angeles"' in html
    assert '<option value="Asia/Kolkata">' in html
    assert "data-detect-zone" not in times(visitor, tz="Asia/Kolkata")


def test_the_zone_and_the_clock_hold_on_every_later_page(visitor: Browser) -> None:
    """Chosen once, they are kept for the visit; a link with others changes them."""
    times(visitor, tz="Asia/Kolkata", hours="24")
    html = times(visitor, "plugins")
    assert label_of(html, FIRST) == "20:30 evening Kolkata, UTC+5:30"
    assert "data-detect-zone" not in html
    assert "Monday 30 November 2026, 20:30" in text_of(
        visitor.get("/topics/plugins/book", query_string={"start": FIRST})
    )
    assert label_of(times(visitor, tz="Europe/Berlin", hours="12"), FIRST) == "4:00 pm afternoon Berlin, UTC+1"


@pytest.mark.parametrize("zone", ["Mars/Base", "localtime", "Europe", "../../etc/passwd", "asia/kolkata", "x" * 400])
def test_an_unknown_zone_falls_back_with_a_word(visitor: Browser, zone: str) -> None:
    """The community's zone is used, the page says so, and the script does not try again."""
    html = times(visitor, tz=zone)
    assert "is no time zone known here" in html
    assert label_of(html, FIRST) == "7:00 am morning Los Angeles, UTC-8"
    assert "data-detect-zone" not in html


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("Asia/Calcutta", "Kolkata, UTC+5:30"), ("Europe/Kiev", "Kyiv, UTC+2"), ("Africa/Accra", "Accra, UTC+0")],
)
def test_a_zones_old_name_is_shown_as_the_present_one(visitor: Browser, asked: str, shown: str) -> None:
    """Browsers still report names that were changed; a place's own name is kept even where rules are shared."""
    assert label_of(times(visitor, tz=asked), FIRST).endswith(shown)


@pytest.mark.parametrize("day", ["soon", "2026-13-01", "0001-01-01", "9999-12-31", "２０２６-12-01"])
def test_a_day_that_makes_no_sense_is_the_first_one(visitor: Browser, day: str) -> None:
    """A mistyped address still shows times."""
    assert starts(times(visitor, tz="Asia/Kolkata", day=day))[0] == FIRST
    assert starts(times(visitor, tz="Asia/Kolkata", month=day))[0] == FIRST


def test_a_day_without_times_says_so_and_shows_the_next(visitor: Browser) -> None:
    """Nothing on a Sunday; Monday's follow."""
    html = times(visitor, tz="Asia/Kolkata", day="2026-12-06")
    assert "Nothing is free on Sunday 6 December 2026. These are the next times:" in " ".join(html.split())
    assert starts(html)[0] == "2026-12-07T15:00:00Z"


def test_a_month_without_times_leads_to_one_that_has_some(visitor: Browser) -> None:
    """It says that nothing is free and links to the nearest month that has something."""
    html = times(visitor, tz="Asia/Kolkata", month="2027-06")
    assert "No time is free in this month." in html
    assert "month=2027-01#dates" in html
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

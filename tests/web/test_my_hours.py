"""What a maintainer edits about themselves, and that the community file does not take it back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from booking import community, queries
from booking.community.file import parse
from booking.effects.rescue import look_after
from booking.extensions import begin_write, db, office
from booking.models import AuditEntry, Leave, Maintainer, Role
from tests.web.browser import Browser, bookings, text_of
from tests.web.conftest import FIRST
from tests.web.places import deliver_all
from tests.web.test_rescue import rescue_all

HERE = "/maintainer/availability/example-1"


@pytest.fixture
def ada(app: Flask) -> Browser:
    return Browser(app).sign_in("example-1")


def save(browser: Browser, path: str = HERE, **fields: str | list[str]) -> TestResponse:
    return browser.send(path, browser.get(HERE), **fields)


def row(app: Flask, key: str = "example-1") -> Maintainer:
    with app.app_context():
        found = db.session.scalars(sa.select(Maintainer).where(Maintainer.key == key)).one()
        _ = [leave.stand_in and leave.stand_in.key for leave in found.leave]
        return found


def apply(app: Flask, text: str) -> list[str]:
    """The community file applied; the sentences about what changed, and what was kept."""
    with app.app_context():
        planned = community.plan(parse(text), db.session())
        db.session.rollback()
        begin_write(db.session())
        assert community.apply(parse(text), db.session(), office().now()) == planned
        db.session.commit()
        return [change.detail for change in planned]


def export(app: Flask) -> str:
    with app.app_context():
        return community.export(db.session())


def test_limits_are_saved_and_used_at_once(app: Flask, ada: Browser) -> None:
    """The own page leads there; what is saved is shown again, and the programme is read anew."""
    assert HERE in ada.get("/maintainer").text
    assert ada.get("/maintainer/availability").location == HERE
    with app.app_context():
        before = queries.roster().revision
    assert save(ada, weekly_limit="2", paused_until="2027-01-15", quiet_weeks="2027-w05, 2027-W04").status_code == 303
    page = ada.get(HERE).text
    assert "Saved. It holds from now on" in page
    for value in ('value="2"', 'value="2027-01-15"', 'value="2027-W04 2027-W05"'):
        assert value in page
    with app.app_context():
        roster = queries.roster()
        assert roster.revision == before + 1
        assert roster.programme.maintainers[0].weekly_limit == 2
        assert roster.diaries["example-1"].paused
        assert len(roster.diaries["example-1"].quiet) == 1  # two weeks in a row are one span
    assert "You are paused or on leave today" in text_of(ada.get("/maintainer"))
    assert save(ada, weekly_limit="", paused_until="", quiet_weeks="").status_code == 303
    assert "You are paused or on leave today" not in text_of(ada.get("/maintainer"))
    cleared = row(app)
    assert (cleared.weekly_limit, cleared.paused_until, cleared.quiet_weeks) == (None, None, [])


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"weekly_limit": "0"}, "Enter a whole number from 1 on"),
        ({"weekly_limit": "٣"}, "Enter a whole number from 1 on"),
        ({"weekly_limit": "99999999999999999999"}, "Enter a whole number from 1 on"),
        ({"paused_until": "soon"}, "Write the date like 2026-12-01."),
        ({"paused_until": "2026-01-15"}, "2026-01-15 is no day to come."),
        ({"quiet_weeks": "2026-W47"}, "2026-W47 is over."),
        ({"quiet_weeks": "2026-W54"}, "2026-W54 is not a week."),
        ({"quiet_weeks": "9999-W01"}, "9999-W01 is not a week."),
    ],
)
def test_mistakes_are_named_and_kept(app: Flask, ada: Browser, fields: dict[str, str], sentence: str) -> None:
    """422, the sentence, what was typed; and nothing is saved."""
    answer = save(ada, **{"weekly_limit": "", "paused_until": "", "quiet_weeks": "", **fields})
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert next(iter(fields.values())) in answer.text
    assert row(app).weekly_limit == 5


def test_leave_is_added_and_removed(app: Flask, ada: Browser) -> None:
    """With a stand-in, who is another when the same days are given again; gone, it is gone."""
    days = {"first": "2026-12-20", "last": "2027-01-02"}
    for stand_in in ("example-2", "example-3"):
        assert save(ada, f"{HERE}/leave", **days, stand_in=stand_in).status_code == 303
    [leave] = row(app).leave
    assert leave.stand_in.key == "example-3"
    assert "2026-12-20 to 2027-01-02; Example maintainer 3 stands in" in text_of(ada.get(HERE))
    assert save(ada, f"{HERE}/leave/{leave.id}/remove").status_code == 303
    assert row(app).leave == []
    assert save(ada, f"{HERE}/leave/{leave.id}/remove").status_code == 404


@pytest.mark.parametrize(
    ("first", "last", "stand_in", "sentence"),
    [
        ("2026-12-20", "2026-12-19", "", "Enter a last day that is not before the first."),
        ("", "2026-12-19", "", "Write the date like 2026-12-01."),
        ("2025-12-20", "2025-12-24", "", "2025-12-24 is over. Enter a last day to come."),
        ("2026-12-20", "2026-12-20", "example-1", "Choose a stand-in from the list."),
        ("2026-12-20", "2026-12-20", "nobody", "Choose a stand-in from the list."),
    ],
)
def test_leave_that_cannot_be(app: Flask, ada: Browser, first: str, last: str, stand_in: str, sentence: str) -> None:
    """Named beside its field, and not saved."""
    answer = save(ada, f"{HERE}/leave", first=first, last=last, stand_in=stand_in)
    assert (answer.status_code, row(app).leave) == (422, [])
    assert sentence in text_of(answer)


def change(app: Flask, statement: str) -> None:
    """Change the programme, by SQL."""
    with app.app_context():
        db.session.execute(sa.text(statement))
        db.session.execute(sa.text("UPDATE community SET revision = revision + 1"))
        db.session.commit()


def test_a_stand_in_who_is_none_is_marked(app: Flask, ada: Browser) -> None:
    """Who knows none of the topics, who is away too, and who may not sign in any more."""
    leave = {"first": "2026-12-20", "last": "2027-01-02"}
    assert save(ada, f"{HERE}/leave", **leave, stand_in="example-2").status_code == 303
    said = text_of(ada.get(HERE))
    assert "2026-12-20 to 2027-01-02; Example maintainer 2 stands in Remove" in said
    assert "one that nobody else can give is cancelled" in said
    change(app, "DELETE FROM expertise WHERE maintainer_id = 2 AND topic_id != 6")  # that is not one of 7am
    assert "stands in, but knows none of their topics" in text_of(ada.get(HERE))
    theirs, there = Browser(app).sign_in("example-2"), "/maintainer/availability/example-2"
    theirs.send(f"{there}/leave", theirs.get(there), first="2027-01-02", last="2027-01-05")
    assert "stands in, but is away on some of these days, too" in text_of(ada.get(HERE))
    change(app, "UPDATE account SET disabled = true WHERE maintainer_id = 2")
    assert "stands in, but gives no sessions now" in text_of(ada.get(HERE))


def test_a_session_in_new_leave_goes_to_another(app: Flask, visitor: Browser) -> None:
    """Edited on the page, found at the next round."""
    visitor.booked(FIRST)
    deliver_all(app)
    [before] = bookings(app)
    here = f"/maintainer/availability/{before.maintainer.key}"
    staff = Browser(app).sign_in(before.maintainer.key)
    day = str(before.starts_at.date())
    assert staff.send(f"{here}/leave", staff.get(here), first=day, last=day).status_code == 303
    with app.app_context():
        look_after()
    rescue_all(app)
    assert bookings(app)[0].maintainer_id != before.maintainer_id


def test_mallory_edits_nobody_but_herself(app: Flask, ada: Browser) -> None:
    """Another's key, or another's leave under the own key: not found, and nothing changes."""
    save(ada, f"{HERE}/leave", first="2026-12-20", last="2026-12-20")
    [leave] = row(app).leave
    mallory = Browser(app).sign_in("example-2")
    own = "/maintainer/availability/example-2"
    page = mallory.get(own)
    assert mallory.get(HERE).status_code == 404
    for path in (HERE, f"{HERE}/leave", f"{HERE}/leave/{leave.id}/remove", f"{own}/leave/{leave.id}/remove"):
        answer = mallory.send(path, page, weekly_limit="1", first="2026-12-01", last="2026-12-01")
        assert answer.status_code == 404, path
    assert (row(app).weekly_limit, len(row(app).leave)) == (5, 1)
    assert mallory.get("/maintainer/availability/nobody").status_code == 404


def test_organisers_and_administrators_edit_anybody(app: Flask) -> None:
    """From the overview."""
    organiser = Browser(app).sign_in_as(Role.ORGANISER, "olga@example.org")
    for limit, browser in enumerate((organiser, Browser(app).sign_in(None)), 2):
        assert HERE in browser.get("/admin/programme").text
        assert "Availability of Example maintainer 1" in text_of(browser.get(HERE))
        assert save(browser, weekly_limit=str(limit)).status_code == 303
        assert row(app).weekly_limit == limit
    with app.app_context():
        done = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.act == "availability edited")).all()
        assert [entry.about for entry in done] == [f"maintainer {row(app).id}"] * 2
        assert len({entry.actor_id for entry in done}) == 2


def test_the_file_takes_back_nothing_that_was_edited(app: Flask, ada: Browser) -> None:
    """It says so, changes the rest, and rules again once it says the same."""
    file = export(app)
    save(ada, weekly_limit="2", paused_until="", quiet_weeks="")
    save(ada, f"{HERE}/leave", first="2026-12-20", last="2026-12-21", stand_in="example-2")
    [kept] = apply(app, file)
    assert kept.startswith('Maintainer "example-1" kept: edited by the maintainer; the file would change ')
    assert "weekly_limit from 2 to 5" in kept
    assert "leave loses" in kept
    with app.app_context():
        unchanged = queries.roster().revision
    changed, still_kept = apply(app, file.replace("Example maintainer 1", "Ada"))
    assert changed == 'Maintainer "example-1" changes: name from "Example maintainer 1" to "Ada".'
    assert still_kept == kept
    after = row(app)
    assert (after.name, after.weekly_limit, len(after.leave)) == ("Ada", 2, 1)
    with app.app_context():
        assert queries.roster().revision == unchanged + 1
    present = export(app)
    assert "weekly_limit = 2" in present
    assert apply(app, present) == []
    assert row(app).edited == []
    apply(app, file)
    assert (row(app).weekly_limit, row(app).leave) == (5, [])


def test_a_stand_in_who_leaves_the_file_stands_in_no_more(app: Flask, ada: Browser) -> None:
    """The leave that was edited stays."""
    file = export(app)
    save(ada, f"{HERE}/leave", first="2026-12-20", last="2026-12-21", stand_in="example-2")
    tables = file.split("[[maintainers]]")
    others = [table for table in tables if 'key = "example-2"' not in table]
    assert len(others) == len(tables) - 1
    apply(app, "[[maintainers]]".join(others))
    [leave] = row(app).leave
    with app.app_context():
        assert db.session.get_one(Leave, leave.id).stand_in_id is None

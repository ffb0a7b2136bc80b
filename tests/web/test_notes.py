"""What came of a session: written by its maintainer, public only while both sides want that."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from booking import notes
from booking.extensions import db
from booking.links import Purpose
from booking.models import Booking, Delivery, Note
from tests.booking.mails import body
from tests.web.browser import Browser, bookings, text_of
from tests.web.conftest import FIRST, Begin, Clock
from tests.web.places import deliver_all, token
from tests.web.printed import mails
from tests.web.test_access import dump
from tests.web.test_find import ask
from tests.web.test_mine import erase, link_for

GUEST = "asha@example.com"
PATH = "/maintainer/sessions/1"
TITLE = "Why a zebra task waits for ever"
TEXT = "Raise the **quota**, see [the docs](https://docs.example.org/quota).\n\n<script>alert(1)</script>"
FIELDS = {"solved": "yes", "title": TITLE, "text": TEXT, "links": "https://docs.example.org/zebra", "publish": "y"}


def a_session(app: Flask) -> None:
    Browser(app).booked(FIRST)
    deliver_all(app)


@pytest.fixture
def held(begin: Begin, clock: Clock) -> Browser:
    """The maintainer of a session that is over."""
    app = begin(a_session)
    clock.now = bookings(app)[0].ends_at
    return Browser(app).sign_in(bookings(app)[0].maintainer.key)


def write(staff: Browser, **fields: str) -> TestResponse:
    """Send the outcome form; a field given as empty is left out, as an unticked box is."""
    sent = {name: value for name, value in {**FIELDS, **fields}.items() if value}
    return staff.send(f"{PATH}/outcome", staff.get(PATH), **sent)


def answer(app: Flask, word: str, link: str = "") -> str:
    """The attendee answers on their page; gives what it says then."""
    guest, path = Browser(app), link or f"/b/{token(app, Purpose.NOTE)}/note"
    sent = guest.send(path, guest.get(path), answer=word)
    assert sent.status_code == 303
    return text_of(guest.get(path))


def asked(app: Flask) -> list[str]:
    """The links in the mails that asked the attendee."""
    deliver_all(app)
    subjects = [mail for mail in mails(app, GUEST) if mail["Subject"].startswith("May the note of your session")]
    return [re.findall(r"http\S+/note", body(mail))[0] for mail in subjects]


def public(app: Flask) -> bool:
    """Whether strangers find and read it; never one without the other."""
    stranger = Browser(app)
    found, page = TITLE in text_of(stranger.get("/notes?q=ZEBRA+quota")), stranger.get("/notes/1")
    beside = "/notes/1" in ask(stranger, "My zebra task waits for ever").text
    assert found == beside == (page.status_code == 200)
    assert "Asha" not in page.text
    return found


def test_published_once_both_agree_and_withdrawn_by_either(app: Flask, held: Browser) -> None:
    """One mail with a private link that shows it as it would be; each side can take it back, and give it again."""
    said = write(held)
    assert (said.status_code, said.location) == (303, PATH)
    assert "They are asked by mail" in text_of(held.get(PATH))
    assert not public(app)
    [link] = asked(app)
    page = Browser(app).get(link)
    assert "Asha" not in page.text
    assert "<strong>quota</strong>" in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert "it is published as it stands here" in answer(app, "yes", link)
    assert public(app)
    shown = Browser(app).get("/notes/1").text
    assert re.findall(r'<div class="written".*?</div>', shown, re.DOTALL) == re.findall(
        r'<div class="written".*?</div>', page.text, re.DOTALL
    )
    assert f'href="{link.replace("http://localhost:8000", "")}"' not in shown
    assert "so it is not published" in answer(app, "no", link)
    assert not public(app)
    assert "The attendee does not want it published." in text_of(held.get(PATH))
    answer(app, "yes", link)
    assert public(app)
    write(held, publish="")
    assert not public(app)
    assert "There is nothing to do." in text_of(Browser(app).get(link))
    write(held)
    assert public(app)
    assert len(asked(app)) == 1


def test_any_edit_asks_again(app: Flask, held: Browser) -> None:
    """The old yes counts for the old words only; a page that is out of date agrees to nothing."""
    write(held)
    [link] = asked(app)
    guest = Browser(app)
    stale = guest.get(link)
    answer(app, "yes", link)
    write(held, text=f"{TEXT} And more.")
    assert not public(app)
    assert len(asked(app)) == 2
    guest.send(link, stale, answer="yes")
    assert "The note was changed meanwhile." in text_of(guest.get(link))
    assert not public(app)
    answer(app, "yes", link)
    assert public(app)
    write(held)
    write(held, solved="no")
    write(held, title="Zebra")
    deliver_all(app)
    with app.app_context():
        states = db.session.scalars(sa.select(Delivery.state).where(Delivery.kind == "note").order_by(Delivery.id))
        assert list(states)[2:] == ["skipped", "skipped", "printed"]


def test_kept_for_oneself_asks_nobody(app: Flask, held: Browser) -> None:
    """Without the tick nothing is mailed and nothing is public; what was written is there again."""
    write(held, publish="", title="", text="Talked.")
    assert "It is kept, for you and the organisers only." in text_of(page := held.get(PATH))
    assert "Talked.</textarea>" in page.text
    assert asked(app) == []
    assert "Talked." in text_of(Browser(app).sign_in(None).get(PATH))
    assert Browser(app).get("/notes/1").status_code == 404


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"solved": ""}, "Say whether it solved the question."),
        ({"solved": "perhaps"}, "Say whether it solved the question."),
        ({"title": ""}, "write the question in one line"),
        ({"text": "x" * 10_001}, "10000 characters at most"),
        ({"text": "Asha asked this"}, "it says “Asha”"),
        ({"title": "ASHA RAO and zebras"}, "it says “Asha Rao”"),
        ({"links": f"https://example.org/?who={GUEST}"}, f"it says “{GUEST}”"),
        ({"links": "javascript:alert(1)"}, "Write each link on a line"),
        ({"text": "AKIAIOSFODNN7EXAMPLE is it"}, "Take the password or key out of the note"),
    ],
)
def test_what_may_not_stand_there(app: Flask, held: Browser, fields: dict[str, str], words: str) -> None:
    """Refused with the remedy; what was typed is kept, nothing else."""
    page = write(held, **fields)
    assert page.status_code == 422
    assert words in text_of(page)
    assert "There is a problem" in text_of(page)
    with app.app_context():
        assert db.session.scalars(sa.select(Note)).all() == []


def test_not_before_it_began_nor_when_cancelled(app: Flask, visitor: Browser) -> None:
    """There is no form, and sending one anyway keeps nothing."""
    visitor.booked(FIRST)
    staff = Browser(app).sign_in(bookings(app)[0].maintainer.key)
    assert "What came of it?" not in staff.get(PATH).text
    assert staff.send(f"{PATH}/outcome", staff.get(f"{PATH}/cancel"), **FIELDS).status_code == 303
    assert "Notes can be kept from the start of a session on" in text_of(staff.get(PATH))
    with app.app_context():
        assert db.session.scalars(sa.select(Note)).all() == []


def test_mallory_writes_and_answers_nothing(app: Flask, held: Browser) -> None:
    """Not a colleague, not an organiser in the maintainer's name, not with a link for something else."""
    write(held)
    other = next(key for key in ("example-1", "example-2") if key != bookings(app)[0].maintainer.key)
    for mallory in (Browser(app).sign_in(other), Browser(app).sign_in(None)):
        form = mallory.get("/maintainer/route")
        assert mallory.send(f"{PATH}/outcome", form, **FIELDS | {"text": "Mine"}).status_code == 404
    good = token(app, Purpose.NOTE)
    stranger = Browser(app)
    form = stranger.get(f"/b/{good}/note")
    for wrong in (token(app, Purpose.JOIN), f"{good}x", good.replace("note", "manage")):
        assert stranger.get(f"/b/{wrong}/note").status_code == 404
        assert stranger.send(f"/b/{wrong}/note", form, answer="yes").status_code == 404
    for elsewhere in (f"/b/{good}", f"/b/{good}/cancel", f"/b/{good}/join"):
        assert stranger.get(elsewhere).status_code == 404
    for number in (1, 2, 99):
        assert stranger.get(f"/notes/{number}").status_code == 404
    assert not public(app)
    with app.app_context():
        assert db.session.scalars(sa.select(Note)).one().text == TEXT


def test_the_private_page_leads_there_too(app: Flask, held: Browser) -> None:
    """Whoever lost the mail finds it there, by the link that manages the session."""
    manage = f"/b/{token(app, Purpose.MANAGE)}"
    assert f'href="{manage}/note"' not in Browser(app).get(manage).text
    write(held)
    assert f'href="{manage}/note"' in Browser(app).get(manage).text
    assert "it is published as it stands here" in answer(app, "yes", f"{manage}/note")


def test_erasing_withdraws_it_and_the_export_has_it(app: Flask, held: Browser) -> None:
    """Nothing of it is left but whether it solved the question."""
    write(held)
    answer(app, "yes")
    link = link_for(app, GUEST)
    exported = Browser(app).get(f"{link}/export.json").get_json()["notes"]
    assert [(note["title"], note["text"], note["published"], note["agreed"]) for note in exported] == [
        (TITLE, TEXT, True, True)
    ]
    erase(app, link)
    assert not public(app)
    with app.app_context():
        [note] = db.session.scalars(sa.select(Note)).all()
        assert (note.title, note.text, note.links, note.stems, note.solved) == ("", "", [], {}, "yes")
    assert "What came of it?" not in held.get(PATH).text
    write(held)
    assert "Who asked had their data erased" in text_of(held.get(PATH))
    assert TEXT not in dump(app)


def _many(app: Flask, count: int) -> None:
    """So many public notes, on two topics in turn."""
    with app.app_context():
        first = db.session.scalars(sa.select(Booking)).one()
        values = {column.key: getattr(first, column.key) for column in Booking.__table__.columns if column.key != "id"}
        for number in range(count):
            new = values | {"public_id": f"{number:032x}", "idempotency_key": f"k{number}", "status": "completed"}
            row = Booking(**new)
            db.session.add(row)
            db.session.flush()
            words = {"solved": "yes", "title": f"Note {number:02} 100%_sure", "text": "Any", "links": [], "stems": {}}
            when = datetime(2026, 12, 1, 0, number, tzinfo=UTC)
            flags = {"publish": True, "agreed": True, "version": 1, "answered_at": when, "written_at": when}
            db.session.add(Note(booking_id=row.id, topic_id=1 + number % 2, **words, **flags))
        db.session.commit()


def test_the_list_is_searched_paged_and_says_what_to_do_when_empty(app: Flask, visitor: Browser) -> None:
    """Latest first, twenty a page; signs of LIKE are letters; nonsense in the address is harmless."""
    empty = visitor.get("/notes")
    assert "There are no notes yet." in text_of(empty)
    assert 'href="/notes"' in visitor.get("/").text
    visitor.booked(FIRST)
    _many(app, 41)
    first, second, third = (visitor.get(f"/notes?page={page}") for page in (1, 2, 3))
    assert [len(re.findall(r'href="/notes/\d+"', page.text)) for page in (first, second, third)] == [20, 20, 1]
    assert text_of(first).index("Note 40") < text_of(first).index("Note 21")
    assert 'rel="next"' in first.text
    assert 'rel="prev"' in third.text
    assert 'rel="next"' not in third.text
    one_topic = visitor.get("/notes?q=100%25_SURE&topic=flytekit")
    assert len(re.findall(r'href="/notes/\d+"', one_topic.text)) in (20, 21)
    assert "q=100" in one_topic.text
    assert "No note has all of that." in text_of(visitor.get("/notes?q=100xxsure"))
    for odd in ("page=0", "page=-1", "page=x", "page=99999999999999999999", "topic=no", "q=%00%22%3E%3Cb%3E"):
        page = visitor.get(f"/notes?{odd}")
        assert page.status_code == 200
        assert "<b>" not in page.text


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("# Big\n\n###### Small", ["<h2>Big</h2>", "<h6>Small</h6>"], ["<h1"]),
        ("<img src=x onerror=alert(1)> <b>x</b>", ["&lt;img"], ["<img", "<b>"]),
        ("![x](https://evil.example/a.png)", [], ["<img"]),
        ("[x](javascript:alert(1)) [y](data:text/html,x) [z](/admin)", [], ["<a"]),
        ('[x](HTTPS://example.org "t")', ['rel="noopener noreferrer nofollow ugc"'], []),
        ("<https://example.org/a>", ['href="https://example.org/a"'], []),
        ("    code <x>\n\n`a<b`", ["<code>code &lt;x&gt;"], ["<x>"]),
        ("[a]: https://example.org\n\n[a]", ['href="https://example.org"'], []),
        ("[a](https://[half)", [], ["[half"]),
        ("> " * 3000 + "deep", [], []),
    ],
)
def test_markdown_is_safe(text: str, wanted: list[str], unwanted: list[str]) -> None:
    """Nothing typed becomes a tag, a picture or an address that is not of the web; headings stay below the page's."""
    html = notes.render(text)
    assert all(each in html for each in wanted), html
    assert not any(each in html for each in unwanted), html


def test_this_solved_it_counts_for_notes(app: Flask, held: Browser) -> None:
    """On the note's own page too, for whoever asked before."""
    write(held)
    answer(app, "yes")
    stranger = Browser(app)
    assert "This solved it" not in stranger.get("/notes/1").text
    ask(stranger, "My zebra task waits for ever")
    page = stranger.get("/notes/1")
    assert stranger.send("/find/solved", page).location == "/find/solved"
    assert "1 meeting spared" in text_of(Browser(app).sign_in(None).get("/admin"))

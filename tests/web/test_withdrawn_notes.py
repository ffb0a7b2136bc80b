"""Notes that are published no more, and what a session's history says of its note."""

from __future__ import annotations

import re

import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.models import Note, Role
from tests.web.browser import Browser, bookings
from tests.web.test_audit import done
from tests.web.test_notes import PATH, answer, held, public, write
from tests.web.test_roles import identify

__all__ = ["held"]

WITHDRAW = f"{PATH}/outcome/withdraw"


def told(staff: Browser) -> list[str]:
    """The history on the session's page, but for the booking."""
    return re.findall(r"<br><bdi>([^<]+)</bdi>", staff.get(PATH).text)[1:]


def test_organisers_withdraw_it_whoever_is_gone(app: Flask, held: Browser) -> None:
    """At once and everywhere, also of a maintainer who may not come any more; the attendee's word stays."""
    maintainer = bookings(app)[0].maintainer
    write(held)
    answer(app, "yes")
    boss, olga = Browser(app).sign_in(None), Browser(app).sign_in_as(Role.ORGANISER, "olga@example.org")
    account_id = identify(app, maintainer.key)
    assert boss.send(f"/people/{account_id}/disable", boss.get("/people")).status_code == 303
    assert public(app)
    page = olga.get(PATH)
    assert f'action="{WITHDRAW}"' in page.text
    for _ in range(2):
        assert olga.send(WITHDRAW, page).location == PATH
    assert not public(app)
    assert f'action="{WITHDRAW}"' not in olga.get(PATH).text
    with app.app_context():
        [note] = db.session.scalars(sa.select(Note)).all()
        assert (note.publish, note.agreed) == (False, True)
    assert told(olga) == [
        f"{maintainer.name} wrote down what came of it.",
        "The attendee was asked whether the note may be published.",
        "Asha Rao agreed, so the note was published.",
        "The note was withdrawn by an organiser.",
    ]
    assert done(app)[:3] == [
        "Booking changed: booking 1 (note-withdrawn)",
        f"Account disabled: account {account_id}",
        "Booking changed: booking 1 (note-written)",
    ]


def test_the_history_tells_every_turn(app: Flask, held: Browser) -> None:
    """Of both sides; what changes nothing is told once."""
    name = bookings(app)[0].maintainer.name
    write(held)
    for word in ("yes", "yes", "no", "yes"):
        answer(app, word)
    held.send(WITHDRAW, held.get(PATH))
    write(held)
    write(held, publish="")
    assert told(held)[2:] == [
        "Asha Rao agreed, so the note was published.",
        "Asha Rao did not want the note published.",
        "Asha Rao agreed, so the note was published.",
        f"The note was withdrawn by {name}.",
        f"The note was published again by {name}.",
        f"The note was withdrawn by {name}.",
    ]


def test_nobody_withdraws_a_colleagues_note(app: Flask, held: Browser) -> None:
    """The session of somebody else is no page, to read or to change."""
    write(held)
    answer(app, "yes")
    other = next(key for key in ("example-1", "example-2") if key != bookings(app)[0].maintainer.key)
    colleague = Browser(app).sign_in(other)
    assert colleague.send(WITHDRAW, colleague.get("/maintainer")).status_code == 404
    assert public(app)

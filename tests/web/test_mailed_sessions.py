"""Maintainers whose sessions are written to no calendar get them by mail, as the attendees do (iMIP, RFC 6047)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.models import Booking, Calendar, Maintainer, MaintainerSlot
from tests.web.browser import Browser, bookings
from tests.web.conftest import FIRST, SECOND
from tests.web.places import deliver_all
from tests.web.printed import invitations, mails

THIRD = "2026-12-01T15:00:00Z"  # 7am of the next day


@pytest.fixture
def app(app: Flask) -> Flask:
    """Nobody has a calendar that is written to; a feed that is only read does not count."""
    with app.app_context():
        db.session.execute(sa.update(Calendar).values(kind="feed", writes=False))
        db.session.commit()
    return app


@pytest.fixture
def link(app: Flask, visitor: Browser) -> str:
    link = visitor.booked(FIRST)
    deliver_all(app)
    return link


def move(visitor: Browser, link: str, start: str) -> None:
    page = visitor.get(f"{link}/move/confirm", query_string={"start": start})
    assert visitor.send(f"{link}/move", page).status_code == 303


def staffs(app: Flask, email: str, *, willing: bool) -> None:
    """Whether a maintainer takes any sessions at all."""
    with app.app_context():
        maintainer = db.session.scalars(sa.select(Maintainer).where(Maintainer.email == email)).one()
        slots = sa.delete(MaintainerSlot).where(MaintainerSlot.maintainer_id == maintainer.id)
        db.session.execute(slots)
        if willing:
            every = db.session.execute(sa.text("SELECT id FROM slot")).scalars().all()
            rows = [{"maintainer_id": maintainer.id, "slot_id": slot} for slot in every]
            db.session.execute(sa.insert(MaintainerSlot), rows)
        db.session.execute(sa.text("UPDATE community SET revision = revision + 1"))
        db.session.commit()


def versions(app: Flask, email: str) -> list[tuple[str, int]]:
    return [(method, int(event["SEQUENCE"])) for method, event in invitations(app, email)]


def test_the_invitation_says_who_comes_and_what_they_ask(app: Flask, link: str) -> None:
    """From us to the maintainer, with the session's one UID, the guest, the question and the way in."""
    [booking] = bookings(app)
    [(method, event)] = invitations(app, booking.maintainer.email)
    [(_, theirs)] = invitations(app, booking.attendee_email)
    assert (method, event["UID"], int(event["SEQUENCE"])) == ("REQUEST", booking.uid, 0)
    assert event["UID"] == theirs["UID"]
    assert (event.start, event.end) == (booking.starts_at, booking.ends_at)
    assert event["ATTENDEE"] == f"mailto:{booking.maintainer.email}"
    assert event["ORGANIZER"] == theirs["ORGANIZER"] == "mailto:office-hours@localhost"
    for said in ("Asha Rao", booking.attendee_email, booking.question, ".join."):
        assert said in event["DESCRIPTION"]
    assert ".manage." not in event["DESCRIPTION"]


def test_moving_and_cancelling_follow_by_mail(app: Flask, visitor: Browser, link: str) -> None:
    """The same event, each time newer; a reminder carries none."""
    address = bookings(app)[0].maintainer.email
    move(visitor, link, THIRD)
    deliver_all(app)
    visitor.send(f"{link}/cancel", visitor.get(f"{link}/cancel"))
    deliver_all(app)
    assert bookings(app)[0].maintainer.email == address
    assert versions(app, address) == [("REQUEST", 0), ("REQUEST", 1), ("CANCEL", 2)]
    assert {str(event["UID"]) for _, event in invitations(app, address)} == {bookings(app)[0].uid}


def test_a_session_given_away_leaves_the_former_calendar(app: Flask, visitor: Browser, link: str) -> None:
    """The former maintainer's CANCEL is newer than their invitation; the next one is invited."""
    former = bookings(app)[0].maintainer.email
    staffs(app, former, willing=False)
    move(visitor, link, SECOND)
    deliver_all(app)
    present = bookings(app)[0].maintainer.email
    assert present != former
    assert versions(app, former) == [("REQUEST", 0), ("CANCEL", 1)]
    assert versions(app, present) == [("REQUEST", 1)]


def test_a_late_cancel_does_not_end_what_came_after_it(app: Flask, visitor: Browser, link: str) -> None:
    """Given away and got back before the mails went: the CANCEL is older than the new invitation."""
    former = bookings(app)[0].maintainer.email
    staffs(app, former, willing=False)
    move(visitor, link, SECOND)
    present = bookings(app)[0].maintainer.email
    staffs(app, present, willing=False)
    staffs(app, former, willing=True)
    move(visitor, link, THIRD)
    deliver_all(app)
    assert bookings(app)[0].maintainer.email == former
    assert sorted(versions(app, former)) == [("CANCEL", 1), ("REQUEST", 0), ("REQUEST", 2)]
    assert versions(app, present) == [("CANCEL", 2)]


@pytest.mark.parametrize("kind", ["embedded", "caldav"])
def test_whoever_has_the_event_in_a_calendar_gets_none_by_mail(app: Flask, visitor: Browser, kind: str) -> None:
    """It would be there twice."""
    with app.app_context():
        db.session.execute(sa.update(Calendar).values(kind=kind, writes=True))
        db.session.commit()
    link = visitor.booked(FIRST)
    deliver_all(app)
    visitor.send(f"{link}/cancel", visitor.get(f"{link}/cancel"))
    deliver_all(app)
    with app.app_context():
        address = db.session.scalars(sa.select(Booking)).one().maintainer.email
    assert len(mails(app, address)) == 2
    assert invitations(app, address) == []

"""Which mails a maintainer gets, as they chose on their page."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask import Flask

from booking.effects.digest import plan_digests
from booking.extensions import db
from booking.models import Delivery
from tests.web.browser import Browser, bookings
from tests.web.conftest import FIRST, Clock
from tests.web.places import deliver_all
from tests.web.printed import mails

GUEST = "asha@example.com"


def choose(app: Flask, key: str, *wanted: str) -> str:
    """The maintainer wants these mails only; gives what their page says afterwards."""
    here = f"/maintainer/availability/{key}"
    staff = Browser(app).sign_in(key)
    assert staff.send(f"{here}/mails", staff.get(here), mails=list(wanted)).status_code == 303
    return staff.get(here).text


def subjects(app: Flask, address: str) -> list[str]:
    """The first word of each mail to an address."""
    return [str(mail["Subject"]).split()[0] for mail in mails(app, address)]


def test_what_is_switched_off_does_not_come(app: Flask, visitor: Browser, clock: Clock) -> None:
    """Chosen before the booking, or after a reminder was planned; the guest gets all of theirs."""
    visitor.booked(FIRST)
    [booking] = bookings(app)
    page = choose(app, booking.maintainer.key, "reminder 24h", "change", "digest")
    assert 'value="reminder 1h">' in page
    assert 'value="digest" checked' in page
    deliver_all(app)
    clock.now = booking.starts_at - timedelta(hours=1)
    deliver_all(app)
    assert subjects(app, booking.maintainer.email) == []
    assert len(subjects(app, GUEST)) == 2


def test_what_is_wanted_comes(app: Flask, visitor: Browser, clock: Clock) -> None:
    """The same, with everything on: the confirmation, and the reminder that was planned."""
    visitor.booked(FIRST)
    [booking] = bookings(app)
    choose(app, booking.maintainer.key, "confirmation", "reminder 1h")
    deliver_all(app)
    clock.now = booking.starts_at - timedelta(hours=1)
    deliver_all(app)
    assert len(subjects(app, booking.maintainer.email)) == 2


def test_cancellations_come_in_any_case(app: Flask, visitor: Browser) -> None:
    """Whatever a form says; and the page says so."""
    link = visitor.booked(FIRST)
    [booking] = bookings(app)
    page = choose(app, booking.maintainer.key)
    always = "Cancellations, trouble with your calendars, news of your account and links to sign in"
    assert f"{always} are mailed in any case." in page
    deliver_all(app)
    assert visitor.send(f"{link}/cancel", visitor.get(f"{link}/cancel")).status_code == 303
    deliver_all(app)
    assert len(mails(app, booking.maintainer.email)) == 1


def test_the_digest_may_be_switched_off(app: Flask, visitor: Browser, clock: Clock) -> None:
    """On the evening before, for whoever wants none."""
    visitor.booked("2026-12-01T15:00:00Z")
    [booking] = bookings(app)
    choose(app, booking.maintainer.key, "confirmation")
    deliver_all(app)
    before = len(mails(app, booking.maintainer.email))
    clock.now = booking.starts_at.replace(day=30, month=11, hour=22)
    with app.app_context():
        plan_digests()
    deliver_all(app)
    with app.app_context():
        planned = db.session.scalars(sa.select(Delivery).where(Delivery.kind == "digest")).one()
    assert (planned.state, planned.reason) == ("skipped", "The maintainer wants no mails of this kind.")
    assert (before, len(mails(app, booking.maintainer.email))) == (1, 1)


def test_mallory_chooses_for_nobody_else(app: Flask) -> None:
    """Another's key is not found."""
    mallory = Browser(app).sign_in("example-2")
    page = mallory.get("/maintainer/availability/example-2")
    assert mallory.send("/maintainer/availability/example-1/mails", page).status_code == 404
    ada = Browser(app).sign_in("example-1").get("/maintainer/availability/example-1")
    assert 'value="digest" checked' in ada.text

"""The audit log, as administrators read it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.models import AuditEntry, Delivery, Role
from tests.web.browser import Browser, bookings, set_policy, text_of
from tests.web.conftest import FIRST, SECOND, Clock
from tests.web.test_roles import identify

LATER = "2026-12-02T15:00:00Z"


def test_the_audit_log_says_who_did_what(app: Flask, clock: Clock) -> None:
    """Newest first, by person and by act, a page at a time; refusals of people who are signed in, too."""
    olga = Browser(app).sign_in_as(Role.ORGANISER, "olga@example.org")
    olga.get("/audit")
    administrator = Browser(app).sign_in(None)
    account_id = identify(app, "olga@example.org")
    administrator.send(f"/people/{account_id}/role", administrator.get("/people"), role="maintainer")
    said = text_of(administrator.get("/audit"))
    assert f"Role changed: account {account_id} (organiser to maintainer)" in said
    assert "Refused: audit.show" in said
    assert said.index("Role changed:") < said.index("Refused: audit.show")
    of_olga = administrator.get(f"/audit?person={account_id}&act=refused").text
    assert of_olga.count("<time") == 1
    with app.app_context():
        for _ in range(60):
            db.session.add(AuditEntry(at=clock.now, actor_id=None, act="refused", about="x", detail=""))
        db.session.commit()
    first = administrator.get("/audit?act=refused")
    assert first.text.count("<time") == 50
    older = next(iter(links(first.text, "/audit?")))
    assert administrator.get(older).text.count("<time") == 11
    for wrong in ("person=x", "before=99999999999999999999", "before=²", "act=nothing"):
        assert administrator.get(f"/audit?{wrong}").status_code == 200


def test_what_is_done_with_sessions_and_messages_is_there(app: Flask, visitor: Browser, clock: Clock) -> None:
    """By organisers and maintainers, with numbers only; and nothing that attendees do."""
    set_policy(app, rescue=False)
    link = visitor.booked(FIRST)
    visitor.booked(SECOND, email="wei@example.com")
    visitor.send(f"{link}/move", visitor.get(f"{link}/move/confirm?start={LATER}"))
    with app.app_context():
        db.session.execute(sa.update(Delivery).where(Delivery.id == 1).values(state="failed"))
        db.session.commit()
    olga = Browser(app).sign_in_as(Role.ORGANISER, "olga@example.org")
    one, other = (f"/maintainer/sessions/{number}" for number in (1, 2))
    colleagues = olga.get(f"{one}/hand-over")
    [to, *_] = re.findall(r'name="to" type="radio" value="([^"]+)"', colleagues.text)
    olga.send(f"{one}/hand-over", colleagues, to=to)
    olga.send(f"{one}/move", olga.get(f"{one}/move/confirm?start={FIRST}"))
    olga.send("/admin/bookings.csv", olga.get("/admin/bookings"), words="Asha")
    olga.send("/admin/messages/1/send-again", olga.get("/admin/messages"))
    first, second = bookings(app)
    ada, theirs = Browser(app).sign_in(to), f"/maintainer/availability/{to}"
    ada.send(f"{theirs}/mails", ada.get(theirs), mails="digest")
    ada.send("/maintainer/feed/renew", ada.get("/maintainer"))
    grace = Browser(app).sign_in(second.maintainer.key)
    grace.send(f"{other}/decline", grace.get(f"{other}/decline"), reason="I am ill")
    clock.now = first.ends_at
    ada.send(f"{one}/attendance", ada.get(one), came="no")
    assert done(app) == [
        "Booking changed: booking 1 (missed)",
        "Booking changed: booking 2 (declined)",
        f"Feed address renewed: maintainer {first.maintainer_id}",
        f"Mails chosen: maintainer {first.maintainer_id}",
        "Message sent again: message 1",
        "Bookings downloaded: 2 of them",
        "Booking changed: booking 1 (moved)",
        "Booking changed: booking 1 (handed-over)",
    ]


def done(app: Flask) -> list[str]:
    """What the log says, newest first, but for signing in."""
    page = Browser(app).sign_in(None).get("/audit").text
    found = [f"{act}{about}" for act, about in re.findall("<p><strong>([^<]+)</strong>([^<]*)</p>", page)]
    return [line for line in found if not line.startswith(("Sign", "Invitation"))]


def links(html: str, start: str) -> Iterator[str]:
    """Addresses on a page that begin like this."""
    for part in html.split('href="')[1:]:
        address = part.partition('"')[0].replace("&amp;", "&")
        if address.startswith(start):
            yield address

"""The audit log, as administrators read it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask

from booking.extensions import db
from booking.models import AuditEntry, Role
from tests.web.browser import Browser, text_of
from tests.web.conftest import Clock
from tests.web.test_roles import identify


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


def links(html: str, start: str) -> Iterator[str]:
    """Addresses on a page that begin like this."""
    for part in html.split('href="')[1:]:
        address = part.partition('"')[0].replace("&amp;", "&")
        if address.startswith(start):
            yield address

"""People's pages on PostgreSQL, where two requests do run side by side, and where a text has no NUL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.app import create_app
from booking.extensions import db
from booking.models import Account, Identity, Role
from booking.processes import prepare
from booking.settings import Settings
from tests.booking.races import at_once
from tests.servers import postgres
from tests.web.browser import Browser
from tests.web.conftest import NOW, Clock, leave_database

TIMES = 4


@pytest.fixture(scope="module")
def app(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with postgres.database(postgres_server) as url:
        scaled = {"database_url": url, "secret_key": "s" * 40, "dav_url": "http://localhost:1"}
        app = create_app(Settings(data=tmp_path_factory.mktemp("data"), rate_limits="off", **scaled), Clock(NOW))
        prepare(app)
        yield app
        with app.app_context():
            leave_database()


@pytest.fixture
def pair(app: Flask) -> list[Browser]:
    """Two browsers of one administrator."""
    return [Browser(app).sign_in(None) for _ in range(2)]


def test_inviting_twice_at_once_invites_once(pair: list[Browser]) -> None:
    """The other press is told that somebody has the address."""
    pages = [browser.get("/people") for browser in pair]
    for number in range(TIMES):
        fields = {"email": f"new-{number}@example.org", "role": "organiser"}
        answers = at_once(2, lambda each, fields=fields: pair[each].send("/people", pages[each], **fields).status_code)
        assert sorted(answers) == [303, 422]


def test_the_last_two_ways_in_removed_at_once_leave_one(app: Flask, pair: list[Browser]) -> None:
    """However they are pressed, an administrator keeps one."""
    pages = [browser.get("/account") for browser in pair]
    with app.app_context():
        account_id = db.session.scalars(sa.select(Account.id).where(Account.role == Role.ADMINISTRATOR)).one()
    about = {"account_id": account_id, "issuer": "https://login.example.org", "created_at": NOW, "used_at": NOW}
    logins = sa.select(Identity.id).where(Identity.account_id == account_id)
    for number in range(TIMES):
        with app.app_context():
            for _ in range(2 - len(db.session.scalars(logins).all())):
                name = f"login {number}.{_}"
                db.session.add(Identity(subject=name, label=name, **about))
            db.session.commit()
            paths = [f"/account/logins/{each}/unlink" for each in db.session.scalars(logins)]
        at_once(2, lambda each, paths=paths: pair[each].send(paths[each], pages[each]))
        with app.app_context():
            assert len(db.session.scalars(logins).all()) == 1


def test_a_nul_is_no_fault(pair: list[Browser]) -> None:
    """In what is looked for it counts as a blank; no address has one."""
    admin = pair[0]
    for path, field in (
        ("/admin/bookings", "words"),
        ("/admin/bookings.csv", "words"),
        ("/admin/messages", "recipient"),
    ):
        assert admin.send(path, admin.get("/people"), **{field: "\0asha"}).status_code == 200
    assert admin.get("/maintainer/availability/%00").status_code == 404

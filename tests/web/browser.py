"""A browser that only knows HTML, inside this process: follows forms and keeps cookies."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from booking import accounts
from booking.extensions import db
from booking.models import Account, Booking, Community, Maintainer, Role
from booking.services import sign_in
from tests.servers.visitor import hidden, person

ZONE = "Asia/Kolkata"


class Browser:
    """One browser. Addresses may be whole ones, as mails carry them."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(self._path(path), buffered=True, **options)

    def send(self, path: str, page: TestResponse, **fields: str | list[str]) -> TestResponse:
        """Send the form of `page` to `path`: its hidden fields and what was typed."""
        return self.client.post(self._path(path), data={**hidden(page.text), **fields}, buffered=True)

    def details(self, start: str, topic: str = "flytekit") -> TestResponse:
        return self.get(f"/topics/{topic}/book", query_string={"start": start, "tz": ZONE})

    def book(self, start: str, topic: str = "flytekit", **fields: str) -> TestResponse:
        return self.send(f"/topics/{topic}/book", self.details(start, topic), **person(**fields))

    def booked(self, start: str, topic: str = "flytekit", **fields: str) -> str:
        """The path of the private page of a new booking."""
        answer = self.book(start, topic, **fields)
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    def sign_in(self, key: str | None) -> Browser:
        """Come in as the maintainer with this key, or as the administrator, by a printed link."""
        with self.app.test_request_context():
            account = sign_in.first_administrator() if key is None else account_of(key)
            return self.enter(account)

    def sign_in_as(self, role: Role, email: str) -> Browser:
        """Come in as somebody who has been invited with this role and address, and has come before."""
        with self.app.test_request_context():
            account = accounts.by_address(email) or Account(role=role, email=email)
            db.session.add(account)
            db.session.commit()
            return self.enter(account)

    def enter(self, account: Account) -> Browser:
        """Come in by a link printed for this account."""
        link = self.link_for(self.app, account)
        answer = self.send(link, self.get(link))
        assert answer.status_code == 303, answer.text
        return self

    @staticmethod
    def link_for(app: Flask, account: Account) -> str:
        """A link that the operator printed."""
        return sign_in.print_link(app.extensions["officehours"], account)

    def _path(self, path: str) -> str:
        return path.removeprefix(self.app.extensions["officehours"].settings.base_url)


def account_of(key: str) -> Account:
    return db.session.scalars(
        sa.select(Account).join(Maintainer).where(Maintainer.key == key, Account.role == Role.MAINTAINER)
    ).one()


def bookings(app: Flask) -> list[Booking]:
    """Every booking, as the database has it now."""
    with app.app_context():
        found = list(db.session.scalars(sa.select(Booking).order_by(Booking.id)))
        for booking in found:
            _ = booking.maintainer.key, booking.topic.key
        return found


def set_policy(app: Flask, **values: object) -> None:
    """Change the community's row, so that processes read it anew."""
    with app.app_context():
        db.session.execute(sa.update(Community).values(revision=Community.revision + 1, **values))
        db.session.commit()


def text_of(page: TestResponse) -> str:
    """What a page says: no tags, entities resolved, blanks run together."""
    return " ".join(unescape(re.sub("<[^>]+>", "", page.text)).split())


__all__ = ["ZONE", "Browser", "account_of", "bookings", "hidden", "person", "set_policy", "text_of"]

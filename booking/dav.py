"""The embedded calendar server, wired to our app passwords and to the reading of busy times."""

from __future__ import annotations

import logging
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from booking.effects.sync import order_sync
from booking.extensions import begin_write, db, office
from booking.models import Calendar, Maintainer
from booking.services import app_passwords
from booking.settings import Settings
from calendars.embedded import PREFIX, make_dav_app, on_change

log = logging.getLogger(__name__)


def dav_app(app: Flask) -> Any:
    """Radicale for this application's maintainers, under /dav; each enters with their key and an app password."""

    def check_login(login: str, password: str) -> bool:
        with app.app_context():
            return app_passwords.check(office(), login, password)

    settings: Settings = app.extensions["officehours"].settings
    return make_dav_app(settings.data / "calendars", check_login, prefix=PREFIX)


def watched(app: Flask, dav: Any) -> Any:
    """The same server, for people's calendar apps: what they change is read at once."""

    def changed(login: str) -> None:
        try:
            order_readings(login)
        except SQLAlchemyError:
            # The change has landed; the hourly reading finds it.
            log.exception("the change in the calendar of %s was not ordered to be read", login)

    def order_readings(login: str) -> None:
        with app.app_context():
            begin_write(db.session())
            ids = db.session.scalars(
                sa.select(Calendar.id).join(Maintainer).where(Maintainer.key == login, Calendar.kind == "embedded")
            ).all()
            for calendar_id in ids:
                order_sync(calendar_id)
            db.session.commit()

    return on_change(dav, changed)

"""A process of its own that books what it is told."""

from __future__ import annotations

from multiprocessing.connection import Connection

from booking.app import create_app
from booking.extensions import db, office
from booking.services.refusal import Refusal
from booking.services.reserve import reserve
from booking.settings import Settings
from tests.booking.arena import request


def compete(line: Connection, settings: Settings) -> None:
    """Says "ready"; then, for each topic, start and number, the maintainer or the code of the refusal."""
    app = create_app(settings)
    line.send("ready")
    while True:
        try:
            topic, start, number = line.recv()
        except EOFError:
            return
        with app.app_context():
            answer = reserve(office(), request(topic, start, number))
            told = {"refused": answer.code} if isinstance(answer, Refusal) else {"maintainer": answer.maintainer.key}
            line.send(told)
            db.session.remove()

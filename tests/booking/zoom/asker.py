"""A process that asks Zoom for a list the moment it is told to."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path

from booking.app import create_app
from booking.conferencing.zoom import ConferencingError
from booking.extensions import db, office
from booking.settings import Settings
from booking.zoom_account import zoom_client


def ask(line: Connection, settings: dict[str, str], data: Path) -> None:
    """Says "ready"; then, for each line it gets, asks and says "asked" or what is wrong."""
    app = create_app(Settings(data=data, **settings))  # type: ignore[arg-type]
    line.send("ready")
    while line.recv():
        with app.app_context():
            try:
                zoom_client(office()).find("grace@example.org", "none")
                line.send("asked")
            except ConferencingError as error:
                line.send(str(error))
            finally:
                db.session.remove()

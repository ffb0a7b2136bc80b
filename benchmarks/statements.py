"""What a request asks of the database, counted where SQLAlchemy hands it over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask import Flask

from booking.extensions import db

MARKS = ("BEGIN",)


@dataclass
class Counted:
    """Statements, the beginnings of transactions left out, and commits."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0


@contextmanager
def counted(app: Flask) -> Iterator[Counted]:
    """Counts while the block runs."""
    found = Counted()

    def statement(_connection: object, _cursor: object, text: str, *_: object) -> None:
        if not text.startswith(MARKS):
            found.statements.append(text)

    def commit(_connection: object) -> None:
        found.commits += 1

    with app.app_context():
        engine = db.engine
    listeners = (("before_cursor_execute", statement), ("commit", commit))
    for event, listener in listeners:
        sa.event.listen(engine, event, listener)
    try:
        yield found
    finally:
        for event, listener in listeners:
            sa.event.remove(engine, event, listener)

"""What a request asks of the database, counted where SQLAlchemy hands it over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import Flask

from booking.extensions import db

MARKS = ("BEGIN",)
SCAN = re.compile(r"SCAN (\w+)")


@dataclass
class Counted:
    """Statements, the beginnings of transactions left out, with their values, and commits."""

    statements: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    commits: int = 0

    def scanned(self, app: Flask) -> set[str]:
        """The tables of which a statement reads every row, or every entry of an index, as SQLite plans it."""
        with app.app_context(), db.engine.connect() as connection:
            plans = [
                connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
                for text, values in zip(self.statements, self.values, strict=True)
                if text.startswith("SELECT")
            ]
        return {found[1] for plan in plans for row in plan if (found := SCAN.match(row.detail))}


@contextmanager
def counted(app: Flask) -> Iterator[Counted]:
    """Counts while the block runs."""
    found = Counted()

    def statement(_connection: object, _cursor: object, text: str, values: Any, *_: object) -> None:
        if not text.startswith(MARKS):
            found.statements.append(text)
            found.values.append(values)

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

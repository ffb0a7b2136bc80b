"""The schema: migrations and models say the same, in both directions, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade

from booking import jobs
from booking.app import create_app
from booking.extensions import db
from booking.models import Base
from booking.resources import folder
from booking.settings import Settings

MIGRATIONS = str(folder("migrations"))


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    app = create_app(Settings(data=tmp_path, database_url=url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def differences() -> list[object]:
    with db.engine.connect() as connection:
        options = {"include_object": jobs.not_the_engines, "compare_type": False}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def test_up_down_up_leaves_the_schema_the_models_describe(app: Flask) -> None:
    """Every migration can be taken back, and together they give what the models say."""
    upgrade(directory=MIGRATIONS)
    assert differences() == []
    downgrade(directory=MIGRATIONS, revision="base")
    left = set(sa.inspect(db.engine).get_table_names())
    assert not left & set(Base.metadata.tables)
    upgrade(directory=MIGRATIONS)
    assert differences() == []


def test_the_engines_tables_are_left_alone(app: Flask) -> None:
    """Our migrations neither see nor touch the job engine's tables in the same database."""
    upgrade(directory=MIGRATIONS)
    jobs.migrate(app.extensions["officehours"].settings.engine_url)
    assert differences() == []


def test_the_rule_against_overlap_is_there(app: Flask) -> None:
    """At head the database itself carries the rule, whatever batch operations came before."""
    upgrade(directory=MIGRATIONS)
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            names = connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
            assert set(names) == {"booking_no_overlap_insert", "booking_no_overlap_update"}
        else:
            found = connection.scalar(sa.text("SELECT contype FROM pg_constraint WHERE conname = 'booking_no_overlap'"))
            assert found in ("x", b"x")

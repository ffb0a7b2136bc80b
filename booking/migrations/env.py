"""Runs the migrations over the application's own engine, all of them in one transaction."""

from alembic import context
from flask import current_app

from booking.jobs import not_the_engines
from booking.models import Base

engine = current_app.extensions["sqlalchemy"].engine

with engine.connect() as connection:
    if connection.dialect.name == "sqlite":
        # SQLite can take back its own CREATE TABLE, but only inside a transaction that the driver would not begin.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=not_the_engines,
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()

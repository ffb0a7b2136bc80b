"""Runs the migrations over the application's own engine."""

from alembic import context
from flask import current_app

from booking.jobs import not_the_engines
from booking.models import Base

engine = current_app.extensions["sqlalchemy"].engine

with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=not_the_engines,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()

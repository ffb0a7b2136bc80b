"""Workers look after each other: one that stops beating loses its work to the others.

A plain thread in every worker, not a workflow: who is alive must never be read from a checkpoint.
"""

from __future__ import annotations

import logging
import random
import threading

import sqlalchemy as sa
from flask import Flask

from booking import jobs
from booking.extensions import db
from booking.models import Worker

BEAT_SECONDS = 15.0
DEAD_AFTER_SECONDS = 60

log = logging.getLogger(__name__)


class Heart:
    """A worker's heartbeat; `stop` ends it and signs the worker off."""

    def __init__(self, app: Flask, executor: str) -> None:
        self._app, self._executor = app, executor
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._live()
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        with self._app.app_context():
            db.session.execute(sa.delete(Worker).where(Worker.id == self._executor))
            db.session.commit()

    def _beat(self) -> None:
        while not self._stopped.wait(BEAT_SECONDS * random.uniform(0.8, 1.2)):  # noqa: S311 - jitter, not a secret
            try:
                jobs.take_over(self._live())
            except Exception:
                log.exception("the heartbeat failed; trying again")

    def _live(self) -> list[str]:
        """Beat, and give the ids of all workers that beat lately, by the database's own clock."""
        with self._app.app_context():
            now = db.session.scalars(sa.select(sa.func.now())).one()
            me = db.session.get(Worker, self._executor) or Worker(id=self._executor, started_at=now)
            me.seen_at = now
            db.session.add(me)
            db.session.commit()
            lately = sa.func.now() - sa.text(f"interval '{DEAD_AFTER_SECONDS} seconds'")
            return list(db.session.scalars(sa.select(Worker.id).where(Worker.seen_at > lately)))


def start(app: Flask, executor: str) -> Heart:
    """A beating heart for this worker."""
    heart = Heart(app, executor)
    heart.start()
    return heart

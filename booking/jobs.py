"""The job engine (DBOS Transact), and the only module that knows it.

A work order is written in the caller's own transaction: committed with it, or gone with it. Its key names it for ever,
so ordering the same work twice is harmless. What an order may name is declared with `workflow`; the engine itself
would take any name and keep it waiting for ever.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, ScheduleInput, StepOptions
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

T = TypeVar("T")
log = logging.getLogger(__name__)

APPLICATION = "officehours"
VERSION = "1"  # pinned for ever: a running workflow of another version would wait for that version to come back
EMBEDDED = "embedded"

# What may run at once in one process. Of one booking, conferences and calendar events are written one at a time; of
# one calendar, readings; of the waiting list, rounds.
QUEUES: Mapping[str, Mapping[str, Any]] = {
    "settle": {"worker_concurrency": 8},
    "conference": {"worker_concurrency": 4, "partition_concurrency": 1},
    "calendar": {"worker_concurrency": 8, "partition_concurrency": 1},
    "sync": {"worker_concurrency": 8, "partition_concurrency": 1},
    "email": {"worker_concurrency": 4},
    "sms": {"worker_concurrency": 2},
}
PRUNED_AT_ONCE = 1000
POLLING_SECONDS = 0.5

_queue_of: dict[str, str] = {}
_schedules: list[ScheduleInput] = []
_app: Flask | None = None


def init_app(app: Flask) -> None:
    """Let this application order work. The engine's tables must exist by the first order."""
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
    app.extensions["officehours.jobs"] = DBOSClient(
        system_database_engine=engine, application_name=APPLICATION, lazy=True
    )


def workflow(queue: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a workflow by its function's name, and the queue its orders wait in."""

    def declare(function: Callable[..., None]) -> Callable[..., None]:
        _queue_of[function.__name__] = queue
        return DBOS.workflow(name=function.__name__)(function)

    return declare


def periodic(cron: str) -> Callable[[Callable[[], None]], None]:
    """Declare work that every worker offers to do at each tick of `cron` (UTC); one of them does it."""

    def declare(function: Callable[[], None]) -> None:
        def tick(_at: datetime, _context: object) -> None:
            step(function)

        declared = DBOS.workflow(name=function.__name__)(tick)
        _schedules.append({"schedule_name": function.__name__, "workflow_fn": declared, "schedule": cron})

    return declare


def enqueue(session: Session, name: str, key: str, *args: int | str, after: float = 0.0) -> None:
    """Order work in the session's transaction: it runs `after` seconds from now, or never without a commit."""
    client: DBOSClient = current_app.extensions["officehours.jobs"]
    client.enqueue_in_transaction(session.connection(), _options(name, key, after), *args)


def finished(key: str) -> bool:
    """Whether the work ordered under this key was done, well or badly. False where nobody works."""
    client: DBOSClient = current_app.extensions["officehours.jobs"]
    return client.retrieve_workflow(key).get_status().status in {"SUCCESS", "ERROR", "CANCELLED"}


def order(name: str, key: str, *args: int | str, at: datetime | None = None) -> None:
    """From inside a workflow: order more work, at an instant or at once."""
    delay_seconds = at.timestamp() - time.time() if at is not None else 0.0
    DBOS.enqueue_workflow_with_options(_options(name, key, delay_seconds), *args)


def retry(name: str, row_id: int, attempt: int, seconds: float) -> None:
    """From inside a workflow: order its successor, `seconds` from now."""
    first, _, _ = str(DBOS.workflow_id).partition(":try")
    options = _options(name, f"{first}:try{attempt}", seconds)
    DBOS.enqueue_workflow_with_options(options, row_id, attempt)


def step(function: Callable[..., T], *args: int | str) -> T:
    """From inside a workflow: run one checkpointed step in the application's context; tried again when it fails."""
    options: StepOptions = {"name": function.__name__, "retries_allowed": True, "max_attempts": 8}
    return DBOS.run_step(options, _in_app(function), *args)


def _options(name: str, key: str, delay_seconds: float = 0.0) -> Any:
    queue = _queue_of[name]
    options: dict[str, Any] = {"workflow_name": name, "queue_name": queue, "workflow_id": key}
    if delay_seconds > 0:
        options["delay_seconds"] = delay_seconds
    if "partition_concurrency" in QUEUES[queue]:  # keys are "what:whose.which:occasion"
        options["queue_partition_key"] = key.split(":")[1].partition(".")[0]
    return options


def _in_app(function: Callable[..., T]) -> Callable[..., T]:
    def run(*args: int | str) -> T:
        if _app is None:
            raise RuntimeError("the job engine was not launched")
        with _app.app_context():
            try:
                return function(*args)
            except Exception:
                log.exception("step %s%r failed", function.__name__, args)
                raise

    return run


def migrate(url: str) -> None:
    """Create or update the engine's own tables."""
    DBOS.migrate(url.replace("+psycopg", ""))


def launch(app: Flask, executor: str) -> None:
    """Start working off orders and keeping schedules in this process, as `executor`."""
    global _app
    _app = app
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
    config: DBOSConfig = {
        "name": APPLICATION,
        "system_database_engine": engine,
        "application_version": VERSION,
        "executor_id": executor,
        "run_migrations": False,
        "console_log_level": "ERROR",
        "scheduler_polling_interval_sec": 5.0,
    }
    dbos = DBOS(config=config)
    DBOS.launch()
    _look_before_claiming(dbos)
    for name, limits in QUEUES.items():
        DBOS.register_queue(name, polling_interval_sec=POLLING_SECONDS, on_conflict="always_update", **limits)
    DBOS.apply_schedules(_schedules)


def _look_before_claiming(dbos: DBOS) -> None:
    """Let a look at a queue end there when nothing waits in it, which is nearly always.

    To claim work the engine puts statements together that cost ten times as much as this question. If a later one has
    no such method, or the question fails, it claims at each look as before.
    """
    system: Any = dbos._sys_db
    table = system.tables.workflow_status
    asked = sa.select(
        sa.exists().where(
            table.c.queue_name == sa.bindparam("queue"),
            table.c.status == sa.literal_column("'ENQUEUED'"),
            # SQLite's index is for these two, and used where both are named.
            table.c.status.in_([sa.literal_column("'ENQUEUED'"), sa.literal_column("'PENDING'")]),
        )
    )

    def scopes(queue: str) -> list[str | None]:
        try:
            with system.engine.connect() as connection:
                return [None] if connection.scalar(asked, {"queue": queue}) else []
        except SQLAlchemyError:
            return [None]  # what the question cannot tell, the claim will

    system.dequeue_scopes = scopes


def stop(seconds: int) -> None:
    """Take no more orders, give running steps `seconds` to finish, and let go; the rest resumes at the next start."""
    DBOS.destroy(workflow_completion_timeout_sec=seconds)


def executor_id() -> str:
    """A name no other worker ever had."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


def take_over(living: list[str]) -> int:
    """Resume workflows whose worker is not among the living; gives how many."""
    orphans = [w for w in DBOS.list_workflows(status="PENDING") if w.executor_id not in living]
    for orphan in orphans:
        DBOS.resume_workflows([orphan.workflow_id], queue_name=orphan.queue_name)
    return len(orphans)


def prune(before: datetime) -> None:
    """Forget finished work of before that instant; the engine itself keeps everything for ever."""
    ended = ["SUCCESS", "ERROR", "CANCELLED"]
    while finished := DBOS.list_workflows(
        status=ended, end_time=before.isoformat(), limit=PRUNED_AT_ONCE, load_input=False, load_output=False
    ):
        DBOS.delete_workflows([work.workflow_id for work in finished])


def not_the_engines(_object: object, name: str | None, type_: str, reflected: bool, compare_to: object) -> bool:
    """For migrations: leave alone tables that are in the database but not ours."""
    return not (type_ in {"table", "index"} and reflected and compare_to is None and not _ours(_object, name))


def _ours(schema_object: object, name: str | None) -> bool:
    from booking.models import Base

    table = getattr(schema_object, "table", None)
    return (table.name if isinstance(table, sa.Table) else name) in Base.metadata.tables

"""Flask's extensions, unbound, and the way to the database both modes share."""

from __future__ import annotations

import sqlite3
from ipaddress import IPv6Address, ip_address, ip_network
from typing import cast

from flask import current_app, request
from flask_bootstrap import Bootstrap5
from flask_compress import Compress
from flask_limiter import Limiter
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from booking.models import Base
from booking.office import Office

WRITING = "officehours.writing"

db = SQLAlchemy(model_class=Base, disable_autonaming=True)
migrate = Migrate()
csrf = CSRFProtect()
limiter = Limiter(lambda: visitors_network(), storage_uri="memory://")
bootstrap = Bootstrap5()
compress = Compress()


def network(address: str) -> str:
    """Whom a rate limit counts: an IPv4 address, or the /64 that one household or office has of IPv6.

    A proxy may write a port behind the address; one of IPv4 may come in the form of IPv6 (RFC 4291 2.5.5.2). What is
    no address at all counts as one, so that nobody escapes by it.
    """
    bare = address[1:].partition("]")[0] if address.startswith("[") else address
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare)
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    return str(ip_network(f"{found}/64", strict=False)) if found.version == 6 else str(found)


def visitors_network() -> str:
    """Whom the limits count for the present request."""
    return network(request.remote_addr or "")


def office() -> Office:
    """The Office of the running application. Needs an application context."""
    return cast(Office, current_app.extensions["officehours"])


def begin_write(session: Session) -> None:
    """Begin a writing transaction; call it before the first read.

    On SQLite the write lock is taken now: a transaction that reads first and writes later may find that somebody wrote
    in between, and then can only fail. PostgreSQL locks rows where a service asks for it.
    """
    session.rollback()
    session.info[WRITING] = session.begin()
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("BEGIN IMMEDIATE")


def writing(session: Session) -> bool:
    """Whether a writing transaction has begun: what is read in it may never have been."""
    transaction = session.get_transaction()
    return transaction is not None and session.info.get(WRITING) is transaction


def let_go(session: Session) -> None:
    """End the reading transaction before talking to anybody; what was read stays usable, detached."""
    session.expunge_all()
    session.rollback()


def on_connect(connection: object, _record: ConnectionPoolEntry) -> None:
    """SQLite's settings, for each new connection: durable commits, readers beside the writer, foreign keys."""
    if isinstance(connection, sqlite3.Connection):
        for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")


def engine_options(url: str) -> dict[str, object]:
    """Room for the web threads and the job engine's, which share the engine."""
    options: dict[str, object] = {"pool_size": 20, "max_overflow": 20, "hide_parameters": True}
    if not url.startswith("sqlite"):
        options["pool_pre_ping"] = True
        options["isolation_level"] = "READ COMMITTED"  # who waited for a lock must see what was written meanwhile
    return options

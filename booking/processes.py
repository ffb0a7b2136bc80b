"""The processes of the service: all in one (embedded), or web and worker apart (scaled out)."""

from __future__ import annotations

import atexit
import fcntl
import os
import signal
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.orm import Session
from waitress.server import create_server
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.utils import redirect

from booking import community as communities
from booking import dav, heartbeat, jobs, workflows
from booking.app import create_app
from booking.community.file import read_file
from booking.effects.sync import sync_embedded
from booking.extensions import begin_write, db
from booking.models import Account, Community, Maintainer, Role, SignInLink
from booking.office import Office
from booking.resources import folder
from booking.services import sign_in
from booking.settings import Settings, load_settings, remember_address
from calendars.embedded import PREFIX

WEB_THREADS = 8
MAX_BODY = 2**20  # the largest calendar object taken; pages allow less
DAV_THREADS = 4
SECONDS_TO_FINISH = 10
ENDINGS = frozenset({signal.SIGINT, signal.SIGTERM})
ADMIN_LINK_LIFETIME = timedelta(hours=24)

_ = workflows  # the engine must know every workflow before it resumes one


class StartRefused(Exception):
    """Why the service does not start, and what to do about it."""


class Embedded:
    """Everything in this process: web, job engine and calendar server over one SQLite file."""

    def __init__(self, settings: Settings) -> None:
        """Take the data folder for this process alone, and bring schema and community up to date.

        Raises StartRefused when another process has it.
        """
        os.umask(0o077)  # what people asked and who they are is for this user's eyes only
        settings.data.mkdir(parents=True, exist_ok=True)
        settings.data.chmod(0o700)
        self._lock = _lock(settings.data)
        self._dav_socket = socket.create_server(("127.0.0.1", 0))
        dav_url = f"http://127.0.0.1:{self._dav_socket.getsockname()[1]}{PREFIX}"
        self.app = create_app(settings.model_copy(update={"dav_url": dav_url}))
        prepare(self.app)

    def start(self) -> None:
        """Start the job engine and the calendar server; the web is the caller's to serve."""
        calendars = dav.dav_app(self.app)
        self._dav = create_server(calendars, sockets=[self._dav_socket], threads=DAV_THREADS)
        threading.Thread(target=self._dav.run, name="dav", daemon=True).start()
        mount(self.app, dav.watched(self.app, calendars))
        with self.app.app_context():
            sync_embedded()
        jobs.launch(self.app, jobs.EMBEDDED)

    def stop(self) -> None:
        """Let running steps finish, then close the calendar server they write to."""
        jobs.stop(SECONDS_TO_FINISH)
        self._dav.close()
        self._lock.close()


def run(settings: Settings, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve everything from this process until SIGINT or SIGTERM; then finish what is in hand."""
    if settings.outbox_open and not ip_address(socket.gethostbyname(host)).is_loopback:
        raise StartRefused(
            f"Listening on {host} would show every message at /outbox to others. Set OFFICEHOURS_SMTP_URL and "
            "OFFICEHOURS_BASE_URL first, or leave --host as it is."
        )
    _hold_signals()
    embedded = Embedded(settings)
    server = _web_server(settings, embedded.app, host, port)
    remember_address(settings)
    embedded.start()
    for line in greeting(embedded.app):
        say(line)
    threading.Thread(target=server.run, name="web", daemon=True).start()
    signal.sigwait(ENDINGS)
    server.task_dispatcher.shutdown()  # pages in hand are answered
    embedded.stop()


def work(settings: Settings, say: Callable[[str], None]) -> None:
    """Work off orders until SIGINT or SIGTERM. Needs PostgreSQL, migrated."""
    if settings.is_sqlite:
        raise StartRefused("A worker of its own needs PostgreSQL: set OFFICEHOURS_DATABASE_URL.")
    app = create_app(settings)
    with app.app_context():
        refuse_examples(settings, db.session())
    _hold_signals()
    executor = jobs.executor_id()
    heart = heartbeat.start(app, executor)
    jobs.launch(app, executor)
    say(f"Working as {executor}.")
    signal.sigwait(ENDINGS)
    jobs.stop(SECONDS_TO_FINISH)
    heart.stop()


def web_app(settings: Settings) -> Flask:
    """The pages and the interface, for any WSGI server.

    On PostgreSQL a worker does the rest. On SQLite this process does everything, so the server must have one process
    and several threads; a second process is refused.
    """
    if settings.is_sqlite:
        embedded = Embedded(settings)
        embedded.start()
        atexit.register(embedded.stop)
        return embedded.app
    app = create_app(settings)
    with app.app_context():
        refuse_examples(settings, db.session())
    if settings.dav_url:
        mount(app, dav.watched(app, dav.dav_app(app)))
    return app


def prepare(app: Flask) -> None:
    """Bring the schema to this release, and fill an empty database from the community file."""
    with app.app_context():
        office: Office = app.extensions["officehours"]
        upgrade(directory=str(folder("migrations")))
        jobs.migrate(office.settings.engine_url)
        begin_write(db.session())
        if db.session.get(Community, 1) is None:
            path = office.settings.community or folder("communities") / "flyte.toml"
            embedded = office.settings.has_embedded_calendars
            communities.apply(read_file(path), db.session(), office.now(), embedded_calendars=embedded)
        db.session.commit()
        refuse_examples(office.settings, db.session())


def refuse_examples(settings: Settings, session: Session) -> None:
    """Example maintainers must never be promised to real people. Raises StartRefused."""
    some = session.scalar(sa.select(sa.exists().where(Maintainer.example, ~Maintainer.retired)))
    if some and settings.talks_to_people:
        raise StartRefused(
            "The maintainers are still examples, but mail, SMS or Zoom is configured. Put your own into the community "
            "file and run `officehours apply FILE`, or unset the OFFICEHOURS_SMTP_URL, _TWILIO_* and _ZOOM_* variables."
        )


def mount(app: Flask, calendars: Any) -> None:
    """Put the calendar server beside the pages, where calendar apps find it by the host's name alone (RFC 6764 5)."""
    moved = redirect(f"{PREFIX}/", 301)
    mounts = {PREFIX: calendars, "/.well-known/caldav": moved}
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, mounts)  # type: ignore[method-assign]


def greeting(app: Flask) -> list[str]:
    """What to print at the start: where everything is, and the first administrator's way in until it was used."""
    office: Office = app.extensions["officehours"]
    base = office.settings.base_url
    lines = [f"Office hours:   {base}/", f"Calendars:      {base}{PREFIX}/"]
    if office.settings.outbox_open:
        lines.append(f"Messages:       {base}/outbox (nothing is sent yet: OFFICEHOURS_SMTP_URL is not set)")
    with app.app_context():
        used = sa.exists().where(
            SignInLink.account_id == Account.id, SignInLink.used_at.is_not(None), Account.role == Role.ADMINISTRATOR
        )
        if not db.session.scalar(sa.select(used)):
            link = sign_in.print_link(office, sign_in.first_administrator(), ADMIN_LINK_LIFETIME)
            lines.append(f"Administrator:  {link} (works once, within a day)")
    return lines


def wsgi_app() -> Flask:
    """For `wsgi.py`: the application the environment describes."""
    return web_app(load_settings())


def _web_server(settings: Settings, app: Flask, host: str, port: int) -> Any:
    try:
        return create_server(
            _late(app),
            host=host,
            port=port,
            threads=WEB_THREADS,
            max_request_body_size=MAX_BODY,
            clear_untrusted_proxy_headers=not settings.proxy_hops,
            ident=None,
        )
    except OSError as error:
        raise StartRefused(f"Port {port} on {host} cannot be used ({error.strerror}): choose another.") from error


def _late(app: Flask) -> Callable[..., Any]:
    """The application by its present middleware: the calendar server is mounted after the port was taken."""
    return lambda environ, start_response: app(environ, start_response)


def _lock(data: Path) -> IO[str]:
    """An exclusive lock on the data folder; the system drops it when the process ends, however it ends."""
    file = (data / "officehours.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        raise StartRefused(
            f"Another process (id {file.read().strip() or 'unknown'}) already serves the data in {data.resolve()}. "
            "Stop it first, or choose another folder with --data."
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _hold_signals() -> None:
    """Let the end wait until it is asked for; before any thread starts, for threads inherit it.

    A signal that raises wherever the main thread happens to be may be swallowed there.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)

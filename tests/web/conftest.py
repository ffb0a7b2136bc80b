"""The real application over a database of its own, with a clock that stands still."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from booking.app import create_app
from booking.extensions import db, limiter
from booking.models import Calendar
from booking.office import open_office
from booking.processes import prepare
from booking.settings import Settings
from routing.values import NO_SPANS
from tests.prepare import ROOT
from tests.web.browser import Browser, set_policy
from tests.web.places import inhabit
from tests.web.program import FIRST as FIRST
from tests.web.program import SECOND as SECOND
from tests.web.program import Program

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)  # a Monday, 1 am in Los Angeles

UNLIMITED = {"rate_limits": "off"}
SHAPING = {"base_url", "database_url", "proxy_hops", "rate_limits", "secret_key"}  # what `create_app` itself looks at

MakeApp = Callable[..., Flask]
Begin = Callable[[Callable[[Flask], object]], Flask]


def compiled() -> FileSystemBytecodeCache:
    """Templates compiled earlier, in this run or another: compiling takes longer than most pages do."""
    kept = ROOT / "build" / "templates"
    kept.mkdir(parents=True, exist_ok=True)
    return FileSystemBytecodeCache(str(kept))


class Clock:
    """Stands still until told otherwise."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with Flyte's community, every calendar read and empty; made once, copied for each test."""
    data = tmp_path_factory.mktemp("furnished")
    app = create_app(Settings(data=data), lambda: NOW)
    prepare(app)
    with app.app_context():
        db.session.execute(sa.update(Calendar).values(busy=NO_SPANS, busy_as_of=NOW))
        db.session.commit()
    return at_rest(app, data)


def at_rest(app: Flask, data: Path) -> Path:
    """The data folder of this application, fit for being copied."""
    with app.app_context():
        db.session.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
        leave_database()
    return data


@dataclass(frozen=True)
class Shared:
    """One application for all tests: making one takes longer than most of them."""

    app: Flask
    clock: Clock
    config: dict[str, Any]  # this and its extensions as they were when nothing had been asked of it
    extensions: dict[str, Any]

    def renew(self, folder: Path, **settings: Any) -> Flask:
        """As if it had just been made with these settings, over a fresh copy of a data folder."""
        with self.app.app_context():
            leave_database()
        data = self.app.extensions["officehours"].settings.data
        shutil.rmtree(data)
        shutil.copytree(folder, data)
        for kept, was in ((self.app.config, self.config), (self.app.extensions, self.extensions)):
            kept.clear()
            kept.update(was)
        self.app.extensions["officehours"] = open_office(Settings(data=data, **UNLIMITED, **settings), self.clock)
        limiter.enabled = False  # one for all applications, as the last that was made wanted it
        return self.app


@pytest.fixture(scope="session")
def shared(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Shared:
    data = tmp_path_factory.mktemp("shared") / "data"
    shutil.copytree(furnished, data)
    clock = Clock(NOW)
    app = create_app(Settings(data=data, **UNLIMITED), clock)
    app.jinja_env.bytecode_cache = compiled()
    return Shared(app, clock, dict(app.config), dict(app.extensions))


@pytest.fixture(scope="session")
def inhabited(shared: Shared, furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of an office in use, made once as well."""
    shared.clock.now = NOW
    app = shared.renew(furnished)
    inhabit(app)
    used = at_rest(app, app.extensions["officehours"].settings.data)
    return shutil.copytree(used, tmp_path_factory.mktemp("inhabited") / "data")


@pytest.fixture
def clock(shared: Shared) -> Clock:
    shared.clock.now = NOW
    return shared.clock


@pytest.fixture
def make_app(shared: Shared, furnished: Path, tmp_path: Path, clock: Clock) -> Iterator[MakeApp]:
    """Makes the application with these settings, over a fresh copy of the furnished folder.

    A test's first is the shared one, unless the settings are among those that shape the application itself.
    """
    made: list[Flask] = []

    def make(**settings: Any) -> Flask:
        if made or not SHAPING.isdisjoint(settings):
            data = tmp_path / f"data{len(made)}"
            shutil.copytree(furnished, data)
            app = create_app(Settings(data=data, **{**UNLIMITED, **settings}), clock)
            app.jinja_env.bytecode_cache = compiled()
        else:
            app = shared.renew(furnished, **settings)
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            leave_database()


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app()


@pytest.fixture
def town(app: Flask, shared: Shared, inhabited: Path) -> Flask:
    """A confirmed booking, one that waits for its proof, and their messages; and a logo."""
    return shared.renew(inhabited)


@pytest.fixture(scope="module")
def begun() -> dict[str, tuple[Path, datetime]]:
    """What the tests of a file begin with: the data that each beginning left, and the time it was then."""
    return {}


@pytest.fixture
def begin(app: Flask, shared: Shared, begun: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Begin:
    """Does for a test what many of its file begin with, by the first of them; the others get a copy of what it left.

    It goes before all else that a test does with the application, whose data it replaces.
    """
    office = app.extensions["officehours"]

    def beginning(make: Callable[[Flask], object]) -> Flask:
        if make.__name__ not in begun:
            make(app)
            left = at_rest(app, office.settings.data)
            kept = shutil.copytree(left, tmp_path_factory.mktemp("begun") / "data")
            begun[make.__name__] = kept, shared.clock.now
        folder, shared.clock.now = begun[make.__name__]
        shared.renew(folder).extensions["officehours"] = office
        return app

    return beginning


@pytest.fixture
def own_app(make_app: MakeApp) -> Flask:
    """One that no other test gets, so that it may be added to."""
    return make_app(**UNLIMITED)


def leave_database() -> None:
    db.session.remove()
    db.engine.dispose()


@pytest.fixture
def without_rescue(app: Flask) -> None:
    """A community in which a session that its maintainer cannot give is cancelled."""
    set_policy(app, rescue=False)


@pytest.fixture
def visitor(app: Flask) -> Browser:
    """Somebody with a browser, not signed in."""
    return Browser(app)


@pytest.fixture
def program(app: Flask) -> Program:
    """A client of the JSON interface."""
    return Program(app)

"""Any good file goes into the rows and comes back out as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from booking import community, validation
from booking.community.file import CommunityFile, parse
from booking.models import Base

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
LETTERS = st.characters(categories=["L", "N", "P", "S", "Zs", "Mn"])
ZONES = st.sampled_from(["America/Los_Angeles", "Asia/Kolkata", "Europe/Berlin", "Australia/Lord_Howe"])


def words(longest: int) -> st.SearchStrategy[str]:
    return st.text(LETTERS, min_size=1, max_size=longest).filter(str.strip)


def some(items: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(items), min_size=1, unique=True)


@st.composite
def leaves(draw: st.DrawFn, others: list[str]) -> list[dict[str, Any]]:
    days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
    pairs = draw(st.lists(st.tuples(days, days).map(sorted), unique_by=tuple, max_size=3))
    stand_in = st.fixed_dictionaries({}, optional={"stand_in": st.sampled_from(others)} if others else {})
    return [{"first": first, "last": last, **draw(stand_in)} for first, last in pairs]


@st.composite
def slot(draw: st.DrawFn, key: str) -> dict[str, Any]:
    return {
        "key": key,
        "starts": f"{draw(st.times()):%H:%M}",
        "weekdays": draw(some(["mon", "wed", "sun"])),
        **draw(st.fixed_dictionaries({}, optional={"timezone": ZONES, "sessions": st.integers(1, 48)})),
    }


@st.composite
def maintainer(draw: st.DrawFn, key: str, slots: list[str], topics: list[str], people: list[str]) -> dict[str, Any]:
    some_have = {
        "weekly_limit": st.integers(1, 9),
        "example": st.booleans(),
        "paused_until": st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    }
    return {
        "key": key,
        "name": draw(words(20)),
        "email": f"{key}@example.org",
        "timezone": draw(ZONES),
        "slots": draw(some(slots)),
        "expertise": {topic: draw(st.integers(1, 3)) for topic in draw(some(topics))},
        "leave": draw(leaves([other for other in people if other != key])),
        "quiet_weeks": draw(st.lists(st.sampled_from(["2026-W52", "2026-W53", "2027-W01"]), unique=True)),
        **draw(st.fixed_dictionaries({}, optional=some_have)),
    }


@st.composite
def files(draw: st.DrawFn) -> CommunityFile:
    """Any good file over a few keys, so that two files share some of them."""
    slots, topics = draw(some(["7am", "1pm", "9pm", "x"])), draw(some(["flytekit", "auth", "a_b-c", "0"]))
    people = draw(st.lists(st.sampled_from(["ada", "grace", "alan"]), unique=True))
    document = {
        "community": {
            "name": draw(words(20)),
            "timezone": draw(ZONES),
            "minimum_notice": draw(st.sampled_from(["0m", "90s", "4h", "1d"])),
            "reminders": draw(some(["1d", "2h", "30m"])),
        },
        "policy": {
            "verify_email": draw(st.booleans()),
            "sms_countries": draw(some(["US", "CA", "IN"])),
            "quiet_hours": draw(st.sampled_from(["22:00-08:00", "", "13:00-14:30"])),
        },
        "slots": [draw(slot(key)) for key in slots],
        "topics": [
            {
                "key": key,
                "title": draw(words(20)),
                "description": draw(words(99)),
                "keywords": draw(st.lists(words(9), unique_by=lambda word: validation.line(word, 60, ""), max_size=4)),
                "slots": draw(some(slots)),
            }
            for key in topics
        ],
        "maintainers": [draw(maintainer(key, slots, topics, people)) for key in people],
    }
    return parse(tomli_w.dumps(document))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    """A database file with every table; each example rolls back what it did."""
    engine = sa.create_engine(f"sqlite:///{tmp_path_factory.mktemp('community') / 'rows.db'}")
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@settings(max_examples=15)
@given(first=files(), second=files())
def test_whatever_is_applied_reads_back_the_same(
    engine: sa.Engine, first: CommunityFile, second: CommunityFile
) -> None:
    """Over any earlier file, a file's export reads back as that file, and planning it finds nothing to do."""
    with Session(engine) as session:
        community.apply(first, session, NOW)
        community.apply(second, session, NOW)
        session.expire_all()
        exported = parse(community.export(session))
        assert exported == second
        assert community.plan(exported, session) == []

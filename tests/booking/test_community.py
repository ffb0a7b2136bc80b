"""A community file against the rows: planned, applied, retired, taken up again, written back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import tomli_w
from sqlalchemy.orm import Session

from booking import community
from booking.community import Action, Change
from booking.community.file import CommunityFile, parse, read_file
from booking.models import Account, Base, Calendar, Community, Maintainer, Role, Slot, Topic
from booking.resources import folder

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
FLYTE = read_file(folder("communities") / "flyte.toml")
TINY: dict[str, Any] = {
    "community": {"name": "Tiny", "timezone": "Europe/Berlin"},
    "slots": [
        {"key": "noon", "starts": "12:00", "weekdays": ["mon"]},
        {"key": "late", "starts": "22:00", "weekdays": ["fri"], "timezone": "Asia/Tokyo"},
    ],
    "topics": [
        {"key": "setup", "title": "Set-up", "description": "Installing it.", "slots": ["noon", "late"]},
        {"key": "auth", "title": "Auth", "description": "Letting people in.", "keywords": ["oidc"], "slots": ["noon"]},
    ],
    "maintainers": [
        {
            "key": "ada",
            "name": "Ada",
            "email": "ada@example.org",
            "timezone": "Europe/London",
            "slots": ["noon", "late"],
            "expertise": {"setup": 3, "auth": 1},
        },
        {
            "key": "grace",
            "name": "Grace",
            "email": "grace@example.org",
            "timezone": "America/New_York",
            "slots": ["noon"],
            "expertise": {"auth": 3},
        },
    ],
}


def tiny(**tables: object) -> CommunityFile:
    """The tiny community with some tables replaced."""
    return parse(tomli_w.dumps(TINY | tables))


def without(table: str, key: str) -> list[dict[str, Any]]:
    return [entry for entry in TINY[table] if entry["key"] != key]


def changed(table: str, key: str, **values: object) -> list[dict[str, Any]]:
    return [entry | values if entry["key"] == key else entry for entry in TINY[table]]


def revision(session: Session) -> int:
    return session.scalars(sa.select(Community.revision)).one()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    """A database file with every table; each test rolls back what it did."""
    engine = sa.create_engine(f"sqlite:///{tmp_path_factory.mktemp('community') / 'rows.db'}")
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=ON"))
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


def test_the_plan_is_what_is_applied(session: Session) -> None:
    """A plan changes nothing; applying the same file gives the same list of changes."""
    planned = community.plan(FLYTE, session)
    assert session.scalars(sa.select(Slot)).all() == []
    assert community.apply(FLYTE, session, NOW) == planned
    assert Change(Action.ADD, "topics", "deploy_auth", 'Topic "deploy_auth" is added.') in planned
    assert len(planned) == 1 + 3 + 9 + 5


def test_applying_again_changes_nothing(session: Session) -> None:
    """The second time there is nothing to do, and no process has to drop its copy of the programme."""
    community.apply(FLYTE, session, NOW)
    assert community.plan(FLYTE, session) == []
    assert community.apply(FLYTE, session, NOW) == []
    assert revision(session) == 1


def test_rows_say_what_the_file_says(session: Session) -> None:
    """Slots, topics and maintainers stand in the file's order, with their slots, expertise and days of leave."""
    away = [{"first": date(2026, 12, 20), "last": date(2027, 1, 2)}]
    community.apply(tiny(maintainers=changed("maintainers", "ada", leave=away, weekly_limit=5)), session, NOW)
    session.expire_all()
    ada = session.scalars(sa.select(Maintainer).where(Maintainer.key == "ada")).one()
    assert [slot.key for slot in ada.slots] == ["noon", "late"]
    assert {each.topic.key: each.level for each in ada.expertise} == {"setup": 3, "auth": 1}
    assert [(leave.first_day, leave.last_day) for leave in ada.leave] == [(date(2026, 12, 20), date(2027, 1, 2))]
    assert ada.weekly_limit == 5
    assert [topic.key for topic in session.scalars(sa.select(Topic).order_by(Topic.position))] == ["setup", "auth"]


def test_changes_are_told_in_sentences(session: Session) -> None:
    """What an administrator reads before applying names the entry, the key, and the old and the new value."""
    community.apply(tiny(), session, NOW)
    topics = changed("topics", "auth", keywords=["oauth"], description="Log in. " * 20)
    people = changed("maintainers", "ada", expertise={"setup": 2, "auth": 1}, room="https://meet.example.org/ada")
    file = tiny(
        community=TINY["community"] | {"minimum_notice": "90m"},
        policy={"verify_email": True},
        slots=[*reversed(TINY["slots"]), {"key": "dawn", "starts": "06:00", "weekdays": ["sun"]}],
        topics=topics,
        maintainers=people,
    )
    assert [change.detail for change in community.apply(file, session, NOW)] == [
        'The community changes: minimum_notice from "4h" to "90m".',
        "The policy changes: verify_email from false to true.",
        'Slot "dawn" is added.',
        "The slots get another order: late, noon, dawn.",
        'Topic "setup" changes: slots gets another order.',
        'Topic "auth" changes: description from "Letting people in." to "Log in. Log in. Log in. Log in. Log in. '
        'Log in. Log in. …; keywords gains "oauth" and loses "oidc".',
        'Maintainer "ada" changes: slots gets another order; room from nothing to "https://meet.example.org/ada"; '
        "expertise gains setup = 2 and loses setup = 3.",
    ]
    assert revision(session) == 2


def test_what_leaves_the_file_is_retired_not_deleted(session: Session) -> None:
    """Bookings keep the maintainer, topic and slot they speak of; no new plan names them."""
    community.apply(tiny(), session, NOW)
    smaller = tiny(
        slots=without("slots", "late"),
        topics=[TINY["topics"][0] | {"slots": ["noon"]}],
        maintainers=[TINY["maintainers"][0] | {"slots": ["noon"], "expertise": {"setup": 3}}],
    )
    changes = community.apply(smaller, session, NOW)
    assert [(each.table, each.key) for each in changes if each.action is Action.RETIRE] == [
        ("slots", "late"),
        ("topics", "auth"),
        ("maintainers", "grace"),
    ]
    [left] = [each.detail for each in changes if each.key == "grace"]
    assert left == 'Maintainer "grace" is retired; sessions with them go to others, or are cancelled.'
    for table, keys in [(Slot, {"late"}), (Topic, {"auth"}), (Maintainer, {"grace"})]:
        assert set(session.scalars(sa.select(table.key).where(table.retired))) == keys
    assert parse(community.export(session)) == smaller
    assert community.plan(smaller, session) == []


def test_what_comes_back_is_the_same_row(session: Session) -> None:
    """A maintainer taken up again has the id, account and history of before, with what the file says now."""
    community.apply(tiny(), session, NOW, embedded_calendars=True)
    before = session.scalars(sa.select(Maintainer).where(Maintainer.key == "grace")).one().id
    community.apply(tiny(maintainers=without("maintainers", "grace")), session, NOW, embedded_calendars=True)
    back = tiny(maintainers=changed("maintainers", "grace", expertise={"setup": 1}))
    changes = community.apply(back, session, NOW, embedded_calendars=True)
    assert changes == [Change(Action.ADD, "maintainers", "grace", 'Maintainer "grace" comes back.')]
    grace = session.scalars(sa.select(Maintainer).where(Maintainer.key == "grace")).one()
    assert (grace.id, grace.retired, [each.topic.key for each in grace.expertise]) == (before, False, ["setup"])
    assert session.scalar(sa.select(sa.func.count()).where(Account.maintainer_id == before)) == 1
    assert revision(session) == 3


def test_every_maintainer_gets_a_way_in(session: Session) -> None:
    """Each maintainer has one account; a calendar only where the embedded server is there to hold it."""
    community.apply(tiny(), session, NOW)
    roles = session.execute(sa.select(Maintainer.key, Account.role).join(Account.maintainer)).all()
    assert sorted(map(tuple, roles)) == [("ada", Role.MAINTAINER), ("grace", Role.MAINTAINER)]
    assert session.scalars(sa.select(Calendar)).all() == []


def test_an_own_calendar_is_left_alone(session: Session) -> None:
    """The embedded calendar is for those who have none, and comes once."""
    community.apply(tiny(), session, NOW)
    ada = session.scalars(sa.select(Maintainer).where(Maintainer.key == "ada")).one()
    session.add(Calendar(kind="caldav", url="https://dav.example.org/ada/", maintainer=ada))
    for _ in range(2):
        assert community.apply(tiny(), session, NOW, embedded_calendars=True) == []
    kinds = session.execute(sa.select(Maintainer.key, Calendar.kind).join(Calendar.maintainer)).all()
    assert sorted(map(tuple, kinds)) == [("ada", "caldav"), ("grace", "embedded")]


def test_nothing_is_half_applied(tmp_path: Path) -> None:
    """When the database fails at the last maintainer, the slots and topics written before are not there either."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'rows.db'}")
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        community.apply(tiny(), session, NOW)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "CREATE TRIGGER full BEFORE INSERT ON maintainer WHEN NEW.key = 'example-5' "
                "BEGIN SELECT RAISE(ABORT, 'no room'); END"
            )
        )
    with Session(engine) as session:
        with pytest.raises(sa.exc.IntegrityError, match="no room"), session.begin():
            community.apply(FLYTE, session, NOW)
        assert parse(community.export(session)) == tiny()
        assert session.scalar(sa.select(sa.func.count()).select_from(Topic)) == len(TINY["topics"])
        assert revision(session) == 1
    engine.dispose()


def test_there_is_nothing_to_export_before_a_file_is_applied(session: Session) -> None:
    """The error names the command that loads a community."""
    with pytest.raises(LookupError, match="officehours apply"):
        community.export(session)


def test_flyte_survives_an_export(session: Session) -> None:
    """Flyte's file, applied and exported, reads back as the same file."""
    community.apply(FLYTE, session, NOW)
    assert parse(community.export(session)) == FLYTE

"""Leave with a stand-in, quiet weeks and pauses, from the community file to who is offered and why not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from booking import community, queries
from booking.community.file import parse
from booking.extensions import begin_write, db, office
from booking.models import Booking
from booking.services.pick import Wish, decide, know
from booking.services.reserve import reserve
from booking.settings import Settings
from routing.answers import Assignment, ReasonCode, Unroutable
from tests.booking.arena import opened, request, write_community

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)  # a Monday
SLOTS = {"noon": ("12:00", 1), "dusk": ("18:00", 1)}
STAFF = {"ada": ["noon"], "bo": ["noon"], "cy": ["dusk"]}
TOPICS = {"one": ["noon", "dusk"]}


def at(day: int, hour: int = 12, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> str:
    return write_community(tmp_path / "absence.toml", SLOTS, STAFF, topics=TOPICS).read_text()


@pytest.fixture(autouse=True)
def place(tmp_path: Path, file: str) -> Iterator[None]:
    with opened(Settings(data=tmp_path, community=tmp_path / "absence.toml"), lambda: NOW):
        yield


def change(file: str, key: str, lines: str) -> None:
    """Apply the file with lines added to a maintainer."""
    begin_write(db.session())
    room = f"room = 'https://meet.example.org/{key}'\n"
    assert room in file
    community.apply(parse(file.replace(room, f"{room}{lines}\n")), db.session(), NOW)
    db.session.commit()


def takers(start: datetime, attendee: str | None = None) -> list[str]:
    """Who could take it, best first; for a refusal, the codes of what is in the way."""
    wish, roster = Wish("one", start, attendee), queries.roster()
    answer = decide(roster, wish, know(roster, wish, NOW), NOW)
    db.session.rollback()
    if isinstance(answer, Unroutable):
        return [reason.code.value for reason in answer.reasons if reason.maintainer]
    assert isinstance(answer, Assignment)
    return [candidate.maintainer for candidate in answer.candidates]


def test_a_stand_in_takes_the_slots_of_whoever_is_on_leave(file: str) -> None:
    """Only while the leave lasts, and only the slots of that maintainer."""
    assert takers(at(8)) == ["ada", "bo"]
    leave = "[[maintainers.leave]]\nfirst = 2026-12-07\nlast = 2026-12-08\nstand_in = 'cy'"
    change(file, "ada", leave)
    assert sorted(takers(at(7))) == sorted(takers(at(8))) == ["bo", "cy"]
    assert takers(at(9)) == ["ada", "bo"]
    assert takers(at(8, 18)) == ["cy"]


def test_quiet_weeks_and_pauses_end(file: str) -> None:
    """A quiet week is from Monday to Sunday; a pause lasts until its day, which has sessions again."""
    change(file, "ada", "quiet_weeks = ['2026-W50']")
    assert [takers(at(day)) for day in (6, 7, 13, 14)] == [["ada", "bo"], ["bo"], ["bo"], ["ada", "bo"]]
    change(file, "ada", "paused_until = 2026-12-10")
    assert [takers(at(day)) for day in (1, 9, 10)] == [["bo"], ["bo"], ["ada", "bo"]]


def test_what_is_in_the_way_has_a_name(file: str) -> None:
    """A refusal tells leave, pause and quiet week apart."""
    both = file.replace("'bo'\nname", "'bo'\npaused_until = 2026-12-10\nname")
    change(both, "ada", "quiet_weeks = ['2026-W49']")
    assert takers(at(2)) == [ReasonCode.QUIET, ReasonCode.PAUSED, ReasonCode.NOT_STAFFED]


def test_the_policy_of_the_file_chooses(file: str) -> None:
    """Round robin gives the next session to whoever had the least, save the scarce to the expert."""
    lesser = file.replace("expertise = { one = 3 }", "expertise = { one = 1 }", 1)
    change(lesser, "ada", "")
    assert takers(at(8)) == ["bo", "ada"]
    change(lesser.replace("[policy]", "[policy]\nassignment = 'round-robin'"), "ada", "")
    assert takers(at(8)) == ["ada", "bo"]


def test_a_returning_attendee_meets_the_same_maintainer(file: str) -> None:
    """Whoever had a session with this address, if only it is past, comes first among equals."""
    change(file.replace("sms_countries", "open_bookings_per_address = 9\nsms_countries"), "ada", "")
    for number, day in enumerate((1, 1)):
        reserve(office(), request("one", at(day), number))
    assert [takers(at(8), f"person{number}@example.com")[0] for number in range(2)] == ["ada", "ada"]
    db.session.execute(sa.update(Booking).values(starts_at=at(20, month=11), ends_at=at(20, 13, month=11)))
    db.session.commit()
    assert [takers(at(8), f"person{number}@example.com")[0] for number in range(2)] == ["ada", "bo"]
    again = reserve(office(), request("one", at(9), 1))
    assert again.maintainer.key == "bo"
    assert "returning" not in {reason["code"] for reason in again.reasons}  # whoever books may not be who they say


def test_a_no_show_is_nobodys_turn(file: str) -> None:
    """Nor is a session that was cancelled: whoever waited in vain is next again."""
    booked = reserve(office(), request("one", at(8), 1))
    assert (booked.maintainer.key, takers(at(9))) == ("ada", ["bo", "ada"])
    for status in ("no-show", "cancelled"):
        db.session.execute(sa.update(Booking).values(status=status))
        db.session.commit()
        assert takers(at(9)) == ["ada", "bo"]

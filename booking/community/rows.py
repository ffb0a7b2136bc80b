"""The community file's tables as rows, and rows as tables. Columns are called as the file's keys are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.orm import Session, selectinload

from booking.community.file import (
    CommunityFile,
    CommunityTable,
    DocsTable,
    LeaveTable,
    MaintainerTable,
    MessagesTable,
    PolicyTable,
    SlotTable,
    TopicTable,
)
from booking.models import Account, Base, Calendar, Community, Expertise, Leave, Maintainer, Role, Slot, Topic
from routing.values import NO_SPANS

BY_SLOT = ("weekdays", "not_on", "also_on")
Keyed = TypeVar("Keyed", Slot, Topic, Maintainer)
Entry = TypeVar("Entry", SlotTable, TopicTable, MaintainerTable)
Table = TypeVar("Table", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows of the programme by key, in order of position, retired ones included."""

    community: Community | None
    slots: dict[str, Slot]
    topics: dict[str, Topic]
    maintainers: dict[str, Maintainer]


def read(session: Session, *, lock: bool = False) -> Rows:
    """The rows as they are, in a constant number of statements; with `lock`, nobody else's apply comes in between."""
    people = sa.select(Maintainer).options(
        selectinload(Maintainer.slots),
        selectinload(Maintainer.leave).joinedload(Leave.stand_in),
        selectinload(Maintainer.expertise).joinedload(Expertise.topic),
    )
    return Rows(
        community=session.get(Community, 1, with_for_update=lock),
        slots=_by_key(session.scalars(sa.select(Slot).order_by(Slot.position))),
        topics=_by_key(session.scalars(sa.select(Topic).order_by(Topic.position).options(selectinload(Topic.slots)))),
        maintainers=_by_key(session.scalars(people.order_by(Maintainer.position))),
    )


def stored(rows: Rows) -> CommunityFile | None:
    """What the rows say, as a file would say it; None before the first apply. Unchecked: the database rules."""
    if rows.community is None:
        return None
    return CommunityFile.model_construct(
        community=_table(CommunityTable, rows.community),
        policy=_table(PolicyTable, rows.community),
        messages=_table(MessagesTable, rows.community),
        docs=DocsTable.model_construct(None, **rows.community.docs) if rows.community.docs else None,
        slots=[_table(SlotTable, row) for row in rows.slots.values() if not row.retired],
        topics=[_table(TopicTable, row, slots=_keys(row.slots)) for row in rows.topics.values() if not row.retired],
        maintainers=[_maintainer_table(row) for row in rows.maintainers.values() if not row.retired],
    )


def with_edits(rows: Rows, file: CommunityFile) -> CommunityFile:
    """The file with what was edited on maintainers' pages in place of what it says itself.

    Slots and stand-ins that the file does not know any more are left out.
    """
    entries = [_with_edits(rows.maintainers.get(entry.key), entry, file) for entry in file.maintainers]
    return file.model_copy(update={"maintainers": entries})


def release(rows: Rows, file: CommunityFile) -> None:
    """What the file says as the page does is the file's again, from its next change on."""
    for entry in file.maintainers:
        row = rows.maintainers.get(entry.key)
        if row is not None and row.edited:
            present = _maintainer_table(row).model_dump()
            row.edited = [name for name in row.edited if present.get(name) != entry.model_dump().get(name)]


def write(rows: Rows, file: CommunityFile, session: Session, now: datetime) -> None:
    """Make the rows say what the file says, as one more revision. Who is new to a community has joined now."""
    joined = None if rows.community is None else now
    present = {key for key, row in rows.maintainers.items() if not row.retired}
    community = rows.community or Community(id=1, revision=0)
    community.revision += 1
    _fill(community, file.community)
    _fill(community, file.policy)
    _fill(community, file.messages)
    community.docs = file.docs.model_dump(exclude_none=True) if file.docs else None
    session.add(community)
    slots = _write_entries(rows.slots, file.slots, lambda key: Slot(key=key), session)
    topics = _write_entries(rows.topics, file.topics, lambda key: Topic(key=key), session)
    for topic in file.topics:
        topics[topic.key].slots = [slots[key] for key in topic.slots]
    maintainers = _write_entries(rows.maintainers, file.maintainers, lambda key: Maintainer(key=key), session)
    for entry in file.maintainers:
        row = maintainers[entry.key]
        if entry.key not in present:
            row.joined_at, row.edited = joined, []
        row.slots = [slots[key] for key in entry.slots]
        row.expertise = _expertise(row, entry, topics)
        row.leave = _leave(row, entry, maintainers)


def complete(session: Session, embedded_calendars: bool) -> None:
    """Give every maintainer an account and, if asked, an embedded calendar to those who have no calendar."""
    people = sa.select(Maintainer).where(~Maintainer.retired)
    no_account = ~sa.exists().where(Account.maintainer_id == Maintainer.id)
    for row in session.scalars(people.where(no_account)):
        theirs = sa.and_(Account.email == row.email.lower(), Account.maintainer_id.is_(None))
        known = session.scalar(sa.select(Account).where(theirs))
        account = known or Account(role=Role.MAINTAINER)
        account.maintainer = row
        session.add(account)
    if embedded_calendars:
        no_calendar = ~sa.exists().where(Calendar.maintainer_id == Maintainer.id)
        for row in session.scalars(people.where(no_calendar)):
            session.add(Calendar(kind="embedded", maintainer=row, busy=NO_SPANS))


def _by_key(rows: Iterable[Keyed]) -> dict[str, Keyed]:
    return {row.key: row for row in rows}


def _keys(slots: Iterable[Slot]) -> list[str]:
    return [slot.key for slot in slots if not slot.retired]


def _table(model: type[Table], row: Base, **others: Any) -> Table:
    """The table whose keys are columns of the row, but for the `others`."""
    columns = {name: getattr(row, name) for name in model.model_fields if name not in others}
    return model.model_construct(**columns, **others)


def _maintainer_table(row: Maintainer) -> MaintainerTable:
    known = sorted((each for each in row.expertise if not each.topic.retired), key=lambda each: each.topic.position)
    leave = sorted(row.leave, key=lambda each: (each.first_day, each.last_day))
    return _table(
        MaintainerTable,
        row,
        slots=_keys(row.slots),
        expertise={each.topic.key: each.level for each in known},
        leave=[
            LeaveTable.model_construct(first=each.first_day, last=each.last_day, stand_in=_present(each.stand_in))
            for each in leave
        ],
    )


def _with_edits(row: Maintainer | None, entry: MaintainerTable, file: CommunityFile) -> MaintainerTable:
    if row is None or row.retired:
        return entry
    people, slots = {each.key for each in file.maintainers}, {each.key for each in file.slots}
    present = _maintainer_table(row)
    known = {
        "leave": [
            each if each.stand_in in people else each.model_copy(update={"stand_in": None}) for each in present.leave
        ],
        "slots": [key for key in present.slots if key in slots] or entry.slots,
        **{name: {key: found for key, found in getattr(row, name).items() if key in slots} for name in BY_SLOT},
    }
    return entry.model_copy(update={name: known.get(name, getattr(present, name)) for name in row.edited})


def _fill(row: Base, table: BaseModel) -> None:
    for name in set(type(table).model_fields) - {"slots", "expertise", "leave"}:
        setattr(row, name, getattr(table, name))


def _write_entries(
    rows: dict[str, Keyed], entries: Sequence[Entry], new: Callable[[str], Keyed], session: Session
) -> dict[str, Keyed]:
    """Fill the rows in the file's order, making those that are missing; retire the rest. Gives the live ones."""
    live = {}
    for position, entry in enumerate(entries):
        row = rows.get(entry.key) or new(entry.key)
        _fill(row, entry)
        row.position, row.retired = position, False
        live[entry.key] = row
        session.add(row)
    for key in rows.keys() - live.keys():
        rows[key].retired = True
    return live


def _expertise(row: Maintainer, entry: MaintainerTable, topics: dict[str, Topic]) -> list[Expertise]:
    """Rows that stay are kept: a row deleted and made again under the same key is one statement too many."""
    known = {each.topic.key: each for each in row.expertise}
    kept = {key: known.get(key) or Expertise(topic=topics[key]) for key in entry.expertise}
    for key, each in kept.items():
        each.level = entry.expertise[key]
    return list(kept.values())


def _leave(row: Maintainer, entry: MaintainerTable, people: dict[str, Maintainer]) -> list[Leave]:
    known = {(each.first_day, each.last_day): each for each in row.leave}
    found = []
    for each in entry.leave:
        leave = known.get((each.first, each.last)) or Leave(first_day=each.first, last_day=each.last)
        leave.stand_in = people[each.stand_in] if each.stand_in else None
        found.append(leave)
    return found


def _present(row: Maintainer | None) -> str | None:
    return row.key if row is not None and not row.retired else None

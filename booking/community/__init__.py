"""The community between file and rows: what a file would change (plan), changing it (apply), writing it back (export).

Rows are found by their key. One that is no longer in the file is retired, never deleted, because bookings speak of it;
with a later file it comes back. Nothing here commits: the caller's transaction makes all of it happen, or none.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from textwrap import shorten

import tomli_w
from pydantic import BaseModel
from sqlalchemy.orm import Session

from booking import docs, logo
from booking.community.file import CommunityFile, DocsTable, MaintainerTable, SlotTable, TopicTable
from booking.community.rows import Rows, complete, read, release, stored, with_edits, write
from routing.pages import Page

SHOWN = 60  # letters of a value in a sentence
NO_DOCS = DocsTable.model_construct()


class Action(StrEnum):
    ADD = "add"
    CHANGE = "change"
    RETIRE = "retire"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between file and rows, `detail` being a sentence about it.

    `table` is the file's. `key` is empty for the tables that stand once, and where the order of a table
    changes.
    """

    action: Action
    table: str
    key: str
    detail: str


def plan(file: CommunityFile, session: Session, pages: docs.Comparison | None = None) -> list[Change]:
    """What `apply` would change; nothing when rows and file agree. `pages` tells that they were compared already."""
    pages = docs.compare(docs.read(file.docs), session) if pages is None else pages
    return _plan(read(session), file, pages, session)


def apply(
    file: CommunityFile,
    session: Session,
    now: datetime,
    pages: Sequence[Page] | None = None,
    *,
    embedded_calendars: bool = False,
) -> list[Change]:
    """Make the rows say what the file says, and give what was changed. The revision grows only when something was.

    What maintainers edited on their pages stays as it is, and is told as kept.

    Every maintainer has an account afterwards and, with `embedded_calendars`, the embedded calendar unless they have
    one already. The caller begins the transaction (`extensions.begin_write`) and commits it. `pages` are those of the
    documentation; reading many takes seconds, so that whoever serves meanwhile reads them before the transaction.
    """
    rows = read(session, lock=True)
    pages = docs.read(file.docs) if pages is None else pages
    changes = _plan(rows, file, docs.compare(pages, session), session)
    if any(change.action is not Action.KEEP for change in changes):
        write(rows, with_edits(rows, file), session, now)
        docs.store(pages, session)
        logo.store(file.community.logo, session)
        session.flush()
    release(rows, file)
    complete(session, embedded_calendars)
    session.flush()
    return changes


def export(session: Session) -> str:
    """The rows as a community file. Raises LookupError when no file was applied yet."""
    file = stored(read(session))
    if file is None:
        raise LookupError("There is no community yet: `officehours apply communities/flyte.toml` loads one.")
    return tomli_w.dumps(file.model_dump(exclude_none=True))


def _plan(rows: Rows, file: CommunityFile, pages: docs.Comparison, session: Session) -> list[Change]:
    wanted = with_edits(rows, file)
    return [*_changes(rows, wanted), *_kept(file, wanted), *_files(pages, file, session)]


def _kept(file: CommunityFile, wanted: CommunityFile) -> Iterator[Change]:
    for says, stays in zip(file.maintainers, wanted.maintainers, strict=True):
        if differences := _differences(stays, says):
            detail = f'Maintainer "{says.key}" kept: edited by the maintainer; the file would change {differences}.'
            yield Change(Action.KEEP, "maintainers", says.key, detail)


def _changes(rows: Rows, file: CommunityFile) -> Iterator[Change]:
    before = stored(rows)
    if before is None:
        yield Change(Action.ADD, "community", "", f"The community {file.community.name} is added.")
    else:
        yield from _settings("community", before.community, file.community)
        yield from _settings("policy", before.policy, file.policy)
        yield from _settings("messages", before.messages, file.messages)
        yield from _settings("docs", before.docs or NO_DOCS, file.docs or NO_DOCS)
    yield from _entries("slots", before.slots if before else [], file.slots, rows.slots)
    yield from _entries("topics", before.topics if before else [], file.topics, rows.topics)
    yield from _entries("maintainers", before.maintainers if before else [], file.maintainers, rows.maintainers)


def _files(found: docs.Comparison, file: CommunityFile, session: Session) -> Iterator[Change]:
    """What changes outside the file, where it only says the place."""
    if logo.differs(file.community.logo, session):
        yield Change(Action.CHANGE, "community", "", "The logo is another picture.")
    if found:
        yield Change(Action.CHANGE, "docs", "", f"Pages: {found.new} new, {found.changed} changed, {found.gone} gone.")


def _settings(table: str, before: BaseModel, after: BaseModel) -> Iterator[Change]:
    if differences := _differences(before, after):
        yield Change(Action.CHANGE, table, "", f"The {table} changes: {differences}.")


def _entries(
    table: str,
    before: Sequence[SlotTable | TopicTable | MaintainerTable],
    after: Sequence[SlotTable | TopicTable | MaintainerTable],
    rows: Collection[str],
) -> Iterator[Change]:
    old, new = {entry.key: entry for entry in before}, {entry.key: entry for entry in after}
    noun = table.removesuffix("s").capitalize()
    for key, entry in new.items():
        if key not in old:
            happens = "comes back" if key in rows else "is added"
            yield Change(Action.ADD, table, key, f'{noun} "{key}" {happens}.')
        elif differences := _differences(old[key], entry):
            yield Change(Action.CHANGE, table, key, f'{noun} "{key}" changes: {differences}.')
    stays = "sessions with them go to others, or are cancelled" if noun == "Maintainer" else "the bookings it has stay"
    for key in [key for key in old if key not in new]:
        yield Change(Action.RETIRE, table, key, f'{noun} "{key}" is retired; {stays}.')
    if [key for key in old if key in new] != [key for key in new if key in old]:
        yield Change(Action.CHANGE, table, "", f"The {table} get another order: {', '.join(new)}.")


def _differences(before: BaseModel, after: BaseModel) -> str:
    old, new = before.model_dump(), after.model_dump()
    return "; ".join(
        _difference(name, old.get(name), new.get(name))
        for name in type(after).model_fields
        if old.get(name) != new.get(name)
    )


def _difference(name: str, old: object, new: object) -> str:
    if isinstance(old, list | dict) or isinstance(new, list | dict):
        gone, come = (_without(old, new), _without(new, old))
        said = [f"{verb} {', '.join(items)}" for verb, items in (("gains", come), ("loses", gone)) if items]
        return f"{name} {' and '.join(said) or 'gets another order'}"
    from_, to = _shown(old), _shown(new)
    return f"{name} is rewritten" if from_ == to else f"{name} from {from_} to {to}"


def _without(value: object, other: object) -> list[str]:
    """What a list or table of the file has and another has not, as the file shows it."""
    there = _items(other)
    return [item for item in _items(value) if item not in there]


def _items(value: object) -> list[str]:
    if isinstance(value, dict):
        return [f"{key} = {_shown(item)}" for key, item in value.items()]
    return [_shown(item) for item in value] if isinstance(value, list) else []


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    return shorten(json.dumps(value, ensure_ascii=False, default=str), SHOWN, placeholder=" …")

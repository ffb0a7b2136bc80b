"""The programme as its file says it, read-only, and what the community file would change.

GET  /admin/programme       show
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, render_template
from pydantic import BaseModel

from booking import community, docs, queries
from booking.community import Change, rows
from booking.community.file import CommunityFileError, read_file
from booking.extensions import db, office
from routing.topic_check import bus_factors

bp = Blueprint("programme", __name__)


@dataclass(frozen=True)
class Comparison:
    """What `command` would change, and what is odd in the file; or the `problems` for which nothing can be said."""

    path: Path
    command: str
    changes: Sequence[Change] = ()
    warnings: Sequence[str] = ()
    problems: Sequence[str] = ()


@bp.get("/admin/programme")
def show() -> str:
    """Nothing is applied from here: the file stays where it is written, reviewed and kept."""
    stored = rows.stored(rows.read(db.session()))
    if stored is None:
        raise AssertionError("no page is shown before a community file was applied")
    path = office().settings.community
    return render_template(
        "admin/programme.html",
        file=stored,
        facts=[*_facts(stored.community), *_facts(stored.policy)],
        titles={topic.key: topic.title for topic in stored.topics},
        bus_factors=bus_factors(queries.programme()),
        giving={one.key for one in queries.programme().maintainers},
        compared=_compare(path) if path else None,
    )


def _compare(path: Path) -> Comparison:
    command = f"officehours apply {shlex.quote(str(path.resolve()))}"
    try:
        file = read_file(path)
        pages = docs.compare_files(file.docs, queries.community().revision, db.session())
        return Comparison(path, command, community.plan(file, db.session(), pages), file.warnings())
    except CommunityFileError as error:
        return Comparison(path, command, problems=error.problems)
    except OSError as error:
        problem = f"{error.filename}: it cannot be read ({error.strerror}); check the path and who may read it"
        return Comparison(path, command, problems=[problem])


def _facts(table: BaseModel) -> Iterator[tuple[str, str]]:
    """The table's keys and values as its file has them; what is unset or empty is left out."""
    for key, value in table.model_dump(exclude_none=True).items():
        if isinstance(value, bool):
            yield key, "yes" if value else "no"
        elif value != []:
            yield key, ", ".join(map(str, value)) if isinstance(value, list) else str(value)

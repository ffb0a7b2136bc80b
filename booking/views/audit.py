"""The audit log, for administrators.

GET /audit      show    ?person= ?act= ?before=
"""

from __future__ import annotations

from flask import Blueprint, render_template, request

from booking import accounts, audit_log
from booking.extensions import office
from booking.models import Act

bp = Blueprint("audit", __name__)

HIGHEST = 2147483647


@bp.get("/audit")
def show() -> str:
    """Newest first, a page at a time; what cannot be read in the address is left out."""
    person, before = (_number(request.args.get(name, "")) for name in ("person", "before"))
    asked = request.args.get("act", "")
    act = Act(asked) if asked in set(Act) else None
    entries = audit_log.entries(person, act, before)
    people = accounts.people(office().now())
    return render_template(
        "admin/audit.html",
        entries=entries,
        names=accounts.names({entry.actor_id for entry in entries if entry.actor_id is not None}),
        people=people,
        acts=list(Act),
        person=person,
        act=act,
        before=entries[-1].id if len(entries) == audit_log.PAGE else None,
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= HIGHEST else None

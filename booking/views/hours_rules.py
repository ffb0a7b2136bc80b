"""Who may open and edit a maintainer's availability: they themselves, organisers and administrators.

Whatever is wrong, the answer is the same: there is no such page.
"""

from __future__ import annotations

import sqlalchemy as sa
from flask import abort, g, request
from werkzeug.wrappers import Response

from booking.extensions import db
from booking.links import KEY
from booking.models import Maintainer
from booking.views.callers import signed_in
from booking.views.guards import PRIVATE, Rule
from booking.views.staff import MANAGED, require_staff


def _check() -> Response | None:
    answer, caller = require_staff(), signed_in()
    if answer is not None or caller is None:
        return answer
    key = (request.view_args or {})["key"]
    theirs = sa.select(Maintainer).where(Maintainer.key == key, ~Maintainer.retired)
    found = db.session.scalar(theirs) if KEY.fullmatch(key) else None  # PostgreSQL takes not every letter
    if found is None or (caller.maintainer_id != found.id and caller.role not in MANAGED):
        abort(404)
    g.maintainer_id = found.id
    return None


own_hours = Rule(_check, PRIVATE)

"""For whoever watches over the service.

GET /healthz    live    the process answers
GET /readyz     ready   the database answers too, and a community is loaded
"""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy.exc import DBAPIError

from booking import queries

bp = Blueprint("health", __name__)

Answer = tuple[dict[str, str], int]


@bp.get("/healthz")
def live() -> Answer:
    return {"status": "alive"}, 200


@bp.get("/readyz")
def ready() -> Answer:
    try:
        queries.community()
    except LookupError:
        return {"status": "no community is loaded"}, 503
    except DBAPIError:
        return {"status": "the database does not answer"}, 503
    return {"status": "ready"}, 200

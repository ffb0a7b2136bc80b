"""Why a session would go to whom, for maintainers and administrators.

GET  /maintainer/route      ask
POST /maintainer/route      show
"""

from __future__ import annotations

from flask import Blueprint, render_template, request

from booking import queries
from booking.explanations import explain
from booking.extensions import limiter, office
from booking.forms import RouteForm

bp = Blueprint("routes", __name__)

QUESTIONS_PER_ADDRESS = "30 per minute"
Page = str | tuple[str, int]


@bp.get("/maintainer/route")
def ask() -> str:
    return _page(RouteForm())


@bp.post("/maintainer/route")
@limiter.limit(QUESTIONS_PER_ADDRESS)
def show() -> Page:
    """Nothing changes; posted so that no address or log has the question."""
    form = RouteForm(request.form)
    return _page(form) if form.validate() else (_page(form), 422)


def _page(form: RouteForm) -> str:
    programme = queries.programme()
    found = (
        explain(office(), form.asked.data or "", form.at.data or "") if form.asked.data and not form.errors else None
    )
    return render_template(
        "maintainer/route.html",
        form=form,
        found=found,
        topics=programme.topics,
        names={one.key: one.name for one in programme.maintainers},
    )

"""What tests look at in the router's answers."""

from __future__ import annotations

from datetime import datetime

from routing.answers import Assignment, ReasonCode, Unroutable


def order(answer: Assignment | Unroutable) -> list[str]:
    """The candidates' keys from best to worst."""
    assert isinstance(answer, Assignment)
    return [candidate.maintainer for candidate in answer.candidates]


def refused(answer: Assignment | Unroutable) -> tuple[list[tuple[ReasonCode, str | None]], list[datetime]]:
    """A refusal's reasons as (code, maintainer), and the starts of the nearest openings."""
    assert isinstance(answer, Unroutable)
    assert answer.reasons
    return [(one.code, one.maintainer) for one in answer.reasons], [one.range.start for one in answer.nearest]

"""Long lists a page at a time, the newest first: a page begins before the id with which the one before it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from booking.models import Booking, Delivery

Row = TypeVar("Row", Booking, Delivery)

PAGE = 50
NEWEST = 2**31 - 1  # no id is greater


@dataclass(frozen=True)
class Paged(Generic[Row]):
    """`next_before` leads to the next page, if there is one."""

    rows: Sequence[Row]
    newest: bool
    next_before: int | None


def paged(find: Callable[[int, int], Sequence[Row]], before: int) -> Paged[Row]:
    """The page of what `find(before, most)` finds."""
    found = find(before, PAGE + 1)
    return Paged(found[:PAGE], before >= NEWEST, found[PAGE - 1].id if len(found) > PAGE else None)


def older(ids: InstrumentedAttribute[int], before: int) -> sa.ColumnElement[bool]:
    """Those with an id before this one, which somebody may have made up."""
    return ids < max(0, min(before, NEWEST))

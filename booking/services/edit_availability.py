"""What a maintainer says of when they give sessions; from now on the page rules it, and not the community file.

`by` is the account that does it: their own, or an organiser's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

import sqlalchemy as sa

from booking import audit_log
from booking.extensions import begin_write, db
from booking.models import Act, Community, Leave, Maintainer, Slot
from booking.office import Office


def edit_availability(office: Office, by: int, maintainer_id: int, **values: object) -> None:
    """Give these columns of a maintainer their values; those that change are edited from now on."""
    with _editing(office, by, maintainer_id) as maintainer:
        _set(maintainer, values)


def edit_hours(office: Office, by: int, maintainer_id: int, chosen: Mapping[str, Sequence[str]]) -> None:
    """Which slots they staff, by key, and on which of its days of the week each."""
    with _editing(office, by, maintainer_id) as maintainer:
        present = sa.select(Slot).where(~Slot.retired, Slot.key.in_(chosen)).order_by(Slot.position)
        slots = list(db.session.scalars(present))
        some = {slot.key: list(chosen[slot.key]) for slot in slots if set(chosen[slot.key]) != set(slot.weekdays)}
        _set(maintainer, {"slots": slots, "weekdays": some})


def edit_date(office: Office, by: int, maintainer_id: int, slot: str, day: date, gives: bool | None) -> None:
    """Whether they give a slot on one date of its zone, whatever its weekday says; None: as its weekday says."""
    with _editing(office, by, maintainer_id) as maintainer:
        for name, holds in (("not_on", False), ("also_on", True)):
            present = getattr(maintainer, name)
            days = {*present.get(slot, ())} - {day.isoformat()} | ({day.isoformat()} if gives is holds else set())
            others = {key: dates for key, dates in present.items() if key != slot}
            _set(maintainer, {name: {**others, slot: sorted(days)} if days else others})


def add_leave(office: Office, by: int, maintainer_id: int, first: date, last: date, stand_in: str | None) -> None:
    """Leave from `first` to `last`, both included, in their zone. The same days again have another stand-in, by key.

    Raises LookupError for a stand-in who is not there.
    """
    with _editing(office, by, maintainer_id) as maintainer:
        other = _stand_in(maintainer, stand_in) if stand_in else None
        same = [each for each in maintainer.leave if (each.first_day, each.last_day) == (first, last)]
        leave = same[0] if same else Leave(first_day=first, last_day=last)
        leave.stand_in = other
        if not same:
            maintainer.leave.append(leave)
        _mark(maintainer, "leave")


def remove_leave(office: Office, by: int, maintainer_id: int, leave_id: int) -> None:
    """End a leave. Raises LookupError for somebody else's, or one that is not there any more."""
    with _editing(office, by, maintainer_id) as maintainer:
        kept = [each for each in maintainer.leave if each.id != leave_id]
        if len(kept) == len(maintainer.leave):
            raise LookupError("This leave is not there any more.")
        maintainer.leave = kept
        _mark(maintainer, "leave")


@contextmanager
def _editing(office: Office, by: int, maintainer_id: int) -> Iterator[Maintainer]:
    """The maintainer in a transaction; every process reads the programme anew afterwards."""
    session = db.session()
    begin_write(session)
    try:
        # First of all, as `apply` does: two that lock the same rows in another order wait for each other.
        session.execute(sa.update(Community).values(revision=Community.revision + 1))
        yield session.get_one(Maintainer, maintainer_id, with_for_update=True, populate_existing=True)
        audit_log.record(Act.AVAILABILITY_EDITED, office.now(), by, f"maintainer {maintainer_id}")
        session.commit()
    finally:
        session.rollback()  # nothing, once it is committed


def _set(maintainer: Maintainer, values: Mapping[str, object]) -> None:
    for name in [name for name, value in values.items() if getattr(maintainer, name) != value]:
        setattr(maintainer, name, values[name])
        _mark(maintainer, name)


def _mark(maintainer: Maintainer, name: str) -> None:
    if name not in maintainer.edited:
        maintainer.edited = [*maintainer.edited, name]


def _stand_in(maintainer: Maintainer, key: str) -> Maintainer:
    others = sa.select(Maintainer).where(Maintainer.key == key, ~Maintainer.retired, Maintainer.id != maintainer.id)
    found = db.session.scalar(others)
    if found is None:
        raise LookupError("Choose a stand-in from the list.")
    return found

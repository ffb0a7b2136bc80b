"""Whatever guests and a maintainer do to sessions, and whatever fails meanwhile: in the end both sides agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.e2e.both_ways import PATIENCE, Guest, Place, both_sides, instant
from tests.servers.moody import FAULTS
from tests.servers.raw_calendar import replaced
from tests.servers.service import until

MOVES, FAULTS_ORDERED = 3, 3
"""As often as a maintainer may move one session within the hour; and few faults, for each doubles a wait."""
DEEDS = (
    *("book", "cancel", "is_deleted", "is_marked_as_cancelled", "is_moved_back", "is_moved_into_the_past", "dentist"),
    *(
        "gets_another_title",
        "is_moved_onto_another",
        *["something_fails", "reschedule"] * 2,
        *["is_moved", "is_read"] * 3,
    ),
)


class BothWays(RuleBasedStateMachine):
    """One maintainer's calendar, and the guests of one short life of it; each leaves both sides empty.

    There is one rule without a precondition: whether somebody is there to do a deed depends on more than the choices
    made, and of many rules hypothesis would leave most out of each life.
    """

    place: ClassVar[Place]

    def __init__(self) -> None:
        super().__init__()
        self.guests: list[Guest] = []
        self.deeds: list[str] = []
        self.own: dict[str, str] = {}
        self.faults = 0

    @property
    def live(self) -> list[Guest]:
        return [guest for guest in self.guests if not guest.over]

    def chosen(self, number: int, deed: str) -> Guest:
        while not self.live:
            self.book(number)
            number += 1
        guest = self.live[number % len(self.live)]
        self.deeds.append(f"{datetime.now(UTC):%M:%S.%f} guest {guest.number}: {deed}")
        return guest

    def some_opening(self, number: int) -> str:
        found = self.place.openings()
        return found[number % len(found)]

    @rule(deed=st.sampled_from(DEEDS), number=st.integers(0, 40), other=st.integers(0, 40))
    def happens(self, deed: str, number: int, other: int) -> None:
        getattr(self, deed)(number, other)

    def book(self, number: int, _other: int = 0) -> None:
        start = self.some_opening(number)
        if guest := self.place.newcomer(start):
            self.guests.append(guest)
            self.chosen(len(self.live) - 1, f"booked {start}")

    def reschedule(self, number: int, other: int) -> None:
        """What the maintainer did before, and nobody has read, counts all the same."""
        start = self.some_opening(other)
        guest = self.chosen(number, f"reschedules to {start}")
        before = instant(self.place.of(guest)["start"])
        answer = self.place.api(f"/{guest.token}/reschedule", {"start": start})
        assert answer.status_code in {200, 409, 429}, answer.text  # 429: it was moved very often
        if answer.status_code == 200:
            unread = guest.places - {before}
            guest.places, guest.rescheduled = {*unread, instant(start)}, True

    def cancel(self, number: int, _other: int) -> None:
        guest = self.chosen(number, "cancels")
        answer = self.place.api(f"/{guest.token}/cancel", {})
        assert answer.status_code == 200, answer.text
        guest.over = True

    def moves(self, number: int, start: datetime, deed: str) -> Guest | None:
        """The maintainer drags a session; not so often that it is taken for a loop of two programs."""
        guest = self.chosen(number, f"is moved {deed} {start}")
        if guest.moves == MOVES:
            return None
        self.place.calendar.move(guest.name, start)
        guest.moves += 1
        return guest

    def is_moved(self, number: int, _other: int) -> None:
        """To a time when nothing else is: that is where it will be."""
        start = self.place.free_time()
        if guest := self.moves(number, start, "to"):
            guest.places, guest.disputed = {start}, False

    def is_moved_back(self, number: int, _other: int) -> None:
        """To where it was booked first, by somebody who thinks better of it."""
        if not self.live:
            return
        guest = self.live[number % len(self.live)]
        taken = any(guest.first in other.places for other in self.live if other is not guest)
        if taken or self.place.stands_at(guest) == guest.first or not self.moves(number, guest.first, "back to"):
            return
        # Where the guest's own move was not yet written, this only undoes what the maintainer did.
        theirs = {instant(self.place.of(guest)["start"])} if guest.rescheduled else set()
        guest.places, guest.disputed = {guest.first, *theirs}, False

    def is_moved_onto_another(self, number: int, other: int) -> None:
        others = [guest for place, guest in enumerate(self.live) if place != number % len(self.live)]
        if not others:
            return
        start = instant(self.place.of(others[other % len(others)])["start"])
        if guest := self.moves(number, start, "onto another at"):
            self.leave_open(guest, start)

    def is_moved_into_the_past(self, number: int, _other: int) -> None:
        start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30)
        if guest := self.moves(number, start, "into the past,"):
            self.leave_open(guest)

    def leave_open(self, guest: Guest, *places: datetime) -> None:
        """It may stay where it is, whatever was done to it before and not read; that is to be decided by a person."""
        guest.places |= {*places, instant(self.place.of(guest)["start"])}
        guest.disputed = True

    def is_deleted(self, number: int, _other: int) -> None:
        """One at a time: of many that vanish at once it is asked whether that was meant."""
        if any(guest.removed and self.place.of(guest)["status"] != "cancelled" for guest in self.guests):
            return
        guest = self.chosen(number, "is deleted")
        self.place.calendar.delete(guest.name)
        guest.over = guest.removed = True

    def is_marked_as_cancelled(self, number: int, _other: int) -> None:
        guest = self.chosen(number, "is marked as cancelled")
        self.edit(guest, "STATUS", ":CANCELLED")
        guest.over = True

    def gets_another_title(self, number: int, _other: int) -> None:
        self.edit(self.chosen(number, "gets another title"), "SUMMARY", ":Do not forget")

    def edit(self, guest: Guest, name: str, rest: str) -> None:
        calendar = self.place.calendar
        calendar.write(guest.name, replaced(calendar.read(guest.name), name, rest))

    def dentist(self, number: int, _other: int) -> None:
        """Something of the maintainer's own, where they could have been booked."""
        start = self.some_opening(number)
        name = f"own-{next(self.place.numbers)}.ics"
        self.deeds.append(f"dentist at {start}")
        self.place.calendar.add(name, instant(start))
        self.own[name] = start

    def something_fails(self, number: int, _other: int) -> None:
        kind = sorted(FAULTS)[number % len(FAULTS)]
        if self.faults < FAULTS_ORDERED:
            self.deeds.append(f"next time the calendar {kind}")
            self.place.moody.faults.append(kind)
            self.faults += 1

    def is_read(self, number: int, _other: int) -> None:
        wait = number % 2
        self.deeds.append(f"{datetime.now(UTC):%M:%S.%f} read{' in peace' if wait else ''}")
        self.place.order_reading()
        if wait:
            self.place.rest()

    def teardown(self) -> None:
        try:
            self.check()
        finally:
            for guest in self.live:
                self.place.api(f"/{guest.token}/cancel", {})
            for name in self.own:
                self.place.calendar.delete(name)

    def check(self) -> None:
        self.place.settle()
        until(self.all_ended, PATIENCE, self.complaint)  # what is missing is looked for again some time later
        until(lambda: not self.problems(), 20, self.complaint)
        assert "Traceback" not in self.place.service.output, self.place.service.output

    def all_ended(self) -> bool:
        return all(self.place.of(guest)["status"] == "cancelled" for guest in self.guests if guest.over)

    def complaint(self) -> str:
        return "\n".join([*self.problems(), *self.deeds])

    def problems(self) -> list[str]:
        offered = self.place.openings()
        busy = [f"offered in spite of the dentist: {start}" for start in self.own.values() if start in offered]
        return busy + self.place.problems(self.guests)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with both_sides(tmp_path_factory.mktemp("both")) as place:
        yield place


def check_lives(place: Place, lives: int, steps: int) -> None:
    """So many short lives of one calendar, each of so many deeds."""
    BothWays.place = place
    run_state_machine_as_test(
        BothWays,
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            database=None,
            phases=[Phase.generate],  # what depends on the moment is not made simpler by trying again
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_in_the_end_both_sides_agree(place: Place) -> None:
    """One life of fifteen deeds, another one each time; `make proof` lives a hundred."""
    check_lives(place, 1, 15)


def test_moved_and_at_once_moved_back(place: Place) -> None:
    """Undone before the first move was written down in the calendar, it counts no less."""
    guest = place.newcomer(place.openings()[0])
    assert guest is not None
    later = place.free_time()
    place.calendar.move(guest.name, later)
    place.order_reading()
    until(lambda: instant(place.of(guest)["start"]) == later, 20, lambda: str(place.of(guest)))
    place.calendar.move(guest.name, guest.first)
    place.settle()
    until(lambda: not place.problems([guest]), 20, lambda: str(place.problems([guest])))


def test_cancelled_there_before_our_write_was_answered(place: Place) -> None:
    """Our write has landed and its answer got lost; what the maintainer did since is no part of it."""
    guest = place.newcomer(place.openings()[0])
    assert guest is not None
    place.moody.faults.append("acts and hangs up")
    assert place.api(f"/{guest.token}/reschedule", {"start": place.openings()[5]}).status_code == 200
    until(lambda: "SEQUENCE:1" in place.calendar.read(guest.name), 20, lambda: "not written")
    place.calendar.write(guest.name, replaced(place.calendar.read(guest.name), "STATUS", ":CANCELLED"))
    place.settle()
    until(lambda: place.of(guest)["status"] == "cancelled", 20, lambda: str(place.of(guest)))

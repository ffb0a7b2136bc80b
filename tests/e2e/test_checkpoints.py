"""The service is switched off between every two steps of every workflow: all is as promised afterwards, and once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.afterwards import Aftermath, settle
from tests.e2e.checkpoints import STAGES, Eye, catch
from tests.e2e.people import all_entered, book_by_interface, cancel, enter_code, move, some_start
from tests.e2e.town import SECONDS, Promise, Town, town
from tests.servers.service import Service, free_port, until

TRIES = 40


def book(town: Town, promise: Promise) -> None:
    chance = town.random(promise.number)
    while not book_by_interface(town, promise, some_start(town, chance)):
        continue


def move_elsewhere(town: Town, promise: Promise) -> None:
    start = promise.start
    while promise.start == start:
        move(town, promise, town.random((promise.number, start)))


CHANGES: dict[str, tuple[Callable[[Town, Promise], None], int]] = {
    "booked": (book, 0),
    "moved": (move_elsewhere, 1),
    "cancelled": (cancel, 1),
}


def moments(change: str) -> list[tuple[str, str]]:
    """Every gap between two steps: workflow, and the stage it is in."""
    found = []
    for workflow, stages in STAGES.items():
        for stage in stages[1:-1]:
            unclaimed = stage == "claimed" and (workflow == "event" or (workflow == "meeting" and change != "booked"))
            unmade = stage == "rows made" and change != "booked"
            if not unclaimed and not unmade:
                found.append((workflow, stage))
    return found


def test_switched_off_while_the_world_has_it_and_we_do_not_know(tmp_path: Path) -> None:
    """The one gap of each workflow in which something could happen twice, or be lost."""
    check(tmp_path, "booked", [moment for moment in moments("booked") if moment[1] == "acted"])


@pytest.mark.proof
@pytest.mark.parametrize("change", CHANGES)
def test_switched_off_between_every_two_steps(tmp_path: Path, change: str) -> None:
    """Every gap of every workflow, at a new booking and at changes of one."""
    check(tmp_path, change, moments(change))


def check(folder: Path, change: str, gaps: list[tuple[str, str]]) -> None:
    """One double cannot be ruled out: a mail that was taken, and the machine was off before we wrote that down. It is
    sent once more as the same mail, with its Message-ID. A text is looked for at the provider instead."""
    port, doubled = free_port(), ""
    with town(folder, port, seed=0, longest_answer=0.1, reminded_in=timedelta(hours=1)) as place:
        service = Service(place.data, port=port, community=place.community, **place.settings)
        with service:
            place.up.set()
            for workflow, stage in gaps:
                promise = switch_off_at(service, place, change, workflow, stage)
                doubled = promise.email if (workflow, stage) == ("mail", "acted") else doubled
            until(lambda: all_entered(place), SECONDS, lambda: "somebody got no code")
            settle(place)
            assert Aftermath.of(place).problems() == []
    letters = Counter((mail.message["Message-ID"], *mail.recipients) for mail in place.mail.mails)
    assert max(letters.values()) == 2
    assert doubled in {who for (_, who), count in letters.items() if count == 2}


def switch_off_at(service: Service, place: Town, change: str, workflow: str, stage: str) -> Promise:
    """Have somebody change something and kill the service when that workflow is in that stage; then start it again."""
    act, sequence = CHANGES[change]
    for _ in range(TRIES):
        promise = Promise(len(place.promises))
        place.promises.append(promise)
        if sequence:
            book(place, promise)
            rest(Eye(place, promise, 0, cancelled=False))
            prove(place, promise)
        eye = Eye(place, promise, sequence, cancelled=change == "cancelled")
        errand = threading.Thread(target=act, args=(place, promise), daemon=True)
        errand.start()
        caught = catch(service, eye, workflow, stage)
        if caught:
            place.up.clear()
            service.kill()
            service.start()
            place.up.set()
        errand.join(SECONDS)
        assert not errand.is_alive(), "somebody still waits for an answer"
        rest(eye)
        if caught:
            return promise
    raise AssertionError(f"{workflow} was never seen {stage} in {TRIES} tries")


def prove(place: Town, promise: Promise) -> None:
    """Have the code entered, and wait for the confirmation that was left out before."""
    enter_code(place, promise)
    until(lambda: len(place.twilio.texts(promise.phone)) == 2, SECONDS, lambda: "no confirmation by text")


def rest(eye: Eye) -> None:
    """Wait until all that follows from the change is done."""
    until(
        lambda: {eye.stage(workflow) for workflow in STAGES} == {"over"},
        SECONDS,
        lambda: str({workflow: eye.stage(workflow) for workflow in STAGES}),
    )

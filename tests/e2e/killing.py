"""A service that is killed again and again while the people of a town go about their errands."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from tests.e2e.afterwards import Aftermath, settle, wait_for_reminders
from tests.e2e.people import all_entered, canceller, mover, newcomer, owner
from tests.e2e.town import SECONDS, Errand, Town, town
from tests.servers.service import Service, free_port, until

PEOPLE_AT_ONCE = 4


@dataclass(frozen=True)
class Outcome:
    """What was found after one ordeal; its seed repeats the same chances."""

    seed: int
    problems: list[str]
    promised: int
    reminded: int


def ordeal(folder: Path, kills: int, seed: int) -> Outcome:
    """Kill a service so many times while people book; then look whether all is as promised."""
    port = free_port()
    with town(folder, port, seed) as place:
        service = Service(place.data, port=port, community=place.community, **place.settings)
        try:
            torment(service, place, kills)
            until(lambda: all_entered(place), SECONDS, lambda: "somebody got no code")
            service.kill()  # and off until the reminders are due
            wait_for_reminders(place)
            service.start()
            settle(place)
            after = Aftermath.of(place)
            problems = after.problems()
            return Outcome(seed, problems and problems + unusual(service), len(place.promises), after.reminded())
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}\n" + "\n".join(unusual(service))) from error
        finally:
            if service.process is not None:
                service.kill()


def unusual(service: Service) -> list[str]:
    """What it printed, but for its addresses."""
    return [line for line in service.lines if service.url not in line]


def torment(service: Service, town: Town, kills: int) -> None:
    """Start the service and kill it, so many times, while people book, move and cancel; then let all get an answer."""
    people = [threading.Thread(target=run_errands, args=(town,), daemon=True) for _ in range(PEOPLE_AT_ONCE)]
    for each in people:
        each.start()
    chance, starting = town.random("kills"), 1.0
    for life in range(kills):
        begun = time.monotonic()
        service.start(wait=False)
        if chance.random() < 0.15:
            time.sleep(chance.uniform(0, starting))  # to die at any moment of the start, the very first too
        else:
            service.wait_until_ready()
            starting = time.monotonic() - begun
            town.up.set()
            for errand in errands(town, life, chance):
                town.errands.put(errand)
            time.sleep(chance.uniform(0.05, max(0.9, starting / 2)))  # to die at any moment of the work
            town.up.clear()
        service.kill()
    service.start(wait=False)
    service.wait_until_ready()
    town.up.set()
    for _ in people:
        town.errands.put(None)
    for each in people:
        each.join(SECONDS)
        assert not each.is_alive(), "somebody still waits for an answer"


def errands(town: Town, life: int, chance: Random) -> Iterator[Errand]:
    """What people want in one life of the service: one or two to book, to enter codes, one to change what they have."""
    for number in range(2 * life, 2 * life + 1 + life % 2):
        yield partial(newcomer, number=number)
    yield owner
    settled = [one for one in town.promises if one.status == "confirmed" and one.start not in town.soon_reminded]
    for promise in chance.sample(settled, min(1, len(settled))):
        yield partial(chance.choice([mover, mover, canceller]), promise=promise)


def run_errands(town: Town) -> None:
    """One after the other, until there are no more."""
    while (errand := town.errands.get()) is not None:
        try:
            errand(town)
        except Exception as error:
            town.faults.append(f"{errand}: {error!r}")

"""Pages and bookings against their floors, side by side in the same rounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import visits
from benchmarks.measure import Server, in_turn, ratio
from benchmarks.seed import empty, overlaps
from booking.processes import WEB_THREADS

ROUNDS = 7
FLOORS, PAGES, BOOKINGS = 60, 40, 25
AIMS = {"openings page": 6.0, "booking, JSON": 8.0, "booking, form": 8.0}
GROWTH_AIM = 1.1


@dataclass(frozen=True)
class Line:
    """One line of the table: CPU milliseconds of floor and figure, the ratio, and the most it should be."""

    what: str
    floor: float
    figure: float
    ratio: float
    aim: float

    @property
    def met(self) -> bool:
        return self.ratio <= self.aim


def compare(small: Path, large: Path, work: Path) -> Iterator[Line]:
    """Two offices that differ in the length of their past, and the floor, all being served at once."""
    with ExitStack() as stack:
        offices = {data: stack.enter_context(Server("benchmarks.serve", data)) for data in (small, large)}
        page = offices[small].client.get(visits.TIMES)
        days = page.count("<td><a") + page.count("<td><span")
        rows, size = page.count('name="start"') + days, len(page.encode())
        floor = stack.enter_context(Server("benchmarks.floor", work, WEB_THREADS, rows, size))
        found = in_turn(
            {
                "floor page": lambda: floor.cost(lambda _: floor.client.get("/page"), FLOORS),
                **{f"openings page {data.name}": _page(server) for data, server in offices.items()},
                "floor booking": lambda: floor.cost(lambda _: _insert(floor), FLOORS),
                **{f"booking, JSON {data.name}": _json(server, data) for data, server in offices.items()},
                **{f"booking, form {data.name}": _form(server, data) for data, server in offices.items()},
            },
            ROUNDS,
        )
    for figure, aim in AIMS.items():
        under = found["floor page" if figure == "openings page" else "floor booking"]
        few, many = (found[f"{figure} {data.name}"] for data in (small, large))
        for data, costs in ((small, few), (large, many)):
            name = f"{figure}, {data.name}"
            yield Line(name, 1e3 * median(under), 1e3 * median(costs), ratio(costs, under), aim)
        growth = f"{figure}, {large.name} against {small.name}"
        yield Line(growth, 1e3 * median(few), 1e3 * median(many), ratio(many, few), GROWTH_AIM)


def _page(server: Server) -> Callable[[], float]:
    return lambda: server.cost(lambda _: server.client.get(visits.TIMES), PAGES)


def _insert(floor: Server) -> None:
    floor.client.post_json("/insert", visits.booking("2026-12-01T15:00:00Z"))


def _json(server: Server, data: Path) -> Callable[[], float]:
    starts = visits.openings(server.client, BOOKINGS)
    return lambda: _booked(server, data, lambda number: visits.book_by_json(server.client, starts[number]))


def _form(server: Server, data: Path) -> Callable[[], float]:
    starts = visits.openings(server.client, BOOKINGS)
    form = visits.BookingForm(server.client, starts[0])
    return lambda: _booked(server, data, lambda number: form.send(starts[number]))


def _booked(server: Server, data: Path, book: Callable[[int], None]) -> float:
    """The cost of a booking. Afterwards the bookings are taken out, so that every round finds the same."""
    cost = server.cost(book, BOOKINGS)
    assert overlaps(data) == 0
    empty(data)
    return cost

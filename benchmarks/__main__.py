"""`make bench`: what pages, bookings and calendars cost, in multiples of the least. README.md says how to read it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from benchmarks import calendars, pages, questions, web, whole
from benchmarks.seed import Size, build, empty, refill
from benchmarks.web import Line

MAINTAINERS = (12, 48)
BUSY = (200, 1_000)
PASTS = {"1k": 1_000, "100k": 100_000}
EVENTS = (100, 1_000, 5_000)
STATEMENTS_AIM = 8
FORM = "%-56s %8s %8s %7s %6s  %s"


def main() -> None:
    began = time.monotonic()
    with TemporaryDirectory(prefix="officehours-bench-") as folder:
        work, apps = Path(folder), {}
        print(FORM % ("server CPU ms a request", "floor", "figure", "ratio", "aim", "met"))
        for maintainers in MAINTAINERS:
            home = work / str(maintainers)
            apps = {name: build(home / name, Size(maintainers, past, BUSY[0])) for name, past in PASTS.items()}
            for busy in BUSY:
                for app in apps.values():
                    refill(app, busy)
                print(f"\n{maintainers} maintainers with {busy} busy times each")
                _show(web.compare(home / "1k", home / "100k", home))
        _show_statements(apps)
        _show_whole(work / str(MAINTAINERS[0]) / "1k")
        _show_calendars(work / "calendars")
    print()
    questions.show(questions.second())
    print(f"\n{time.monotonic() - began:.0f} seconds")


def _show(lines: Iterable[Line]) -> None:
    for line in lines:
        figures = (f"{line.floor:.2f}", f"{line.figure:.2f}", f"{line.ratio:.2f}", f"{line.aim:g}")
        print(FORM % (line.what, *figures, "yes" if line.met else "no"), flush=True)


def _show_statements(apps: dict[str, Flask]) -> None:
    print(f"\nstatements a page (at most {STATEMENTS_AIM}), {MAINTAINERS[-1]} maintainers, {BUSY[-1]} busy times")
    for name, app in apps.items():
        for what, found in pages.per_request(app):
            commits = f", {found.commits} commit before the answer (aim 1)" if found.commits else ""
            print(f"{what}, {name}: {len(found.statements)}{commits}")


def _show_whole(data: Path) -> None:
    empty(data)
    found = whole.measure(data)
    print("\nofficehours run, everything in one process")
    print(f"a booking until its event is written and its mails are printed: {found.booking:.1f} ms CPU")
    print(f"at rest: {found.idle:.1f} ms CPU a second")


def _show_calendars(work: Path) -> None:
    print("\nreading a calendar on the embedded server, CPU ms of both processes; requests, bytes of floor's")
    _show(calendars.readings(work, EVENTS))
    print("\nbusy times, CPU ms")
    _show([calendars.expansion()])


if __name__ == "__main__":
    main()

"""What the community file says of a person now, against what was given out when it said something else."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from tests.web.browser import Browser, bookings
from tests.web.commands import run
from tests.web.conftest import FIRST
from tests.web.places import duties, feed


def rewrite(app: Flask, folder: Path, text: str) -> None:
    file = folder / "changed.toml"
    file.write_text(text)
    done = run(app, "apply", str(file))
    assert done.exit_code == 0, done.output


def test_who_left_the_file_has_no_feed(app: Flask, visitor: Browser, tmp_path: Path) -> None:
    """Nor the page of reminders: they are shut out as somebody disabled is, until they come back."""
    visitor.booked(FIRST)
    key = bookings(app)[0].maintainer.key
    before = run(app, "export").output
    addresses = (feed(app, key), f"/reminders/{duties(app, key)}")
    start, *people = before.split("[[maintainers]]")
    left = "[[maintainers]]".join([start, *(one for one in people if f'key = "{key}"' not in one)])
    for text, status in ((before, 200), (left, 404), (before, 200)):
        rewrite(app, tmp_path, text)
        assert [visitor.get(address).status_code for address in addresses] == [status, status]

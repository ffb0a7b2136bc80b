"""Where the folders that travel with the code are."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder `name` ("templates", "communities", "migrations", "static").

    A wheel carries all of them inside this package; in a checkout the first two stand beside it. Raises
    FileNotFoundError naming the places looked at.
    """
    places = (PACKAGE / name, PACKAGE.parent / name)
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(
        f"No folder {name!r} at {' or '.join(str(place) for place in places)}; install the service again."
    )

"""Durations as people write them in the community file."""

from __future__ import annotations

import re
from datetime import timedelta

DURATION = re.compile(r"([0-9]{1,6})([smhd])")
UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}


def parse_duration(text: str) -> timedelta:
    """A duration as written in the file: a number and s, m, h or d, such as "90s", "30m", "4h" or "2d".

    Raises ValueError for anything else.
    """
    found = DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text}" is not a duration; write a number and s, m, h or d, as in "4h"')
    return int(found[1]) * UNITS[found[2]]


def format_duration(duration: timedelta) -> str:
    """The shortest spelling of a duration of whole seconds that `parse_duration` reads: 60 minutes are "1h"."""
    for letter, unit in UNITS.items():
        if duration and not duration % unit:
            return f"{duration // unit}{letter}"
    return "0s"

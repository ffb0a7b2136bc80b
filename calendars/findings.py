"""What is found out about a calendar server, and what it means to the maintainer."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

READ_ONLY = "read-only"
MEANINGS = {
    READ_ONLY: "Sessions cannot be written into it.",
    "ignores-if-none-match": "It would overwrite an event that is there already, so we look before we create one.",
    "ignores-if-match": "It would overwrite your changes, so we look before we change an event.",
    "ignores-if-match-on-delete": "It would delete what you have just changed, so we look before we delete.",
    "refuses-if-match-any": "It does not understand “whatever version is there”, so we look instead.",
    "no-etag-on-put": "It does not tell the version it stored, so we ask for it after each write.",
    "no-etag": "It tells no versions at all, so we compare whole events.",
    "rewrites": "It changes or drops some of what is written.",
    "no-sync": "It does not tell what changed since last time, so all versions are compared each time.",
    "no-time-search": "It does not find events by time, so it cannot tell when you are busy.",
}

Outcome = Literal["pass", "quirk", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried. `meaning` says what follows; `quirk` is what to keep of it."""

    name: str
    outcome: Outcome
    meaning: str
    quirk: str | None = None


def quirks(checks: Iterable[Check]) -> list[str]:
    """What to keep of an examination, each once."""
    return sorted({check.quirk for check in checks if check.quirk})


def failure(checks: Iterable[Check]) -> str | None:
    """Why sessions cannot be kept in this calendar, as a sentence; None if they can."""
    failed = next((one for one in checks if one.outcome == "fail"), None)
    return (
        f"Sessions cannot be kept in this calendar. It was tried to {failed.name}: {failed.meaning}" if failed else None
    )


def verdict(checks: Collection[Check]) -> str:
    """An examination in a sentence or two."""
    meant = [one.meaning for one in checks if one.outcome == "quirk"]
    good = sum(one.outcome == "pass" for one in checks)
    return " ".join([f"{good} of {len(checks)} checks are as they should be.", *dict.fromkeys(meant)])


def explained(found: Iterable[str]) -> list[str]:
    """What quirks that were kept mean."""
    return [MEANINGS.get(quirk, quirk) for quirk in found]

"""The expected no of a service, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from routing.values import Opening, Reason


class RefusalCode(StrEnum):
    """Why not; `booking/views/problems.py` maps each to a status."""

    UNKNOWN_TOPIC = "unknown-topic"
    TAKEN = "taken"
    UNROUTABLE = "unroutable"
    ALREADY_BOOKED = "already-booked"
    NOT_LIVE = "not-live"
    TOO_LATE = "too-late"
    TOO_MANY = "too-many"
    WRONG_CODE = "wrong-code"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Sentences a person can act on, and the nearest openings where another time would help."""

    code: RefusalCode
    sentences: tuple[str, ...]
    reasons: tuple[Reason, ...] = ()
    openings: tuple[Opening, ...] = ()

    @property
    def detail(self) -> str:
        return " ".join(self.sentences)


def refuse(code: RefusalCode, *sentences: str) -> Refusal:
    return Refusal(code, sentences)

"""The expected no of a service, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from booking.models import Booking, BookingStatus
from booking.reading import _
from routing.answers import Opening, Reason
from routing.phrases import marked


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


STATES = {
    BookingStatus.HELD: marked("held"),
    BookingStatus.CONFIRMED: marked("confirmed"),
    BookingStatus.CANCELLED: marked("cancelled"),
    BookingStatus.COMPLETED: marked("completed"),
    BookingStatus.NO_SHOW: marked("no-show"),
}


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


def state_of(booking: Booking) -> str:
    """What a booking is, as a word inside a sentence."""
    return _(STATES[BookingStatus(booking.status)])


def refuse(code: RefusalCode, *sentences: str) -> Refusal:
    return Refusal(code, sentences)

"""What the people who book may read of a decision."""

from __future__ import annotations

from booking.models import Booking
from booking.reasons import said_again
from booking.services.rescue import HANDED_OVER
from routing.answers import ReasonCode

FOR_GUESTS = (ReasonCode.EXPERTISE, HANDED_OVER)  # how much work somebody has is not theirs to read


def reasons_for_guests(booking: Booking) -> list[str]:
    """Why this maintainer, in sentences."""
    return [said_again(reason) for reason in booking.reasons if reason["code"] in FOR_GUESTS]

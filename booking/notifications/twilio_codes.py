"""What Twilio's error codes mean: those of a refused text, and the 30xxx that come later in a status callback.

Sources: https://www.twilio.com/docs/api/errors, one page for each code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from booking.notifications.errors import Outcome

BAD_CALLBACK = 21609
CANNOT_RECEIVE = "This phone number cannot receive SMS."


class Blame(StrEnum):
    """Where the fault lies."""

    ELSEWHERE = "elsewhere"
    NUMBER = "number"
    PERHAPS_NUMBER = "perhaps the number"  # believed at the second time in a row
    STOPPED = "stopped"  # nowhere: its owner wants no texts


@dataclass(frozen=True)
class Meaning:
    """A sentence for the delivery's row, and what to do. In a callback RETRY means: once more, if there is time."""

    text: str
    outcome: Outcome
    blame: Blame = Blame.ELSEWHERE


_MEANINGS = {
    20003: Meaning("Twilio refused our account or token.", Outcome.PERMANENT),
    20429: Meaning("Twilio asks to slow down.", Outcome.RETRY),
    20500: Meaning("Twilio has a fault of its own; the text may have been sent.", Outcome.UNKNOWN),
    21211: Meaning("This phone number is not valid.", Outcome.PERMANENT, Blame.NUMBER),
    21408: Meaning("Our Twilio account may not send to this country.", Outcome.PERMANENT),
    21608: Meaning("Our Twilio account may only send to verified numbers.", Outcome.PERMANENT),
    21610: Meaning("This person asked for no more texts.", Outcome.PERMANENT, Blame.STOPPED),
    21611: Meaning("Twilio's queue of our texts is full.", Outcome.RETRY),
    21612: Meaning(CANNOT_RECEIVE, Outcome.PERMANENT, Blame.NUMBER),
    21614: Meaning(CANNOT_RECEIVE, Outcome.PERMANENT, Blame.NUMBER),
    21635: Meaning(CANNOT_RECEIVE, Outcome.PERMANENT, Blame.NUMBER),
    30001: Meaning("Twilio's queue of our texts was full.", Outcome.RETRY),
    30002: Meaning("Our Twilio account is suspended.", Outcome.PERMANENT),
    30003: Meaning("The phone could not be reached.", Outcome.RETRY),
    30004: Meaning("The carrier blocks texts to this number.", Outcome.PERMANENT, Blame.PERHAPS_NUMBER),
    30005: Meaning("The carrier does not know this number.", Outcome.PERMANENT, Blame.PERHAPS_NUMBER),
    30006: Meaning("This is a landline, which cannot receive SMS.", Outcome.PERMANENT, Blame.NUMBER),
    30007: Meaning("The carrier took the text for spam.", Outcome.PERMANENT),
    30008: Meaning("The carrier lost the text and does not say why.", Outcome.RETRY),
    30032: Meaning("Our toll-free number is not verified with Twilio.", Outcome.PERMANENT),
    30034: Meaning("Our number is not registered for texts to the US (A2P 10DLC).", Outcome.PERMANENT),
}


def meaning(code: int | None) -> Meaning:
    """The meaning of a code; one that is not known is final, and nobody's fault."""
    return _MEANINGS.get(code or 0) or Meaning(f"Twilio could not deliver the text (error {code}).", Outcome.PERMANENT)

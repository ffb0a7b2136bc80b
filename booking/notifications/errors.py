"""What can go wrong when something is handed to a provider, and the one question a caller has: again, or never?"""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What a failed attempt left behind."""

    RETRY = "retry"  # certainly not done, and it may work later or once an administrator has acted
    PERMANENT = "permanent"  # certainly not done, and the same again would fail the same way
    UNKNOWN = "unknown"  # perhaps done: look, before doing it again


class DeliveryError(Exception):
    """A message was not, or perhaps not, handed over.

    The text is a sentence for the delivery's row, without addresses, numbers or secrets. `code` is the provider's own
    number where it gave one (an SMTP reply, a Twilio error).
    """

    def __init__(self, text: str, outcome: Outcome, code: int | None = None) -> None:
        super().__init__(text)
        self.outcome = outcome
        self.code = code

"""What it costs to give a session to somebody: a policy maps a standing to named terms; the lowest sum wins.

`docs/routing.md` has the policies in prose, with their sources; `benchmarks/README.md` how well they do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from routing.answers import ReasonCode

VALUE = {1: 0.5, 2: 0.8, 3: 1.0}
"""How much an answer is worth by the level of who gives it."""
RETURNS = 0.05
"""What it may cost to give a returning attendee the maintainer they know: a seventh of a full load."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a maintainer who could take the session stands.

    `reserve` is the price of keeping them for a scarcer topic, `taken` the share of their places of seven days that is
    taken. `load` is bookings by places in four weeks, `calibration` what is added to it for the time they were not
    there. `wait` are days until the session; `returning`: the attendee has met them before.
    """

    level: int
    reserve: float
    taken: float
    load: float
    calibration: float
    wait: float
    returning: bool = False


Terms = Mapping[ReasonCode, float]
Policy = Callable[[Standing], Terms]


@dataclass(frozen=True, slots=True)
class SaveTheScarce:
    """Expertise, less the price of a scarce skill that would be used up, less what makes for an even load."""

    expertise: float = 0.6
    reserve: float = 0.8
    load: float = 0.35
    wait: float = 0.04
    always: float = 0.3
    """How much of its price a scarce skill has before any of the week is taken."""

    def __call__(self, one: Standing) -> Terms:
        return {
            ReasonCode.EXPERTISE: -self.expertise * VALUE[one.level],
            ReasonCode.RESERVE: self.reserve * one.reserve * (self.always + one.taken),
            ReasonCode.LOAD: self.load * one.load,
            ReasonCode.CALIBRATION: self.load * one.calibration,
            ReasonCode.WAIT: self.wait * one.wait,
            ReasonCode.RETURNING: RETURNS * -one.returning,
        }


def round_robin(one: Standing) -> Terms:
    """Weighted round robin: whoever has had the least of what they offer, whatever they know beyond the topic."""
    return {
        ReasonCode.LOAD: one.load,
        ReasonCode.CALIBRATION: one.calibration,
        ReasonCode.RETURNING: RETURNS * -one.returning,
    }


POLICIES: Mapping[str, Policy] = {
    "save-the-scarce": SaveTheScarce(),
    "save-the-scarce-fair": SaveTheScarce(expertise=0.4, load=1.0),
    "round-robin": round_robin,
}
"""By the key that a community file chooses with."""

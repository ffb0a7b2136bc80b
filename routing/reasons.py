"""The sentences of refusals.

A reason with no maintainer is for everybody. A reason about one of them carries their key, for the command line and
for administrators; its sentence names nobody, because why a person is not free is their own affair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from routing.values import Reason, ReasonCode, Topic

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))
ANYBODY = "One maintainer who knows it"
_AT_TIMES = {
    ReasonCode.BUSY: "is busy",
    ReasonCode.BOOKED: "already has a session",
    ReasonCode.LEAVE: "is on leave",
    ReasonCode.QUIET: "has a week without sessions",
    ReasonCode.PAUSED: "takes a pause",
    ReasonCode.WEEKLY_LIMIT: "has reached their weekly limit",
}


def day(when: date) -> str:
    """A date in words: "3 December"."""
    return f"{when.day} {_MONTHS[when.month - 1]}"


def counted(number: int, thing: str) -> str:
    """A number of things: "1 hour", "4 hours"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def before(last: date) -> str:
    """Up to and with a date, in words: "before 3 December" for the second."""
    return f"before {day(last + timedelta(days=1))}"


def between(first: date, last: date) -> str:
    """Two dates, both included, in words: "from 1 December to 3 December"."""
    return f"on {day(first)}" if first == last else f"from {day(first)} to {day(last)}"


def no_slot(topic: Topic) -> Reason:
    return Reason(ReasonCode.NOT_STAFFED, f"No slot serves “{topic.title}”. Choose another topic.")


def no_expert(topic: Topic) -> Reason:
    text = f"No maintainer knows “{topic.title}” yet. Choose the topic that comes nearest to it."
    return Reason(ReasonCode.NO_EXPERT, text)


def not_staffed(topic: Topic, slots: Iterable[str]) -> Reason:
    text = f"No maintainer who knows “{topic.title}” staffs {_either(slots)}. Choose another time or topic."
    return Reason(ReasonCode.NOT_STAFFED, text)


def nobody_free(topic: Topic, slots: Iterable[str], when: str) -> Reason:
    """`when` is a phrase of `before` or `between`."""
    text = f"No one with “{topic.title}” is free at {_either(slots)} {when}. Choose another time, or look again later."
    return Reason(ReasonCode.NOBODY_FREE, text)


def not_a_start(topic: Topic, slots: Iterable[str], when: str = "then") -> Reason:
    text = f"No session of “{topic.title}” starts {when}: it is served at {_either(slots)}. Choose one of its times."
    return Reason(ReasonCode.NOT_A_START, text)


def notice(minimum: timedelta) -> Reason:
    """For a start inside the minimum notice, or in the past."""
    if minimum <= timedelta(0):
        return Reason(ReasonCode.NOTICE, "This time has passed. Choose a later one.")
    return Reason(ReasonCode.NOTICE, f"Sessions are booked at least {_length(minimum)} ahead. Choose a later time.")


def horizon(last: date) -> Reason:
    return Reason(ReasonCode.HORIZON, f"Sessions can be booked until {day(last)}. Choose an earlier time.")


def in_the_way(
    obstacles: Mapping[str, Counter[ReasonCode]], slots: Iterable[str], names: Mapping[str, str] | None = None
) -> tuple[Reason, ...]:
    """A reason for each maintainer and each thing in their way, from `availability.obstacles`.

    With `names`, by key, they say who it is: for the eyes of other maintainers only.
    """
    at, known = _either(slots), names or {}
    return tuple(
        Reason(code, _sentence(known.get(maintainer, ANYBODY), code, at, count, codes.total()), maintainer)
        for maintainer, codes in obstacles.items()
        for code, count in codes.items()
    )


def _sentence(who: str, code: ReasonCode, at: str, count: int, total: int) -> str:
    if code is ReasonCode.UNREADABLE:
        whose = who.replace(ANYBODY, "one maintainer who knows it")
        return f"The calendar of {whose} cannot be read just now. Try again in a few minutes."
    if code is ReasonCode.TAKEN:
        return f"{who} was booked by somebody else a moment ago."
    if code is ReasonCode.NOT_STAFFED:
        return f"{who} does not staff {at}."
    return f"{who} {_AT_TIMES[code]} then." if total == 1 else f"{who} {_AT_TIMES[code]} at {count} of {total} times."


def _either(slots: Iterable[str]) -> str:
    """Slots in words: "7am", "7am or 9pm", "7am, 1pm or 9pm"."""
    *rest, last = slots
    return f"{', '.join(rest)} or {last}" if rest else last


def _length(span: timedelta) -> str:
    """A duration in the largest unit that measures it: "4 hours", "90 minutes"."""
    unit, name = next(((unit, name) for unit, name in _UNITS if not span % unit), _UNITS[-1])
    return counted(-(-span // unit), name)

"""The sentences of refusals.

A reason with no maintainer is for everybody. A reason about one of them carries their key, for the command line and
for administrators; its sentence names nobody, because why a person is not free is their own affair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from routing.answers import Reason, ReasonCode
from routing.phrases import Phrase, Value, either, marked
from routing.values import Topic

ANYBODY = "One maintainer who knows it"
_AT_TIMES = {
    ReasonCode.BUSY: "is busy",
    ReasonCode.BOOKED: "already has a session",
    ReasonCode.LEAVE: "is on leave",
    ReasonCode.QUIET: "has a week without sessions",
    ReasonCode.PAUSED: "takes a pause",
    ReasonCode.WEEKLY_LIMIT: "has reached their weekly limit",
}


def before(last: date) -> Phrase:
    """Up to and with a date: "before 3 December" for the second."""
    return Phrase("before %(day)s", {"day": last + timedelta(days=1)})


def between(first: date, last: date) -> Phrase:
    """Two dates, both included: "from 1 December to 3 December"."""
    if first == last:
        return Phrase("on %(day)s", {"day": first})
    return Phrase("from %(first)s to %(last)s", {"first": first, "last": last})


def no_slot(topic: Topic) -> Reason:
    return _said(ReasonCode.NOT_STAFFED, Phrase("No slot serves “%(topic)s”. Choose another topic.", _of(topic)))


def no_expert(topic: Topic) -> Reason:
    form = marked("No maintainer knows “%(topic)s” yet. Choose the topic that comes nearest to it.")
    return _said(ReasonCode.NO_EXPERT, Phrase(form, _of(topic)))


def not_staffed(topic: Topic, slots: Iterable[str]) -> Reason:
    form = marked("No maintainer who knows “%(topic)s” staffs %(slots)s. Choose another time or topic.")
    return _said(ReasonCode.NOT_STAFFED, Phrase(form, _of(topic, slots=tuple(slots))))


def nobody_free(topic: Topic, slots: Iterable[str], when: Phrase) -> Reason:
    """`when` is of `before` or `between`."""
    form = marked("No one with “%(topic)s” is free at %(slots)s %(when)s. Choose another time, or look again later.")
    return _said(ReasonCode.NOBODY_FREE, Phrase(form, _of(topic, slots=tuple(slots), when=when)))


def not_a_start(topic: Topic, slots: Iterable[str], when: Phrase | None = None) -> Reason:
    form = marked("No session of “%(topic)s” starts %(when)s: it is served at %(slots)s. Choose one of its times.")
    then = when or Phrase("then", {})
    return _said(ReasonCode.NOT_A_START, Phrase(form, _of(topic, slots=tuple(slots), when=then)))


def notice(minimum: timedelta) -> Reason:
    """For a start inside the minimum notice, or in the past."""
    if minimum <= timedelta(0):
        return _said(ReasonCode.NOTICE, Phrase("This time has passed. Choose a later one.", {}))
    form = marked("Sessions are booked at least %(notice)s ahead. Choose a later time.")
    return _said(ReasonCode.NOTICE, Phrase(form, {"notice": minimum}))


def horizon(last: date) -> Reason:
    form = marked("Sessions can be booked until %(day)s. Choose an earlier time.")
    return _said(ReasonCode.HORIZON, Phrase(form, {"day": last}))


def _said(code: ReasonCode, phrase: Phrase) -> Reason:
    return Reason(code, str(phrase), phrase=phrase)


def _of(topic: Topic, **values: Value) -> dict[str, Value]:
    return {"topic": topic.title, **values}


def in_the_way(
    obstacles: Mapping[str, Counter[ReasonCode]], slots: Iterable[str], names: Mapping[str, str] | None = None
) -> tuple[Reason, ...]:
    """A reason for each maintainer and each thing in their way, from `availability.obstacles`.

    With `names`, by key, they say who it is: for the eyes of other maintainers only.
    """
    at, known = either(list(slots)), names or {}
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

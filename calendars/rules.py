"""Which recurrence rules (RFC 5545 3.3.10) we are ready to expand, judged before any library runs them.

The library behind steps from occurrence to occurrence since the event's first one; over a rule that repeats every
second, or one that never matches anything, it does not come back for minutes. Refused are rules faster than hourly,
parts that the RFC does not allow together, the ways of writing "never", and rules with too many steps to run through.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from math import prod

DAYS = {"HOURLY": 1 / 24, "DAILY": 1.0, "WEEKLY": 7.0, "MONTHLY": 28.0, "YEARLY": 365.0}
_TIME_PARTS = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_DAY_PARTS = frozenset({"BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"})
_PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYSETPOS"}) | _TIME_PARTS | _DAY_PARTS
_FILTERS_OF_A_DAY = frozenset({"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"})
_NOT_WITH = {
    "HOURLY": _FILTERS_OF_A_DAY,
    "DAILY": _FILTERS_OF_A_DAY,
    "WEEKLY": frozenset({"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"}),
    "MONTHLY": frozenset({"BYYEARDAY", "BYWEEKNO"}),
    "YEARLY": frozenset[str](),
}
_IN_ZONES = frozenset({"FREQ", "UNTIL", "COUNT", "WKST", "BYMONTH", "BYMONTHDAY", "BYDAY"})
_DAYS_OF_MONTH = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}

Rule = Mapping[str, list[str]]


class RuleError(ValueError):
    """This rule is not expanded."""


def rule(text: str) -> Rule:
    """The parts of a RRULE value, if it is one we are ready to expand. Raises RuleError."""
    parts = {}
    for part in text.strip().upper().split(";"):
        name, _, value = part.partition("=")
        parts[name] = value.split(",")
    frequency = parts.get("FREQ", [""])[0]
    if frequency not in DAYS or parts.keys() - _PARTS or parts.keys() & _NOT_WITH[frequency]:
        raise RuleError("The rule repeats too often, or has parts that do not go together.")
    try:
        if _interval(parts) < 1 or _never(parts, frequency):
            raise RuleError("The rule never comes to an occurrence.")
    except ValueError as error:
        raise RuleError("The rule is malformed.") from error
    return parts


def zone_rule(text: str) -> Rule:
    """The same for a rule of a time zone: once a year. Raises RuleError."""
    parts = rule(text)
    if parts["FREQ"] != ["YEARLY"] or parts.keys() - _IN_ZONES:
        raise RuleError("The time zone changes too often.")
    return parts


def steps(parts: Rule, span: timedelta) -> float:
    """At most how many occurrences a rule has in a span of time."""
    frequency = parts["FREQ"][0]
    times = prod(len(parts[name]) for name in _TIME_PARTS & parts.keys())
    days = DAYS[frequency] if _DAY_PARTS & parts.keys() else 1.0
    return (span / timedelta(days=DAYS[frequency]) / _interval(parts) + 1) * times * max(days, 1.0)


def _interval(parts: Rule) -> int:
    return int(parts.get("INTERVAL", ["1"])[0])


def _never(parts: Rule, frequency: str) -> bool:
    """The ways to write a rule without occurrences that people and programs really come up with."""
    interval = _interval(parts)
    if "BYDAY" in parts and frequency in {"HOURLY", "DAILY"} and interval * DAYS[frequency] % 7 == 0:
        return True  # each step falls on one and the same weekday, which may be another
    if frequency in {"MONTHLY", "YEARLY"} and "BYMONTHDAY" in parts:
        months = [int(month) for month in parts.get("BYMONTH", ["1"])]
        longest = max(_DAYS_OF_MONTH.get(month, 31) for month in months)
        if all(abs(int(day)) > longest for day in parts["BYMONTHDAY"]):
            return True
    ordinals = [abs(int(day[:-2])) for day in parts.get("BYDAY", []) if day[:-2]]
    in_month = frequency == "MONTHLY" or "BYMONTH" in parts
    if ordinals and min(ordinals) > (5 if in_month else 53):
        return True
    positions = [abs(int(position)) for position in parts.get("BYSETPOS", [])]
    candidates = prod(len(parts[name]) for name in _TIME_PARTS & parts.keys()) * _days_chosen(parts, frequency)
    return bool(positions) and min(positions) > candidates


def _days_chosen(parts: Rule, frequency: str) -> int:
    """At most how many days of one period a rule chooses."""
    if not _DAY_PARTS & parts.keys():
        return 12 if frequency == "YEARLY" and "BYMONTH" in parts else 1
    if frequency == "WEEKLY":
        return len(parts["BYDAY"])
    return 31 if frequency == "MONTHLY" else 366

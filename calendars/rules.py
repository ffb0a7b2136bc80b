"""Which recurrence rules (RFC 5545 3.3.10) we are ready to expand, judged before any library runs them.

The library behind steps from occurrence to occurrence since the event's first one; over a rule that repeats every
second, or one that never matches anything, it does not come back for minutes. Refused are rules faster than hourly,
parts that the RFC does not allow together, the ways of writing "never", and rules with too many steps to run through.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from math import prod

DAYS = {"HOURLY": 1 / 24, "DAILY": 1.0, "WEEKLY": 7.0, "MONTHLY": 28.0, "YEARLY": 365.0}
_TIME_PARTS = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_DAY_PARTS = frozenset({"BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"})
_GREATEST = {
    "INTERVAL": 9_999,
    "COUNT": 999_999,
    "BYSETPOS": 366,
    "BYMONTH": 12,
    "BYMONTHDAY": 31,
    "BYYEARDAY": 366,
    "BYWEEKNO": 53,
    "BYHOUR": 23,
    "BYMINUTE": 59,
    "BYSECOND": 59,
}
_MOST_VALUES = 366  # BYSETPOS is gone through in every period, however often it says the same
_FROM_THE_END = frozenset({"BYSETPOS", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"})
_PARTS = frozenset({"FREQ", "UNTIL", "WKST", "BYDAY", *_GREATEST})
_NUMBER = re.compile(r"([+-]?)([0-9]{1,6})")
_WEEKDAY = re.compile(r"([+-]?[1-9][0-9]?)?(MO|TU|WE|TH|FR|SA|SU)")
_FILTERS_OF_A_DAY = frozenset({"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"})
_NOT_WITH = {
    "HOURLY": _FILTERS_OF_A_DAY,
    "DAILY": _FILTERS_OF_A_DAY,
    "WEEKLY": frozenset({"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"}),
    "MONTHLY": frozenset({"BYYEARDAY", "BYWEEKNO"}),
    "YEARLY": frozenset[str](),
}
_WEEKDAYS = frozenset({"MO", "TU", "WE", "TH", "FR", "SA", "SU"})
_IN_ZONES = frozenset({"FREQ", "UNTIL", "COUNT", "WKST", "BYMONTH", "BYMONTHDAY", "BYDAY", "INTERVAL"})
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
    if max(map(len, parts.values())) > _MOST_VALUES:
        raise RuleError("The rule is too long.")
    if not all(_in_range(name, value) for name, values in parts.items() for value in values):
        raise RuleError("The rule is malformed.")
    if _never(parts, frequency):
        raise RuleError("The rule may never come to an occurrence.")
    return parts


def zone_rule(text: str) -> Rule:
    """The same for a rule of a time zone: about once a year, and not for thousands of years. Raises RuleError."""
    parts = rule(text)
    somewhere = "BYMONTHDAY" in parts or any(day in _WEEKDAYS for day in parts.get("BYDAY", []))
    if (
        parts["FREQ"] != ["YEARLY"]
        or parts.keys() - _IN_ZONES
        or any(len(values) > (7 if name == "BYMONTHDAY" else 1) for name, values in parts.items())
        or (somewhere and "BYMONTH" not in parts)
        or parts.get("UNTIL", [""])[0][:4] > "2100"
        or int(parts.get("COUNT", ["1"])[0]) > 200
        or _interval(parts) != 1
    ):
        raise RuleError("The time zone changes too often.")
    return parts


def steps(parts: Rule, span: timedelta) -> float:
    """At most how many occurrences a rule has in a span of time."""
    frequency = parts["FREQ"][0]
    days = 1.0
    if _DAY_PARTS & parts.keys():
        days = max(DAYS[frequency], 1.0)
    elif frequency == "YEARLY":
        days = len(parts.get("BYMONTH", "1"))
    periods = span / timedelta(days=DAYS[frequency]) / _interval(parts) + 1
    return periods * days * _times_of_day(parts)


def _in_range(name: str, value: str) -> bool:
    if name == "BYDAY":
        return _WEEKDAY.fullmatch(value) is not None
    if name not in _GREATEST:
        return True
    number = _NUMBER.fullmatch(value)
    if number is None or (number[1] == "-" and name not in _FROM_THE_END):
        return False
    return (0 if name in _TIME_PARTS else 1) <= int(number[2]) <= _GREATEST[name]


def _interval(parts: Rule) -> int:
    return int(parts.get("INTERVAL", ["1"])[0])


def _times_of_day(parts: Rule) -> int:
    return prod(len(parts[name]) for name in _TIME_PARTS & parts.keys())


def _numbers(parts: Rule, name: str) -> list[int]:
    return [abs(int(value)) for value in parts.get(name, [])]


def _never(parts: Rule, frequency: str) -> bool:
    """Whether a rule could have no occurrence at all, or none for centuries; odd but lawful rules are among them."""
    weekdays = parts.get("BYDAY", [])
    ordinals = [int(day[:-2].lstrip("+-")) for day in weekdays if day[:-2]]
    if 0 < len(ordinals) < len(weekdays):
        return True  # "Mondays and the last Friday": dateutil takes it for Mondays that are the last Friday
    if frequency == "YEARLY":
        choices = {"BYYEARDAY", "BYWEEKNO", "BYMONTHDAY"} & parts.keys()
        together = len(choices) > 1 or (choices - {"BYMONTHDAY"} and "BYMONTH" in parts)
        if together or (ordinals and choices):
            return True
    elif ordinals and (frequency != "MONTHLY" or "BYMONTHDAY" in parts):
        return True
    return _steps_over(parts, frequency) or _does_not_exist(parts, frequency, ordinals) or _too_far(parts, frequency)


def _steps_over(parts: Rule, frequency: str) -> bool:
    """Whether an interval may step over the chosen days every time."""
    if frequency in {"HOURLY", "DAILY"}:
        return "BYDAY" in parts and _interval(parts) * DAYS[frequency] % 7 == 0
    return frequency == "MONTHLY" and "BYMONTH" in parts and _interval(parts) > 1


def _does_not_exist(parts: Rule, frequency: str, ordinals: list[int]) -> bool:
    """Whether none of the chosen days exists: in any year, or with an interval in every year it comes to."""
    rare = int(frequency == "YEARLY" and _interval(parts) > 1)
    months = _numbers(parts, "BYMONTH") or [1]
    longest = max(_DAYS_OF_MONTH.get(month, 31) for month in months)
    most = {
        "BYMONTHDAY": longest - rare if longest < 31 else longest,
        "BYYEARDAY": 366 - rare,
        "BYWEEKNO": 53 - rare,
    }
    if any(name in parts and min(_numbers(parts, name)) > limit for name, limit in most.items()):
        return True
    in_month = frequency == "MONTHLY" or "BYMONTH" in parts
    return bool(ordinals) and min(ordinals) > (5 if in_month else 53) - rare


def _too_far(parts: Rule, frequency: str) -> bool:
    """Whether BYSETPOS may ask for more than a period has to choose from."""
    if "BYSETPOS" not in parts:
        return False
    days = 1
    if frequency == "WEEKLY":
        days = len(set(parts.get("BYDAY", ["MO"])))
    elif not ("BYDAY" in parts and "BYMONTHDAY" in parts):
        surely = sum(4 if len(day) == 2 else 1 for day in set(parts.get("BYDAY", [])))
        surely += sum(day <= 28 for day in set(_numbers(parts, "BYMONTHDAY")))
        days = max(surely, 1) * (len(set(parts.get("BYMONTH", "1"))) if frequency == "YEARLY" else 1)
    return min(_numbers(parts, "BYSETPOS")) > days * _times_of_day(parts)

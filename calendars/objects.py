"""Reading iCalendar objects that other people wrote, under limits that hold before any library looks at them.

The text is unfolded (RFC 5545 3.1), only the asked-for properties are kept, so neither titles nor attachments are
parsed where they are not needed, and what could keep a library busy for hours is refused here: a time zone with a rule
faster than yearly, thousands of dates, thousands of components.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass

import icalendar
from icalendar.timezone import tzp

from calendars.rules import RuleError, rule, zone_rule

RECURRENCE = frozenset({"RRULE", "EXDATE", "RDATE"})
_STRUCTURE = frozenset({"BEGIN", "END", "VERSION", "TZID", "TZOFFSETFROM", "TZOFFSETTO", "DTSTART"}) | RECURRENCE
_FOLD = re.compile(rb"\r?\n[ \t]")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_ZONE = re.compile(r"^BEGIN:VTIMEZONE$.*?^END:VTIMEZONE$\n?", re.DOTALL | re.MULTILINE | re.IGNORECASE)
_RULE = re.compile(r"^RRULE[^:\n]*:(.*)$", re.MULTILINE | re.IGNORECASE)

# What a library may raise over an object that no specification allows; none of them documents it.
MALFORMED = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, AssertionError, RecursionError)

_parsing = threading.Lock()


class ObjectError(Exception):
    """This object is no iCalendar, or beyond the limits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one reading may cost. `seconds` is for all objects of a call together, the others are for each object.

    `size` counts the kept lines in characters, `zone_rules` the rules of time zones, `rules` those of events, `steps`
    the occurrences a rule runs through from its first one to the end of the window, `occurrences` those in the window.
    """

    size: int = 200_000
    components: int = 500
    dates: int = 2_000
    zone_rules: int = 60
    rules: int = 3
    steps: int = 60_000
    occurrences: int = 3_000
    seconds: float = 15.0


def content_lines(data: bytes, keep: Iterable[str]) -> list[str]:
    """The unfolded lines of an object whose property is in `keep` or holds the structure."""
    wanted = _STRUCTURE.union(keep)
    text = _FOLD.sub(b"", data).decode("utf-8", "replace")
    return [line for line in re.split(r"\r?\n", text) if (name := _NAME.match(line)) and name[0].upper() in wanted]


def check(lines: list[str], limits: Limits) -> None:
    """Raises ObjectError for more lines, components or dates than allowed, and for a rule that we do not expand."""
    text = "\n".join(lines)
    dates = sum(1 + line.count(",") for line in lines if line[:6].upper() in {"EXDATE", "RDATE:", "RDATE;"})
    components = sum(line[:6].upper() == "BEGIN:" for line in lines)
    if len(text) > limits.size or components > limits.components or dates > limits.dates:
        raise ObjectError("The object has too many parts.")
    zones = _RULE.findall("".join(_ZONE.findall(text)))
    events = _RULE.findall(_ZONE.sub("", text))
    if len(zones) > limits.zone_rules or len(events) > limits.rules:
        raise ObjectError("The object has too many rules.")
    try:
        for value in zones:
            zone_rule(value)
        for value in events:
            rule(value)
    except RuleError as error:
        raise ObjectError(str(error)) from error


def without_recurrence(lines: list[str]) -> list[str]:
    """The same events, each happening once, without time zones of their own."""
    events = _ZONE.sub("", "\n".join(lines)).split("\n")
    return [line for line in events if re.split("[:;]", line, maxsplit=1)[0].upper() not in RECURRENCE]


def parse(lines: list[str]) -> icalendar.Calendar:
    """The calendar of those lines; zones that it defines count for it alone. Raises ObjectError."""
    with _parsing:
        # icalendar remembers defined zones by name for the whole process, and everybody's "Custom Time Zone" differs.
        tzp.use_pytz()
        try:
            found = icalendar.Calendar.from_ical("\r\n".join(lines) + "\r\n")
        except MALFORMED as error:
            raise ObjectError("The object is not iCalendar.") from error
    if not isinstance(found, icalendar.Calendar):
        raise ObjectError("The object is not a calendar.")
    return found

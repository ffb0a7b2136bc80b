"""Reading iCalendar objects that other people wrote, under limits that hold before any library looks at them.

The text is unfolded (RFC 5545 3.1), only the asked-for properties are kept, so neither titles nor attachments are
parsed where they are not needed, and what could keep a library busy for hours is refused here: a time zone with a rule
faster than yearly, thousands of dates, thousands of components.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import icalendar
from icalendar.timezone import tzp

from calendars.rules import RuleError, rule, zone_rule

RECURRENCE = frozenset({"RRULE", "EXDATE", "RDATE"})
_STRUCTURE = frozenset({"BEGIN", "END", "VERSION", "TZID", "TZOFFSETFROM", "TZOFFSETTO", "DTSTART"}) | RECURRENCE
_FOLDS = (b"\r\n ", b"\r\n\t", b"\n ", b"\n\t")
_LINE = re.compile(r"^([A-Za-z0-9-]+)[^\n]*", re.MULTILINE)
_RULE = re.compile(r"RRULE[^:]*:(.*)", re.IGNORECASE)
_PARAMETER = re.compile(r';([A-Z0-9-]+)=((?:"[^"]*"|[^";:])*)', re.IGNORECASE)
_ANCIENT = re.compile(r"DTSTART:1[0-8][0-9]{2}", re.IGNORECASE)
_ANSWERS = frozenset({"ACCEPTED", "TENTATIVE", "DECLINED"})

ANSWER = "X-ANSWER"
"""The property that `own_answers` puts in the place of the attendees."""

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
    for fold in _FOLDS:  # a regular expression would take a hundred times the memory of the folds
        data = data.replace(fold, b"")
    text = data.decode("utf-8-sig", "replace")
    found = ((line[1].upper(), line[0].rstrip()) for line in _LINE.finditer(text))
    return [_plain(name, line) for name, line in found if name in wanted]


def _plain(name: str, line: str) -> str:
    """BEGIN and END have no parameters (RFC 5545 3.4), but a reader may forgive them: seen by all, or by none."""
    return f"{name}:{line.rpartition(':')[2].strip().upper()}" if name in {"BEGIN", "END"} else line


def own_answers(lines: Iterable[str], addresses: Collection[str]) -> list[str]:
    """The lines with an ANSWER in place of all attendees: what those with the addresses replied (RFC 5545 3.2.12).

    `addresses` are in lower case. However many attendees there are, a component gets three lines at most.
    """
    kept: list[str] = []
    said: set[str] = set()
    for line in lines:
        if line.startswith(("BEGIN:", "END:")):
            said.clear()
        if line[:8].upper() != "ATTENDEE":
            kept.append(line)
        elif (answer := _answer(line, addresses)) in _ANSWERS - said:
            said.add(answer)
            kept.append(f"{ANSWER}:{answer}")
    return kept


def _answer(line: str, addresses: Collection[str]) -> str:
    """PARTSTAT of an attendee with one of the addresses, else "". iCloud has them in EMAIL alone (RFC 7986 6.2)."""
    at, parameters = len("ATTENDEE"), {}
    while found := _PARAMETER.match(line, at):
        parameters[found[1].upper()] = found[2].strip('"')
        at = found.end()
    named = {unquote(line[at + 1 :]).lower().removeprefix("mailto:"), parameters.get("EMAIL", "").lower()}
    return parameters.get("PARTSTAT", "").upper() if named & set(addresses) else ""


def check(lines: list[str], limits: Limits) -> None:
    """Raises ObjectError for more lines, components or dates than allowed, and for a rule that we do not expand."""
    dates = sum(1 + line.count(",") for line in lines if line[:6].upper() in {"EXDATE", "RDATE:", "RDATE;"})
    components = sum(line[:6].upper() == "BEGIN:" for line in lines)
    if sum(len(line) + 1 for line in lines) > limits.size or components > limits.components or dates > limits.dates:
        raise ObjectError("The object has too many parts.")
    rules = [(in_zone, found[1]) for in_zone, line in _located(lines) if (found := _RULE.match(line))]
    zones, events = ([value for in_zone, value in rules if in_zone == part] for part in (True, False))
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
    events = [line for in_zone, line in _located(lines) if not in_zone]
    return [line for line in events if re.split("[:;]", line, maxsplit=1)[0].upper() not in RECURRENCE]


def recurs(lines: Iterable[str]) -> bool:
    """Whether an event, not only a time zone, has a recurrence rule or more dates."""
    return any(not in_zone and re.match("(RRULE|RDATE)[:;]", line, re.IGNORECASE) for in_zone, line in _located(lines))


def _located(lines: Iterable[str]) -> Iterator[tuple[bool, str]]:
    """Each line with whether it defines a time zone; a definition without end lasts to the end."""
    in_zone = False
    for line in lines:
        in_zone = in_zone or line == "BEGIN:VTIMEZONE"
        yield in_zone, line
        in_zone = in_zone and line != "END:VTIMEZONE"


def _recent(lines: list[str]) -> list[str]:
    """The lines with time zones that begin no earlier than 1972, a leap year, which has every date.

    Outlook lets them begin in 1601, and to list the changes of four centuries costs 40 ms an object.
    """
    return [_ANCIENT.sub("DTSTART:1972", line) if in_zone else line for in_zone, line in _located(lines)]


def parse(lines: list[str]) -> icalendar.Calendar:
    """The calendar of those lines; zones that it defines count for it alone. Raises ObjectError."""
    with _parsing:
        # icalendar remembers defined zones by name for the whole process, and everybody's "Custom Time Zone" differs.
        tzp.use_pytz()
        try:
            found = icalendar.Calendar.from_ical("\r\n".join(_recent(lines)) + "\r\n")
        except MALFORMED as error:
            raise ObjectError("The object is not iCalendar.") from error
    if not isinstance(found, icalendar.Calendar):
        raise ObjectError("The object is not a calendar.")
    return found

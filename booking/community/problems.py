"""What is wrong in a community file, told as "table, key, line: what; remedy"."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

import pytz
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Location = tuple[int | str, ...]

# Comments, strings of several lines, strings of one line: only the last may hold what is looked for here.
LEXEMES = re.compile(
    r"""(#[^\n]*|\"{3}(?:\\.|[^\\])*?\"{3}(?!")|'{3}.*?'{3}(?!'))|"(?:\\[^\n]|[^"\\\n])*"|'[^'\n]*'""", re.DOTALL
)
HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*")
KEY = re.compile(r"""\s*([A-Za-z0-9_-]+|"[^"]*"|'[^']*')\s*[.=]""")
SYNTAX_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
SYNTAX_REMEDIES = (
    ("Cannot overwrite", "the key is there twice in this table: keep one"),
    (
        "Cannot declare",
        "the table is there twice: keep one, or write [[slots]], [[topics]], [[maintainers]] with two brackets",
    ),
    ("Expected '='", 'write it as key = value, as in name = "Flyte"'),
    ("Unclosed array", "close the list with ]"),
    ("Unclosed inline table", "close the table with }"),
    ("Invalid statement", 'write a table like [[topics]] or a line like name = "Flyte"'),
    ("Invalid value", 'put text and times in quotes, as in starts = "07:00"; yes and no are true and false'),
    ("Expected newline", 'put text and times in quotes, as in starts = "07:00", and begin a new line after each value'),
    ("Illegal character", "close the text with a quote on the same line"),
    ("Unterminated string", "close the text with quotes"),
)
EXAMPLES = {
    "name": '"Ada Lovelace"',
    "timezone": '"America/Los_Angeles"',
    "session_minutes": "30",
    "minimum_notice": '"4h"',
    "horizon_days": "60",
    "reminders": '["24h", "1h"]',
    "code_of_conduct": '"https://example.org/code-of-conduct"',
    "colour": '"#6f2aef"',
    "logo": '"logo.svg"',
    "embed_origins": '["https://docs.example.org"]',
    "assignment": '"save-the-scarce"',
    "open_bookings_per_address": "1",
    "verify_email": "false",
    "sms_countries": '["US", "CA"]',
    "tentative_is_busy": "true",
    "quiet_hours": '"22:00-08:00"',
    "rescue": "true",
    "key": '"a-short-name"',
    "starts": '"07:00"',
    "weekdays": '["mon", "tue"]',
    "sessions": "1",
    "title": '"Getting started"',
    "description": '"What belongs to it, in two lines."',
    "keywords": '["install", "first steps"]',
    "slots": '["7am"]',
    "email": '"ada@example.org"',
    "example": "false",
    "weekly_limit": "5",
    "room": '"https://meet.example.org/ada"',
    "expertise": "{ a-topic = 3 }",
    "first": "2026-12-20",
    "last": "2027-01-02",
    "docs_headings": '["Deploying on Kubernetes"]',
    "paths": '["sdk/**", "docs/sdk.md"]',
    "git_emails": '["ada@users.example.org"]',
    "folder": '"docs"',
    "sitemap": '"sitemap.xml"',
    "base_url": '"https://docs.example.org/"',
    "suffix": '".html"',
}
TYPES = {
    "string_type": "text in quotes",
    "int_type": "a whole number without quotes",
    "bool_type": "true or false without quotes",
    "list_type": "a list in square brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "date_type": "a date without quotes",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the value at a location of the document, and the remedy."""

    location: Location
    text: str

    def at(self, source: Source, document: dict[str, Any]) -> str:
        place = ", ".join(_steps(self.location, document))
        line = source.line(self.location)
        told = f"{place}, line {line}: {self.text}" if line else f"{place}: {self.text}"
        return "".join(letter if letter.isprintable() else " " for letter in told)


class Source:
    """Where the tables and keys of a TOML text stand. The text may be broken."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Location, int] = {}
        self._last: dict[Location, int] = {}
        self._headers: list[tuple[int, Location]] = []
        table: Location = ()
        blanked = LEXEMES.sub(lambda found: "\n" * found[0].count("\n") if found[1] else found[0], text)
        for number, line in enumerate(blanked.split("\n"), start=1):
            if header := HEADER.fullmatch(line):
                many = header[1] == "[["
                table = self._open([_bare(part) for part in header[2].split(".")], many)
                self._headers.append((number, table))
                self._lines.setdefault(table, number)
                if many:
                    self._lines.setdefault(table[:-1], number)
            elif key := KEY.match(line):
                self._lines.setdefault((*table, _bare(key[1])), number)

    def _open(self, names: list[str], many: bool) -> Location:
        path: Location = ()
        for depth, name in enumerate(names, start=1):
            path = (*path, name)
            if many and depth == len(names):
                self._last[path] = self._last.get(path, -1) + 1
            if path in self._last:
                path = (*path, self._last[path])
        return path

    def line(self, location: Location) -> int | None:
        """The line of the value, or of the nearest thing around it that has one."""
        around = (location[:end] for end in range(len(location), 0, -1))
        return next((self._lines[part] for part in around if part in self._lines), None)

    def table(self, line: int) -> Location:
        """The table that a line belongs to."""
        return next((table for number, table in reversed(self._headers) if number <= line), ())

    def order(self, problem: Problem) -> int:
        """Problems in the order of the file; what is missing altogether comes first."""
        return self.line(problem.location) or 0


def of_syntax(message: str, source: Source) -> str:
    """The problem of a text that is not TOML, from tomllib's message."""
    found = SYNTAX_PLACE.search(message)
    what = SYNTAX_PLACE.sub("", message)
    remedy = next((text for start, text in SYNTAX_REMEDIES if what.startswith(start)), "correct it there")
    if found is None or found[1] is None:
        return f"end of the file: {what}; {remedy}"
    place = [*_steps(source.table(int(found[1])), {}), f"line {found[1]}, column {found[2]}"]
    return f"{', '.join(place)}: {what}; {remedy}"


def of_repetition(document: dict[str, Any]) -> Iterator[Problem]:
    """Keys that two tables of one kind share, and addresses that two maintainers share."""
    for table, name in (("slots", "key"), ("topics", "key"), ("maintainers", "key"), ("maintainers", "email")):
        seen: set[str] = set()
        for place, value in enumerate(texts(document, table, name)):
            if value is not None and value.casefold() in seen:
                yield Problem((table, place, name), f'"{value}" is there already, further up; choose another')
            elif value is not None:
                seen.add(value.casefold())


def texts(document: dict[str, Any], table: str, name: str) -> list[str | None]:
    """The text that stands under `name` in each entry of a table, None where there is none; bears any document."""
    entries = document.get(table)
    found = [_within(entry, name) for entry in entries] if isinstance(entries, list) else []
    return [value if isinstance(value, str) else None for value in found]


def of_validation(error: ValidationError, root: type[BaseModel]) -> Iterator[Problem]:
    """Every problem that pydantic found, in our words."""
    for detail in error.errors(include_url=False):
        yield Problem(detail["loc"], _sentence(detail, root))


def did_you_mean(word: str, known: Collection[str]) -> str | None:
    """A remedy naming the nearest known word, upper and lower case aside; None when none is near."""
    by_folded = {each.casefold(): each for each in known}
    near = get_close_matches(word.casefold(), by_folded, n=1)
    return f'did you mean "{by_folded[near[0]]}"?' if near else None


def similar_zone(name: str) -> str | None:
    """A remedy for a zone that is not known: by its place alone, or by a similar spelling."""
    place = name.strip().replace(" ", "_").casefold()
    ends = [zone for zone in pytz.common_timezones if zone.casefold().endswith(f"/{place}")]
    return f'did you mean "{ends[0]}"?' if ends else did_you_mean(name, pytz.common_timezones)


def _bare(name: str) -> str:
    return name.strip().strip("\"'")


def _steps(location: Location, document: dict[str, Any]) -> Iterator[str]:
    """A location in words: `topics "flytekit"`, `keywords number 3`."""
    value: Any = document
    for depth, step in enumerate(location):
        if step == "[key]":
            return
        value = _within(value, step)
        if isinstance(step, int):
            continue
        after = location[depth + 1] if depth + 1 < len(location) else None
        if not isinstance(after, int):
            yield step
        elif isinstance(key := _within(_within(value, after), "key"), str):
            yield f'{step} "{key}"'
        else:
            yield f"{step} number {after + 1}"


def _within(value: Any, step: int | str) -> Any:
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and step < len(value) else None
    return value.get(step) if isinstance(value, dict) else None


def _sentence(detail: ErrorDetails, root: type[BaseModel]) -> str:
    location, given, limits = detail["loc"], detail["input"], detail.get("ctx", {})
    match detail["type"]:
        case "value_error":
            return str(limits["error"])
        case "missing":
            return f"is missing; add {_missing(location)}"
        case "extra_forbidden":
            return f"is not known here; {_stray(location, root)}"
        case "literal_error":
            choices = re.findall("'([^']*)'", limits["expected"])
            return f'"{given}" is not one of {", ".join(choices)}; {did_you_mean(str(given), choices) or "choose one"}'
        case "greater_than_equal":
            return f"{given} is too small; write {limits['ge']} or more"
        case "less_than_equal":
            return f"{given} is too large; write {limits['le']} or less"
        case "too_short":
            return "is empty; name at least one"
        case "too_long":
            return f"has {limits['actual_length']} entries; keep {limits['max_length']} at most"
        case kind if kind in TYPES:
            return f"must be {TYPES[kind]}{_written(location)}"
    return detail["msg"]


def _missing(location: Location) -> str:
    name = str(location[-1])
    if len(location) == 1:
        return f"a [{name}] table" if name == "community" else f"a [[{name}]] table"
    return f"{name} = {EXAMPLES[name]}"


def _written(location: Location) -> str:
    names = [step for step in location if isinstance(step, str) and step != "[key]"]
    shown = next((name for name in reversed(names[1:]) if name in EXAMPLES), None)
    if shown is not None:
        return f"; write it as in {shown} = {EXAMPLES[shown]}"
    brackets = "[{}]" if names[-1] in ("community", "policy", "messages", "docs") else "[[{}]]"
    return f"; begin it with {brackets.format('.'.join(names))} on a line of its own"


def _stray(location: Location, root: type[BaseModel]) -> str:
    name, tables = str(location[-1]), [step for step in location[:-1] if isinstance(step, str)]
    model = root
    for table in tables:
        model = next(_models(model.model_fields[table].annotation))
    for other, field in root.model_fields.items():
        if any(name in inner.model_fields for inner in _models(field.annotation)) and name not in model.model_fields:
            return f"move it to {other}"
    return did_you_mean(name, model.model_fields) or f"take it out, or use one of {', '.join(model.model_fields)}"


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)

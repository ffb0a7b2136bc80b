"""What one value of the community file may be: each takes what was written and gives what is kept.

They raise ValueError with "what; remedy". References are checked against the `Names` in the validation's context.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, TypeVar, cast, get_args
from urllib.parse import urlsplit

from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, ValidationInfo

from booking import validation
from booking.community.problems import did_you_mean, similar_zone
from booking.conferencing import static_link
from booking.logo import problem_of
from booking.notifications import wording
from booking.quiet_hours import parse_quiet_hours
from booking.settings import LOCAL_HOSTS
from routing import zones

Item = TypeVar("Item")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
MINUTES = range(5, 241)
"""How long a session may be."""
MAIL_TEXT = 1000
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def _key(text: str) -> str:
    if not KEY.fullmatch(text):
        raise ValueError(
            f'"{text}" cannot be a key; use up to 40 of a-z, 0-9, "-" and "_", beginning with a letter or a digit'
        )
    return text


def line(what: str, longest: int) -> AfterValidator:
    """One line of text, tidied; not empty."""
    return AfterValidator(partial(_filled, validation.line, what, longest))


def paragraphs(what: str, longest: int) -> AfterValidator:
    """Text of one or more lines, tidied; not empty."""
    return AfterValidator(partial(_filled, validation.paragraphs, what, longest))


def _filled(tidy: Callable[[str, int, str], str], what: str, longest: int, text: str) -> str:
    tidied = tidy(text, longest, what)
    if not tidied:
        raise ValueError(f"is empty; write down {what}")
    return tidied


def _zone(name: str) -> str:
    if not zones.known(name):
        hint = similar_zone(name) or 'write a name like "Europe/Berlin"'
        raise ValueError(f'"{name}" is not a time zone of the IANA database; {hint}')
    return name


def _clock(value: object) -> time:
    found = CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('must be a time of day in quotes with hours 00 to 23 and minutes; write it as "07:00"')
    return time(int(found[1]), int(found[2]))


def _https(url: str) -> str:
    if static_link.room(url) is None and not _on_this_machine(url):
        raise ValueError(f'"{url}" is not an address to send people to; write it in full, beginning with https://')
    return url


def _origin(text: str) -> str:
    """Scheme and host of a website, with a port where it has one (RFC 6454 6.1), as browsers write it."""
    try:
        parts = urlsplit(text)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts, port = urlsplit(""), ""
    host = parts.hostname or ""
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in LOCAL_HOSTS)
    if not secure or not HOST.fullmatch(host) or text.rstrip("/").lower() != f"{parts.scheme}://{host}{port}":
        raise ValueError(f'"{text}" is not the origin of a website; write it like "https://docs.example.org"')
    return f"{parts.scheme}://{host}{port}"


def _email(text: str) -> str:
    try:
        return validation.email(text)
    except ValueError:
        raise ValueError(f'"{text}" is not an email address; write it like name@example.org') from None


def _on_this_machine(url: str) -> bool:
    secure = static_link.room(url.replace("http:", "https:", 1))
    return secure is not None and urlsplit(secure).hostname in LOCAL_HOSTS


def _day(day: date) -> date:
    if day.year not in validation.YEARS:
        raise ValueError(f"{day} is too far away; check the year")
    return day


def _mail_text(text: str) -> str:
    tidied = validation.paragraphs(text, MAIL_TEXT, "the text")
    unknown = wording.unknown(tidied)
    if unknown is not None:
        known = ", ".join(f"{{{name}}}" for name in wording.PLACEHOLDERS)
        raise ValueError(f'"{unknown}" is no placeholder; use {known}, and write a brace of your own twice')
    return tidied


def _week(text: str) -> str:
    try:
        _day(zones.week_range(text, "UTC").start.date())
    except ValueError:
        raise ValueError(f'"{text}" is not a week; write year and week as in "2026-W52"') from None
    return text


def _country(code: str) -> str:
    if code not in SUPPORTED_REGIONS:
        hint = did_you_mean(code, SUPPORTED_REGIONS) or 'write two capital letters, as in "US"'
        raise ValueError(f'"{code}" is not a country that has phone numbers; {hint}')
    return code


def _quiet_hours(text: str) -> str:
    parse_quiet_hours(text)
    return text


def no_repeats(items: list[Item]) -> list[Item]:
    """The same list; nothing stands in it twice."""
    for place, item in enumerate(items):
        if item in items[:place]:
            raise ValueError(f"names {item} twice; leave one out")
    return items


def _pattern(text: str) -> str:
    if not text.strip("/") or text.startswith(("/", ":")) or ".." in text.split("/"):
        raise ValueError(f'"{text}" is no path within a repository; write it like "sdk/**" or "docs/sdk.md"')
    return text


@dataclass(frozen=True)
class Names:
    """What other tables may refer to: keys in the order of the file, and the length of a session in minutes.

    `folder` is where the file stands: paths in it begin there.
    """

    slots: list[str]
    topics: list[str]
    maintainers: list[str]
    session_minutes: int
    folder: Path


def _names(info: ValidationInfo) -> Names:
    return cast(Names, info.context)


def reference(kind: Literal["slot", "topic", "maintainer"]) -> AfterValidator:
    """The key of a slot, topic or maintainer of the same file."""

    def check(key: str, info: ValidationInfo) -> str:
        keys: list[str] = getattr(_names(info), f"{kind}s")
        if key not in keys:
            hint = did_you_mean(key, keys) or f"add a [[{kind}s]] table with this key, or take it out here"
            raise ValueError(f'"{key}" is not a {kind} of this file; {hint}')
        return key

    return AfterValidator(check)


def path_to(kind: Literal["folder", "file"]) -> AfterValidator:
    """A folder or file of this machine, as an absolute path."""

    def check(text: str, info: ValidationInfo) -> str:
        path = (_names(info).folder / text).resolve()
        if not (path.is_dir() if kind == "folder" else path.is_file()):
            raise ValueError(f"there is no {kind} {path}; write its path as seen from the community file")
        return str(path)

    return AfterValidator(check)


def as_logo(path: str) -> str:
    """A picture that can be the logo."""
    if problem := problem_of(Path(path)):
        raise ValueError(problem)
    return path


def _colour(text: str) -> str:
    if not COLOUR.fullmatch(text):
        raise ValueError(f'"{text}" is no colour; write it as in "#6f2aef"')
    return text.lower()


def _day_long(sessions: int, info: ValidationInfo) -> int:
    most = 24 * 60 // _names(info).session_minutes
    if sessions > most:
        raise ValueError(f"{sessions} sessions are longer than a day; write {most} or less")
    return sessions


def _iso(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _iso_day(text: str) -> str:
    try:
        return validation.day(text).isoformat()
    except ValueError:
        raise ValueError(f'"{text}" is no date; write it as 2026-12-24') from None


def _in_week_order(days: list[str]) -> list[str]:
    return sorted(days, key=get_args(Weekday).index)


def _in_file_order(keys: list[str], info: ValidationInfo) -> list[str]:
    return sorted(keys, key=_names(info).slots.index)


MayBeEmpty = Annotated[
    list[Item], Field(max_length=200, exclude_if=lambda items: not items), AfterValidator(no_repeats)
]
"""A list that most files leave out, and that is left out again when it is written."""
Zone = Annotated[str, AfterValidator(_zone)]
Key = Annotated[str, AfterValidator(_key)]
Day = Annotated[date, AfterValidator(_day)]
Week = Annotated[str, AfterValidator(_week)]
Email = Annotated[str, AfterValidator(_email)]
MailText = Annotated[str, AfterValidator(_mail_text)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Country = Annotated[str, AfterValidator(_country)]
Colour = Annotated[str, AfterValidator(_colour)]
Quiet = Annotated[str, AfterValidator(_quiet_hours)]
Address = Annotated[str, AfterValidator(_https)]
Origin = Annotated[str, AfterValidator(_origin)]
Sessions = Annotated[int, Field(ge=1), AfterValidator(_day_long)]
Level = Annotated[int, Field(ge=1, le=3)]
SlotKeys = Annotated[
    list[Annotated[str, reference("slot")]],
    Field(min_length=1),
    AfterValidator(no_repeats),
    AfterValidator(_in_file_order),
]
SlotKey = Annotated[str, reference("slot")]
Weekdays = Annotated[list[Weekday], Field(min_length=1), AfterValidator(no_repeats), AfterValidator(_in_week_order)]
IsoDays = Annotated[
    list[Annotated[str, BeforeValidator(_iso), AfterValidator(_iso_day)]],
    Field(min_length=1),
    AfterValidator(no_repeats),
    AfterValidator(sorted),
]
BySlot = Annotated[dict[SlotKey, Item], Field(exclude_if=lambda found: not found)]
"""Something about some of the slots; left out when it is written where it is about none."""
Starts = Annotated[time, BeforeValidator(_clock), PlainSerializer(lambda value: f"{value:%H:%M}")]

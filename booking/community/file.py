"""The community file: what may stand in it, read and checked as a whole.

`parse` is the way in: references between tables are checked there, and every problem is reported at once, with its
place and its remedy. Text is tidied (blanks, composed letters) and lists of slots get one order, so that two files that
mean the same compare equal.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from booking import validation
from booking.community.fields import (
    MINUTES,
    Address,
    BySlot,
    Colour,
    Country,
    Day,
    Email,
    IsoDays,
    Key,
    Level,
    MailText,
    MayBeEmpty,
    Names,
    Origin,
    Pattern,
    Quiet,
    Sessions,
    SlotKeys,
    Starts,
    Week,
    Weekday,
    Weekdays,
    Zone,
    as_logo,
    line,
    no_repeats,
    paragraphs,
    path_to,
    reference,
)
from booking.community.problems import Source, of_repetition, of_syntax, of_validation, texts
from booking.durations import format_duration, parse_duration
from routing import zones

NOTICE = timedelta(hours=4)


class CommunityFileError(Exception):
    """Every problem with a community file, one line each: "table, key, line: what; remedy"."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("The community file needs attention:\n" + "\n".join(f"  - {problem}" for problem in problems))
        self.problems = problems


def _notice(value: object) -> timedelta:
    if not isinstance(value, str):
        raise ValueError('must be a duration in quotes; write a number and s, m, h or d, as in "4h"')
    return parse_duration(value)


class _Table(BaseModel):
    """One table of the file: no keys but its own, and no value of another type than it says."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class CommunityTable(_Table):
    name: Annotated[str, line("the community's name", 80)]
    timezone: Zone
    session_minutes: Annotated[int, Field(ge=MINUTES.start, le=MINUTES.stop - 1)] = 30
    horizon_days: Annotated[int, Field(ge=1, le=365)] = 60
    minimum_notice: Annotated[timedelta, BeforeValidator(_notice), PlainSerializer(format_duration)] = NOTICE
    reminders: Annotated[list[str], Field(max_length=5)] = ["24h", "1h"]
    code_of_conduct: Address | None = None
    colour: Colour | None = None
    logo: Annotated[str, path_to("file"), AfterValidator(as_logo)] | None = None
    embed_origins: Annotated[MayBeEmpty[Origin], Field(max_length=20)] = []

    @field_validator("minimum_notice")
    @classmethod
    def _within_horizon(cls, notice: timedelta, info: ValidationInfo) -> timedelta:
        days = info.data.get("horizon_days")
        if days is not None and notice > timedelta(days=days):
            raise ValueError(f"is longer than the horizon of {days} days, so nobody could book; shorten it")
        return notice

    @field_validator("reminders")
    @classmethod
    def _before_the_start(cls, reminders: list[str]) -> list[str]:
        if not all(no_repeats([parse_duration(lead) for lead in reminders])):
            raise ValueError('a reminder is due some time before the session; write how long before, as in "1h"')
        return reminders


class PolicyTable(_Table):
    assignment: Literal["save-the-scarce", "save-the-scarce-fair", "round-robin"] = "save-the-scarce"
    open_bookings_per_address: Annotated[int, Field(ge=1, le=100)] = 1
    verify_email: bool = False
    sms_countries: Annotated[list[Country], AfterValidator(no_repeats)] = []
    tentative_is_busy: bool = True
    quiet_hours: Quiet = "22:00-08:00"
    rescue: bool = True


class MessagesTable(_Table):
    """What a community says in the mails to attendees besides our own words: plain text with {placeholders}."""

    intro: MailText = ""
    footer: MailText = ""


class SlotTable(_Table):
    key: Key
    starts: Starts
    weekdays: Annotated[list[Weekday], Field(min_length=1), AfterValidator(no_repeats)]
    sessions: Sessions = 1
    timezone: Zone | None = None


class TopicTable(_Table):
    key: Key
    title: Annotated[str, line("the title", 120)]
    description: Annotated[str, paragraphs("the description", 1000)]
    keywords: Annotated[
        list[Annotated[str, line("the keyword", 60)]], Field(max_length=200), AfterValidator(no_repeats)
    ] = []
    docs_headings: MayBeEmpty[Annotated[str, line("the heading", 120)]] = []
    paths: MayBeEmpty[Pattern] = []
    slots: SlotKeys


class DocsTable(_Table):
    """Where the documentation is: a folder of Markdown or reST, or a sitemap; and where people read it."""

    folder: Annotated[str, path_to("folder")] | None = None
    sitemap: Annotated[str, path_to("file")] | None = None
    base_url: Address | None = None
    suffix: Annotated[str, line("the suffix", 20)] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.folder is None) == (self.sitemap is None):
            raise ValueError('names its pages once; write either folder = "docs" or sitemap = "sitemap.xml"')
        if self.folder is not None and self.base_url is None:
            raise ValueError('does not say where its pages are read; add base_url = "https://docs.example.org/"')
        return self


class LeaveTable(_Table):
    """Days away, both included, in the maintainer's own zone; `stand_in` takes their slots meanwhile."""

    first: Day
    last: Day
    stand_in: Annotated[str, reference("maintainer")] | None = None

    @field_validator("last")
    @classmethod
    def _after_first(cls, last: date, info: ValidationInfo) -> date:
        if last < info.data.get("first", last):
            raise ValueError(f"{last} is before the first day; write the last day of leave, itself included")
        return last


class MaintainerTable(_Table):
    key: Key
    name: Annotated[str, line("the name", validation.NAME_LENGTH)]
    email: Email
    git_emails: MayBeEmpty[Email] = []
    timezone: Zone
    example: bool = False
    slots: SlotKeys
    weekdays: BySlot[Weekdays] = {}
    not_on: BySlot[IsoDays] = {}
    also_on: BySlot[IsoDays] = {}
    weekly_limit: Annotated[int, Field(ge=1, le=1000)] | None = None
    quiet_weeks: Annotated[list[Week], AfterValidator(no_repeats), AfterValidator(sorted)] = Field(
        [], exclude_if=lambda weeks: not weeks
    )
    paused_until: Day | None = None
    room: Address | None = None
    expertise: Annotated[dict[Annotated[str, reference("topic")], Level], Field(min_length=1)]
    leave: list[LeaveTable] = Field([], exclude_if=lambda leave: not leave)

    @field_validator("leave")
    @classmethod
    def _real_days(cls, leave: list[LeaveTable], info: ValidationInfo) -> list[LeaveTable]:
        zone: str | None = info.data.get("timezone")
        if zone is None:  # a problem of its own
            return leave
        for each in no_repeats(leave):
            if each.stand_in == info.data.get("key"):
                raise ValueError(f"{each.first}: nobody can stand in for themselves; name somebody else")
            try:
                zones.day_range(each.first, each.last, zone)
            except ValueError:
                raise ValueError(f"{each.first} never was a day in {zone}; leave it out") from None
        return sorted(leave, key=lambda each: (each.first, each.last))


class CommunityFile(_Table):
    """A whole file that was found good. Made by `parse` and `read_file`."""

    community: CommunityTable
    policy: PolicyTable = PolicyTable()
    messages: MessagesTable = MessagesTable()
    docs: DocsTable | None = None
    slots: Annotated[list[SlotTable], Field(min_length=1)]
    topics: Annotated[list[TopicTable], Field(min_length=1)]
    maintainers: list[MaintainerTable] = []

    def warnings(self) -> list[str]:
        """What the file may say and can hardly mean, a sentence each: sessions that nobody could give or ask for."""
        return [*self._unserved(), *self._idle()]

    def takers(self, topic: str, slot: str) -> list[str]:
        """Keys of the maintainers who know the topic and staff the slot."""
        return [each.key for each in self.maintainers if topic in each.expertise and slot in each.slots]

    def _unserved(self) -> Iterator[str]:
        for topic in self.topics:
            for slot in topic.slots:
                if not self.takers(topic.key, slot):
                    yield f'Topic "{topic.key}" in slot "{slot}": no maintainer who staffs the slot knows the topic.'

    def _idle(self) -> Iterator[str]:
        served = {(topic.key, slot) for topic in self.topics for slot in topic.slots}
        for slot in self.slots:
            if slot.key not in {key for _, key in served}:
                yield f'Slot "{slot.key}": it serves no topic.'
        for each in self.maintainers:
            if not any((topic, slot) in served for topic in each.expertise for slot in each.slots):
                yield f'Maintainer "{each.key}": none of the topics they know is served in the slots they staff.'


def read_file(path: Path) -> CommunityFile:
    """The community file at `path`. Raises CommunityFileError, also when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CommunityFileError([f"{path}: it cannot be read ({error.strerror}); check the path"]) from None
    except UnicodeDecodeError:
        raise CommunityFileError([f"{path}: it is not UTF-8 text; save it as UTF-8"]) from None
    return parse(text, path.parent)


def parse(text: str, folder: Path = Path()) -> CommunityFile:
    """The community file written in `text`, with the paths in it beginning at `folder`.

    Raises CommunityFileError with all its problems, in the file's order.
    """
    source = Source(text)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CommunityFileError([of_syntax(str(error), source)]) from None
    problems = list(of_repetition(document))
    try:
        file = CommunityFile.model_validate(document, context=_names(document, folder))
    except ValidationError as error:
        problems += of_validation(error, CommunityFile)
    if problems:
        raise CommunityFileError([problem.at(source, document) for problem in sorted(problems, key=source.order)])
    return file


def _names(document: dict[str, Any], folder: Path) -> Names:
    """What references are checked against, out of a document that may be wrong everywhere else."""
    community = document.get("community")
    minutes = community.get("session_minutes") if isinstance(community, dict) else None
    return Names(
        slots=[key for key in texts(document, "slots", "key") if key],
        topics=[key for key in texts(document, "topics", "key") if key],
        maintainers=[key for key in texts(document, "maintainers", "key") if key],
        session_minutes=minutes if isinstance(minutes, int) and minutes in MINUTES else MINUTES.start,
        folder=folder,
    )

"""What the JSON interface takes and gives. The same models check requests and make the OpenAPI document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from booking import validation
from booking.forms import sms_consent

INSTANT_SCHEMA = {"type": "string", "format": "date-time", "examples": ["2026-12-01T15:00:00Z"]}


def _instant(text: str) -> str:
    validation.instant(text)
    return text


def _links(entries: list[str]) -> list[str]:
    return list(validation.links(entries))


InstantText = Annotated[str, AfterValidator(_instant), WithJsonSchema(INSTANT_SCHEMA)]
Name = Annotated[str, AfterValidator(validation.person_name), Field(max_length=4 * validation.NAME_LENGTH)]
Email = Annotated[str, AfterValidator(validation.email), WithJsonSchema({"type": "string", "format": "email"})]
Zone = Annotated[str, AfterValidator(validation.timezone), Field(examples=["Asia/Kolkata"])]
Question = Annotated[str, AfterValidator(validation.question), Field(max_length=2 * validation.QUESTION_LENGTH)]
Links = Annotated[list[str], AfterValidator(_links), Field(description="http or https, five at most")]
PhoneCode = Annotated[str, AfterValidator(validation.phone_code), Field(max_length=40, examples=["123456"])]
WhyCancelled = Annotated[str, AfterValidator(validation.cancel_reason), Field(max_length=2 * validation.REASON_LENGTH)]


@dataclass(frozen=True)
class Rules:
    """What depends on the community; given to a request's check as its context."""

    countries: Sequence[str] = ()
    needs_conduct: bool = False


class Given(BaseModel):
    """What a client sends: exactly these members, each of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Shown(BaseModel):
    """What a client gets."""

    model_config = ConfigDict(extra="forbid")


class BookingIn(Given):
    """A session somebody asks for."""

    topic: str = Field(max_length=100, description="The key of a topic.")
    start: InstantText = Field(description="The start of one of the topic's openings, with Z or an offset.")
    name: Name
    email: Email
    timezone: Zone = Field(description="The zone messages to the attendee speak in.")
    language: Literal["en", "es", "ar"] = Field("en", description="The language messages to the attendee are in.")
    hours: Literal[12, 24] | None = Field(None, description="The clock of these messages; as usual in the language.")
    question: Question
    links: Links = []
    phone: str | None = Field(
        None,
        max_length=validation.PHONE_LENGTH,
        description="A number for text messages; kept only with `sms_consent`.",
    )
    sms_consent: bool = Field(
        False,
        description=f"Whether the attendee agreed to these words, which are kept: “{sms_consent('(community)')}” "
        "Nothing but a code goes to the number before `phone-code` is called with it.",
    )
    accept_conduct: bool = Field(
        False,
        validate_default=True,
        description="Whether the attendee accepts the code of conduct; needed where the community has one.",
    )

    @field_validator("phone")
    @classmethod
    def _check_phone(cls, value: str | None, info: ValidationInfo) -> str | None:
        return None if value is None else validation.phone(value, _context(info).countries)

    @field_validator("sms_consent")
    @classmethod
    def _check_consent(cls, value: bool, info: ValidationInfo) -> bool:
        if value and "phone" in info.data and not info.data["phone"]:
            raise ValueError("Give the mobile number for the text messages, or leave out sms_consent.")
        return value

    @field_validator("accept_conduct")
    @classmethod
    def _check_conduct(cls, value: bool, info: ValidationInfo) -> bool:
        if _context(info).needs_conduct and not value:
            raise ValueError("Accept the code of conduct to book.")
        return value


class RescheduleIn(Given):
    """The time a booking moves to."""

    start: InstantText


class CancelIn(Given):
    """Why a booking is cancelled, if the attendee wants to say."""

    reason: WhyCancelled = ""


class PhoneCodeIn(Given):
    """The code that came by text message."""

    code: PhoneCode


class NothingIn(Given):
    """A request that says all by its address."""


class TopicOut(Shown):
    """A topic and the slots that serve it."""

    key: str
    title: str
    description: str
    slots: list[str]


class OpeningOut(Shown):
    """One session of a slot on one date."""

    start: InstantText
    end: InstantText
    slot: str
    free: int = Field(description="How many maintainers could take it.")
    local_start: InstantText = Field(description="The start in the zone asked for, with that date's offset.")
    night: bool = Field(description="Whether it starts between 10 pm and 7 am there.")


class OpeningsOut(Shown):
    """The openings of a topic in order of time."""

    topic: str
    timezone: str
    openings: list[OpeningOut]


class MaintainerOut(Shown):
    """Who gives the session."""

    name: str


class ReasonOut(Shown):
    """Why this maintainer, in a sentence."""

    code: str
    text: str


class BookingOut(Shown):
    """A booking, for whoever holds its private link."""

    id: str
    status: str
    sequence: int = Field(description="Grows at every change, as in iCalendar.")
    topic: str
    start: InstantText
    end: InstantText
    maintainer: MaintainerOut
    reasons: list[ReasonOut]
    manage_url: str
    join_url: str
    ics_url: str
    texts: str | None = Field(
        description="Of a number for texts: proven, unproven (a code was sent), stopped (by STOP) or bad; else null."
    )


class FieldError(Shown):
    """What is wrong with one member of the request."""

    field: str
    message: str


class Problem(Shown):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError]
    openings: list[OpeningOut] | None = Field(None, description="With 409: the nearest openings.")


def field_errors(error: ValidationError) -> list[dict[str, str]]:
    """One sentence for each member that is wrong."""
    return [
        {
            "field": ".".join(str(part) for part in one["loc"]),
            "message": one["msg"].removeprefix("Value error, "),
        }
        for one in error.errors(include_url=False)
    ]


def _context(info: ValidationInfo) -> Rules:
    return info.context if isinstance(info.context, Rules) else Rules()

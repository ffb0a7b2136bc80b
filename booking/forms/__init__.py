"""The web forms. Each field's rule is in `validation`; forged posts are refused before a form is bound."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

from wtforms import (
    BooleanField,
    Field,
    Form,
    HiddenField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)

from booking import reading, validation
from booking.models import Community
from booking.reading import _
from booking.services.reserve import BookingRequest
from booking.services.waitlist import Wait
from calendars.discovery import Login
from routing import zones
from routing.phrases import marked

P = ParamSpec("P")
T = TypeVar("T")


def sms_consent(community: str) -> str:
    """The words somebody agrees to when they want text messages; kept with the booking exactly as they were shown."""
    return _(
        "Text me about this %(community)s office hours session: a code that proves the number, one message when the "
        "session is booked, moved or cancelled, and reminders before it. Message and data rates may apply. "
        "Reply HELP for help, STOP to end them.",
        community=community,
    )


def wait_consent(community: str) -> str:
    """The same for whoever waits for a session."""
    return _(
        "Text me about this %(community)s office hours session: a code that proves the number, offers of free times, "
        "one message when the session is booked, moved or cancelled, and reminders before it. "
        "Message and data rates may apply. Reply HELP for help, STOP to end them.",
        community=community,
    )


class Rule:
    """Keeps what a function of `validation` gives for the text; its sentence is the field's error.

    `missing` is the sentence for an empty field, where the function's own would speak to somebody else.
    """

    def __init__(self, rule: Callable[[str], object], missing: str = "") -> None:
        self.rule, self.missing = rule, missing

    def __call__(self, _form: Form, field: Field) -> None:
        if self.missing and not (field.data or "").strip():
            raise ValidationError(self.missing)
        field.data = checked(self.rule, field.data or "")


def checked(rule: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """What the rule gives; its sentence as an error that WTForms shows beside the field."""
    try:
        return rule(*args, **named)
    except ValueError as error:
        raise ValidationError(str(error)) from error


class QuestionForm(Form):
    """A question on the first page, before it has a topic."""

    question = TextAreaField(marked("What is your question?"), validators=[Rule(validation.first_question)])


class GuestForm(Form):
    """Who somebody is and what they ask. `tz` came with the page; `website` is a trap for programs."""

    tz = HiddenField(validators=[Rule(validation.timezone)])
    name = StringField(marked("Your name"), validators=[Rule(validation.person_name)])
    email = StringField(marked("Email address"), validators=[Rule(validation.email)])
    question = TextAreaField(marked("Your question"), validators=[Rule(validation.question)])
    links = TextAreaField(marked("Links to code, logs or issues (optional)"))
    phone = StringField(marked("Mobile number (optional)"))
    sms_consent = BooleanField()
    accept_conduct = BooleanField(marked("I have read the code of conduct and will keep to it."))
    website = StringField(marked("Leave this empty"))

    def __init__(self, formdata: Any, community: Community, **values: Any) -> None:
        super().__init__(formdata, **values)
        self.needs_conduct = bool(community.code_of_conduct)
        self.countries: Sequence[str] = community.sms_countries
        self.sms_consent.label.text = self.consent_to(community.name)

    def consent_to(self, community: str) -> str:
        return sms_consent(community)

    def validate_links(self, field: Field) -> None:
        field.data = "\n".join(checked(validation.links, (field.data or "").splitlines()))

    def validate_phone(self, field: Field) -> None:
        field.data = checked(validation.phone, field.data or "", self.countries) or ""

    def validate_sms_consent(self, field: Field) -> None:
        if field.data and not self.phone.data:
            raise ValidationError(_("Enter the mobile number for the text messages, or untick the box."))
        if self.phone.data and not self.phone.errors and not field.data:
            raise ValidationError(_("Tick the box to get text messages, or empty the number."))

    def validate_accept_conduct(self, field: Field) -> None:
        if self.needs_conduct and not field.data:
            raise ValidationError(_("Read the code of conduct and tick the box to go on."))

    def validate_website(self, field: Field) -> None:
        if field.data:
            raise ValidationError(_("This could not be booked. Empty the form and try again."))


class BookingForm(GuestForm):
    """The details of a booking. `start` came with the chosen time."""

    start = HiddenField()
    idempotency_key = HiddenField(validators=[Rule(validation.idempotency_key)])

    def new_key(self) -> None:
        """A fresh idempotency key: the next press is another booking."""
        self.idempotency_key.data = secrets.token_urlsafe(24)

    def validate_start(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Choose a time."))
        checked(validation.instant, field.data)

    def request(self, topic: str, network: str) -> BookingRequest:
        """The checked values: a number comes with the consent to text it."""
        return BookingRequest(
            topic=topic,
            start=validation.instant(self.start.data or ""),
            name=self.name.data or "",
            email=self.email.data or "",
            timezone=self.tz.data or "",
            question=self.question.data or "",
            links=tuple((self.links.data or "").splitlines()),
            phone=self.phone.data or None,
            sms_consent=self.sms_consent.label.text if self.phone.data else None,
            idempotency_key=self.idempotency_key.data or "",
            accept_conduct=bool(self.accept_conduct.data),
            network=network,
            reading=reading.current(),
        )


class WaitForm(GuestForm):
    """A place on the waiting list, until the end of a day."""

    until = StringField(marked("Until which day"), validators=[Rule(validation.day)])

    def consent_to(self, community: str) -> str:
        return wait_consent(community)

    def wait(self, topic: str, network: str) -> Wait:
        """The checked values: a number comes with the consent to text it."""
        day = validation.day(str(self.until.data))
        zone = self.tz.data or ""
        return Wait(
            topic=topic,
            until=zones.day_range(day, day, zone).end - timedelta(seconds=1),
            name=self.name.data or "",
            email=self.email.data or "",
            timezone=zone,
            question=self.question.data or "",
            links=tuple((self.links.data or "").splitlines()),
            phone=self.phone.data or None,
            sms_consent=self.sms_consent.label.text if self.phone.data else None,
            accept_conduct=bool(self.accept_conduct.data),
            reading=reading.current(),
            network=network,
        )


class RouteForm(Form):
    """What routing is asked to explain."""

    asked = StringField("Question, or key of a topic", validators=[Rule(validation.question)])
    at = StringField("Day (optional)")

    def validate_at(self, field: Field) -> None:
        if field.data:
            checked(validation.day, field.data)


class CancelForm(Form):
    reason = TextAreaField(marked("Why (optional)"), validators=[Rule(validation.cancel_reason)])


class PhoneCodeForm(Form):
    code = StringField(marked("Code from the text message"), validators=[Rule(validation.phone_code)])


class SignInForm(Form):
    email = StringField("Email address", validators=[Rule(validation.email)])


class AddressForm(Form):
    """An address whose owner wants to see what is kept about them."""

    email = StringField(marked("Email address"), validators=[Rule(validation.email)])


class InvitationForm(Form):
    """Whom to invite, and as what; `roles` are those that whoever invites may give."""

    email = StringField("Email address", validators=[Rule(validation.email, "Enter their email address.")])
    role = SelectField("Role")

    def __init__(self, formdata: Any, roles: Sequence[str]) -> None:
        super().__init__(formdata)
        self.role.choices = [(role, role.capitalize()) for role in roles]


class AppPasswordForm(Form):
    label = StringField("Name of the app or device", validators=[Rule(validation.label)])


class CalendarForm(Form):
    """A login to a maintainer's own CalDAV server. What the server says to it is the service's to find out."""

    url = StringField("Address of the calendar, its server, or your email address there")
    username = StringField("User name")
    password = PasswordField("Password or token")
    token = BooleanField("This is an access token, not a password.")

    def validate_url(self, field: Field) -> None:
        field.data = checked(validation.line, field.data or "", 500, "the address")
        if not field.data or " " in field.data:
            raise ValidationError("Enter an address like https://dav.example.org/, dav.example.org or ada@example.org.")

    def validate_username(self, field: Field) -> None:
        field.data = checked(validation.line, field.data or "", 200, "the user name")
        if not field.data and "://" not in (self.url.data or "") and "@" in (self.url.data or ""):
            field.data = self.url.data
        if not field.data and not self.token.data:
            raise ValidationError("Enter the user name of the calendar account.")

    def validate_password(self, field: Field) -> None:
        if not field.data or len(field.data) > 4000:
            raise ValidationError("Enter the password of the calendar account; an app password is best.")

    def login(self) -> Login:
        return Login(
            self.url.data or "", self.username.data or "", self.password.data or "", token=bool(self.token.data)
        )


class FeedForm(Form):
    """The secret address of a calendar that speaks no CalDAV."""

    address = PasswordField("Secret address in iCal format")

    def validate_address(self, field: Field) -> None:
        field.data = checked(validation.line, field.data or "", 2000, "the address")
        if not field.data.lower().startswith(("https://", "http://", "webcal://", "webcals://")):
            raise ValidationError("Paste the whole address; it begins with https:// or webcal:// and ends in .ics.")

"""The forms about sessions that maintainers fill in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wtforms import BooleanField, Field, Form, HiddenField, StringField, TextAreaField, ValidationError

from booking import notes, reading, validation
from booking.forms import Rule, checked
from booking.models import Booking, Maintainer, Note, Solved
from booking.reading import Reading
from booking.services.keep_note import Outcome
from booking.services.reserve import BookingRequest

MISSING = "Write down their question, so that whoever gives the session can prepare."


class BehalfForm(Form):
    """The details of a booking for somebody else, in their zone and language. `start` came with the chosen time."""

    start = HiddenField()
    who = HiddenField()
    idempotency_key = HiddenField(validators=[Rule(validation.idempotency_key)])
    name = StringField("Their name", validators=[Rule(validation.person_name, "Enter their name.")])
    email = StringField("Their email address", validators=[Rule(validation.email, "Enter their email address.")])
    tz = StringField("Their time zone", validators=[Rule(validation.timezone)])
    language = StringField("Mails to them are in")
    question = TextAreaField("Their question", validators=[Rule(validation.question, MISSING)])
    links = TextAreaField("Links to code, logs or issues (optional)")

    def validate_links(self, field: Field) -> None:
        field.data = "\n".join(checked(validation.links, (field.data or "").splitlines()))

    def validate_language(self, field: Field) -> None:
        if field.data not in reading.LANGUAGES:
            raise ValidationError("Choose a language from the list.")

    def request(self, topic: str, start: datetime, booker: Maintainer) -> BookingRequest:
        """The checked values. No phone and no consent: those only the attendee can give."""
        language = self.language.data or ""
        return BookingRequest(
            topic=topic,
            start=start,
            name=self.name.data or "",
            email=self.email.data or "",
            timezone=self.tz.data or "",
            question=self.question.data or "",
            links=tuple((self.links.data or "").splitlines()),
            idempotency_key=self.idempotency_key.data or "",
            reading=Reading(language, reading.usual_hours(language)),
            booked_by=booker.id,
            only=booker.key if self.who.data == "me" else None,
        )


class OutcomeForm(Form):
    """What came of a session. What is to be published must not say who the attendee is."""

    solved = StringField("Did it solve the question?")
    title = StringField("The question in one line", validators=[Rule(validation.title)])
    text = TextAreaField("What helped, or what is left to do", validators=[Rule(validation.note)])
    links = TextAreaField("Links (optional)")
    publish = BooleanField("Publish it, if they agree")

    def __init__(self, formdata: Any, booking: Booking, note: Note | None = None) -> None:
        super().__init__(formdata, note)
        self.booking = booking
        if formdata is None and note is not None:
            self.links.data = "\n".join(note.links)

    def validate_solved(self, field: Field) -> None:
        if field.data not in set(Solved):
            raise ValidationError("Say whether it solved the question.")

    def validate_links(self, field: Field) -> None:
        field.data = "\n".join(checked(validation.links, (field.data or "").splitlines()))

    def validate_publish(self, field: Field) -> None:
        if not field.data:
            return
        texts = [each.data or "" for each in (self.title, self.text, self.links)]
        if not (texts[0] and texts[1]):
            raise ValidationError("To publish it, write the question in one line, and what came of it.")
        named = notes.named(self.booking, *texts)
        if named is not None:
            raise ValidationError(f"Take out who asked before it is published: it says “{named}”.")

    def outcome(self) -> Outcome:
        """The checked values."""
        return Outcome(
            solved=self.solved.data or "",
            title=self.title.data or "",
            text=self.text.data or "",
            links=tuple((self.links.data or "").splitlines()),
            publish=bool(self.publish.data),
        )

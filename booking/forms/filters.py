"""The forms by which organisers say what they want to see; every field may stay empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import Field, Form, StringField, ValidationError

from booking import validation
from booking.delivery_words import CHANNELS
from booking.forms import Rule
from booking.models import BookingStatus, Channel, DeliveryState

MOST_LETTERS = 200  # a database takes only so many conditions, and one word is at least one


def _words(text: str) -> str:
    return validation.line(text, MOST_LETTERS, "what you look for")


class OneOf(StringField):
    """One of `options`, which are values and labels, or empty: any."""

    options: Sequence[tuple[str, str]] = ()

    def pre_validate(self, _form: Any) -> None:
        if self.data and self.data not in dict(self.options):
            raise ValidationError("Choose one from the list.")


class Filters(Form):
    @property
    def asks(self) -> bool:
        """Whether any field says something."""
        return any(self.data.values())


class BookingsForm(Filters):
    """Which bookings an organiser wants to see; every field may stay empty. `first` and `last` become days, or None."""

    words = StringField("Attendee, reference, or words of the question", validators=[Rule(_words)])
    status = OneOf("Status", default="")
    topic = OneOf("Topic", default="")
    maintainer = OneOf("Maintainer", default="")
    first = StringField("From day", validators=[Rule(validation.day_or_none)])
    last = StringField("To day", validators=[Rule(validation.day_or_none)])

    def validate_last(self, field: Field) -> None:
        if field.errors or self.first.errors or not (field.data and self.first.data):
            return
        if field.data < self.first.data:
            raise ValidationError("Enter a last day that is not before the first.")

    def __init__(self, asked: Any, topics: Sequence[tuple[str, str]], maintainers: Sequence[tuple[str, str]]) -> None:
        super().__init__(asked)
        self.status.options = [(each, each) for each in BookingStatus]
        self.topic.options, self.maintainer.options = topics, maintainers


class MessagesForm(Filters):
    """Which messages an organiser wants to see; every field may stay empty."""

    state = OneOf("State", default="")
    channel = OneOf("Channel", default="")
    recipient = StringField("Address or number, or a part of it", validators=[Rule(_words)])

    def __init__(self, asked: Any) -> None:
        super().__init__(asked)
        self.state.options = [(each, each) for each in DeliveryState]
        self.channel.options = [(each, CHANNELS[each]) for each in Channel]

"""What a visit remembers between choosing a time and booking it: the hold this browser has, and what was typed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from flask import session

from booking import validation
from booking.extensions import office, visitors_network
from booking.models import Booking
from booking.services import hold as holds
from booking.services.hold import Typed
from booking.services.refusal import Refusal

HOLD = "hold"


def hold(topic: str, start: datetime, typed: Typed) -> Booking | Refusal:
    """Keep this time for the visitor, instead of the one they had."""
    return holds.hold(office(), topic, start, typed, network=visitors_network(), key=begin())


def begin() -> str:
    """The key of this visit's hold; given with the page of times, so that two presses in a row have the same."""
    if HOLD not in session:
        session[HOLD] = secrets.token_urlsafe(16)
    return str(session[HOLD])


def held() -> Booking | None:
    """What this visitor holds now."""
    return holds.live_hold(hold_key(), office().now())


def hold_key() -> str | None:
    return session.get(HOLD)


def forget() -> None:
    session.pop(HOLD, None)


def typed(values: Mapping[str, object]) -> Typed:
    """What stands in a form, or in a link that fills one; what no field would take is left out."""
    given = {name: _kept(rule, str(values.get(name) or "")) for name, rule in RULES.items()}
    links = tuple(given.pop("links").splitlines()[: validation.LINK_COUNT])
    return Typed(
        name=given["name"], email=given["email"], question=given["question"], phone=given["phone"], links=links
    )


def filled(typed: Typed | Booking) -> dict[str, str]:
    """The values of the form's fields."""
    if isinstance(typed, Booking):
        typed = Typed(
            typed.attendee_name, typed.attendee_email, typed.question, tuple(typed.links), typed.attendee_phone
        )
    values = {"name": typed.name, "email": typed.email, "phone": typed.phone or "", "question": typed.question}
    return {name: value for name, value in (values | {"links": "\n".join(typed.links)}).items() if value}


def _kept(rule: Callable[[str], str], text: str) -> str:
    try:
        return rule(text)
    except ValueError:
        return ""


RULES: Mapping[str, Callable[[str], str]] = {
    "name": lambda text: validation.line(text, validation.NAME_LENGTH, "your name"),
    "email": lambda text: validation.line(text, validation.EMAIL_LENGTH, "the address"),
    "phone": lambda text: validation.line(text, validation.PHONE_LENGTH, "the number"),
    "question": lambda text: validation.question_so_far(text),
    "links": lambda text: validation.paragraphs(text, validation.LINK_COUNT * validation.LINK_LENGTH, "the links"),
}

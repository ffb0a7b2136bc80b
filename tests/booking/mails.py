"""A booking as messages see it, with good defaults, and mails as their recipients parse them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

from booking.models.deliveries import Audience, Kind
from booking.notifications.letter import Envelope
from booking.notifications.messages import BookingView, compose_email

BASE = "https://office-hours.example.org"
PUBLIC_ID = "a3f1c09b7d5e4f60a3f1c09b7d5e4f60"
MAC = "abcdefghijklmnop-_rstu"
ICS = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
START = datetime(2026, 12, 2, 5, 0, tzinfo=UTC)
NOW = START - timedelta(hours=24)
PAIRS = [
    (kind, audience)
    for kind in (Kind.CONFIRMATION, Kind.CHANGE, Kind.CANCELLATION, Kind.HANDED_OVER, Kind.REMINDER)
    for audience in (Audience.ATTENDEE, Audience.MAINTAINER)
] + [(kind, Audience.ATTENDEE) for kind in (Kind.VERIFICATION, Kind.OFFER, Kind.TEXTS_OFF, Kind.NOTE)]
TEXTS = (Kind.CONFIRMATION, Kind.CHANGE, Kind.CANCELLATION, Kind.REMINDER, Kind.OFFER)


def make_view(**overrides: Any) -> BookingView:
    """Flyte's 9 pm Pacific slot, booked by Ada in India with a maintainer in Berlin."""
    values: dict[str, Any] = {
        "community": "Flyte",
        "reference": "A3F1C09B",
        "uid": f"{PUBLIC_ID}@officehours",
        "sequence": 0,
        "topic": "Flyte deployment, auth",
        "start": START,
        "end": START + timedelta(minutes=30),
        "previous_start": None,
        "attendee_name": "Ada Lovelace",
        "attendee_email": "ada@example.org",
        "attendee_zone": "Asia/Kolkata",
        "maintainer_name": "Grace Hopper",
        "maintainer_email": "grace@example.org",
        "maintainer_zone": "Europe/Berlin",
        "community_zone": "America/Los_Angeles",
        "question": "How do I set up auth?",
        "links": ("https://example.org/issue/1",),
        "manage_url": f"{BASE}/b/{PUBLIC_ID}.manage.{MAC}",
        "join_url": f"{BASE}/b/{PUBLIC_ID}.join.{MAC}/join",
        "verify_url": f"{BASE}/b/{PUBLIC_ID}.verify.{MAC}/verify",
        "offer_url": f"{BASE}/waiting/{PUBLIC_ID}.wait.{MAC}",
        "conduct_url": "https://example.org/conduct",
        "reasons": ("Knows auth very well.",),
        "cancelled_by": None,
        "cancel_reason": None,
        "given_away": False,
        "given_back": False,
        "unfilled": False,
        "nearest": (),
        "address_proven": True,
        "reminder_note": "A reminder follows 24 hours before.",
        "booked_by": "",
        "note_url": f"{BASE}/b/0.note.mac/note",
        "intro": "",
        "footer": "",
        "book_url": f"{BASE}/topics/auth",
        "staff_url": f"{BASE}/maintainer",
        "reminders_url": f"{BASE}/b/{PUBLIC_ID}.reminders.{MAC}/reminders",
        "phone_ending": "2671",
    }
    return BookingView(**values | overrides)


def mail(kind: Kind, audience: Audience, view: BookingView, **overrides: Any) -> EmailMessage:
    """The mail as its recipient parses it from the wire."""
    recipient = view.attendee_email if audience is Audience.ATTENDEE else view.maintainer_email
    values: dict[str, Any] = {"lead": "24h", "envelope": envelope(recipient)}
    return on_the_wire(compose_email(kind, audience, view, **values | overrides))


def envelope(recipient: str = "ada@example.org", now: datetime = NOW) -> Envelope:
    return Envelope("Office hours <hours@example.org>", recipient, "<row-1@example.org>", now)


def on_the_wire(composed: EmailMessage) -> EmailMessage:
    return message_from_bytes(composed.as_bytes(), policy=policy.default)  # type: ignore[return-value]


def body(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


class Tags(HTMLParser):
    """The tags, attributes and visible text of a document."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data

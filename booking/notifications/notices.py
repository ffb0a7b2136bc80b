"""Mails about no single booking: a way in, a broken calendar, tomorrow's sessions, what administrators must know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from booking import formatting
from booking.notifications.letter import LONGEST_LINE, LONGEST_TEXT, Envelope, compose
from booking.notifications.text import one_line, shorten

FIRST_WORDS = 200


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """One session of a digest: its instants (UTC), the attendee and what they ask."""

    start: datetime
    end: datetime
    topic: str
    attendee: str
    question: str
    join_url: str


def compose_sign_in(url: str, community: str, lifetime_minutes: int, envelope: Envelope) -> EmailMessage:
    """The mail with a single-use sign-in link. Like all here raises DeliveryError (PERMANENT) for a wrong recipient."""
    context = {"url": url, "community": one_line(community, LONGEST_LINE), "minutes": lifetime_minutes}
    return compose("sign_in", context, envelope)


def compose_my_bookings(url: str, community: str, lifetime_hours: int, envelope: Envelope) -> EmailMessage:
    """The mail with an attendee's link to all their bookings."""
    context = {"url": url, "community": one_line(community, LONGEST_LINE), "hours": lifetime_hours}
    return compose("my_bookings", context, envelope)


def compose_invitation(url: str, community: str, days: int, envelope: Envelope) -> EmailMessage:
    """The mail that invites somebody, with the single-use link that accepts."""
    return compose("invitation", {"url": url, "community": one_line(community, LONGEST_LINE), "days": days}, envelope)


def compose_account(text: str, when: str, page: str, community: str, envelope: Envelope) -> EmailMessage:
    """The mail that tells whose account it is that a way into it was changed."""
    context = {"text": text, "when": when, "page": page, "community": one_line(community, LONGEST_LINE)}
    return compose("account", context, envelope)


def compose_notice(text: str, page: str, community: str, envelope: Envelope) -> EmailMessage:
    """The mail that tells a maintainer what is wrong with their calendar."""
    context = {"text": one_line(text, LONGEST_TEXT), "page": page, "community": one_line(community, LONGEST_LINE)}
    return compose("calendar", context, envelope)


def compose_alert(lines: Sequence[str], page: str, community: str, envelope: Envelope) -> EmailMessage:
    """The mail that tells administrators what needs them, a sentence each."""
    context = {
        "lines": [one_line(each, LONGEST_TEXT) for each in lines],
        "page": page,
        "community": one_line(community, LONGEST_LINE),
    }
    return compose("alert", context, envelope)


def compose_digest(
    name: str, agenda: Sequence[AgendaLine], zone: str, page: str, community: str, envelope: Envelope
) -> EmailMessage:
    """A maintainer's sessions of one day in their `zone`, soonest first; there is at least one."""
    context = {
        "name": one_line(name, LONGEST_LINE),
        "day": formatting.day(agenda[0].start, zone),
        "zone": zone.replace("_", " "),
        "sessions": [
            {
                "time": f"{formatting.clock(each.start, zone)} to {formatting.clock(each.end, zone)}",
                "topic": one_line(each.topic, LONGEST_LINE),
                "attendee": one_line(each.attendee, LONGEST_LINE),
                "question": shorten(one_line(each.question, LONGEST_TEXT), FIRST_WORDS),
                "join_url": each.join_url,
            }
            for each in agenda
        ],
        "page": page,
        "community": one_line(community, LONGEST_LINE),
    }
    return compose("digest", context, envelope)

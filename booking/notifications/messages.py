"""Composing what people read. Words are in templates/email and templates/sms; here is what they may say, and to whom.

Before an address is proven, mail to it carries nothing that a stranger wrote but a short name: else anybody could have
us mail their words to anybody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from booking import formatting
from booking.models.deliveries import Audience, Kind
from booking.notifications.email import mailbox
from booking.notifications.text import gsm, one_line, short_name, shorten, tidy
from booking.resources import folder
from routing import zones

# Seven bits and short lines pass every mail server unchanged.
POLICY = policy.SMTP.clone(cte_type="7bit")
LONGEST_SUBJECT, LONGEST_LINE, LONGEST_TEXT = 180, 200, 8000
ONE_SEGMENT, TWO_SEGMENTS = 160, 306
SHORTEST_TOPIC = 8
BLANK_LINES = re.compile(r"\n{3,}")
LEADS = {"d": "day", "h": "hour", "m": "minute"}


@dataclass(frozen=True)
class BookingView:
    """All that a message may say about a booking. Instants are UTC; URLs are ours and absolute."""

    community: str
    reference: str
    uid: str
    sequence: int
    topic: str
    start: datetime
    end: datetime
    previous_start: datetime | None
    attendee_name: str
    attendee_email: str
    attendee_zone: str
    maintainer_name: str
    maintainer_email: str
    maintainer_zone: str
    community_zone: str
    question: str
    links: tuple[str, ...]
    manage_url: str
    join_url: str
    verify_url: str | None
    conduct_url: str | None
    reasons: tuple[str, ...]
    cancelled_by: str | None
    cancel_reason: str | None
    nearest: tuple[tuple[datetime, str], ...]
    address_proven: bool
    reminder_note: str
    book_url: str


@dataclass(frozen=True)
class CalendarPart:
    """An iTIP object for a mail (RFC 6047): `method` as inside `data`, "REQUEST" or "CANCEL"."""

    method: str
    data: bytes


@dataclass(frozen=True)
class Moment:
    """An instant, or a session, in words: in the reader's zone, in the community's where the clock differs, a note."""

    own: str
    elsewhere: str
    note: str


def compose_email(
    kind: Kind,
    audience: Audience,
    view: BookingView,
    *,
    lead: str,
    calendar: CalendarPart | None,
    sender: str,
    recipient: str,
    message_id: str,
    now: datetime,
) -> EmailMessage:
    """The mail of this kind for this audience: plain text, HTML, and the invitation where one is given.

    `lead` is a reminder's ("24h"). Raises DeliveryError (PERMANENT) if `recipient` is not one address.
    """
    to_attendee = audience is Audience.ATTENDEE
    shown = _tidied(view)
    zone = view.attendee_zone if to_attendee else view.maintainer_zone
    context = {
        "view": _unproven(shown) if to_attendee and not view.address_proven else shown,
        "when": moment(view.start, zone, view.community_zone, view.end),
        "before": _before(view, zone),
        "nearest": [(moment(start, zone, view.community_zone), url) for start, url in view.nearest],
        "subject_when": _brief(view.start, zone),
        "starts": until(view.start - now),
        "lead": spoken_lead(lead),
    }
    message = _message(f"{kind}_{audience}", context, sender, recipient, message_id, now)
    if calendar is not None:
        _attach(message, calendar)
    return message


def compose_sign_in(
    url: str, community: str, sender: str, recipient: str, message_id: str, now: datetime, lifetime_minutes: int
) -> EmailMessage:
    """The mail with a single-use sign-in link. Raises DeliveryError (PERMANENT) if `recipient` is not one address."""
    context = {"url": url, "community": one_line(community, LONGEST_LINE), "minutes": lifetime_minutes}
    return _message("sign_in", context, sender, recipient, message_id, now)


def compose_notice(
    text: str, page: str, community: str, sender: str, recipient: str, message_id: str, now: datetime
) -> EmailMessage:
    """The mail that tells a maintainer what is wrong with their calendar. Raises DeliveryError (PERMANENT) as above."""
    context: dict[str, object] = {
        "text": one_line(text, LONGEST_TEXT),
        "page": page,
        "community": one_line(community, LONGEST_LINE),
    }
    return _message("calendar", context, sender, recipient, message_id, now)


def compose_sms(kind: Kind, view: BookingView, lead: str) -> str:
    """The text of this kind, all in characters that phone networks count once: one segment, or two if the link is long.

    The topic is cut to fit. Texts of one booking differ by kind, time and `lead`, so that each can be found again.
    """
    template = environment().get_template(f"sms/{kind}.txt")
    community, when = gsm(view.community), gsm(_brief(view.start, view.attendee_zone))

    def text(topic: str) -> str:
        words = template.render(community=community, topic=topic, when=when, lead=lead, view=view)
        return " ".join(words.split())

    topic = gsm(view.topic) or "your topic"
    room = ONE_SEGMENT - len(text("x")) + 1
    if room < min(len(topic), SHORTEST_TOPIC):
        room += TWO_SEGMENTS - ONE_SEGMENT
    return text(shorten(topic, max(room, 1), mark="..."))


@cache
def environment() -> Environment:
    """Jinja over the message templates: HTML escaped, a missing variable an error, no access to the application."""
    return Environment(
        loader=FileSystemLoader(folder("templates")),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def moment(start: datetime, zone: str, community_zone: str, end: datetime | None = None) -> Moment:
    """`start`, or the session until `end`, for a reader in `zone`."""
    own, elsewhere = zones.local(start, zone), zones.local(start, community_zone)
    notes = []
    if own.date() != elsewhere.date():
        there = f"{formatting.weekday(start, community_zone)} in {zones.city(community_zone)}"
        notes.append(f"It is {formatting.weekday(start, zone)} for you, {there}.")
    if formatting.is_night(start, zone):
        notes.append("This is at night for you.")
    same_clock = own.utcoffset() == elsewhere.utcoffset()
    return Moment(_span(start, end, zone), "" if same_clock else _span(start, end, community_zone), " ".join(notes))


def until(left: timedelta) -> str:
    """ "in 24 hours", "in 55 minutes", "now": rounded as people speak."""
    minutes = round(left / timedelta(minutes=1))
    if minutes < 1:
        return "now"
    if minutes < 90:
        return f"in {_counted(minutes, 'minute')}"
    hours = round(minutes / 60)
    return f"in {_counted(hours, 'hour')}" if hours < 48 else f"in {_counted(round(hours / 24), 'day')}"


def spoken_lead(lead: str) -> str:
    """ "24h" is "24 hours"; what is not a number of days, hours or minutes stays as it is."""
    number, unit = lead[:-1], lead[-1:]
    return _counted(int(number), LEADS[unit]) if number.isascii() and number.isdigit() and unit in LEADS else lead


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _before(view: BookingView, zone: str) -> Moment | None:
    """The time the session was moved from, if it was."""
    if view.previous_start is None or view.previous_start == view.start:
        return None
    return moment(view.previous_start, zone, view.community_zone)


def _span(start: datetime, end: datetime | None, zone: str) -> str:
    if end is None:
        return formatting.when(start, zone)
    day, label = formatting.day(start, zone), formatting.zone_label(start, zone)
    return f"{day}, {formatting.clock(start, zone)} to {formatting.clock(end, zone)} ({label})"


def _brief(start: datetime, zone: str) -> str:
    return f"{formatting.short_day(start, zone)} {formatting.clock(start, zone)} {zones.offset_label(start, zone)}"


def _tidied(view: BookingView) -> BookingView:
    """What people wrote, without characters that hide, steer or break lines, and in bearable lengths."""
    return replace(
        view,
        community=one_line(view.community, LONGEST_LINE),
        topic=one_line(view.topic, LONGEST_LINE),
        attendee_name=one_line(view.attendee_name, LONGEST_LINE),
        attendee_email=one_line(view.attendee_email, LONGEST_TEXT),
        maintainer_name=one_line(view.maintainer_name, LONGEST_LINE),
        question=tidy(view.question, LONGEST_TEXT),
        links=tuple(one_line(link, LONGEST_TEXT) for link in view.links),
        cancel_reason=tidy(view.cancel_reason or "", LONGEST_TEXT),
    )


def _unproven(view: BookingView) -> BookingView:
    """Without the words of whoever booked, who may not be the one who reads."""
    by_booker = view.cancelled_by == "attendee"
    return replace(
        view,
        attendee_name=short_name(view.attendee_name),
        question="",
        links=(),
        cancel_reason="" if by_booker else view.cancel_reason,
    )


def _message(
    name: str, context: dict[str, object], sender: str, recipient: str, message_id: str, now: datetime
) -> EmailMessage:
    def part(file: str) -> str:
        return environment().get_template(f"email/{name}/{file}").render(context)

    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    message["To"] = mailbox(recipient)
    message["Subject"] = one_line(part("subject.txt"), LONGEST_SUBJECT)
    message["Date"] = now
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(BLANK_LINES.sub("\n\n", part("body.txt")))
    message.add_alternative(part("body.html"), subtype="html")
    return message


def _attach(message: EmailMessage, calendar: CalendarPart) -> None:
    """The invitation twice: last among the alternatives for clients that show buttons, and as a file for all others."""
    parameters = {"method": calendar.method, "charset": "utf-8"}
    message.add_alternative(calendar.data, maintype="text", subtype="calendar", cte="base64", params=parameters)
    message.add_attachment(calendar.data, maintype="application", subtype="ics", filename="invite.ics")

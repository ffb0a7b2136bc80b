"""Composing what people read. Words are in templates/email and templates/sms; here is what they may say, and to whom.

Before an address is proven, mail to it carries nothing that a stranger wrote but a short name: else anybody could have
us mail their words to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage

from booking import formatting
from booking.models.deliveries import Audience, Kind
from booking.notifications import wording
from booking.notifications.letter import (
    LONGEST_LINE,
    LONGEST_TEXT,
    CalendarPart,
    Envelope,
    attach,
    compose,
    environment,
)
from booking.notifications.text import counts_once, one_line, short_name, shorten, spelt, tidy
from booking.reading import _, _n
from routing import zones

GSM_ROOM = 160, 306  # one segment, two (3GPP TS 23.040)
UCS2_ROOM = 134, 201  # two segments, three
LEAST_NAMED = 14  # characters of topic and community together


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
    offer_url: str
    note_url: str
    conduct_url: str | None
    reasons: tuple[str, ...]
    cancelled_by: str | None
    cancel_reason: str | None
    given_away: bool
    given_back: bool
    unfilled: bool
    nearest: tuple[tuple[datetime, str], ...]
    address_proven: bool
    reminder_note: str
    book_url: str
    staff_url: str
    reminders_url: str
    booked_by: str
    intro: str
    footer: str
    phone_ending: str


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
    envelope: Envelope,
    lead: str = "",
    calendar: CalendarPart | None = None,
) -> EmailMessage:
    """The mail of this kind for this audience: plain text, HTML, and the invitation where one is given.

    `lead` is a reminder's ("24h"); a reminder can be unsubscribed from with one click (RFC 8058). Raises DeliveryError
    (PERMANENT) if the recipient is not one address.
    """
    to_attendee = audience is Audience.ATTENDEE
    shown = _tidied(view)
    zone = view.attendee_zone if to_attendee else view.maintainer_zone
    if to_attendee and not view.address_proven:
        shown = _unproven(shown)
    context = {
        "view": _in_their_words(shown),
        "when": moment(view.start, zone, view.community_zone, view.end),
        "before": _before(view, zone),
        "nearest": [(moment(start, zone, view.community_zone), url) for start, url in view.nearest],
        "subject_when": _brief(view.start, zone),
        "starts": until(view.start - envelope.now),
        "lead": spoken_lead(lead),
    }
    message = compose(f"{kind}_{audience}", context, envelope)
    if kind is Kind.REMINDER:
        message["List-Unsubscribe"] = f"<{view.reminders_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if calendar is not None:
        attach(message, calendar)
    return message


def compose_sms(kind: Kind, view: BookingView, lead: str) -> str:
    """The text of this kind: one segment, or two if the link is long; one more in Arabic, whose segments are short.

    Topic and community are cut to fit. Texts of one booking differ by kind, time and `lead`, so that each can be found
    again.
    """
    when = spelt(_brief(view.start, view.attendee_zone))
    topic = spelt(view.topic) or spelt(_("your topic"))
    ahead = lead if counts_once() else spoken_lead(lead)
    return _text(kind, spelt(view.community), topic, when=when, lead=ahead, view=view)


def compose_code(community: str, digits: str, minutes: int) -> str:
    """The text with a one-time code: the first that a number gets, so it says how to end them."""
    return _text("phone_code", spelt(community), "", digits=digits, minutes=minutes)


def compose_help(community: str, contact: str | None) -> str:
    """The answer to HELP: who writes, about what, how to end it, and where a person answers."""
    return _text("help", spelt(community), "", contact=contact)


def _text(name: str, community: str, topic: str, **values: object) -> str:
    """The text with as much of topic and community as there is usually room for; where only one is long, it gives way.

    A further segment is paid for only where a long link would leave next to nothing of them.
    """
    template = environment().get_template(f"sms/{name}.txt")

    def text(community: str, topic: str) -> str:
        return " ".join(template.render(community=community, topic=topic, **values).split())

    usual, longest = GSM_ROOM if counts_once() else UCS2_ROOM
    used = len(text(community, topic))
    fixed = used - len(community) - len(topic)
    room = (usual if used <= usual or fixed + LEAST_NAMED <= usual else longest) - fixed
    topic = shorten(topic, max(room - len(community), room // 2, 1), mark="...")
    return text(shorten(community, max(room - len(topic), 1), mark="..."), topic)


def compose_chat(kind: Kind, view: BookingView) -> str:
    """The post of this kind for the maintainers' channel, in one line and the community's zone."""
    shown = _tidied(view)
    when = _brief(view.start, view.community_zone)
    text = environment().get_template(f"chat/{kind}.txt").render(view=shown, when=when)
    return " ".join(text.split())


def moment(start: datetime, zone: str, community_zone: str, end: datetime | None = None) -> Moment:
    """`start`, or the session until `end`, for a reader in `zone`."""
    own, elsewhere = zones.local(start, zone), zones.local(start, community_zone)
    notes = []
    if own.date() != elsewhere.date():
        here, there = formatting.weekday(start, zone), formatting.weekday(start, community_zone)
        city = formatting.city(community_zone)
        notes.append(_("It is %(here)s for you, %(there)s in %(city)s.", here=here, there=there, city=city))
    if formatting.is_night(start, zone):
        notes.append(_("This is at night for you."))
    same_clock = own.utcoffset() == elsewhere.utcoffset()
    return Moment(_span(start, end, zone), "" if same_clock else _span(start, end, community_zone), " ".join(notes))


def until(left: timedelta) -> str:
    """ "in 24 hours", "in 55 minutes", "now": rounded as people speak."""
    minutes = round(left / timedelta(minutes=1))
    if minutes < 1:
        return _("now")
    if minutes < 90:
        return _n("in %(num)d minute", "in %(num)d minutes", minutes)
    hours = round(minutes / 60)
    if hours < 48:
        return _n("in %(num)d hour", "in %(num)d hours", hours)
    return _n("in %(num)d day", "in %(num)d days", round(hours / 24))


def spoken_lead(lead: str) -> str:
    """ "24h" is "24 hours"; what is not a number of days, hours or minutes stays as it is."""
    number, unit = lead[:-1], lead[-1:]
    if not (number.isascii() and number.isdigit()):
        return lead
    match unit:
        case "d":
            return _n("%(num)d day", "%(num)d days", int(number))
        case "h":
            return _n("%(num)d hour", "%(num)d hours", int(number))
        case "m":
            return _n("%(num)d minute", "%(num)d minutes", int(number))
    return lead


def _before(view: BookingView, zone: str) -> Moment | None:
    """The time the session was moved from, if it was."""
    if view.previous_start is None or view.previous_start == view.start:
        return None
    return moment(view.previous_start, zone, view.community_zone)


def _span(start: datetime, end: datetime | None, zone: str) -> str:
    if end is None:
        return formatting.when(start, zone)
    day, label = formatting.day(start, zone), formatting.zone_label(start, zone)
    begin, until = formatting.clock(start, zone), formatting.clock(end, zone)
    return _("%(day)s, %(begin)s to %(end)s (%(zone)s)", day=day, begin=begin, end=until, zone=label)


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


def _in_their_words(view: BookingView) -> BookingView:
    """With the community's own words filled in."""
    values = {
        "name": view.attendee_name,
        "topic": view.topic,
        "maintainer": view.maintainer_name,
        "community": view.community,
        "reference": view.reference,
    }
    return replace(view, intro=wording.fill(view.intro, values), footer=wording.fill(view.footer, values))


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

"""The section about office hours for a project's own documentation, written from the database instead of by hand.

The same programme gives the same text, so that it can be kept in a repository and compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time

from babel.dates import get_timezone_name

from booking.models import Community
from booking.office import Office
from booking.programme_words import hours, weekdays
from routing.values import Programme, Slot

ORIGIN = "Written by `officehours export docs`: change the community instead of this text, and write it anew."


@dataclass(frozen=True, slots=True)
class Markup:
    """How a format writes what the section needs: `link` takes words and address."""

    comment: str
    heading: str
    link: str
    special: re.Pattern[str]


FORMATS: Mapping[str, Markup] = {
    "rst": Markup(".. {}", "{}\n------------", "`{} <{}>`__", re.compile(r"([\\`*_|<>])")),
    "md": Markup("<!-- {} -->", "## {}", "[{}]({})", re.compile(r"([\\`*_\[\]<>#])")),
}


def docs_section(office: Office, community: Community, programme: Programme, form: str) -> str:
    """The slots with their topics and links to book, in reStructuredText ("rst") or Markdown ("md")."""
    return "\n".join(_lines(office, community, programme, FORMATS[form])) + "\n"


def _lines(office: Office, community: Community, programme: Programme, markup: Markup) -> Iterator[str]:
    def link(words: str, path: str) -> str:
        return markup.link.format(markup.special.sub(r"\\\1", words), office.links.url(path))

    yield from (markup.comment.format(ORIGIN), "", markup.heading.format("Office hours"), "")
    invitation = f"Book a {community.session_minutes}-minute {community.name} session"
    yield from (f"{link(invitation, '/')} with a maintainer who knows the area.", "")
    for slot, topics in hours(programme):
        yield from (f"**{_when(slot)}** ({weekdays(slot.weekdays)})", "")
        yield from (f"- {link(topic.title, f'/topics/{topic.key}')}" for topic in topics)
        yield ""
    yield link("The schedule in your own time zone", "/schedule")


def _when(slot: Slot) -> str:
    """ "7:00 a.m. PT", as projects write it: the zone's usual short name in the United States, else its place."""
    zone = get_timezone_name(slot.timezone, width="short", zone_variant="generic", locale="en_US")
    return f"{_clock(slot.starts)} {zone}"


def _clock(starts: time) -> str:
    return f"{(starts.hour + 11) % 12 + 1}:{starts.minute:02} {'a.m.' if starts.hour < 12 else 'p.m.'}"

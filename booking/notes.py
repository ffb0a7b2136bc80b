"""Notes of sessions: rendered, found, and as pages that may answer a question before anybody books."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import sqlalchemy as sa
from markdown_it import MarkdownIt
from markupsafe import Markup
from sqlalchemy.orm import joinedload

from booking.extensions import db, office
from booking.models import Booking, Note, Topic
from routing.pages import Page

PAGE = 20
MOST_WORDS = 8
FIRST_LEVEL, LAST_LEVEL = 2, 6  # of headings: the page has the one above
LEAST_NAMED = 3


def render(text: str) -> Markup:
    """CommonMark as HTML: tags in it are text, pictures and addresses that are not of the web are left out."""
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + FIRST_LEVEL - 1, LAST_LEVEL)}"
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("rel", "noopener noreferrer nofollow ugc")
    # The renderer escapes all that was typed: `html` is off.
    return Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S704


def of_booking(booking_id: int) -> Note | None:
    return db.session.scalar(sa.select(Note).where(Note.booking_id == booking_id))


def published(note_id: int) -> Note | None:
    """A note that is public, with its session."""
    mine = sa.select(Note).where(Note.id == note_id, Note.published).options(*_IN_FULL)
    return db.session.scalar(mine)


def search(asked: str, topic: str | None, page: int) -> tuple[Sequence[Note], bool]:
    """The public notes that have every word of what was asked, latest first: a page of them, and whether more follow.

    Letters of other scripts than Latin are told apart by case on SQLite.
    """
    found = sa.select(Note).where(Note.published).order_by(Note.answered_at.desc(), Note.id.desc())
    for word in asked.split()[:MOST_WORDS]:
        found = found.where(Note.title.icontains(word, autoescape=True) | Note.text.icontains(word, autoescape=True))
    if topic is not None:
        found = found.join(Note.topic).where(Topic.key == topic)
    rows = db.session.scalars(found.offset(PAGE * (page - 1)).limit(PAGE + 1).options(*_IN_FULL)).all()
    return rows[:PAGE], len(rows) > PAGE


def topics() -> Sequence[Topic]:
    """The topics that have public notes."""
    known = sa.select(Note.topic_id).where(Note.published)
    return db.session.scalars(sa.select(Topic).where(Topic.id.in_(known)).order_by(Topic.position)).all()


def pages() -> list[Page]:
    """The public notes as pages to look for answers in."""
    rows = db.session.execute(sa.select(Note.id, Note.title, Note.stems).where(Note.published).order_by(Note.id))
    return [Page(office().links.url(f"/notes/{number}"), title, (), stems) for number, title, stems in rows]


def named(booking: Booking, *texts: str) -> str | None:
    """What in these texts says who the attendee is: their name, a part of it as a word, or their address."""
    name, whole = booking.attendee_name, " ".join(texts)
    parts = [(part, 0) for part in name.split() if len(part) >= LEAST_NAMED]
    for said, how in ((name, re.IGNORECASE), (booking.attendee_email, re.IGNORECASE), *parts):
        if said and re.search(rf"(?<!\w){re.escape(said)}(?!\w)", whole, how):
            return said
    return None


_IN_FULL = (joinedload(Note.topic), joinedload(Note.booking).joinedload(Booking.maintainer))
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])


def _of_the_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in {"http", "https"}
    except ValueError:
        return False


_MARKDOWN.validateLink = _of_the_web  # type: ignore[method-assign]

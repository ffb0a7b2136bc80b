"""The community's documentation: read from disk when the community file is applied, kept as rows, asked from memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import islice
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from booking import queries
from booking.community_file import DocsTable
from booking.extensions import db
from booking.models import DocsPage
from routing.pages import Found, Page, Pages, stems_of

SUFFIXES = {".md": "/", ".markdown": "/", ".rst": ".html"}  # as MkDocs and Sphinx publish a page
INDEXES = frozenset({"index", "readme"})
MOST_PAGES, MOST_BYTES = 5_000, 2**20
MOST_HEADINGS, LONGEST_HEADING = 100, 120
PAGES = "officehours.pages"

FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
HEADING = re.compile(
    r"^#{1,6}[ \t]+(?P<atx>\S.*?)[ \t#]*$|^(?P<lined>\S.*)\n(?P<line>[=\-~^\"'*+`#])(?P=line){2,}[ \t]*$", re.MULTILINE
)
MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|:[\w:+-]+:(?=`)|\{[^}]*\}|<[^>]*>|[`*]")
# A sitemap is plain enough (sitemaps.org): no XML parser has to be trusted with a file that came from elsewhere.
LOCATION = re.compile(r"<loc>\s*([^<\s]+)\s*</loc>")


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many pages differ from those kept."""

    new: int
    changed: int
    gone: int

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


def find(question: str) -> list[Found]:
    """The pages that may answer a question, three at most; read once a process and revision of the community.

    Notes of earlier sessions, once they are published, are more pages of the same index.
    """
    if not question:
        return []
    revision = queries.community().revision
    kept: tuple[int, Pages] | None = current_app.extensions.get(PAGES)
    if kept is None or kept[0] != revision:
        kept = (revision, Pages(_stored(db.session())))
        current_app.extensions[PAGES] = kept
    return kept[1].find(question)


def read(table: DocsTable | None) -> list[Page]:
    """The pages that the community file names, in order of address; MOST_PAGES at most."""
    if table is None:
        return []
    found = _of_folder(table) if table.folder else _of_sitemap(table)
    pages = {page.url: page for page in islice(found, MOST_PAGES)}
    return [pages[url] for url in sorted(pages)]


def compare(pages: Sequence[Page], session: Session) -> Comparison:
    """What `store` would change."""
    old, new = {page.url: page for page in _stored(session)}, {page.url: page for page in pages}
    changed = sum(old[url] != new[url] for url in old.keys() & new.keys())
    return Comparison(len(new.keys() - old.keys()), changed, len(old.keys() - new.keys()))


def store(pages: Sequence[Page], session: Session) -> None:
    """Keep these pages and no others, in the caller's transaction."""
    session.execute(sa.delete(DocsPage))
    rows = [
        {"url": page.url, "title": page.title, "headings": list(page.headings), "stems": dict(page.stems)}
        for page in pages
    ]
    if rows:
        session.execute(sa.insert(DocsPage), rows)


def _stored(session: Session) -> list[Page]:
    columns = (DocsPage.url, DocsPage.title, DocsPage.headings, DocsPage.stems)
    return [Page(*row) for row in session.execute(sa.select(*columns).order_by(DocsPage.url))]


def _of_folder(table: DocsTable) -> Iterator[Page]:
    """Markdown and reST below the folder; nothing hidden, and nothing that a link leads out of it."""
    root = Path(table.folder or "")
    for path in sorted(root.rglob("*")):
        inner = path.relative_to(root)
        hidden = any(part.startswith((".", "_")) for part in inner.parts)
        if path.suffix in SUFFIXES and not hidden and path.is_file() and path.resolve().is_relative_to(root):
            with path.open("rb") as file:
                text = file.read(MOST_BYTES).decode(errors="replace")
            yield _page(_address(table, inner), text.replace("\r\n", "\n"), _plain_words(inner.stem))


def _page(url: str, text: str, name: str) -> Page:
    front = FRONT_MATTER.match(text)
    titled = TITLE.search(front[1]) if front else None
    body = text[front.end() :] if front else text
    found = HEADING.finditer(FENCE.sub("", body))
    said = (_tidy(each["atx"] or each["lined"]) for each in islice(found, MOST_HEADINGS))
    headings = [heading for heading in said if heading]
    title = (_tidy(titled[1]) if titled else "") or (headings.pop(0) if headings else name)
    return Page(url, title, headings, stems_of(title, headings, body))


def _address(table: DocsTable, inner: Path) -> str:
    """Where a file of the folder is read: `a/b.md` at `a/b/`, `a/b.rst` at `a/b.html`, an index at its folder."""
    suffix = table.suffix or SUFFIXES[inner.suffix]
    place = inner.parent if inner.stem.lower() in INDEXES else inner.with_suffix("")
    path = "" if place == Path() else place.as_posix()
    ending = "/" if path and place == inner.parent else suffix if path else ""
    return urljoin((table.base_url or "").rstrip("/") + "/", quote(path) + ending)


def _of_sitemap(table: DocsTable) -> Iterator[Page]:
    """The pages of a sitemap that lie under `base_url`, if it is given; their addresses are all that is known."""
    with Path(table.sitemap or "").open("rb") as file:
        text = file.read(20 * MOST_BYTES).decode(errors="replace")
    for location in LOCATION.finditer(text):
        url = unescape(location[1])
        parts = urlsplit(url)
        names = [_plain_words(Path(unquote(part)).stem) for part in parts.path.split("/") if part]
        if parts.scheme in ("http", "https") and url.startswith(table.base_url or "") and names:
            yield Page(url, names[-1], [], stems_of(names[-1], [], " ".join(names)))


def _plain_words(name: str) -> str:
    """A file's name as words."""
    return re.sub(r"[-_.]+", " ", name).strip().capitalize()


def _tidy(heading: str) -> str:
    return " ".join(MARKUP.sub(r"\1", heading).split())[:LONGEST_HEADING]

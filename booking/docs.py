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

from booking import notes, queries
from booking.community.file import DocsTable
from booking.extensions import db
from booking.models import DocsPage
from booking.notifications.text import one_line
from routing.pages import Found, Page, Pages, stems_of

SUFFIXES = {".md": "/", ".markdown": "/", ".rst": ".html"}  # as MkDocs and Sphinx publish a page
INDEXES = frozenset({"index", "readme"})
MOST_PAGES, MOST_BYTES = 5_000, 2**20
MOST_HEADINGS, LONGEST_HEADING, LONGEST_LINE, LONGEST_ADDRESS = 100, 120, 500, 2_000
PAGES, COMPARED = "officehours.pages", "officehours.docs-compared"

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

    Published notes of earlier sessions are more pages of the same index.
    """
    if not question:
        return []
    revision = queries.community().revision
    kept: tuple[int, Pages] | None = current_app.extensions.get(PAGES)
    if kept is None or kept[0] != revision:
        kept = (revision, Pages([*_stored(db.session()), *notes.pages()]))
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


def compare_files(table: DocsTable | None, revision: int, session: Session) -> Comparison:
    """The same; files, which may take a second to read, are only read when one, or what is kept, has changed."""
    seen = table, revision, _versions(table)
    kept: tuple[object, Comparison] | None = current_app.extensions.get(COMPARED)
    if kept is None or kept[0] != seen:
        kept = (seen, compare(read(table), session))
        current_app.extensions[COMPARED] = kept
    return kept[1]


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


def _versions(table: DocsTable | None) -> set[tuple[str, int, int, int]]:
    """By which an edited, added, removed or exchanged file is noticed."""
    if table is None:
        return set()
    paths = Path(table.folder).rglob("*") if table.folder else [Path(table.sitemap or "")]
    pages = (path for path in paths if path.suffix in SUFFIXES or not table.folder)
    found = ((str(path), path.stat()) for path in pages if path.is_file())
    return {(path, stat.st_mtime_ns, stat.st_size, stat.st_ino) for path, stat in found}


def _of_folder(table: DocsTable) -> Iterator[Page]:
    """Markdown and reST below the folder; nothing hidden, and nothing that a link leads out of it or to what is."""
    root = Path(table.folder or "")
    for path in sorted(root.rglob("*")):
        inner = path.relative_to(root)
        if path.suffix in SUFFIXES and path.is_file() and _shown(path, root) and _shown(path.resolve(), root):
            with path.open("rb") as file:
                text = file.read(MOST_BYTES).decode(errors="replace")
            yield _page(_address(table, inner), text.replace("\r\n", "\n"), _plain_words(inner.stem))


def _shown(path: Path, root: Path) -> bool:
    """Whether it lies below the root with no part hidden, under a name that is text."""
    if not path.is_relative_to(root):
        return False
    inner = path.relative_to(root)
    hidden = any(part.startswith((".", "_")) for part in inner.parts)
    return not hidden and inner.as_posix() == inner.as_posix().encode(errors="replace").decode()


def _page(url: str, text: str, name: str) -> Page:
    front = FRONT_MATTER.match(text)
    titled = TITLE.search(_cut(front[1])) if front else None
    body = text[front.end() :] if front else text
    found = HEADING.finditer(FENCE.sub("", _cut(body)))
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
        if not _below(url, table.base_url):
            continue
        names = [_plain_words(Path(unquote(part)).stem) for part in urlsplit(url).path.split("/")]
        named = [name for name in names if name]
        if named:
            yield Page(url, named[-1], [], stems_of(named[-1], [], " ".join(named)))


def _below(url: str, base_url: str | None) -> bool:
    """Whether it is a web address, and one below the base, if there is one."""
    try:
        parts, base = urlsplit(url), urlsplit(base_url or url)
    except ValueError:  # as of half an IPv6 address
        return False
    path, top = unquote(parts.path).split("/"), unquote(base.path).rstrip("/").split("/")
    plain = parts.scheme in ("http", "https") and url == one_line(url, LONGEST_ADDRESS) and ".." not in path
    return plain and parts[:2] == base[:2] and path[: len(top)] == top


def _plain_words(name: str) -> str:
    """A file's name as words."""
    return one_line(re.sub(r"[-_.]+", " ", name), LONGEST_HEADING).capitalize()


def _cut(text: str) -> str:
    """Its lines as far as the patterns look: on a line without end they would take the square of its length."""
    return "\n".join(line[:LONGEST_LINE] for line in text.split("\n"))


def _tidy(heading: str) -> str:
    return one_line(MARKUP.sub(r"\1", heading), LONGEST_HEADING)

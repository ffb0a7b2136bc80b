"""Files of documentation become pages: title, headings, address; whatever is in them."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.community.file import CommunityFileError, DocsTable, parse
from booking.docs import read
from routing.pages import Page
from tests.booking.community_mistakes import GOOD

BASE = "https://docs.example.org"
CASES = [
    ("a.md", "# Title\n\n## One #\n\ntext\n\nTwo\n---\n", "Title", ["One", "Two"], "/a/"),
    ("a/b.rst", "=====\nTitle\n=====\n\nOne\n~~~\n\n.. note:: x\n", "Title", ["One"], "/a/b.html"),
    ("b.md", '---\ntitle: "Front"\ntags: x\n---\n# Body\n', "Front", ["Body"], "/b/"),
    ("c d.md", "no heading at all", "C d", [], "/c%20d/"),
    ("index.md", "# Home\n", "Home", [], "/"),
    ("guide/README.md", "# Guide\n", "Guide", [], "/guide/"),
    ("d.md", "```sh\n# no heading\n```\n\n# `code` and [link](http://x) {#id}\n", "code and link", [], "/d/"),
    ("e.rst", "Use :ref:`this <x>`\n===================\n", "Use this", [], "/e.html"),
    ("f.md", "#no heading\n\n####### neither\n\n#\ttab\n", "tab", [], "/f/"),
    ("long.md", f"# T\n\n{'word ' * 200}\n\n## One\n", "T", ["One"], "/long/"),
    ("nul.md", "---\ntitle: A\0b\n---\n# C\0\n\n## \0\n\n## D\x1b[2J\n", "Ab", ["C", "D[2J"], "/nul/"),
    ("g.md", "# Windows\r\n\r\n## Lines\r\n", "Windows", ["Lines"], "/g/"),
]


def pages(root: Path, **table: str) -> list[Page]:
    return read(DocsTable.model_construct(None, folder=str(root.resolve()), base_url=BASE, **table))


@pytest.mark.parametrize(("name", "text", "title", "headings", "address"), CASES, ids=[case[0] for case in CASES])
def test_a_file_is_a_page(tmp_path: Path, name: str, text: str, title: str, headings: list[str], address: str) -> None:
    """Title from the front matter, the first heading or the file's name; addresses as MkDocs and Sphinx make them."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    [page] = pages(tmp_path)
    assert (page.title, list(page.headings), page.url) == (title, headings, BASE + address)


def test_addresses_can_end_as_the_site_has_them(tmp_path: Path) -> None:
    """`suffix` is for sites that publish otherwise."""
    (tmp_path / "a.md").write_text("# A\n")
    assert [page.url for page in pages(tmp_path, suffix=".htm")] == [f"{BASE}/a.htm"]


@given(st.text(st.characters(codec="utf-8"), max_size=500), st.binary(max_size=200), st.sampled_from(["md", "rst"]))
def test_any_file_can_be_read(text: str, more: bytes, kind: str) -> None:
    """Whatever bytes: one page with a title, short headings, and the same again."""
    with TemporaryDirectory() as name:
        path = Path(name) / f"page.{kind}"
        path.write_bytes(text.encode() + more)
        [page] = pages(Path(name))
        assert pages(Path(name)) == [page]
    assert all(0 < len(heading) <= 120 for heading in page.headings)


@pytest.mark.parametrize("start", ["# a", "---\ntitle: a"])
def test_a_line_without_end_takes_no_time(tmp_path: Path, start: str) -> None:
    """Of a file that was made to be slow only the beginnings of its lines meet the patterns; in CPU time."""
    (tmp_path / "slow.md").write_text(f"{start}{'#' * 40_000}{' ' * 40_000}x\n---\n")
    before = process_time()
    assert len(pages(tmp_path)) == 1
    assert process_time() - before < 1


def test_names_that_are_no_text_and_links_to_what_is_hidden_are_left_out(tmp_path: Path) -> None:
    """Also through a link that itself has a plain name and stays within the folder."""
    for name in ("good.md", ".private/key.md", "_drafts/new.md", os.fsdecode(b"caf\xe9.md")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("# Title\n")
    (tmp_path / "key.md").symlink_to(tmp_path / ".private" / "key.md")
    (tmp_path / "new.md").symlink_to(tmp_path / "_drafts" / "new.md")
    (tmp_path / "again.md").symlink_to(tmp_path / "good.md")
    assert [page.url for page in pages(tmp_path)] == [f"{BASE}/again/", f"{BASE}/good/"]


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        (f"{BASE}/guide/map-tasks.html", True),
        (f"{BASE}/guide/", True),
        (f"{BASE}/guide-of-others/a", False),
        (f"{BASE}/guide/../a", False),
        (f"{BASE}/guide/%2e%2e/a", False),
        (f"{BASE}/guide/&#x202e;a", False),
        (f"{BASE}/guide/a&#10;b", False),
        (f"{BASE}/guide/{'a' * 3_000}", False),
        (f"{BASE}.evil.example/guide/a", False),
        (f"{BASE}@evil.example/guide/a", False),
        ("http://docs.example.org/guide/a", False),
        ("https://[docs/guide/a", False),
        ("https://docs\N{ACCOUNT OF}evil.example/guide/a", False),
    ],
)
@pytest.mark.parametrize("base", [f"{BASE}/guide", f"{BASE}/guide/"])
def test_a_sitemap_leads_nowhere_else(tmp_path: Path, base: str, address: str, taken: bool) -> None:
    """By scheme, host and whole folders of the path; what is no address is passed over, and the others are read."""
    good = f"{BASE}/guide/good"
    (tmp_path / "sitemap.xml").write_text(f"<loc>{address}</loc><loc>{good}</loc>")
    table = DocsTable.model_construct(None, sitemap=str(tmp_path / "sitemap.xml"), base_url=base)
    assert [page.url for page in read(table)] == sorted([good, *[address] * taken])


def test_a_name_in_an_address_is_text(tmp_path: Path) -> None:
    """A NUL, which no database keeps, or nothing but one."""
    (tmp_path / "sitemap.xml").write_text(f"<loc>{BASE}/map%00tasks</loc><loc>{BASE}/b/%00</loc><loc>{BASE}/%00</loc>")
    found = read(DocsTable.model_construct(None, sitemap=str(tmp_path / "sitemap.xml")))
    assert [page.title for page in found] == ["B", "Maptasks"]


@pytest.mark.parametrize(
    ("docs", "problem"),
    [
        ('[docs]\nfolder = "nowhere"\nbase_url = "https://x.example"\n', "there is no folder"),
        ('[docs]\nsitemap = "nowhere.xml"\n', "there is no file"),
        ('[docs]\nbase_url = "https://x.example"\n', 'write either folder = "docs" or sitemap = "sitemap.xml"'),
        ('[docs]\nfolder = "."\n', 'add base_url = "https://docs.example.org/"'),
        ('[docs]\nfolder = "."\nbase_url = "docs"\n', "beginning with https://"),
        ("[docs]\nfolder = 3\n", 'write it as in folder = "docs"'),
        ('[docs]\nfoldr = "x"\n', 'did you mean "folder"?'),
    ],
)
def test_a_wrong_docs_table_gets_its_remedy(tmp_path: Path, docs: str, problem: str) -> None:
    """Table, key and line, as for every other mistake."""
    with pytest.raises(CommunityFileError) as found:
        parse(docs + GOOD, tmp_path)
    assert any(line.startswith("docs") and problem in line for line in found.value.problems), found.value.problems


@pytest.mark.parametrize("path", ["/etc/**", "../x", "a/../../b", ":(exclude)a", "", "/"])
def test_paths_stay_within_a_repository(path: str) -> None:
    """No root, no way up, no magic words of git's."""
    with pytest.raises(CommunityFileError, match="no path within a repository"):
        parse(GOOD.replace('title = "Set-up"', f'title = "Set-up"\npaths = ["{path}"]'))

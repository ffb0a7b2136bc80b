"""Every sentence attendees read is marked, and said in each language."""

from __future__ import annotations

import ast
import io
import re
import shlex
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from booking.reading import LANGUAGES

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
OTHERS = sorted(LANGUAGES.keys() - {"en"})
PLACES = re.compile(r"%\(\w+\)[sd]|</?\w+[^>]*>")
SENTENCE = re.compile(r"[A-Z][a-z]|[A-Za-z]\S* +[A-Za-z]")
ATTRIBUTE = re.compile(r'[\w-]+="[^"]*"')  # of a tag whose rest is in another template
SPOKEN = {"alt", "aria-label", "placeholder", "title"}
TRANSLATED = {"_", "gettext", "ngettext"}
STAFF_FOLDERS = {"admin", "chat", "export", "maintainer", "outbox", "alert", "calendar", "digest", "sign_in"}
STAFF_FOLDERS |= {"account", "invitation"}
STAFF_MACROS = {"cannot_give", "maintainer_footer"}
FOR_ATTENDEES = sorted(
    path
    for path in TEMPLATES.rglob("*.*")
    if path.suffix in {".html", ".txt"}
    and path.parent.name not in STAFF_FOLDERS
    and not path.parent.name.endswith("_maintainer")
)


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What `make messages` finds in code and templates."""
    command = next(line for line in (ROOT / "Makefile").read_text().splitlines() if "pybabel --quiet extract" in line)
    output = tmp_path_factory.mktemp("messages") / "messages.pot"
    words = [str(output) if word == "build/messages.pot" else word for word in shlex.split(command)[1:]]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        CommandLineInterface().run(["pybabel", *words])
    return read(output)


@cache
def catalog(language: str) -> Catalog:
    path = ROOT / "booking" / "translations" / language / "LC_MESSAGES" / "messages.po"
    return read(path, language)


def read(path: Path, language: str | None = None) -> Catalog:
    with path.open("rb") as stream:
        return read_po(stream, locale=language)


def forms(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, (tuple, list)) else [str(message.string)]


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_in_the_catalog(found: Catalog, language: str) -> None:
    """And nothing else is: `make messages` was run after the last change."""
    assert len(found) > 300
    assert {message.id for message in found} == {message.id for message in catalog(language)}


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_translated(language: str) -> None:
    """In as many plural forms as the language has, none of them guessed."""
    theirs = catalog(language)
    for message in theirs:
        if message.id:
            assert all(forms(message)), message.id
            assert not message.fuzzy, message.id
            assert len(forms(message)) == (theirs.num_plurals if message.pluralizable else 1), message.id


@pytest.mark.parametrize("language", OTHERS)
def test_places_and_tags_are_kept(language: str) -> None:
    """The same names stand in the same number; only where a plural form says one or two in words is there no number."""
    for message in catalog(language):
        if message.id:
            ids = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
            wanted = sorted(PLACES.findall(ids[-1]))
            without_number = sorted(set(wanted) - {"%(num)d"})
            for form in forms(message):
                assert sorted(PLACES.findall(form)) in (wanted, without_number), message.id


@pytest.mark.parametrize("language", OTHERS)
def test_what_runs_is_what_is_written(language: str) -> None:
    """The compiled catalog is that of the text beside it."""
    compiled = io.BytesIO()
    write_mo(compiled, catalog(language))
    path = ROOT / "booking" / "translations" / language / "LC_MESSAGES" / "messages.mo"
    assert path.read_bytes() == compiled.getvalue()


TELLING = {"refuse", "Refusal", "ValueError", "ValidationError", "abort", "flash"}
TO_STAFF_OR_PROGRAMS = {
    *("services/resend.py", "services/choose.py", "services/connect.py", "services/decide_expertise.py"),
    *("services/hand_over.py", "services/keep_note.py", "views/behalf.py", "views/outcomes.py"),
    *("views/my_hours.py",),
    *("views/admin.py", "views/maintainer.py", "views/calendars.py", "views/feeds.py", "views/sessions.py"),
    *("views/signatures.py", "views/outbox.py", "views/routes.py", "views/sign_in.py", "views/guards.py"),
    *("views/api.py", "views/schemas.py", "views/staff.py", "views/account.py", "views/people.py"),
    *("views/identities.py", "views/passkeys.py", "services/passkeys.py", "services/prove_identity.py"),
    *("services/invite.py", "services/change_account.py"),
}
CODE = sorted(
    path
    for folder in ("views", "services")
    for path in (ROOT / "booking" / folder).glob("*.py")
    if f"{folder}/{path.name}" not in TO_STAFF_OR_PROGRAMS
)


@pytest.mark.parametrize("path", [*CODE, ROOT / "booking" / "validation.py"], ids=lambda path: path.name)
def test_no_sentence_stands_bare_in_code(path: Path) -> None:
    """What a refusal, a field's error, an error page or a note says goes through a translation."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    told = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id in TELLING)
    said = [part for call in told for part in (*call.args, *(keyword.value for keyword in call.keywords))]
    assert [ast.unparse(part) for part in said if _is_bare(part)] == []


def _is_bare(part: ast.expr) -> bool:
    """Whether it is a sentence as it stands, or one put together on the spot."""
    return isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and bool(SENTENCE.match(str(part.value))))


class Words(HTMLParser):
    """The texts and spoken attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.style = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.style = tag == "style"
        self.found += [value or "" for name, value in attrs if name in SPOKEN]

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self.style = False

    def handle_data(self, data: str) -> None:
        if not self.style:
            self.found.append(data)


def bare(source: str, *, html: bool) -> list[str]:
    """The words of a template that no translation reaches."""
    tree = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)
    texts = [node.data if isinstance(node, nodes.TemplateData) else "\0" for node in _pieces(tree)]
    words = Words("".join(texts)).found if html else texts
    constants = [node.value for node in _constants(tree) if isinstance(node.value, str)]
    return [word for word in words if re.search("[A-Za-z]{2}", ATTRIBUTE.sub("", word))] + [
        word for word in constants if SENTENCE.search(word) and not word.startswith("%")
    ]


def _pieces(node: nodes.Node) -> Iterator[nodes.Node]:
    if isinstance(node, nodes.Macro) and node.name in STAFF_MACROS:
        return
    if isinstance(node, nodes.Output):
        yield from node.nodes
    for child in node.iter_child_nodes():
        yield from _pieces(child)


def _constants(node: nodes.Node) -> Iterator[nodes.Const]:
    if isinstance(node, nodes.Macro) and node.name in STAFF_MACROS:
        return
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in TRANSLATED:
        return
    if isinstance(node, nodes.Const):
        yield node
    for child in node.iter_child_nodes():
        yield from _constants(child)


@pytest.mark.parametrize("path", FOR_ATTENDEES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_sentence_stands_bare_in_a_template(path: Path) -> None:
    """Whatever attendees read goes through a translation."""
    assert bare(path.read_text(), html=path.suffix == ".html") == []


@pytest.mark.parametrize(
    "source",
    ["<p>Book now</p>", '<nav aria-label="Main">', '{{ text(field, "Why we ask") }}', '{{ "Error: " if wrong }}'],
)
def test_a_bare_sentence_is_noticed(source: str) -> None:
    """The test before can fail."""
    assert bare(source, html=True)
    assert not bare('<p class="Lead one">{{ _("Book now") }} {{ name|bdi }}</p>', html=True)

"""Pages of the documentation beside a question, from a folder or a sitemap that the community file names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask

from benchmarks.statements import counted
from booking.resources import folder
from tests.web.browser import Browser, text_of
from tests.web.commands import run
from tests.web.conftest import FIRST, MakeApp
from tests.web.test_find import DEPLOYMENT, HOPELESS, SURE, UNSURE, ask
from tests.web.test_learning import demand

BASE = "https://docs.example.org/flyte"
FILES = {
    "deploy/helm.md": "---\ntitle: Installing with Helm\n---\n\n## Login with Okta and OIDC\n\nThe ingress of EKS.\n",
    "plugins/mlflow.rst": "MLflow plugin\n=============\n\nLogging\n-------\n\nTrack runs.\n",
    "index.md": "# Welcome\n\nEverything about workflows.\n",
    "_drafts/helm.md": "# Draft of helm install ingress Okta OIDC login EKS\n",
    ".git/helm.md": "# Hidden helm install ingress Okta OIDC login EKS\n",
    "notes.txt": "helm install ingress Okta OIDC login EKS",
}


@pytest.fixture
def documented(app: Flask, tmp_path: Path) -> Path:
    """A community file beside a folder of documentation; applied."""
    for name, text in FILES.items():
        path = tmp_path / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return _applied(app, tmp_path, f'[docs]\nfolder = "docs"\nbase_url = "{BASE}"\n')


def _applied(app: Flask, home: Path, docs: str) -> Path:
    path = home / "community.toml"
    path.write_text(docs + (folder("communities") / "flyte.toml").read_text())
    done = run(app, "apply", str(path))
    assert done.exit_code == 0, done.output
    assert "Pages: " in done.output
    return path


def test_pages_stand_beside_the_topics_and_the_times(visitor: Browser, documented: Path) -> None:
    """With the heading that fits and the words, once something was asked; published pages only."""
    assert "Perhaps this answers it" not in visitor.get(DEPLOYMENT).text
    for page in (ask(visitor, SURE), visitor.get(DEPLOYMENT), visitor.get("/find/others")):
        assert "Perhaps this answers it already" in text_of(page)
        assert f'href="{BASE}/deploy/helm/"' in page.text
        assert "Installing with Helm: Login with Okta and OIDC" in text_of(page)
        assert "<q>helm</q>" in page.text
        assert "Draft" not in page.text
        assert "Hidden" not in page.text
    page = ask(visitor, UNSURE)
    assert "Which of these is it about?" in text_of(page)
    assert f'href="{BASE}/plugins/mlflow.html"' in page.text
    assert "Perhaps this answers it" not in ask(visitor, HOPELESS).text


def test_the_programmes_page_reads_files_that_changed_and_no_others(make_app: MakeApp, tmp_path: Path) -> None:
    """A file as long and as old as it was is taken for the same; edited, added, or applied, it is looked at again."""
    app = make_app(community=tmp_path / "community.toml")
    page = tmp_path / "docs" / "helm.md"
    page.parent.mkdir()
    page.write_text("# Helm\n")
    (tmp_path / "community.toml").write_text(
        f'[docs]\nfolder = "docs"\nbase_url = "{BASE}"\n' + (folder("communities") / "flyte.toml").read_text()
    )
    admin = Browser(app).sign_in(None)

    def said() -> str:
        return text_of(admin.get("/admin/programme"))

    assert "Pages: 1 new, 0 changed, 0 gone." in said()
    (tmp_path / "docs" / "okta.md").write_text("# Okta\n")
    assert "Pages: 2 new, 0 changed, 0 gone." in said()
    assert run(app, "apply", str(tmp_path / "community.toml")).exit_code == 0
    assert "Nothing: the programme is what the file says." in said()
    before = page.stat()
    page.write_text("# Kube\n")
    os.utime(page, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "Nothing: the programme is what the file says." in said()
    os.utime(page)
    assert "Pages: 0 new, 1 changed, 0 gone." in said()


def test_this_solved_it_is_a_meeting_avoided(app: Flask, visitor: Browser, documented: Path) -> None:
    """Counted once a question, thanked for, and shown to the administrator; neither question nor person is kept."""
    ask(visitor, SURE)
    page = visitor.get(DEPLOYMENT)
    for _ in range(2):
        sent = visitor.send("/find/solved", page, topic="deploy_auth")
        assert (sent.status_code, sent.location) == (303, "/find/solved")
    assert "Glad that it helped" in text_of(visitor.get("/find/solved"))
    [row] = demand(app)
    assert (row.kind, row.question, row.timezone, row.shown) == ("solved", None, None, [])
    assert row.topic_id is not None
    assert "1 meeting spared" in text_of(Browser(app).sign_in(None).get("/admin"))
    assert SURE not in visitor.get("/").text
    visitor.send("/find/solved", ask(visitor, UNSURE), topic="no-such-topic")
    assert [row.topic_id for row in demand(app)][1:] == [None]


def test_applying_again_reads_again(app: Flask, visitor: Browser, documented: Path) -> None:
    """What changed on disk is planned, applied and shown at once; without a change there is nothing to do."""
    assert "Nothing to change." in run(app, "apply", str(documented)).output
    pages = documented.parent / "docs"
    (pages / "plugins" / "mlflow.rst").unlink()
    (pages / "index.md").write_text("# Welcome\n\nEverything else.\n")
    (pages / "new.md").write_text("# Tracking with MLflow by a plugin\n")
    expected = "Pages: 1 new, 1 changed, 1 gone."
    assert "mlflow.html" in ask(visitor, UNSURE).text
    assert expected in run(app, "plan", str(documented)).output
    assert "mlflow.html" in ask(visitor, UNSURE).text
    assert expected in run(app, "apply", str(documented)).output
    page = ask(visitor, UNSURE)
    assert "mlflow.html" not in page.text
    assert f'href="{BASE}/new/"' in page.text


def test_the_index_is_read_once(app: Flask, visitor: Browser, documented: Path) -> None:
    """The times beside pages ask the database no more than the times alone."""
    visitor.get(DEPLOYMENT)
    with counted(app) as plain:
        visitor.get(DEPLOYMENT)
    ask(visitor, SURE)
    with counted(app) as beside:
        assert "Perhaps this answers it" in visitor.get(DEPLOYMENT).text
    assert len(beside.statements) == len(plain.statements)


def test_exporting_keeps_where_the_pages_are(app: Flask, documented: Path, tmp_path: Path) -> None:
    """As a whole path, so that the file may lie anywhere."""
    exported = tmp_path / "elsewhere" / "export.toml"
    exported.parent.mkdir()
    exported.write_text(run(app, "export").output)
    assert f'folder = "{documented.parent / "docs"}"' in exported.read_text()
    assert "Nothing to change." in run(app, "plan", str(exported)).output


def test_a_sitemap_is_enough(app: Flask, visitor: Browser, tmp_path: Path) -> None:
    """Addresses below the base, as they are published, with their names as titles; nothing else in the file counts."""
    evil = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    locations = [f"{BASE}/plugins/mlflow-plugin.html", "https://elsewhere.example/mlflow-plugin", "javascript:mlflow()"]
    entries = "".join(
        f"<url><loc>{each}</loc><x>&a;</x></url>" for each in [*locations, f"{BASE}/a?b=1&amp;c=2", "&a;"]
    )
    (tmp_path / "sitemap.xml").write_text(f"<?xml version='1.0'?>{evil}<urlset>{entries}</urlset>")
    _applied(app, tmp_path, f'[docs]\nsitemap = "sitemap.xml"\nbase_url = "{BASE}"\n')
    page = ask(visitor, UNSURE)
    assert f'href="{BASE}/plugins/mlflow-plugin.html"' in page.text
    assert "Mlflow plugin" in text_of(page)
    assert "elsewhere.example" not in page.text
    assert "javascript:" not in page.text


def test_links_do_not_lead_out_of_the_folder(app: Flask, visitor: Browser, documented: Path) -> None:
    """A page that is a link to a file elsewhere is not read."""
    secret = documented.parent / "secret.md"
    secret.write_text("# Zebra secrets\n")
    (documented.parent / "docs" / "zebra.md").symlink_to(secret)
    assert "Nothing to change." in run(app, "apply", str(documented)).output
    assert "Zebra" not in text_of(ask(visitor, "zebra")).replace("zebra", "")


def test_markup_in_pages_is_text(app: Flask, visitor: Browser, documented: Path) -> None:
    """Whoever may write documentation may not write into our pages."""
    (documented.parent / "docs" / "bad.md").write_text('# "><script>alert(1)</script> zebra\n\n## <img src=x> zebra\n')
    run(app, "apply", str(documented))
    page = ask(visitor, "zebra")
    assert "/bad/" in page.text
    assert "<script>alert" not in page.text
    assert "<img src=x>" not in page.text


def test_booking_still_works_beside_pages(visitor: Browser, documented: Path) -> None:
    """Pages are an offer, not a gate."""
    ask(visitor, SURE)
    assert visitor.book(FIRST, "releases").status_code == 303

"""Levels proposed from a real git repository, and what each maintainer says to them."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.git_history import HistoryError, commits
from booking.models import Booking, Expertise, ExpertiseProposal
from booking.resources import folder
from tests.web.browser import Browser, bookings, text_of
from tests.web.commands import answer, run
from tests.web.conftest import FIRST, Begin

# The command has the machine's clock. Noon of yesterday, so that minutes later is the same day.
NOW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
ADA, BOB, STRANGER = "example-1@example.org", "BOB@home.example", "stranger@example.org"
LATELY = f"{NOW - timedelta(days=8):%Y-%m-%d}"
PATHS = {"integrations": ["plugins/**", "*.md"], "releases": ["ci/*"]}


def git(repo: Path, *arguments: str, **env: str) -> str:
    own = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, **env}
    return subprocess.run(["git", *arguments], cwd=repo, env=own, check=True, capture_output=True, text=True).stdout


def commit(repo: Path, email: str, name: str, at: datetime, times: int = 1) -> None:
    """So many commits that change this file, a minute apart."""
    path = repo / name
    path.parent.mkdir(parents=True, exist_ok=True)
    for number in range(times):
        when = f"{at + timedelta(minutes=number):%Y-%m-%dT%H:%M:%S+00:00}"
        path.write_text(f"{when} {email}")
        who = {f"GIT_{role}_{part}": email for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
        git(repo, "add", "--all")
        git(repo, "commit", "--message", "Change", **who, GIT_AUTHOR_DATE=when, GIT_COMMITTER_DATE=when)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada, lately, in two topics' paths and elsewhere; Bob, years ago, under an address of his own; a stranger."""
    repo = tmp_path_factory.mktemp("repository")
    git(repo, "init", "--quiet")
    commit(repo, BOB, "plugins/dolt/old.py", NOW - timedelta(days=1_000), 8)
    commit(repo, STRANGER, "plugins/dolt/a.py", NOW - timedelta(days=9), 2)
    commit(repo, ADA, "plugins/dolt/a.py", NOW - timedelta(days=8), 5)
    commit(repo, ADA, "ci/release.yml", NOW - timedelta(days=7), 6)
    commit(repo, ADA, "ci/deep/no.yml", NOW - timedelta(days=6))
    return repo


@pytest.fixture
def pathed(begin: Begin, tmp_path: Path) -> Flask:
    """Flyte's community, with paths for two topics and Bob's address at home."""
    text = (folder("communities") / "flyte.toml").read_text()
    for key, paths in PATHS.items():
        text = text.replace(f'key = "{key}"', f'key = "{key}"\npaths = {paths}')
    text = text.replace('email = "example-2@example.org"', f'email = "example-2@example.org"\ngit_emails = ["{BOB}"]')
    path = tmp_path / "community.toml"
    path.write_text(text)

    def apply(app: Flask) -> None:
        assert run(app, "apply", str(path)).exit_code == 0

    return begin(apply)


def level(app: Flask, maintainer: str, topic: str) -> int | None:
    [row] = [row for row in answer(app, "maintainers") if row["key"] == maintainer]
    found: int | None = row["expertise"].get(topic)
    return found


def test_proposals_come_with_their_evidence(pathed: Flask, history: Path) -> None:
    """Higher than what was declared, by the maintainer's own addresses, by path, newer work for more."""
    found = answer(pathed, "expertise", "propose", "--repo", str(history))
    assert [(row["maintainer"], row["topic"], row["level"]) for row in found] == [
        ("example-1", "integrations", 2),
        ("example-2", "integrations", 1),
    ]
    [ada, bob] = found
    assert (ada["commits"], ada["sessions"], ada["last"]) == (5, 0, LATELY)
    assert ada["paths"] == ["plugins/dolt/a.py"]
    assert bob["commits"] == 8
    printed = run(pathed, "expertise", "propose", "--repo", str(history)).output
    assert f"level 2: 5 commits, 0 sessions, last on {LATELY}  plugins/dolt/a.py" in printed


def test_since_leaves_out_what_is_older(pathed: Flask, history: Path) -> None:
    """Bob's work is years old."""
    found = answer(
        pathed, "expertise", "propose", "--repo", str(history), "--since", f"{NOW - timedelta(days=300):%Y-%m-%d}"
    )
    assert [row["maintainer"] for row in found] == ["example-1"]
    assert (
        "Nothing to propose."
        in run(pathed, "expertise", "propose", "--repo", str(history), "--since", f"{NOW:%Y-%m-%d}").output
    )


def test_nothing_changes_until_the_maintainer_accepts(pathed: Flask, history: Path) -> None:
    """Then at once, in the database, the routing and the export; and the page has nothing more to ask."""
    answer(pathed, "expertise", "propose", "--repo", str(history))
    assert level(pathed, "example-1", "integrations") is None
    staff = Browser(pathed).sign_in("example-1")
    page = staff.get("/maintainer")
    assert f"Integrations: solid 5 commits, the last on {LATELY}; most in plugins/dolt/a.py." in text_of(page)
    assert "example-2" not in page.text
    path = f"/maintainer/expertise/{_proposal(pathed, 'example-1')}"
    assert staff.get(path).status_code == 405
    sent = staff.send(path, page, answer="accept")
    assert (sent.status_code, sent.location) == (303, "/maintainer")
    assert level(pathed, "example-1", "integrations") == 2
    assert "integrations = 2" in run(pathed, "export").output
    after = text_of(staff.get("/maintainer"))
    assert "You can be booked for “Integrations”." in after
    assert "What you seem to know" not in after
    assert "Expertise accepted: proposal " in text_of(Browser(pathed).sign_in(None).get("/audit"))
    [row] = answer(pathed, "expertise", "propose", "--repo", str(history))
    assert row["maintainer"] == "example-2"


def test_accepting_lowers_no_level(pathed: Flask, history: Path) -> None:
    """Who became an expert in the community file meanwhile stays one; declining afterwards takes nothing back."""
    answer(pathed, "expertise", "propose", "--repo", str(history))
    proposal = _proposal(pathed, "example-1")
    with pathed.app_context():
        row = db.session.get_one(ExpertiseProposal, proposal)
        db.session.add(Expertise(maintainer_id=row.maintainer_id, topic_id=row.topic_id, level=3))
        db.session.commit()
    staff = Browser(pathed).sign_in("example-1")
    page = staff.get("/maintainer")
    for said in ("accept", "decline"):
        staff.send(f"/maintainer/expertise/{proposal}", page, answer=said)
        assert "You can be booked for “Integrations”." in text_of(staff.get("/maintainer"))
        assert level(pathed, "example-1", "integrations") == 3


def test_what_was_declined_is_not_proposed_again(pathed: Flask, history: Path) -> None:
    """Unless more speaks for it; any answer but the button's is a decline."""
    answer(pathed, "expertise", "propose", "--repo", str(history))
    staff = Browser(pathed).sign_in("example-1")
    path = f"/maintainer/expertise/{_proposal(pathed, 'example-1')}"
    assert staff.send(path, staff.get("/maintainer"), answer="decline").status_code == 303
    assert "Nothing changes for “Integrations”." in text_of(page := staff.get("/maintainer"))
    assert staff.send(path, page, answer="accept").status_code == 303
    assert "Nothing changes for “Integrations”." in text_of(staff.get("/maintainer"))
    assert level(pathed, "example-1", "integrations") is None
    found = answer(pathed, "expertise", "propose", "--repo", str(history))
    assert [row["maintainer"] for row in found] == ["example-2"]


def test_nobody_answers_for_a_colleague(pathed: Flask, history: Path) -> None:
    """Another maintainer's proposal is a 404, and stays open."""
    answer(pathed, "expertise", "propose", "--repo", str(history))
    mallory = Browser(pathed).sign_in("example-2")
    path = f"/maintainer/expertise/{_proposal(pathed, 'example-1')}"
    assert mallory.send(path, mallory.get("/maintainer"), answer="accept").status_code == 404
    assert level(pathed, "example-1", "integrations") is None


def _proposal(app: Flask, maintainer: str) -> int:
    with app.app_context():
        rows = db.session.scalars(sa.select(ExpertiseProposal)).all()
        return next(row.id for row in rows if row.maintainer.key == maintainer)


def test_sessions_held_speak_too(pathed: Flask, history: Path) -> None:
    """Even for a topic without paths."""
    Browser(pathed).booked(FIRST, "flytekit")
    [booking] = bookings(pathed)
    with pathed.app_context():
        held = {"starts_at": NOW - timedelta(days=1, minutes=30), "ends_at": NOW - timedelta(days=1)}
        db.session.execute(sa.update(Booking).values(held))
        db.session.execute(sa.delete(Expertise).where(Expertise.topic_id == booking.topic_id))
        db.session.commit()
    found = answer(pathed, "expertise", "propose", "--repo", str(history))
    [row] = [row for row in found if row["topic"] == "flytekit"]
    assert (row["maintainer"], row["level"], row["commits"], row["sessions"]) == (booking.maintainer.key, 1, 0, 1)


def test_what_cannot_be_read_says_what_to_do(app: Flask, pathed: Flask, history: Path, tmp_path: Path) -> None:
    """No repository, or one without commits."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(HistoryError, match="name the folder of a git repository"):
        commits(tmp_path / "empty")
    refused = run(pathed, "expertise", "propose", "--repo", str(tmp_path / "empty"))
    assert isinstance(refused.exception, LookupError)


@pytest.mark.parametrize("there", [False, True])
def test_a_git_that_does_not_start_is_said(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    """None at all, or one that may not be run."""
    monkeypatch.setenv("PATH", str(tmp_path))
    if there:
        (tmp_path / "git").touch(0o600)
    with pytest.raises(HistoryError, match="git cannot be started"):
        commits(history)


def test_topics_without_paths_say_what_is_missing(app: Flask, history: Path) -> None:
    """The community file has to say which files belong to a topic."""
    refused = run(app, "expertise", "propose", "--repo", str(history))
    assert isinstance(refused.exception, LookupError)
    assert "Add paths" in str(refused.exception)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("log.follow", "true"),
        ("mailmap.file", "{folder}/mailmap"),
        ("diff.orderFile", "{folder}/nothing"),
        ("i18n.logOutputEncoding", "UTF-16"),
    ],
)
def test_a_repository_does_not_say_how_it_is_read(tmp_path: Path, key: str, value: str) -> None:
    """Its settings neither stop the reading nor change what is read, nor lead out of it."""
    (tmp_path / "mailmap").write_text(f"<{STRANGER}> <{ADA}>\n")
    repo = tmp_path / "repo"
    repo.mkdir()
    git(repo, "init", "--quiet")
    commit(repo, ADA, "a.py", NOW, 2)
    git(repo, "config", key, value.format(folder=tmp_path))
    found = commits(repo, ["*.py"])
    assert [(one.email, one.paths) for one in found] == [(ADA, ("a.py",))] * 2
    assert [one.email for one in commits(repo)] == [ADA, ADA]


@pytest.mark.parametrize("date", ["253402300800", "9" * 30, "-5", "junk"])
def test_a_commit_of_no_date_is_left_out(tmp_path: Path, date: str) -> None:
    """The year 10000 and junk; the commits around it count, whatever their files and authors are called."""
    git(tmp_path, "init", "--quiet")
    commit(tmp_path, ADA, "a.py", NOW)
    text = f"tree {git(tmp_path, 'write-tree')}parent {git(tmp_path, 'rev-parse', 'HEAD')}"
    text += f"author x <x@x.example> {date} +0000\ncommitter x <x@x.example> 1700000000 +0000\n\nx\n"
    (tmp_path / ".git" / "odd").write_text(text)
    odd = git(tmp_path, "hash-object", "-t", "commit", "-w", "--literally", ".git/odd").strip()
    git(tmp_path, "reset", "--soft", odd)
    commit(tmp_path, "b\x1e1 x@x.example", "b\x1e1\x1fx@x.example\n\x1b[2J.py", NOW)
    found = commits(tmp_path, ["**"])
    assert [(one.email, one.at) for one in found] == [("b\x1e1 x@x.example", NOW), (ADA, NOW)]
    assert [one.paths for one in found] == [("b1x@x.example [2J.py",), ("a.py",)]


def test_a_hostile_repository_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs named by its configuration, or by ours, are not started; strange names are only names."""
    repo, trap = tmp_path / "repo", tmp_path / "trapped"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {trap}\n")
    program.chmod(0o700)
    repo.mkdir()
    git(repo, "init", "--quiet")
    (repo / ".gitattributes").write_text("* diff=trap\n")
    commit(repo, ADA, 'src/odd "name"\n--output=x.py', NOW)
    for key in (
        "core.fsmonitor",
        "gpg.program",
        "diff.external",
        "diff.trap.command",
        "diff.trap.textconv",
        "core.pager",
    ):
        git(repo, "config", key, str(program))
    git(repo, "config", "log.showSignature", "true")
    git(repo, "config", "pager.log", "true")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(program))
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    [found] = commits(repo, ["src/**"])
    assert (found.email, found.at) == (ADA, NOW)
    assert len(found.paths) == 1
    assert commits(repo, ["--output=/tmp/x", "*"]) != []
    assert not trap.exists()

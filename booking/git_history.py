"""The history of a repository, read by git itself, without trusting what the repository says of how to read it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer

from booking.notifications.text import one_line
from routing.expertise import Commit

SECONDS, MOST_BYTES, MOST_COMMITS = 60, 64 * 2**20, 50_000
LONGEST_PATH, LONGEST_REASON = 300, 300
# Only the repository's own configuration is read, and no program, hook or transport that it names is started.
SAFELY = (
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false"),
    *("-c", "log.mailmap=true", "-c", "mailmap.file=", "-c", "log.follow=false", "-c", "diff.renames=false"),
    *("-c", "i18n.logOutputEncoding=UTF-8"),
)
ALONE = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C.UTF-8",
}


class HistoryError(LookupError):
    """Why the history cannot be read, and what to do."""


def commits(repo: Path, paths: Sequence[str] = (), since: date | None = None) -> list[Commit]:
    """The commits of the present branch, the latest first, without merges; with `paths`, those that touched them.

    `paths` are git's glob patterns from the top of the repository: `*` stays within a folder, `**` does not. Addresses
    follow the repository's .mailmap. Commits without a date of our calendar are left out. Raises HistoryError, also
    where there is more than MOST_BYTES or SECONDS allow.
    """
    asked = [f"--since={since.isoformat()}T00:00:00Z"] if since else []
    asked += ["--name-only"] if paths else []
    # An empty name before each record, which no file has; and -O for diff.orderFile, which git cannot set to nothing.
    form = ("-z", f"-O{os.devnull}", "--format=%x00%at %aE")
    text = _git(
        repo,
        *("log", "--no-merges", "--no-ext-diff", "--no-textconv", f"--max-count={MOST_COMMITS}", *form, *asked),
        *("--", *(f":(top,glob){path}" for path in paths)),
    )
    return list(_parsed(text))


def _parsed(text: str) -> Iterator[Commit]:
    for record in text.split("\0\0"):
        head, *names = record.strip("\0").split("\0")
        seconds, _, email = head.partition(" ")
        try:
            at = datetime.fromtimestamp(int(seconds), UTC)
        except (ValueError, OverflowError, OSError):  # whoever commits chooses the date
            continue
        yield Commit(email.lower(), at, tuple(one_line(name, LONGEST_PATH) for name in names))


def _git(repo: Path, *arguments: str) -> str:
    """What git prints, within SECONDS and MOST_BYTES."""
    command = ["git", "--no-pager", *SAFELY, "-C", str(repo.resolve()), *arguments]
    alone = {"PATH": os.environ.get("PATH", os.defpath), **ALONE}
    with TemporaryFile() as problems:
        try:
            process = subprocess.Popen(  # noqa: S603 - git, with arguments of ours; patterns come after "--"
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=problems, env=alone
            )
        except OSError:
            raise HistoryError("git cannot be started here; install it and try again.") from None
        text, code = _output(process)
        problems.seek(0)
        said = one_line(problems.readline(1_000).decode(errors="replace"), LONGEST_REASON)
    if len(text) > MOST_BYTES or code < 0:
        raise HistoryError(f"The history in {repo} is too long to read at once; give a later --since.")
    if code:
        raise HistoryError(f"The history in {repo} cannot be read ({said}); name the folder of a git repository.")
    return text.decode(errors="replace")


def _output(process: subprocess.Popen[bytes]) -> tuple[bytes, int]:
    """What it prints, one byte more than MOST_BYTES at most, and how it ends; killed where it prints or takes more."""
    clock = Timer(SECONDS, process.kill)
    clock.start()
    try:
        with process:
            text = process.stdout.read(MOST_BYTES + 1) if process.stdout else b""
            if len(text) > MOST_BYTES:
                process.kill()
    finally:
        clock.cancel()
    return text, process.returncode

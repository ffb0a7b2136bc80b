"""Radicale as its own people start it: a server in a process of its own, with logins in an htpasswd file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.servers.command import clean_environment
from tests.servers.radicale import PASSWORDS
from tests.servers.service import free_port, until


@contextmanager
def radicale_alone(folder: Path) -> Iterator[str]:
    """A server for the people of PASSWORDS, without any calendar yet; gives "http://127.0.0.1:port"."""
    users = folder / "users"
    users.write_text("".join(f"{name}:{password}\n" for name, password in PASSWORDS.items()))
    base = f"http://127.0.0.1:{free_port()}"
    settings = {
        "server-hosts": base.removeprefix("http://"),
        "auth-type": "htpasswd",
        "auth-htpasswd-filename": str(users),
        "auth-htpasswd-encryption": "plain",
        "auth-delay": "0",
        "storage-filesystem-folder": str(folder / "collections"),
        "logging-level": "error",
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    with subprocess.Popen(
        [sys.executable, "-m", "radicale", "--config=", *options], env=clean_environment()
    ) as process:
        try:
            until(lambda: _answers(base), 30, lambda: "Radicale did not start")
            yield base
        finally:
            process.terminate()


def make_calendar(base: str, path: str, name: str, *components: str, user: str = "ada") -> str:
    """A new calendar (RFC 4791 5.3.1) for these components, all by default; gives its address."""
    kinds = "".join(f'<c:comp name="{component}"/>' for component in components)
    kinds = f"<c:supported-calendar-component-set>{kinds}</c:supported-calendar-component-set>" if kinds else ""
    body = '<c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop>'
    body += f"<d:displayname>{name}</d:displayname>{kinds}</d:prop></d:set></c:mkcalendar>"
    answer = requests.request(
        "MKCALENDAR", base + path, data=body.encode(), auth=(user.encode(), PASSWORDS[user].encode()), timeout=10
    )
    assert answer.status_code == 201, answer.text
    return base + path


def _answers(base: str) -> bool:
    try:
        return requests.get(base, timeout=5).ok
    except requests.ConnectionError:
        return False

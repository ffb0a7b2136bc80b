"""The walls of the house: which room may know which."""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HTTP_CLIENTS = ("requests", "urllib.request", "urllib3", "http.client", "httpx", "niquests", "aiohttp")
HTTP_CLIENTS += ("authlib.integrations.requests_client", "authlib.integrations.httpx_client")
OUTBOUND = {
    "calendars/outbound.py",
    "booking/identities/provider.py",  # its session is handed to the guarded one
    "booking/conferencing/zoom.py",
    "booking/notifications/chat.py",
    "booking/notifications/sms.py",
    "booking/http_faults.py",
}


@cache
def imports(path: Path) -> list[str]:
    """The dotted names a file imports."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            names += (f"{node.module}.{alias.name}" for alias in node.names)
    return names


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("path", files("routing"), ids=str)
def test_routing_is_pure(path: Path) -> None:
    """Routing knows the standard library, pytz, a stemmer and itself."""
    libraries = {"pytz", "snowballstemmer"}
    allowed = set(sys.stdlib_module_names) - {"socket", "sqlite3", "subprocess"} | libraries | {"routing"}
    assert {name.partition(".")[0] for name in imports(path)} <= allowed


@pytest.mark.parametrize("path", files("calendars"), ids=str)
def test_calendars_know_only_the_values_and_zones_of_routing(path: Path) -> None:
    """Calendars know neither Flask, nor the database, nor how routing decides."""
    names = set(imports(path))
    assert not {name.partition(".")[0] for name in names} & {"flask", "sqlalchemy", "booking"}
    of_routing = {".".join(name.split(".")[:2]) for name in names if name.startswith("routing.")}
    assert of_routing <= {"routing.values", "routing.zones"}


@pytest.mark.parametrize("path", files("booking/services"), ids=str)
def test_services_know_no_request(path: Path) -> None:
    """A service takes values: it can be called from a page, the interface, a command or a workflow alike."""
    names = set(imports(path))
    assert not any(name.startswith(("flask.", "booking.views", "booking.forms")) for name in names)


def test_one_module_knows_the_job_engine() -> None:
    """Leaving the engine would mean rewriting one file."""
    users = [path for path in files("booking") if any(n.partition(".")[0] == "dbos" for n in imports(path))]
    assert users == [ROOT / "booking" / "jobs.py"]


def test_every_way_out_is_known() -> None:
    """Only the guarded outbound module and the vendors' clients open connections."""
    for path in [*files("booking"), *files("calendars"), *files("routing")]:
        if str(path.relative_to(ROOT)) not in OUTBOUND:
            assert not [name for name in imports(path) if name.startswith(HTTP_CLIENTS)], path

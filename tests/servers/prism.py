"""Prism: a vendor's own API description, served as a mock, or standing before a fake of ours and checking both sides.

It refuses requests that the description forbids, and as a proxy also answers of the fake: with a 500 that names the
field. It remembers nothing, and checks neither phone numbers nor what only a vendor's prose says.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.prepare import PRISM, SPECS
from tests.servers.service import until
from tests.servers.wsgi import serve

START_SECONDS = 60.0
LISTENING = re.compile(r"Prism is listening on (http://\S+)")


def description(name: str, *addresses: str) -> dict[str, Any]:
    """One vendor's description, as published (OpenAPI 3 or Swagger 2), of these addresses: Prism reads long."""
    loaded: dict[str, Any] = json.loads((SPECS / name).read_text())
    return {**loaded, "paths": {address: loaded["paths"][address] for address in addresses}}


@contextmanager
def mock(described: Mapping[str, Any]) -> Iterator[str]:
    """The address of a vendor who answers every allowed request with a made-up example, while the block runs."""
    with _serve(described, "mock") as url:
        yield url


@contextmanager
def proxy(described: Mapping[str, Any], upstream: str) -> Iterator[str]:
    """The address in front of the fake at `upstream`; no request or answer gets past that the description forbids."""
    with _serve(described, "proxy", upstream, "--errors") as url:
        yield url


class Gate:
    """One Prism, slow to start, before one fake after another: `behind` is the fake of the present test."""

    def __init__(self) -> None:
        self.url = ""
        self.behind: Callable[..., Any] = lambda *_: []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        return self.behind(environ, start_response)


@contextmanager
def gate(described: Mapping[str, Any], path: str = "") -> Iterator[Gate]:
    """A proxy before fakes that come and go while the block runs; `path` is where in a fake the description begins."""
    gate = Gate()
    with serve(gate) as upstream, proxy(described, upstream + path) as gate.url:
        yield gate


@contextmanager
def _serve(described: Mapping[str, Any], command: str, *arguments: str) -> Iterator[str]:
    with TemporaryDirectory() as folder:
        file, output = Path(folder, "description.json"), Path(folder, "output")
        file.write_text(json.dumps(described))
        with output.open("w") as stream:
            process = subprocess.Popen([PRISM, command, file, *arguments, "--port", "0"], stdout=stream, stderr=stream)
        try:
            until(lambda: _started(process, output), START_SECONDS, lambda: f"no Prism:\n{output.read_text()}")
            yield LISTENING.findall(output.read_text())[0]
        finally:
            process.terminate()
            process.wait(timeout=20)


def _started(process: subprocess.Popen[bytes], output: Path) -> bool:
    if process.poll() is not None:
        raise AssertionError(f"Prism ended with {process.returncode}:\n{output.read_text()}")
    return LISTENING.search(output.read_text()) is not None

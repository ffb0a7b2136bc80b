"""One application in a process of its own: `python -m benchmarks.serve office DATA` or `… floor DATA ROWS SIZE`.

The office is served without its job engine: work orders are written, and nobody carries them out.
"""

from __future__ import annotations

import sys
from pathlib import Path

from flask import Flask
from waitress.server import create_server

from benchmarks.floor import floor_app
from benchmarks.seed import settings_of
from booking.app import create_app
from booking.processes import WEB_THREADS


def application(kind: str, data: Path, *numbers: str) -> Flask:
    return create_app(settings_of(data)) if kind == "office" else floor_app(data, *map(int, numbers))


def main() -> None:
    """Serve until killed; the first line printed is the port."""
    kind, data, *numbers = sys.argv[1:]
    server = create_server(
        application(kind, Path(data), *numbers), host="127.0.0.1", port=0, threads=WEB_THREADS, ident=None
    )
    print(server.effective_port, flush=True)
    server.run()


if __name__ == "__main__":
    main()

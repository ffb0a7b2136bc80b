"""The office in a process of its own: `python -m benchmarks.serve DATA`. The first line printed is the port.

It is the web part alone, without the job engine: work orders are written, and nobody carries them out.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from waitress.server import create_server

from benchmarks.seed import settings_of
from booking.app import create_app
from booking.processes import WEB_THREADS


def main() -> None:
    """Serve until killed."""
    app = create_app(settings_of(Path(sys.argv[1])))
    server: Any = create_server(app, host="127.0.0.1", port=0, threads=WEB_THREADS, ident=None)
    print(server.effective_port, flush=True)
    server.run()


if __name__ == "__main__":
    main()

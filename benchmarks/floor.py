"""The least that Flask can do for the same purpose, in a process that has loaded nothing else.

`python -m benchmarks.floor DATA THREADS ROWS SIZE` serves `/page` with that many rows and about `SIZE` bytes, and keeps
what is posted to `/insert` in a file under `DATA`, durably. The first line printed is the port.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from markupsafe import Markup
from waitress.server import create_server

PAGE = """<!doctype html>
<title>{{ title }}</title>
<h1>{{ title }}</h1>
<form>
{% for row in rows %}
<label><input type="radio" name="start" value="{{ row.value }}">
<time datetime="{{ row.local }}">{{ row.clock }}</time> <small>{{ row.zone }}</small></label>
{% endfor %}
</form>
{{ filling }}
"""
ROW_SIZE = 190


def floor_app(data: Path, rows: int, size: int) -> Flask:
    """The page and the POST."""
    app = Flask("floor")
    threads, template = threading.local(), app.jinja_env.from_string(PAGE)
    filling = Markup("<p>{}</p>").format("x" * max(0, size - ROW_SIZE * (rows + 1)))

    @app.get("/page")
    def page() -> str:
        shown = [
            {
                "value": "2026-12-01T15:00:00Z",
                "local": f"2026-12-{row:02}T20:30:00+05:30",
                "clock": "8:30 pm",
                "zone": "Kolkata, UTC+5:30",
            }
            for row in range(rows)
        ]
        return render_template(template, title="Floor", rows=shown, filling=filling)

    @app.post("/insert")
    def insert() -> tuple[Response, int]:
        if not hasattr(threads, "connection"):
            threads.connection = connect(data)
        given, key = request.get_json(), uuid.uuid4().hex
        with threads.connection:
            values = (key, given["name"], given["email"], given["question"])
            threads.connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?)", values)
        return jsonify(id=key), 201

    return app


def connect(data: Path) -> sqlite3.Connection:
    """A connection that commits as durably as the office's do."""
    connection = sqlite3.connect(data / "floor.db")
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE IF NOT EXISTS entry (id TEXT PRIMARY KEY, name TEXT, email TEXT, question TEXT)")
    return connection


def main() -> None:
    """Serve until killed."""
    data, threads, rows, size = sys.argv[1:]
    app = floor_app(Path(data), int(rows), int(size))
    server: Any = create_server(app, host="127.0.0.1", port=0, threads=int(threads), ident=None)
    print(server.effective_port, flush=True)
    server.run()


if __name__ == "__main__":
    main()

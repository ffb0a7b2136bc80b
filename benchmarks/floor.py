"""The least that Flask can do for the same purpose: a page of rows, and a POST with one durable INSERT."""

from __future__ import annotations

import sqlite3
import threading
import uuid
from pathlib import Path

from flask import Flask, Response, jsonify, render_template, request
from markupsafe import Markup

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


def floor_app(data: Path, rows: int, size: int) -> Flask:
    """`/page` has that many rows and about `size` bytes; `/insert` keeps a JSON object in a file under `data`."""
    app = Flask("floor")
    connections, template = threading.local(), app.jinja_env.from_string(PAGE)
    filling = Markup("<p>" + "x" * max(0, size - 200 - 190 * rows) + "</p>")

    def connection() -> sqlite3.Connection:
        """One for each thread of the server, durable as ours are."""
        if not hasattr(connections, "own"):
            connections.own = sqlite3.connect(data / "floor.db")
            for pragma in ("journal_mode=WAL", "synchronous=FULL"):
                connections.own.execute(f"PRAGMA {pragma}")
            connections.own.execute("CREATE TABLE IF NOT EXISTS entry (id TEXT PRIMARY KEY, name, email, question)")
        own: sqlite3.Connection = connections.own
        return own

    @app.get("/page")
    def page() -> str:
        shown = [
            {"value": "2026-12-01T15:00:00Z", "local": f"2026-12-{row:02}T20:30:00+05:30", "clock": "8:30 pm"}
            | {"zone": "Kolkata, UTC+5:30"}
            for row in range(rows)
        ]
        return render_template(template, title="Floor", rows=shown, filling=filling)

    @app.post("/insert")
    def insert() -> tuple[Response, int]:
        given, key = request.get_json(), uuid.uuid4().hex
        with connection() as own:
            own.execute("INSERT INTO entry VALUES (?, ?, ?, ?)", (key, given["name"], given["email"], given["question"]))
        return jsonify(id=key), 201

    return app

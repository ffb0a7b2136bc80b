"""The `officehours` command over the data of an application under test."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result
from flask import Flask

from booking.cli import cli


def run(app: Flask, *arguments: str) -> Result:
    """What the command did; a refusal is its exception."""
    data = str(app.extensions["officehours"].settings.data)
    return CliRunner().invoke(cli, [*arguments, "--data", data])


def answer(app: Flask, *arguments: str) -> Any:
    """What the command prints as JSON."""
    done = run(app, *arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)

"""How commands reach the application and print what they found."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click

from booking.app import create_app
from booking.settings import load_settings, remembered_address

DATA_OPTION = click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="Folder of database and calendars."
)
JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def with_app(command: Callable[..., None]) -> Callable[..., None]:
    """Run a command in the application's context, over the data folder of its --data option."""

    @DATA_OPTION
    @wraps(command)
    def run(data: Path | None, **arguments: Any) -> None:
        settings = load_settings(data=data, base_url=remembered_address(data))
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with create_app(settings).app_context():
            command(**arguments)

    return run


def show(rows: Sequence[Any], as_json: bool, line: Callable[[Any], str], none: str) -> None:
    """Print values as a JSON list, or a line for each; `none` when there are none."""
    if as_json:
        show_json([_plain(row) for row in rows])
        return
    for row in rows:
        click.echo(line(row))
    if not rows:
        click.echo(none)


def show_json(value: object) -> None:
    """Print one value as JSON, instants as in the JSON interface."""
    click.echo(json.dumps(value, default=_encode, ensure_ascii=False, indent=2))


def _plain(row: Any) -> Any:
    return asdict(row) if is_dataclass(row) and not isinstance(row, type) else row


def _encode(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return str(value)

"""Commands about messages."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import click

from booking.cli.output import with_app
from booking.extensions import db, office
from booking.preview import previews
from booking.reading import LANGUAGES, Reading, reading_as, usual_hours


def register(cli: click.Group) -> None:
    """Add these commands to the group."""
    cli.add_command(mail)


@click.group()
def mail() -> None:
    """What people are told."""


@mail.command()
@click.option("--to", "target", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to fill.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="en", help="Of those to attendees.")
@with_app
def preview(target: Path, language: str) -> None:
    """Write every message as it would go out, as .eml, .html and .txt; nothing is sent."""
    target.mkdir(parents=True, exist_ok=True)
    count = 0
    with reading_as(Reading(language, usual_hours(language))):
        for name, content in previews(office()):
            _write(target / name, content)
            count += 1
    db.session.rollback()
    click.echo(f"{count} messages are in {target}.")


def _write(path: Path, content: EmailMessage | str) -> None:
    if isinstance(content, str):
        path.with_suffix(".txt").write_text(f"{content}\n")
        return
    path.with_suffix(".eml").write_bytes(content.as_bytes())
    for kind in ("html", "plain"):
        body = content.get_body((kind,))
        if body is not None:
            path.with_suffix(".html" if kind == "html" else ".txt").write_text(body.get_content())

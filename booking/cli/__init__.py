"""The `officehours` command."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from flask import current_app
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError, ProgrammingError

from booking import accounts, processes
from booking.cli import calendar, mail, programme, simulate, topics
from booking.cli.output import JSON_OPTION, show, with_app
from booking.cli.programme import maintainer_by_key
from booking.community.file import CommunityFileError
from booking.extensions import office
from booking.models import Account
from booking.services import app_passwords, sign_in, tz_check
from booking.settings import PREFIX, Settings, SettingsError, load_settings
from calendars.embedded import PREFIX as CALENDARS
from calendars.embedded import EmbeddedMissingError

NO_TABLES = "The database is not set up yet: run `officehours migrate`, or `officehours run`."


@click.group()
@click.version_option(package_name="officehours")
def cli() -> None:
    """Office hours for open-source communities."""


@cli.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Folder of database and calendars.")
@click.option("--community", type=click.Path(dir_okay=False, path_type=Path), help="Fills an empty database.")
def run(port: int, host: str, data: Path | None, community: Path | None) -> None:
    """Serve everything from one process: pages, job engine, calendars."""
    base_url = None if f"{PREFIX}BASE_URL" in os.environ else f"http://localhost:{port}"
    settings = load_settings(data=data, community=community, base_url=base_url)
    if not settings.is_sqlite:
        raise processes.StartRefused("On PostgreSQL start `officehours web` and `officehours worker`.")
    processes.run(settings, host, port, click.echo)


@cli.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes.")
def web(port: int, host: str, workers: int) -> None:
    """Serve the pages on PostgreSQL; start as many as you like, and workers beside them."""
    if load_settings().is_sqlite:
        raise processes.StartRefused(f"This needs PostgreSQL: set {PREFIX}DATABASE_URL, or use `officehours run`.")
    options = ["--worker-class", "gthread", "--threads", str(processes.WEB_THREADS), "--workers", str(workers)]
    where = ["--bind", f"{host}:{port}", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", *options, *where, "booking.processes:wsgi_app()"]
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter, with our own arguments


@cli.command()
def worker() -> None:
    """Work off what the web processes order; start as many as you like."""
    processes.work(load_settings(), click.echo)


@cli.command()
@with_app
def migrate() -> None:
    """Create or update the database, and fill an empty one from the community file."""
    processes.prepare(current_app._get_current_object())  # type: ignore[attr-defined]
    click.echo("The database is up to date.")


@cli.command("app-password")
@click.argument("maintainer")
@click.option("--label", default="Calendar app", show_default=True, help="What it is for.")
@with_app
def app_password(maintainer: str, label: str) -> None:
    """Make a password for a calendar app of MAINTAINER (a key); it is shown once."""
    row = maintainer_by_key(maintainer)
    secret = app_passwords.create(office(), row.id, label)
    click.echo(f"Address:   {office().links.url(CALENDARS)}/")
    click.echo(f"User name: {row.key}")
    click.echo(f"Password:  {secret}")


@cli.command("sign-in-link")
@click.argument("who")
@with_app
def sign_in_link(who: str) -> None:
    """Print a link that signs WHO in, once, within ten minutes: a maintainer's key, anybody's address, or `admin`.

    `admin` is the operator's own administrator.
    """
    click.echo(sign_in.print_link(office(), _account(who)))


def _account(who: str) -> Account:
    if who == "admin":
        return sign_in.first_administrator()
    if "@" not in who:
        return accounts.of_maintainer(maintainer_by_key(who).id)
    found = accounts.by_address(who)
    if found is None:
        raise LookupError(f"Nobody here has the address {who}.")
    return found


@cli.command("settings")
@JSON_OPTION
def list_settings(as_json: bool) -> None:
    """List every setting, where it stands and what it is for. Secrets are not shown."""
    settings = load_settings()
    rows = [_setting(name, settings) for name in Settings.model_fields]
    show(rows, as_json, lambda row: f"{row['variable']}={row['value']}\n    {row['about']}", "")


def _setting(name: str, settings: Settings) -> dict[str, str]:
    value = getattr(settings, name)
    if name == "database_url" and value is not None:
        value = make_url(value).render_as_string(hide_password=True)
    shown = ",".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    return {
        "variable": f"{PREFIX}{name.upper()}",
        "value": shown,
        "about": Settings.model_fields[name].description or "",
    }


@cli.command("tz-check")
@click.option("--tell", is_flag=True, help="Move them to the wall time they were booked for, and tell both sides.")
@JSON_OPTION
@with_app
def check_zones(tell: bool, as_json: bool) -> None:
    """List sessions that a new edition of the zone database moves."""
    found = tz_check.shifted(office())
    show(found, as_json, _shift_line, "Every session still starts at the wall time it was booked for.")
    for change in found if tell else ():
        if not tz_check.follow(office(), change):
            click.echo(
                f"{change.reference}: another session of {change.maintainer} is there; move it by hand.", err=True
            )


def _shift_line(change: tz_check.Shifted) -> str:
    moved = f"{change.start:%Y-%m-%d %H:%M} -> {change.new_start:%Y-%m-%d %H:%M} UTC"
    return f"{change.reference}  {change.topic} with {change.maintainer}: {change.wall} {change.timezone}, {moved}"


def main() -> None:
    """The command's entry point: what an operator can mend is one sentence, without a traceback."""
    try:
        cli()
    except (processes.StartRefused, SettingsError, CommunityFileError, EmbeddedMissingError, LookupError) as error:
        raise SystemExit(f"officehours: {error.args[0] if error.args else error}") from error
    except (OperationalError, ProgrammingError) as error:
        if "no such table" in str(error) or "does not exist" in str(error):
            raise SystemExit(f"officehours: {NO_TABLES}") from error
        raise


programme.register(cli)
topics.register(cli)
calendar.register(cli)
mail.register(cli)
cli.add_command(simulate.simulate)

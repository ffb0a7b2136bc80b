"""Commands about maintainers' calendars: connect one, list them, try them out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import click

from booking import connections as overview
from booking import jobs
from booking.calendar_access import beside_the_service
from booking.cli.output import JSON_OPTION, show, with_app
from booking.cli.programme import maintainer_by_key
from booking.extensions import db, office
from booking.models import Calendar, Connection
from booking.providers import Health, Provider, examine
from booking.services.choose import check, choose
from booking.services.connect import connect, connect_feed, connection_of
from booking.services.resolve import read_now
from calendars.discovery import LeadsElsewhere, Login
from calendars.errors import CalendarError
from calendars.findings import READ_ONLY, Check

SECRET_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
READING_SECONDS = 45.0
MARKS = {"pass": "pass ", "quirk": "quirk", "fail": "FAIL "}


def register(cli: click.Group) -> None:
    """Add these commands to the group."""
    for command in (connect_calendar, connections, doctor, sync):
        cli.add_command(command)


def _in_sentences(command: Callable[..., None]) -> Callable[..., None]:
    """A calendar's refusal is one sentence, and exit code 1."""

    @wraps(command)
    def run(**arguments: Any) -> None:
        try:
            command(**arguments)
        except LeadsElsewhere as error:
            raise SystemExit(f"officehours: {error}\nIts address is {error.location}") from error
        except CalendarError as error:
            raise SystemExit(f"officehours: {error}") from error

    return run


@click.command("connect")
@click.argument("maintainer")
@click.option("--url", help="Address of the calendar or its server, a domain, or an email address there.")
@click.option("--user", default="", help="User name.")
@click.option("--password-file", type=SECRET_FILE, help="File with the password, or with the token.")
@click.option("--token", is_flag=True, help="The file holds an access token, not a password.")
@click.option(
    "--calendar", "name", help="Write sessions into the calendar of this name; else the first that takes them."
)
@click.option("--feed-file", type=SECRET_FILE, help="File with a secret .ics address, for busy times alone.")
@with_app
@_in_sentences
def connect_calendar(
    maintainer: str,
    url: str | None,
    user: str,
    password_file: Path | None,
    token: bool,
    name: str | None,
    feed_file: Path | None,
) -> None:
    """Connect a calendar of MAINTAINER (a key): write sessions into one, read busy times from all of the account."""
    row = maintainer_by_key(maintainer)
    if feed_file is not None:
        connect_feed(office(), row.id, feed_file.read_text().strip())
        click.echo("The address works. It is read for the times when they are busy.")
        return
    if url is None or password_file is None:
        raise click.UsageError("Give --url and --password-file, or --feed-file.")
    login = Login(url, user or (url if "@" in url else ""), password_file.read_text().strip("\r\n"), token=token)
    maintainer_id = row.id
    connection = connection_of(maintainer_id, connect(office(), maintainer_id, login, click.echo))
    target = _target(connection, name)
    checks = choose(
        office(),
        maintainer_id,
        connection.id,
        target.id if target else None,
        {calendar.id for calendar in connection.calendars},
    )
    click.echo(f"Sessions are written into {target.title}:" if target else "No calendar can be written to.")
    _print_checks(checks)


def _target(connection: Connection, name: str | None) -> Calendar | None:
    """The calendar to write to. Raises LookupError naming those there are."""
    writable = [calendar for calendar in connection.calendars if READ_ONLY not in calendar.quirks]
    if name is None:
        return next((calendar for calendar in writable if calendar.writes), writable[0] if writable else None)
    named = [calendar for calendar in writable if name in {calendar.name, calendar.url}]
    if len(named) != 1:
        known = ", ".join(f"{calendar.name!r} ({calendar.url})" for calendar in writable)
        problem = "There is no calendar" if not named else "There are several calendars"
        raise LookupError(f"{problem} named {name!r} that can be written to. There are: {known}.")
    return named[0]


def _print_checks(checks: Sequence[Check]) -> None:
    for one in checks:
        click.echo(f"  {MARKS[one.outcome]}  {one.name:38} {one.meaning}")


@click.command()
@JSON_OPTION
@with_app
def connections(as_json: bool) -> None:
    """List every calendar that is written to or read, and how it stands."""
    rows = [_connection_row(calendar) for calendar in overview.calendars()]
    show(rows, as_json, _connection_line, "No calendars.")


def _connection_row(calendar: Calendar) -> dict[str, Any]:
    return {
        "maintainer": calendar.maintainer.key,
        "kind": calendar.kind,
        "server": calendar.connection.url if calendar.connection else None,
        "calendar": calendar.title,
        "writes": calendar.writes,
        "reads": calendar.reads,
        "state": overview.state_of(calendar),
        "last_success": calendar.busy_as_of,
        "last_error": calendar.last_error,
        "quirks": calendar.quirks,
    }


def _connection_line(row: dict[str, Any]) -> str:
    use = " ".join(word for word in ("writes", "reads") if row[word])
    read = f"{row['last_success']:%Y-%m-%d %H:%M} UTC" if row["last_success"] else "never"
    notes = "; ".join(filter(None, [", ".join(row["quirks"]), row["last_error"]]))
    where = f"{row['calendar']} at {row['server'] or 'this service'}"
    return f"{row['maintainer']:14} {row['state']:7} {use:12} {where}, read {read}{f': {notes}' if notes else ''}"


@click.command()
@click.argument("maintainer", required=False)
@click.option("--providers", is_flag=True, help="Look at mail, SMS, Zoom and chat instead; nothing is sent.")
@JSON_OPTION
@with_app
def doctor(maintainer: str | None, providers: bool, as_json: bool) -> None:
    """Prove the calendar of MAINTAINER (a key; everybody's by default) by a round trip, with an event of yesterday."""
    if providers:
        _examine_providers(as_json)
        return
    maintainer_id = maintainer_by_key(maintainer).id if maintainer else None
    written = [calendar for calendar in overview.calendars(maintainer_id) if calendar.writes]
    rows = [row for calendar in written for row in _examined(calendar, as_json)]
    if as_json or not rows:
        show(rows, as_json, str, "No calendar is written to.")
    db.session.rollback()
    if any(row["outcome"] == "fail" for row in rows):
        raise SystemExit(1)


def _examine_providers(as_json: bool) -> None:
    rows = list(examine(office()))
    db.session.rollback()
    show(rows, as_json, _provider_line, "")
    if any(row.health is Health.BROKEN for row in rows):
        raise SystemExit(1)


def _provider_line(row: Provider) -> str:
    last = f" Last success: {row.last_success:%Y-%m-%d %H:%M} UTC." if row.last_success else ""
    return f"{row.name:8} {row.health:14} {row.detail}{last}"


def _examined(calendar: Calendar, quietly: bool) -> list[dict[str, Any]]:
    """The checks of one calendar, printed as they are known unless `quietly`."""
    key, title = calendar.maintainer.key, calendar.title
    if not quietly:
        click.echo(f"{key}: {title}")
    checks = _checks(calendar)
    if not quietly:
        _print_checks(checks)
    return [
        {"maintainer": key, "calendar": title, "check": one.name, "outcome": one.outcome, "meaning": one.meaning}
        for one in checks
    ]


def _checks(calendar: Calendar) -> list[Check]:
    if calendar.paused:
        refused = "The server refused the login, and is left alone: connect it again with a valid password."
        return [Check("reach the calendar", "fail", refused)]
    try:
        return check(beside_the_service(office()), calendar)
    except CalendarError as error:
        return [Check("reach the calendar", "fail", str(error))]


@click.command()
@click.argument("maintainer", required=False)
@JSON_OPTION
@with_app
def sync(maintainer: str | None, as_json: bool) -> None:
    """Have the calendars of MAINTAINER (a key; everybody's by default) read now by the running service."""
    maintainer_id = maintainer_by_key(maintainer).id if maintainer else None
    orders = read_now(maintainer_id)
    until = monotonic() + READING_SECONDS
    while not all(map(jobs.finished, orders)):
        if monotonic() > until:
            raise SystemExit("officehours: No service reads them at the moment. They are read when it runs again.")
        sleep(0.2)
    db.session.rollback()
    rows = [_connection_row(calendar) for calendar in overview.calendars(maintainer_id)]
    show(rows, as_json, _connection_line, "No calendars.")

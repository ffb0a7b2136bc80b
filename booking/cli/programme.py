"""Commands about the programme: the community file, and what routing makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click
import sqlalchemy as sa
from flask import render_template

from booking import community as communities
from booking import docs, formatting, processes, queries
from booking.cli.output import DATA_OPTION, JSON_OPTION, show, show_json, with_app
from booking.community.file import CommunityFile, read_file
from booking.docs_section import FORMATS, docs_section
from booking.explanations import Explanation, explain
from booking.extensions import begin_write, db, office
from booking.models import Maintainer
from booking.validation import canonical
from routing.router import offer

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


def register(cli: click.Group) -> None:
    """Add these commands to the group."""
    for command in (plan, apply, export, openings, route, maintainers):
        cli.add_command(command)


def maintainer_by_key(key: str) -> Maintainer:
    """The maintainer with this key. Raises LookupError naming those there are."""
    row = db.session.scalar(sa.select(Maintainer).where(Maintainer.key == key, ~Maintainer.retired))
    if row is None:
        keys = db.session.scalars(sa.select(Maintainer.key).where(~Maintainer.retired).order_by(Maintainer.position))
        raise LookupError(f"There is no maintainer {key!r}. There are: {', '.join(keys)}.")
    return row


@click.command()
@FILE
@JSON_OPTION
@with_app
def plan(file: Path, as_json: bool) -> None:
    """Show what `apply FILE` would change."""
    wanted = _read(file)
    changes = communities.plan(wanted, db.session())
    show(changes, as_json, _change_line, "Nothing to change.")


@click.command()
@FILE
@JSON_OPTION
@with_app
def apply(file: Path, as_json: bool) -> None:
    """Make the database say what FILE says; all of it, or nothing."""
    settings, wanted = office().settings, _read(file)
    pages = docs.read(wanted.docs)
    begin_write(db.session())
    embedded = settings.has_embedded_calendars
    changes = communities.apply(wanted, db.session(), office().now(), pages, embedded_calendars=embedded)
    processes.refuse_examples(settings, db.session())
    db.session.commit()
    show(changes, as_json, _change_line, "Nothing to change.")


def _read(file: Path) -> CommunityFile:
    """The file, with what is odd but allowed told on the side."""
    read = read_file(file)
    for warning in read.warnings():
        click.echo(f"Note: {warning}", err=True)
    return read


def _change_line(change: communities.Change) -> str:
    return f"{change.action:7} {change.table} {change.key}: {change.detail}"


@click.group(invoke_without_command=True)
@DATA_OPTION
@click.pass_context
def export(context: click.Context, data: Path | None) -> None:
    """Print the programme as a community file; comments are not kept."""
    if context.invoked_subcommand is None:
        _print_file(data=data)


@with_app
def _print_file() -> None:
    click.echo(communities.export(db.session()), nl=False)


@export.command("docs")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="md", help="reStructuredText or Markdown.")
@with_app
def export_docs(form: str) -> None:
    """Print the section about office hours for the project's own documentation."""
    click.echo(docs_section(office(), queries.community(), queries.programme(), form), nl=False)


@export.command("snippet")
@click.argument("topic")
@with_app
def export_snippet(topic: str) -> None:
    """Print HTML for a website: the times of TOPIC in a frame as high as they are, and a badge with the next one."""
    _known(topic)
    if not queries.community().embed_origins:
        click.echo("Note: no website may show the frame yet; add embed_origins to the community file.", err=True)
    shown = queries.programme().topics[topic]
    click.echo(render_template("export/snippet.html", topic=shown, service=office().settings.base_url))


@click.command()
@click.argument("topic")
@click.option("--timezone", help="Show times in this zone; the community's by default.")
@JSON_OPTION
@with_app
def openings(topic: str, timezone: str | None, as_json: bool) -> None:
    """List when TOPIC can be booked, and how many maintainers are free."""
    roster, now = queries.roster(), office().now()
    _known(topic)
    zone = timezone or roster.programme.timezone
    found = offer(roster.programme, topic, queries.diaries_of(roster, now, topic), now)
    reasons = " ".join(reason.text for reason in found.reasons)
    show(
        [
            {"start": o.range.start, "end": o.range.end, "slot": o.slot, "free": o.free, "maintainers": o.maintainers}
            for o in found.openings
        ],
        as_json,
        lambda row: f"{formatting.when(row['start'], zone)}  {row['slot']}, {row['free']} free",
        reasons or "No openings.",
    )


@click.command()
@click.argument("asked", metavar="TOPIC|QUESTION")
@click.option("--at", default="", help="A date, or an instant such as 2026-12-01T15:00:00Z; the soonest by default.")
@click.option("--attendee", help="As for somebody with this address, who may have been here before.")
@JSON_OPTION
@with_app
def route(asked: str, at: str, attendee: str | None, as_json: bool) -> None:
    """Show who would get a session on TOPIC, and why: the whole decision. Nothing is booked.

    Asked a question instead, show first what it seems to be about, and the words that say so.
    """
    try:
        found = explain(office(), asked, at, canonical(attendee) if attendee else None)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--at") from error
    names = {one.key: one.name for one in queries.programme().maintainers}
    if as_json:
        show_json(asdict(found))
    else:
        click.echo("\n".join(_decision_lines(found, names)))


def _decision_lines(found: Explanation, names: dict[str, str]) -> Iterator[str]:
    for score in found.topics:
        yield f"{score.probability:4.0%}  {score.topic:18} {', '.join(score.words)}".rstrip()
    if found.start is None:
        yield "Nothing in these words speaks for a topic."
        return
    title = queries.programme().topics[found.topic or ""].title
    yield f"{title}, {found.start:%Y-%m-%d %H:%M} UTC{f', slot {found.slot}' if found.slot else ''}"
    for place, one in enumerate(found.candidates, 1):
        terms = "  ".join(f"{name} {value:+.3f}" for name, value in one.terms.items())
        yield f"{place}. {names[one.maintainer]}: {one.cost:.3f} = {terms}"
        yield from (f"   {reason.text}" for reason in one.reasons)
    yield from (f"-  {reason.text}" for reason in (*found.reasons, *found.out))


def _known(topic: str) -> None:
    known = queries.programme().topics
    if topic not in known:
        raise LookupError(f"There is no topic {topic!r}. There are: {', '.join(known)}.")


@click.command()
@JSON_OPTION
@with_app
def maintainers(as_json: bool) -> None:
    """List maintainers, their slots and what they know."""
    show(
        [
            {
                "key": m.key,
                "name": m.name,
                "timezone": m.timezone,
                "slots": sorted(m.slots),
                "expertise": dict(m.expertise),
                "weekly_limit": m.weekly_limit,
            }
            for m in queries.programme().maintainers
        ],
        as_json,
        lambda row: f"{row['key']:14} {row['name']:26} {', '.join(row['slots']):14} {', '.join(row['expertise'])}",
        "No maintainers.",
    )

"""Commands about the programme: the community file, and what routing makes of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from booking import community as communities
from booking import formatting, matcher, processes, queries, validation
from booking.community_file import CommunityFile, read_file
from booking.extensions import begin_write, db, office
from booking.models import Maintainer
from booking.output import JSON_OPTION, show, show_json, with_app
from routing.matching import Hopeless, answer
from routing.router import assign, offer
from routing.values import Opening, Unroutable

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


def register(cli: click.Group) -> None:
    """Add these commands to the group."""
    for command in (plan, apply, export, topics, openings, route, maintainers):
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
    settings = office().settings
    begin_write(db.session())
    embedded = settings.has_embedded_calendars
    changes = communities.apply(_read(file), db.session(), office().now(), embedded_calendars=embedded)
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


@click.command()
@with_app
def export() -> None:
    """Print the programme as a community file; comments are not kept."""
    click.echo(communities.export(db.session()), nl=False)


@click.command()
@JSON_OPTION
@with_app
def topics(as_json: bool) -> None:
    """List topics and the slots that serve them."""
    show(
        [
            {"key": topic.key, "title": topic.title, "description": topic.description, "slots": list(topic.slots)}
            for topic in queries.programme().topics.values()
        ],
        as_json,
        lambda row: f"{row['key']:18} {', '.join(row['slots']):10} {row['title']}",
        "No topics.",
    )


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
@click.argument("topic", metavar="TOPIC|QUESTION")
@click.option("--start", help="An instant such as 2026-12-01T15:00:00Z; the soonest opening by default.")
@JSON_OPTION
@with_app
def route(topic: str, start: str | None, as_json: bool) -> None:
    """Show who would take TOPIC, and why. Nothing is booked.

    Asked a question instead, show first what it seems to be about, and the words that say so; then who would take it.
    """
    if topic in queries.programme().topics:
        show(_takers(topic, start), as_json, _route_line, "")
        return
    ranked = matcher.rank(topic)
    topics = [{"topic": key, "probability": round(likely, 3), "words": words} for key, likely, words in ranked]
    clear = not isinstance(answer(ranked), Hopeless)
    takers = _takers(ranked[0][0], start) if clear else []
    if as_json:
        show_json({"topics": topics, "candidates": takers})
        return
    show(topics, False, _topic_line, "No topics.")
    show(takers, False, _route_line, "Nothing in these words speaks for a topic.")


def _takers(topic: str, start: str | None) -> list[dict[str, Any]]:
    """Who would take a session of this topic at `start`, or at the soonest opening, best first."""
    roster, now = queries.roster(), office().now()
    diaries = queries.diaries_of(roster, now, topic)
    at = validation.instant(start) if start else _soonest(offer(roster.programme, topic, diaries, now).openings, now)
    assigned = assign(roster.programme, topic, at, diaries, now)
    if isinstance(assigned, Unroutable):
        return [{"start": at, "maintainer": None, "reasons": [reason.text for reason in assigned.reasons]}]
    return [
        {"start": at, **asdict(candidate), "reasons": [reason.text for reason in candidate.reasons]}
        for candidate in assigned.candidates
    ]


def _topic_line(row: dict[str, Any]) -> str:
    return f"{row['probability']:4.0%}  {row['topic']:18} {', '.join(row['words'])}".rstrip()


def _route_line(row: dict[str, Any]) -> str:
    return f"{row['start']:%Y-%m-%d %H:%M} UTC  {row['maintainer'] or 'nobody'}: {' '.join(row['reasons'])}"


def _soonest(found: tuple[Opening, ...], now: datetime) -> datetime:
    return found[0].range.start if found else now


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

"""Commands about topics and who knows them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from booking import learnt, queries
from booking.cli.output import DATA_OPTION, JSON_OPTION, show, show_json, with_app
from booking.extensions import office
from booking.services.propose_expertise import propose_expertise
from routing.topic_check import Alike, alike, bus_factors, unknown_words, untaken

RECENT = timedelta(days=90)


def register(cli: click.Group) -> None:
    """Add these commands to the group."""
    cli.add_command(topics)
    cli.add_command(expertise)


@click.group(invoke_without_command=True)
@DATA_OPTION
@JSON_OPTION
@click.pass_context
def topics(context: click.Context, /, **options: Any) -> None:
    """List topics, the slots that serve them and how many people know them well; `topics check` looks for trouble."""
    if context.invoked_subcommand is None:
        context.invoke(list_topics, **options)
    elif any(options.values()):
        raise click.UsageError(f"Write options after “{context.invoked_subcommand}”.")


@click.command()
@JSON_OPTION
@with_app
def list_topics(as_json: bool) -> None:
    programme = queries.programme()
    known = bus_factors(programme)
    show(
        [
            {
                "key": topic.key,
                "title": topic.title,
                "description": topic.description,
                "slots": list(topic.slots),
                "bus_factor": known[topic.key],
            }
            for topic in programme.topics.values()
        ],
        as_json,
        lambda row: f"{row['key']:18} {', '.join(row['slots']):10} {row['bus_factor']:2} know it well  {row['title']}",
        "No topics.",
    )


@topics.command("check")
@JSON_OPTION
@with_app
def check(as_json: bool) -> None:
    """Show words of recent questions that no topic has, topics that are confused, and topics nobody can take."""
    programme, now = queries.programme(), office().now()
    described = list(programme.topics.values())
    words = unknown_words(described, learnt.questions_since(now - RECENT))
    near, confused, gaps = alike(described), learnt.confusions(), untaken(programme)
    if as_json:
        show_json(
            {
                "unknown_words": [{"word": word, "questions": count} for word, count in words],
                "alike": [asdict(each) for each in near],
                "confused": [{"taken_for": taken, "was": was, "times": times} for taken, was, times in confused],
                "untaken": [{"topic": key, "slots": slots} for key, slots in gaps.items()],
            }
        )
        return
    show(
        words, False, lambda row: f"{row[1]:4} questions have “{row[0]}”", "No topic misses a word of recent questions."
    )
    show(near, False, _alike_line, "No two topics are alike.")
    show(confused, False, lambda row: f"{row[2]:4} times taken for {row[0]}, was {row[1]}", "Nobody corrected a topic.")
    show(
        list(gaps.items()),
        False,
        lambda row: f"{row[0]}: nobody who staffs {' or '.join(row[1])} knows it",
        "Every topic has somebody in every slot that serves it.",
    )


def _alike_line(found: Alike) -> str:
    astray = f", by {', '.join(f'“{text[:40]}”' for text in found.texts[:5])}" if found.texts else ""
    return f"{found.share:4.0%} alike: {found.topics[0]} and {found.topics[1]}{astray}"


@click.group()
def expertise() -> None:
    """Who knows what: `expertise propose` reads a repository's history for it."""


@expertise.command("propose")
@click.option(
    "--repo", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True, help="A checkout."
)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Leave out commits before this day.")
@JSON_OPTION
@with_app
def propose(repo: Path, since: datetime | None, as_json: bool) -> None:
    """Propose levels from commits to the topics' paths and from sessions held; each maintainer accepts or declines."""
    found = propose_expertise(office(), repo, since.date() if since else None)
    show(
        [
            {"maintainer": each.maintainer.key, "topic": each.topic.key, "level": each.level, **each.evidence}
            for each in found
        ],
        as_json,
        _proposal_line,
        "Nothing to propose.",
    )


def _proposal_line(row: dict[str, Any]) -> str:
    return (
        f"{row['maintainer']:14} {row['topic']:18} level {row['level']}: {row['commits']} commits, "
        f"{row['sessions']} sessions, last on {row['last']}  {', '.join(row['paths'])}"
    ).rstrip()

"""`officehours simulate`: what the policies make of the community's roster and demand, and what a change would."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import time

import click

from booking import queries, simulations
from booking.cli.output import JSON_OPTION, show_json, with_app
from booking.community.fields import CLOCK
from booking.extensions import office
from booking.simulations import Demand
from routing.changes import with_maintainer, with_slot, without
from routing.simulate import Report
from routing.values import Programme

LEVEL = re.compile(r"\s*([a-z0-9_-]+)\s*=\s*([123])\s*")
SLOT = re.compile(rf"(?P<clock>{CLOCK.pattern})\s*(:(?P<topics>.*))?")
FORM = "%-30s %7s %7s %6s %10s %6s  %s"


@click.command()
@click.option("--add", multiple=True, metavar='"NAME: TOPIC=LEVEL, ..."', help="Somebody more, who knows these topics.")
@click.option("--lose", multiple=True, metavar="KEY", help="Without this maintainer.")
@click.option("--slot", multiple=True, metavar='"HH:MM[: TOPIC, ...]"', help="A further slot, for all topics or these.")
@click.option("--per-week", type=click.FloatRange(min=0.1, max=10_000), help="How many ask; as recorded by default.")
@click.option("--requests", type=click.IntRange(1, 100_000), default=4000, show_default=True, help="In all.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another stream of the same kind.")
@JSON_OPTION
@with_app
def simulate(
    add: tuple[str, ...],
    lose: tuple[str, ...],
    slot: tuple[str, ...],
    per_week: float | None,
    requests: int,
    seed: int,
    as_json: bool,
) -> None:
    """Show how the policies would serve your community, and what a change would do. Nothing is changed."""
    programme = queries.programme()
    changed = _changed(programme, add, lose, slot)
    asked = simulations.demand(office().now(), per_week)
    now = simulations.reports(programme, asked, requests, seed)
    then = simulations.reports(changed, asked, requests, seed) if changed != programme else None
    if as_json:
        told = {"per_week": asked.per_week, "recorded": asked.recorded, "lead_days": asked.lead, "seed": seed}
        show_json({"demand": told, "now": _plain(now), "then": _plain(then) if then else None})
    else:
        click.echo("\n".join(_lines(asked, now, then)))


def _changed(programme: Programme, add: tuple[str, ...], lose: tuple[str, ...], slot: tuple[str, ...]) -> Programme:
    for text in slot:
        found_slot = SLOT.fullmatch(text)
        if found_slot is None:
            raise click.BadParameter('write it like "17:00" or "17:00: flytekit, plugins".', param_hint="--slot")
        named = [key.strip() for key in (found_slot["topics"] or "").split(",") if key.strip()]
        programme = with_slot(programme, time.fromisoformat(found_slot["clock"]), named)
    for key in lose:
        programme = without(programme, key)
    for text in add:
        name, _, levels = text.partition(":")
        found = [LEVEL.fullmatch(each) for each in levels.split(",")]
        if not name.strip() or None in found:
            raise click.BadParameter('write it like "Ada: flytekit=3, plugins=1".', param_hint="--add")
        programme = with_maintainer(programme, name.strip(), {each[1]: int(each[2]) for each in found if each})
    return programme


def _plain(reports: Mapping[str, Report]) -> dict[str, object]:
    return {key: asdict(report) for key, report in reports.items()}


def _lines(asked: Demand, now: Mapping[str, Report], then: Mapping[str, Report] | None) -> Iterator[str]:
    if asked.recorded:
        yield f"{asked.recorded} bookings of half a year, asked again at {asked.per_week:.1f} a week."
        yield f"People booked {asked.lead:.1f} days ahead in the median, and are taken to want the slot they booked."
    else:
        yield f"Too few bookings to go by: an even stream over all topics, {asked.per_week:.1f} requests a week."
    yield "Calendars, leave and single dates are left out; each request takes the best place of seven days."
    yield FORM % ("", "3 days", "7 days", "wait", "expertise", "Gini", "worst topic")
    for key, report in now.items():
        yield _line(key, report)
        if then:
            yield _line(f"{key}, changed", then[key])


def _line(what: str, one: Report) -> str:
    served = (f"{one.within_3_days:.0%}", f"{one.within_7_days:.0%}", f"{one.wait:.1f} d")
    worst = f"{one.worst_topic} {one.worst_topic_served:.0%}"
    return FORM % (what, *served, f"{one.expertise:.2f}", f"{one.gini:.2f}", worst)

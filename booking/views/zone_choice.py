"""The visitor's time zone: from the address, else the one they chose before, else the community's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files

import pytz
from flask import request, session
from markupsafe import Markup

from routing import zones

ZONE = "tz"


@dataclass(frozen=True)
class ZoneChoice:
    """The zone to show times in. `asked` is what was asked for, if anything; `unknown` that it is no zone."""

    chosen: str
    asked: str | None
    unknown: bool


def visitors_zone(home: str) -> ZoneChoice:
    """The zone of this visit: one that an address names is kept for the pages after it."""
    kept = session.get(ZONE)
    zone = choose_zone(kept or home)
    if zone.asked and not zone.unknown and kept != zone.chosen:
        session[ZONE] = zone.chosen
    return replace(zone, asked=zone.asked or kept)


def choose_zone(otherwise: str) -> ZoneChoice:
    """The zone that an address or a form names, else this one."""
    asked = request.values.get("tz") or None
    if asked is None or not zones.known(asked):
        return ZoneChoice(otherwise, asked, unknown=asked is not None)
    return ZoneChoice(present_name(asked), asked, unknown=False)


def own_zone(zone: str) -> ZoneChoice:
    """The same for somebody whose zone is known: nobody asks them to choose it."""
    choice = choose_zone(zone)
    return replace(choice, asked=choice.asked or zone)


def present_name(zone: str) -> str:
    """The name that people use now: browsers still say Asia/Calcutta. A name in common use stays as it is."""
    if zone in pytz.common_timezones_set:
        return zone
    renamed = _renamed().get(zone, zone)
    return renamed if renamed in pytz.common_timezones_set else zone


@lru_cache(maxsize=1)
def _renamed() -> dict[str, str]:
    """Old names to new ones: the L lines of the zone database's own text form (zic(8))."""
    text = (files("pytz") / "zoneinfo" / "tzdata.zi").read_text("ascii")
    lines = [line.split() for line in text.splitlines()]
    return {parts[2]: parts[1] for parts in lines if parts and parts[0] == "L"}


@lru_cache(maxsize=1)
def zone_options() -> Markup:
    """Every common zone as options by region: the same for everybody, so built once a process."""
    regions: dict[str, list[str]] = {}
    for zone in pytz.common_timezones:
        region, _, place = zone.partition("/")
        regions.setdefault(region if place else "Other", []).append(zone)
    return Markup().join(_region(name, names) for name, names in regions.items())


def _region(name: str, names: list[str]) -> Markup:
    options = Markup().join(
        Markup('<option value="{}">{}</option>').format(zone, zone.partition("/")[2].replace("_", " ") or zone)
        for zone in names
    )
    return Markup('<optgroup label="{}">{}</optgroup>').format(name, options)

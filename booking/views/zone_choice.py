"""The visitor's time zone: from the address, else the community's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pytz
from flask import request
from markupsafe import Markup

from routing import zones


@dataclass(frozen=True)
class ZoneChoice:
    """`asked` is what the address said; `chosen` a zone we know."""

    chosen: str
    asked: str | None

    @property
    def unknown(self) -> bool:
        return self.asked is not None and self.asked != self.chosen


def choose_zone(community_zone: str) -> ZoneChoice:
    asked = request.values.get("tz") or None
    return ZoneChoice(asked if asked and zones.known(asked) else community_zone, asked)


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

"""Instants in the words people read, each in a named zone and in English; pages, mails and texts share them.

Names are written here instead of taken from `strftime`, whose answers change with the machine's locale.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from routing import zones

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
NIGHT_FROM = 22
NIGHT_UNTIL = 7


def weekday(instant: datetime, zone: str) -> str:
    """ "Tuesday": the local weekday of `instant` in `zone`."""
    return WEEKDAYS[zones.local(instant, zone).weekday()]


def day(instant: datetime, zone: str) -> str:
    """ "Tuesday 1 December 2026": the local day of `instant` in `zone`."""
    local = zones.local(instant, zone)
    return f"{WEEKDAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local.year}"


def short_day(instant: datetime, zone: str) -> str:
    """ "Tue 1 Dec": for a subject line or a text message, where the year is not in doubt."""
    local = zones.local(instant, zone)
    return f"{WEEKDAYS[local.weekday()][:3]} {local.day} {MONTHS[local.month - 1][:3]}"


def clock(instant: datetime, zone: str) -> str:
    """ "8:30 pm": always with am or pm, so that 2 in the night is not taken for the afternoon."""
    local = zones.local(instant, zone)
    return f"{local.hour % 12 or 12}:{local.minute:02} {'am' if local.hour < 12 else 'pm'}"


def zone_label(instant: datetime, zone: str) -> str:
    """ "Kolkata, UTC+5:30": with the offset of that instant, not of today."""
    return f"{zones.city(zone)}, {zones.offset_label(instant, zone)}"


def when(instant: datetime, zone: str) -> str:
    """ "Tuesday 1 December 2026, 8:30 pm (Kolkata, UTC+5:30)"."""
    return f"{day(instant, zone)}, {clock(instant, zone)} ({zone_label(instant, zone)})"


def is_night(instant: datetime, zone: str) -> bool:
    """Whether `instant` is between 10 pm and 7 am in `zone`."""
    hour = zones.local(instant, zone).hour
    return hour >= NIGHT_FROM or hour < NIGHT_UNTIL


def listed(words: Sequence[str]) -> str:
    """ "US", "US and CA", "US, CA and GB"."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)

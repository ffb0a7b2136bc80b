"""How long Zoom asks to wait. Its limits are two: so many calls a second for the account, so many a day for each host.

A 429 may come with `Retry-After`, which holds seconds, a date of HTTP or one of ISO 8601, and with `X-RateLimit-Type`;
neither can be relied on, and what tells the two limits apart may be no more than a word in the message.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_BREATH = timedelta(seconds=30)
SPREAD = 60.0  # so that not every host begins again in the first second of the day
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds to wait; `whole_day` when the host has used up the day, which ends at 00:00 UTC."""

    seconds: float
    whole_day: bool


def asked_pause(headers: Mapping[str, str], message: str, now: datetime) -> Pause:
    """What a 429 asks for, read at `now`. Without a hint it is the limit per second: 1 to 30 seconds, by chance."""
    asked = _retry_after(headers.get("Retry-After", ""), now)
    kind = f"{headers.get('X-RateLimit-Type', '')} {message}".lower()
    if "daily" in kind or (asked is not None and asked > LONGEST_BREATH):
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + ONE_DAY
        return Pause((midnight - now).total_seconds() + _chance(0, SPREAD), whole_day=True)
    if asked is not None:
        return Pause(max(1.0, asked.total_seconds()) + _chance(0, 1), whole_day=False)
    return Pause(_chance(1, LONGEST_BREATH.total_seconds()), whole_day=False)


def _retry_after(text: str, now: datetime) -> timedelta | None:
    """The wait that `Retry-After` (RFC 9110 10.2.3, or Zoom's own form) asks for; None when it cannot be read."""
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text), ONE_DAY.total_seconds()))
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            until = read(text)
        except ValueError:
            continue
        return (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return None


def _chance(least: float, most: float) -> float:
    return random.uniform(least, most)  # noqa: S311 - spreads load, keeps no secret

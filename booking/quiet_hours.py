"""Hours in which nobody wants a text that can wait, in the reader's own zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from routing import zones

WRITTEN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")
LAST_CALL = timedelta(hours=2)
"""A reminder this near to the session is never held back: it is what brings people there."""


@dataclass(frozen=True)
class QuietHours:
    """From `begins` until `ends`, which is not one of them; over midnight where `ends` is the earlier. None: equal."""

    begins: time
    ends: time

    def shifted(self, due: datetime, zone: str, until: datetime) -> datetime:
        """When a text due at `due` may go to a reader in `zone`. Instants are aware; gives UTC.

        By day at once. At night in the morning, if that is before `until`, when it would be of no use any more; else a
        minute before the night begins.
        """
        local = zones.local(due, zone)
        if not self._quiet(local.time()):
            return zones.utc(due)
        first = local.date() - timedelta(days=self.begins > self.ends and local.time() < self.ends)
        last = first + timedelta(days=self.begins > self.ends)
        morning = zones.instant(datetime.combine(last, self.ends), zone)
        evening = zones.instant(datetime.combine(first, self.begins), zone) - timedelta(minutes=1)
        return morning if morning < until else evening

    def _quiet(self, clock: time) -> bool:
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends


def parse_quiet_hours(text: str) -> QuietHours:
    """Quiet hours as the community file has them, such as "22:00-08:00"; none where it is empty.

    Raises ValueError for anything else.
    """
    if not text:
        return QuietHours(time(), time())
    found = WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text}" are no quiet hours; write begin and end, as in "22:00-08:00", or "" for none')
    begins, ends = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if begins == ends:
        raise ValueError(f'"{text}" begins and ends at once; write "" for no quiet hours')
    return QuietHours(begins, ends)

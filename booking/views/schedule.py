"""The community's week: which topics are served when, by the visitor's clocks.

GET /schedule       show    ?tz=
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, render_template

from booking import formatting, queries
from booking.extensions import office
from booking.programme_words import hours, times, weekdays
from booking.reading import _
from booking.views.zone_choice import visitors_zone
from routing import slots, zones
from routing.shifts import Shift, shifts
from routing.values import Slot, Topic

bp = Blueprint("schedule", __name__)

A_WEEK, A_YEAR = 7, 365


@dataclass(frozen=True, slots=True)
class Row:
    """A slot in words: `own` by the visitor's clocks, a line for each of its times; `home` by its own."""

    own: list[str]
    home: str
    topics: tuple[Topic, ...]


@bp.get("/schedule")
def show() -> str:
    home = queries.community().timezone
    zone = visitors_zone(home)
    today = zones.local(office().now(), home).date()
    return render_template(
        "schedule.html",
        zone=zone,
        home=home,
        city=formatting.city(zone.chosen),
        home_city=formatting.city(home),
        now=office().now(),
        rows=list(_rows(zone.chosen)),
        shifts=[_in_words(shift, home) for shift in shifts(zone.chosen, home, today, A_YEAR)],
    )


def _rows(zone: str) -> Iterator[Row]:
    for slot, topics in hours(queries.programme()):
        yield Row(own=_own(slot, zone), home=times([slot]), topics=topics)


def _own(slot: Slot, zone: str) -> list[str]:
    """ "Tuesday to Saturday, 10:30 am to 11:00 am": the coming seven days, a line for each time of day."""
    session = queries.programme().session
    today = zones.local(office().now(), slot.timezone).date()
    days: dict[tuple[str, str], set[int]] = defaultdict(set)
    for first in slots.starts(slot, session, today, today + timedelta(days=A_WEEK - 1))[:: slot.sessions]:
        end = first.start + session * slot.sessions
        span = formatting.clock(first.start, zone), formatting.clock(end, zone)
        days[span].add(zones.local(first.start, zone).weekday())
    return [
        _("%(days)s, %(start)s to %(end)s", days=weekdays(on), start=start, end=end)
        for (start, end), on in days.items()
    ]


def _in_words(shift: Shift, home: str) -> str:
    """ "From Sunday 14 March 2027 to Saturday 27 March 2027 it is 1 hour earlier for you." """
    words = {
        "much": formatting.duration(abs(shift.by)),
        "first": formatting.day(zones.midnight(shift.first, home), home),
    }
    if shift.last is None:
        if shift.by > timedelta():
            return _("From %(first)s on it is %(much)s later for you.", **words)
        return _("From %(first)s on it is %(much)s earlier for you.", **words)
    words["last"] = formatting.day(zones.midnight(shift.last, home), home)
    if shift.by > timedelta():
        return _("From %(first)s to %(last)s it is %(much)s later for you.", **words)
    return _("From %(first)s to %(last)s it is %(much)s earlier for you.", **words)

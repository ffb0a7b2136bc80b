"""The openings of a topic, worked out anew only where something that they rest on is not what it was."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import date, datetime

from flask import current_app

from booking import queries
from booking.models import Booking
from booking.office import Office
from booking.queries import Calendars, Sessions
from booking.rosters import Roster
from booking.services.pick import all_but
from routing import availability
from routing.answers import Offer, Opening
from routing.router import offer

OFFERS = "officehours.offers"


@dataclass(frozen=True, slots=True)
class _Basis:
    """All that an offer rests on but the minute: `unread` are the calendars not known well enough at the time."""

    roster: Roster
    only: str | None
    last_day: date
    calendars: Calendars
    unread: frozenset[int]
    sessions: Sessions


@dataclass(frozen=True, slots=True)
class _Told:
    """The offer that a process told last of a topic, at an instant."""

    basis: _Basis
    at: datetime
    offer: Offer


def offered(office: Office, topic: str, moving: int | None = None, only: str | None = None) -> Offer:
    """The openings of a topic now, each with one who is free. A booking that is moved does not stand in its own way.

    `only` is the key of the one maintainer to ask, if it is one. Bookings and calendars are read each time; as long as
    they are the same, time takes openings from the front of an offer and adds none, until the next day.
    """
    roster, now = queries.roster(), office.now()
    calendars = queries.calendars(roster, topic)
    sessions = queries.sessions(roster, now, moving=moving, loads=False)
    limits, unread = availability.limits(roster.programme, now), queries.unread(calendars, now)
    basis = _Basis(roster, only, limits.last_day, calendars, unread, sessions)
    told: dict[str, _Told] = current_app.extensions.setdefault(OFFERS, {})
    last = told.get(topic)
    if last is not None and last.at <= now and last.basis == basis:
        openings = last.offer.openings
        left = openings[bisect_left(openings, limits.earliest, key=_start) :]
        if left:
            return Offer(left)
    others = all_but(roster, only) if only else frozenset[str]()
    diaries = queries.diaries(roster, now, topic, calendars, sessions)
    found = offer(roster.programme, topic, diaries, now, exclude=others, enough=1)
    told[topic] = _Told(basis, now, found)
    return found


def elsewhen(office: Office, booking: Booking, only: str | None = None) -> Offer:
    """Where a booking could move: the openings of its topic, without the time that it has."""
    found = offered(office, booking.topic.key, booking.id, only)
    return replace(found, openings=tuple(each for each in found.openings if each.range.start != booking.starts_at))


def _start(opening: Opening) -> datetime:
    return opening.range.start

"""Calendars to subscribe to (RFC 5545), asked for again and again: an unchanged one costs an answer without content.

GET  /feeds/<token>.ics         sessions    of one maintainer; the address is secret
GET  /schedule.ics              schedule    the community's week, for everybody
POST /maintainer/feed/renew     renew       gives that feed a new address
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from booking import overviews, queries
from booking.extensions import office
from booking.invitations import session_event
from booking.models import Maintainer
from booking.programme_words import hours
from booking.services.feed import renew_address
from booking.views.callers import current_caller, current_maintainer, link_owner
from calendars.feed import WeeklyHour, schedule_feed, sessions_feed
from routing import zones

bp = Blueprint("feeds", __name__)

FOR_AN_HOUR = {"Cache-Control": "public, max-age=3600"}


@bp.get("/feeds/<token>.ics")
def sessions() -> Response:
    maintainer = link_owner()
    events = [session_event(office(), one) for one in overviews.sessions_of(maintainer.id, office().now())]
    return _calendar(sessions_feed(events, f"{queries.community().name} office hours of {maintainer.name}"))


@bp.get("/schedule.ics")
def schedule() -> Response:
    """From this week on; no maintainer, no session."""
    g.headers = FOR_AN_HOUR
    monday = _monday()
    stamp = datetime.combine(monday, time(), UTC)
    return _calendar(schedule_feed(_hours(), f"{queries.community().name} office hours", monday, stamp))


@bp.post("/maintainer/feed/renew")
def renew() -> Response:
    renew_address(office(), current_maintainer().id, current_caller().account_id)
    flash("Your feed has a new address. Subscribe to it again; the old one does not work any more.")
    return redirect(url_for("maintainer.show"), 303)


@bp.app_template_global()
def feed_address(maintainer: Maintainer) -> str:
    """The present secret address of a maintainer's sessions."""
    return office().links.feed(maintainer.key, maintainer.feed_generation)


def _hours() -> Iterator[WeeklyHour]:
    """The slots that serve a topic, with what can be asked in them."""
    programme, name, settings = queries.programme(), queries.community().name, office().settings
    for slot, topics in hours(programme):
        titles = [topic.title for topic in topics]
        yield WeeklyHour(
            uid=f"{slot.key}@{settings.base_host}",
            starts=slot.starts,
            duration=programme.session * slot.sessions,
            weekdays=slot.weekdays,
            timezone=slot.timezone,
            summary=f"{name} office hours",
            description="\n".join([*titles, "", f"Book a session: {office().links.url('/')}"]),
            url=office().links.url("/"),
        )


def _monday() -> date:
    """Of this week, where the community is."""
    today = zones.local(office().now(), queries.community().timezone).date()
    return today - timedelta(days=today.weekday())


def _calendar(data: bytes) -> Response:
    response = Response(data, content_type="text/calendar; charset=utf-8")
    response.add_etag()
    return response.make_conditional(request)

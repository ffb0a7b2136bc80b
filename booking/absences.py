"""What becomes of the sessions of somebody who is not there, in words for staff."""

from __future__ import annotations

from booking import queries
from booking.models import Leave, Maintainer
from routing import zones
from routing.values import epoch


def given_up() -> str:
    """What their sessions do: the rest of a sentence."""
    if queries.community().rescue:
        return "go to others within ten minutes; one that nobody else can give is cancelled, and its attendee is told"
    return "are cancelled within ten minutes, and their attendees are told"


def doubt(them: Maintainer, leave: Leave, stand_in: str) -> str:
    """Why that stand-in, by key, cannot take the sessions of their leave, or not all of them; empty if nothing is."""
    roster = queries.roster()
    found = [one for one in roster.programme.maintainers if one.key == stand_in]
    if not found:
        return "gives no sessions now"
    range_, diary = zones.day_range(leave.first_day, leave.last_day, them.timezone), roster.diaries[stand_in]
    if any(
        spans.overlaps(epoch(range_.start), epoch(range_.end)) for spans in (diary.leave, diary.quiet, diary.paused)
    ):
        return "is away on some of these days, too"
    given = {slot.key for slot in them.slots}
    known = (roster.programme.topics[topic] for topic in found[0].expertise if topic in roster.programme.topics)
    return "" if any(given.intersection(topic.slots) for topic in known) else "knows none of their topics"

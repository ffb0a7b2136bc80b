"""What a maintainer did to an event, read from its text: by hand-written objects, as apps and servers leave them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.edits import Edit, Reading, read_edit, too_many
from calendars.invitation import stored_event
from routing.values import TimeRange
from tests.calendars.events import make_session, moved, span
from tests.servers.raw_calendar import replaced, with_line

OURS = make_session()
WRITTEN = stored_event(OURS).decode()
LATER = span("2026-12-02 17:00", "2026-12-02 17:30")


def reading(text: str, known: TimeRange = OURS.range) -> Reading:
    return read_edit(text.encode(), OURS, known, "Asia/Kolkata")


def at(start: str, end: str) -> str:
    return replaced(replaced(WRITTEN, "DTSTART", start), "DTEND", end)


def test_untouched() -> None:
    """What we wrote says that nothing was done."""
    found = reading(WRITTEN)
    assert (found.edit, found.range, found.ours_changed) == (Edit.NONE, OURS.range, False)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (":20261202T170000Z", ":20261202T173000Z"),
        (";TZID=Europe/Berlin:20261202T180000", ";TZID=Europe/Berlin:20261202T183000"),
        (";TZID=America/Los_Angeles:20261202T090000", ";TZID=America/New_York:20261202T123000"),
        (":20261202T223000", ":20261202T230000"),  # floating: the maintainer's clock in Kolkata
    ],
)
def test_moved(start: str, end: str) -> None:
    """The same new time in whichever zone it is written."""
    found = reading(at(start, end))
    assert (found.edit, found.range) == (Edit.MOVED, LATER)


def test_moved_with_a_duration() -> None:
    """An app may write DURATION instead of DTEND (RFC 5545 3.6.1)."""
    text = replaced(replaced(WRITTEN, "DTSTART", ":20261202T170000Z"), "DTEND", "-GONE:x").replace(
        "DTEND-GONE:x\r\n", ""
    )
    found = reading(with_line(text, "DURATION:PT45M"))
    assert (found.edit, found.range) == (Edit.MOVED, span("2026-12-02 17:00", "2026-12-02 17:45"))


def test_our_own_write_is_no_move() -> None:
    """A write of ours whose answer was lost: another time than we know, but the one we wrote; the booking moved on."""
    written = stored_event(moved(OURS, timedelta(days=1))).decode()
    assert reading(written).edit is Edit.NONE


def test_an_app_that_drops_our_line() -> None:
    """Without it, the time we last knew tells a move."""
    bare = "".join(line for line in WRITTEN.splitlines(keepends=True) if not line.startswith("X-OFFICEHOURS-TIME"))
    assert reading(bare).edit is Edit.NONE
    assert reading(bare, known=LATER).edit is Edit.NONE, "the booking is there already"
    elsewhere = replaced(replaced(bare, "DTSTART", ":20261202T170000Z"), "DTEND", ":20261202T173000Z")
    assert reading(elsewhere).edit is Edit.MOVED
    assert reading(elsewhere, known=LATER).edit is Edit.NONE


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (at(";VALUE=DATE:20261202", ";VALUE=DATE:20261203"), "lasts all day"),
        (with_line(WRITTEN, "RRULE:FREQ=DAILY"), "repeats"),
        (with_line(WRITTEN, "RDATE:20261203T150000Z"), "repeats"),
        (with_line(WRITTEN, "RRULE:FREQ=SECONDLY"), "cannot be read"),
        (at(";TZID=Their own:20261202T170000", ";TZID=Their own:20261202T173000"), "zone is unknown"),
        (at(":20261202T170000Z", ":20261202T170100Z"), "between five minutes"),
        (at(":20261202T170000Z", ":20261204T170000Z"), "between five minutes"),
        (at(":20261202T170000Z", ":20261202T160000Z"), "between five minutes"),
        (at(":yesterday", ":today"), "cannot be read"),
        (replaced(WRITTEN, "UID", ":somebody@else"), "another event"),
        ("hello", "cannot be read"),
    ],
)
def test_odd(text: str, why: str) -> None:
    """What no session can be comes with the reason, as the end of a sentence."""
    found = reading(text)
    assert found.edit is Edit.ODD
    assert why in found.reason


def test_cancelled_whatever_else_it_says() -> None:
    """Marked as cancelled counts before a move and before oddities."""
    text = replaced(at(";VALUE=DATE:20261202", ";VALUE=DATE:20261203"), "STATUS", ":CANCELLED")
    assert reading(text).edit is Edit.CANCELLED


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        (replaced(WRITTEN, "SUMMARY", ":My own title"), False),
        (with_line(WRITTEN, "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nDESCRIPTION:x\r\nEND:VALARM"), False),
        (WRITTEN.replace("DESCRIPTION:", "DESCRIPTION:Bring the logs\\n\\n", 1), False),
        (replaced(WRITTEN, "DESCRIPTION", ":"), True),
        (replaced(WRITTEN, "LOCATION", ":https://evil.example.com/"), True),
        (replaced(WRITTEN, "X-OFFICEHOURS-BOOKING", ":other"), True),
        (replaced(WRITTEN, "SEQUENCE", ":17"), False),
    ],
)
def test_what_is_ours(text: str, changed: bool) -> None:
    """Link, guest data and reference are ours; title, notes, alarms and SEQUENCE are nobody's or theirs."""
    found = reading(text)
    assert (found.edit, found.ours_changed) == (Edit.NONE, changed)


@given(st.data())
def test_any_damage_is_odd_at_worst(data: st.DataObject) -> None:
    """Whatever bytes stand there, the answer is an answer."""
    raw = bytearray(WRITTEN.encode())
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    assert read_edit(bytes(raw), OURS, OURS.range, "UTC").edit in Edit


@pytest.mark.parametrize(
    ("missing", "known", "expected"),
    [(0, 0, False), (1, 1, False), (2, 2, False), (1, 3, False), (2, 3, True), (2, 4, False), (3, 4, True)],
)
def test_mass_vanishing(missing: int, known: int, expected: bool) -> None:
    """More than half of at least three at once is a mishap."""
    assert too_many(missing, known) is expected

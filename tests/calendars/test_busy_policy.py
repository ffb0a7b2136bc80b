"""What counts as busy: replies to invitations and tentative events, by the maintainer's policy."""

from __future__ import annotations

from dataclasses import fields

import pytest

from calendars.busy import BusyPolicy, BusyResult, busy_spans
from routing.values import NO_SPANS, Spans
from tests.calendars.events import foreign, span, vcalendar, vevent

DECEMBER = span("2026-12-01 00:00", "2027-01-01 00:00")
HOUR = ("DTSTART:20261202T100000Z", "DTEND:20261202T110000Z")
ITS_HOUR = Spans.of([span("2026-12-02 10:00", "2026-12-02 11:00")])
ADA = frozenset({"Ada@Example.org", "mailto:ada@work.example.com"})
OTHERS = "ATTENDEE;PARTSTAT=DECLINED:mailto:grace@example.org"


def busy(*objects: bytes, addresses: frozenset[str] = ADA, tentative: bool = True) -> Spans:
    result = busy_spans(objects, DECEMBER, policy=BusyPolicy(addresses, tentative))
    assert result.refused == 0
    return result.spans


@pytest.mark.parametrize(
    "attendee",
    [
        "ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.org",
        "attendee;partstat=declined:MAILTO:ADA@EXAMPLE.ORG",
        'ATTENDEE;CN="Lovelace, Ada: x;PARTSTAT=ACCEPTED";PARTSTAT="DECLINED";RSVP=TRUE:mailto:ada@work.example.com',
        "ATTENDEE;PARTSTAT=DECLINED:mailto:ada%40example.org",
        "ATTENDEE;EMAIL=ada@example.org;PARTSTAT=DECLINED:/aMTIz/principal/",
        "ATTENDEE;CN=Ada;PARTSTAT=DECLI\r\n NED:mailto:ada@exam\r\n ple.org",
    ],
    ids=["plain", "case", "quoted", "escaped", "email", "folded"],
)
def test_declined_is_not_busy(attendee: str) -> None:
    """An event that the maintainer declined takes none of their time, however their program writes it."""
    event = foreign(*HOUR, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:grace@example.org", attendee)
    assert busy(event) == NO_SPANS
    assert busy(event, addresses=frozenset()) == ITS_HOUR


@pytest.mark.parametrize(
    "lines",
    [
        [OTHERS],
        ["ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ada@example.org"],
        ["ATTENDEE:mailto:ada@example.org"],
        ["ATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@example.org", OTHERS],
        ["ATTENDEE;PARTSTAT=DECLINED:mailto:not-ada@example.org"],
        ['ATTENDEE;CN="mailto:ada@example.org";PARTSTAT=DECLINED:mailto:grace@example.org'],
        ['ATTENDEE;CN="x;PARTSTAT=DECLINED:mailto:y":mailto:ada@example.org'],
        ["ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.org", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@work.example.com"],
        ["X-ANSWER:DECLINED"],
        ["BEGIN:VALARM", "ACTION:EMAIL", "ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.org", "END:VALARM"],
    ],
    ids=["other", "unanswered", "silent", "accepted", "longer", "name", "in-quotes", "twice", "forged", "alarm"],
)
def test_what_others_say_does_not_matter(lines: list[str]) -> None:
    """Only the maintainer's own refusal frees the time; of two addresses of theirs, the one that accepted counts."""
    assert busy(foreign(*HOUR, *lines)) == ITS_HOUR


def test_tentative_by_policy() -> None:
    """Tentative events, and those tentatively accepted, are busy or not as the maintainer wants."""
    status = foreign(*HOUR, "STATUS:TENTATIVE")
    reply = foreign(*HOUR, "ATTENDEE;PARTSTAT=TENTATIVE:mailto:ada@example.org")
    accepted = foreign(*HOUR, "STATUS:TENTATIVE", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@example.org")
    confirmed = foreign(*HOUR, "STATUS:CONFIRMED", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@example.org")
    for event in (status, reply, accepted, confirmed):
        assert busy(event) == ITS_HOUR
    for event in (status, reply, accepted):
        assert busy(event, tentative=False) == NO_SPANS
    assert busy(confirmed, tentative=False) == ITS_HOUR


def test_reply_to_one_occurrence() -> None:
    """An occurrence with its own reply or status goes by that, the others by the series'."""
    series = ("DTSTART:20261201T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=4")
    second = ("RECURRENCE-ID:20261202T100000Z", "DTSTART:20261202T100000Z", "DURATION:PT1H")
    yes, no = (f"ATTENDEE;PARTSTAT={reply}:mailto:ada@example.org" for reply in ("ACCEPTED", "DECLINED"))
    others = Spans.of([span(f"2026-12-0{day} 10:00", f"2026-12-0{day} 11:00") for day in (1, 3, 4)])
    assert busy(vcalendar(vevent(*series, yes), vevent(*second, no))) == others
    assert busy(vcalendar(vevent(*series, no), vevent(*second, yes))) == ITS_HOUR
    assert busy(vcalendar(vevent(*series), vevent(*second, "STATUS:TENTATIVE")), tentative=False) == others
    since = vevent(second[0].replace("RECURRENCE-ID", "RECURRENCE-ID;RANGE=THISANDFUTURE"), *second[1:], no)
    assert busy(vcalendar(vevent(*series, yes), since)) == Spans.of([span("2026-12-01 10:00", "2026-12-01 11:00")])


def test_a_conference_of_thousands() -> None:
    """Ten thousand other attendees neither hide the maintainer's reply nor make the event too large to read."""
    crowd = [f'ATTENDEE;CN="Somebody {n}";PARTSTAT=ACCEPTED:mailto:{n}@example.org' for n in range(10_000)]
    event = foreign(*HOUR, *crowd, "ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.org", *crowd)
    assert busy(event) == NO_SPANS
    assert busy(event, addresses=frozenset({"9@example.org"})) == ITS_HOUR
    many_times = ["ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.org"] * 20_000
    assert busy(foreign(*HOUR, *many_times)) == NO_SPANS


def test_own_bookings_are_counted_once() -> None:
    """A session of ours in the maintainer's calendar is no foreign busy time, in whatever state."""
    ours = foreign(*HOUR, "STATUS:CONFIRMED", uid="ours@office-hours.example.org")
    result = busy_spans([ours, foreign(*HOUR)], DECEMBER, {"ours@office-hours.example.org"}, policy=BusyPolicy(ADA))
    assert result.spans == ITS_HOUR
    assert busy_spans([ours], DECEMBER, {"ours@office-hours.example.org"}).spans == NO_SPANS


def test_only_merged_intervals_are_kept() -> None:
    """What stays of a calendar are merged intervals and a count: no title, no place, no person."""
    hours = [("10", "12"), ("11", "13"), ("13", "14"), ("15", "16")]
    events = [foreign(f"DTSTART:20261202T{a}0000Z", f"DTEND:20261202T{b}0000Z", OTHERS, uid=a) for a, b in hours]
    result = busy_spans(events, DECEMBER, policy=BusyPolicy(ADA))
    assert [field.name for field in fields(BusyResult)] == ["spans", "refused"]
    merged = [span("2026-12-02 10:00", "2026-12-02 14:00"), span("2026-12-02 15:00", "2026-12-02 16:00")]
    assert list(result.spans) == [(int(each.start.timestamp()), int(each.end.timestamp())) for each in merged]
    assert len(result.spans.packed()) == 16 * 2

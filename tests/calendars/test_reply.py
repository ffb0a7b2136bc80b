"""Answers to invitations: as mail programs write them, and as nobody should."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.objects import ObjectError
from calendars.reply import Reply, read_reply
from tests.calendars.events import utc
from tests.calendars.replies import PROGRAMS, Answer, shaped

ANSWER = Answer("0123abcd@officehours", sequence=2)
LINES = ANSWER.calendar()
NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3_000))
HEADER = b"Content-Type: text/calendar; x=" + b'";' * 200_000
TWICE = LINES.replace(
    "END:VEVENT\n", "END:VEVENT\n" + LINES[LINES.index("BEGIN:VEVENT") : LINES.index("END:VCALENDAR")]
)
HOSTILE = {
    "nothing": b"",
    "no mail": b"\x00\xff\xfe" * 1000,
    "a mail of a person": b"Subject: Declined\n\nMETHOD:REPLY\nI cannot come.\n",
    "nested without end": NESTED,
    "nested, by lone carriage returns": NESTED.replace(b"\n", b"\r"),
    "an endless header": HEADER + b"\n\n",
    "an endless header, folded": HEADER.replace(b'";', b'";\n ') + b"\n\n",
    "an endless header after a lone carriage return": b"X: 1\r" + HEADER + b"\n\n",
    "mails in mails": b"Content-Type: message/rfc822\n\n" * 10_000,
    "parts without end": b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\n" * 80_000,
    "many attendees": shaped("gmail", "", LINES.replace("UID:", "ATTENDEE:mailto:a@example.com\n" * 5_000 + "UID:")),
    "components without end": shaped("gmail", "", LINES.replace("UID:", "BEGIN:VALARM\n" * 5_000 + "UID:")),
}
BROKEN = {
    "a request": ("METHOD:REPLY", "METHOD:REQUEST"),
    "a counter-proposal": ("METHOD:REPLY", "METHOD:COUNTER"),
    "no UID": ("UID:0123abcd@officehours\n", ""),
    "two UIDs": ("UID:0123abcd@officehours\n", "UID:1@officehours\nUID:2@officehours\n"),
    "two attendees": ("CREATED:", "ATTENDEE:mailto:a@example.com\nCREATED:"),
    "an undecided answer": ("PARTSTAT=DECLINED", "PARTSTAT=NEEDS-ACTION"),
    "two answers": ("PARTSTAT=DECLINED", "PARTSTAT=DECLINED,ACCEPTED"),
    "no stamp": ("DTSTAMP:20261130T090000Z\n", ""),
    "a stamp without zone": ("DTSTAMP:20261130T090000Z", "DTSTAMP:20261130T090000"),
    "a stamp of a day": ("DTSTAMP:20261130T090000Z", "DTSTAMP;VALUE=DATE:20261130"),
    "an impossible stamp": ("DTSTAMP:20261130T090000Z", "DTSTAMP:20261399T990000Z"),
    "a sequence that is no number": ("SEQUENCE:2", "SEQUENCE:two"),
    "one occurrence": ("CREATED:", "RECURRENCE-ID:20261130T150000Z\nCREATED:"),
}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("partstat", ["ACCEPTED", "TENTATIVE", "DECLINED"])
def test_what_mail_programs_send(program: str, partstat: str) -> None:
    """Whatever the shape: which session, who, what, of which version and when."""
    found = read_reply(replace(ANSWER, partstat=partstat).mail(program))
    assert found == Reply("0123abcd@officehours", "asha@example.com", partstat.lower(), 2, utc("2026-11-30 09:00"))


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_first_version_may_go_without_saying(program: str) -> None:
    """A SEQUENCE left out is 0 (RFC 5545 3.8.7.4)."""
    mail = shaped(program, "", replace(ANSWER, sequence=0).calendar(program).replace("\nSEQUENCE:0\n", "\n"))
    assert read_reply(mail).sequence == 0


def test_addresses_are_read_however_they_are_written() -> None:
    """Upper case, percent-encoded, or beside an identifier of Apple's."""
    for written, address in (
        (":mailto:Asha%2Bflyte@Example.COM", "asha+flyte@example.com"),
        (";EMAIL=asha@example.com:urn:uuid:1234", "asha@example.com"),
        (":urn:uuid:1234", ""),
    ):
        mail = shaped("gmail", "", LINES.replace(":mailto:asha@example.com", written))
        assert read_reply(mail).attendee == address


@pytest.mark.parametrize("mail", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_mails_are_refused(mail: bytes) -> None:
    """At once, and with the one error that callers know."""
    with pytest.raises(ObjectError):
        read_reply(mail)


@pytest.mark.parametrize(("line", "broken"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_plain_answer_is_refused(line: str, broken: str) -> None:
    """Anything that could be meant in two ways."""
    assert line in LINES
    with pytest.raises(ObjectError):
        read_reply(shaped("gmail", "", LINES.replace(line, broken)))


def test_two_events_are_no_answer() -> None:
    """We invite to one event at a time."""
    with pytest.raises(ObjectError):
        read_reply(shaped("gmail", "", TWICE))


@settings(max_examples=200)
@given(
    program=st.sampled_from(PROGRAMS),
    at=st.floats(0, 1),
    length=st.integers(0, 40),
    instead=st.one_of(
        st.binary(max_size=40), st.sampled_from([b"\r", b"\n ", b";", b'"', b":", b"=?utf-8?b?", b"\x00", b"\xed\xa0"])
    ),
)
def test_damaged_mails_raise_one_error(program: str, at: float, length: int, instead: bytes) -> None:
    """A mail damaged anywhere gives an answer or an ObjectError."""
    mail = ANSWER.mail(program)
    place = int(at * len(mail))
    with suppress(ObjectError):
        read_reply(mail[:place] + instead + mail[place + length :])

"""Answers to an invitation as mail programs shape them, written from what they send."""

from __future__ import annotations

from base64 import encodebytes
from dataclasses import dataclass
from datetime import UTC, datetime

_MAIL = """\
From: Asha Rao <asha@example.com>
To: Office hours <office-hours@localhost>
Subject: {subject}: Office hours
Date: Mon, 30 Nov 2026 09:00:00 +0000
Message-ID: <1@mail.example.com>
MIME-Version: 1.0
"""
_GMAIL = """\
Content-Type: multipart/mixed; boundary="000000000000aa"

--000000000000aa
Content-Type: multipart/alternative; boundary="000000000000bb"

--000000000000bb
Content-Type: text/plain; charset="UTF-8"; format=flowed; delsp=yes

Asha Rao has answered this invitation.

--000000000000bb
Content-Type: text/html; charset="UTF-8"
Content-Transfer-Encoding: quoted-printable

<p>Asha Rao has answered this invitation.</p>

--000000000000bb
Content-Type: text/calendar; charset="UTF-8"; method=REPLY
Content-Transfer-Encoding: 7bit

{calendar}
--000000000000bb--
--000000000000aa
Content-Type: application/ics; name="invite.ics"
Content-Disposition: attachment; filename="invite.ics"
Content-Transfer-Encoding: base64

{encoded}
--000000000000aa--
"""
_OUTLOOK = """\
Content-Language: en-US
Content-Type: multipart/alternative;
\tboundary="_000_BY5PR01MB_"

--_000_BY5PR01MB_
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable


--_000_BY5PR01MB_
Content-Type: text/calendar; charset="utf-8"; method=REPLY
Content-Transfer-Encoding: base64

{encoded}
--_000_BY5PR01MB_--
"""
_APPLE = """\
Content-Type: multipart/mixed; boundary="Apple-Mail-1"

--Apple-Mail-1
Content-Type: text/plain; charset=utf-8

Asha Rao has answered.

--Apple-Mail-1
Content-Disposition: attachment; filename=iCal-20261130-090000.ics
Content-Type: text/calendar; x-unix-mode=0644; method=REPLY; charset=utf-8; name="iCal-20261130-090000.ics"
Content-Transfer-Encoding: quoted-printable

{quoted}
--Apple-Mail-1--
"""
_CALENDARS = {
    "gmail": """\
BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:REPLY
BEGIN:VEVENT
DTSTART:20261130T150000Z
DTEND:20261130T153000Z
DTSTAMP:{stamp}
ORGANIZER;CN=Office hours:mailto:office-hours@localhost
UID:{uid}
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={partstat};CN=Asha R
 ao;X-NUM-GUESTS=0:mailto:{attendee}
CREATED:20261130T080000Z
DESCRIPTION:With Example maintainer 1\\nJoin: http://localhost:8000/
LAST-MODIFIED:{stamp}
SEQUENCE:{sequence}
STATUS:CONFIRMED
SUMMARY:Office hours
TRANSP:OPAQUE
END:VEVENT
END:VCALENDAR
""",
    "outlook": """\
BEGIN:VCALENDAR
METHOD:REPLY
PRODID:Microsoft Exchange Server 2010
VERSION:2.0
BEGIN:VTIMEZONE
TZID:India Standard Time
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0530
TZOFFSETTO:+0530
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T000000
TZOFFSETFROM:+0530
TZOFFSETTO:+0530
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=4
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
ATTENDEE;PARTSTAT={partstat};CN="Rao, Asha":MAILTO:{attendee}
COMMENT;LANGUAGE=en-US:\\n
UID:{uid}
SUMMARY;LANGUAGE=en-US:Declined: Office hours
DTSTART;TZID=India Standard Time:20261130T203000
DTEND;TZID=India Standard Time:20261130T210000
CLASS:PUBLIC
PRIORITY:5
DTSTAMP:{stamp}
TRANSP:OPAQUE
STATUS:CONFIRMED
SEQUENCE:{sequence}
X-MICROSOFT-CDO-APPT-SEQUENCE:{sequence}
END:VEVENT
END:VCALENDAR
""",
    # Apple leaves out a SEQUENCE of 0.
    "apple": """\
BEGIN:VCALENDAR
CALSCALE:GREGORIAN
VERSION:2.0
METHOD:REPLY
PRODID:-//Apple Inc.//macOS 15.1//EN
BEGIN:VEVENT
UID:{uid}
{apple_sequence}DTSTAMP:{stamp}
DTSTART:20261130T150000Z
DTEND:20261130T153000Z
SUMMARY:Office hours
ORGANIZER;CN="Office hours":mailto:office-hours@localhost
ATTENDEE;CN="Asha Rao";CUTYPE=INDIVIDUAL;EMAIL="{attendee}";PARTSTAT={partstat};ROLE=REQ-PARTICIPANT:mailto:{attendee}
END:VEVENT
END:VCALENDAR
""",
}
_SHAPES = {"gmail": _GMAIL, "outlook": _OUTLOOK, "apple": _APPLE}
PROGRAMS = tuple(_SHAPES)


@dataclass(frozen=True)
class Answer:
    """What somebody answers to which invitation."""

    uid: str
    partstat: str = "DECLINED"
    attendee: str = "asha@example.com"
    sequence: int = 0
    stamp: datetime = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)

    def calendar(self, program: str = "gmail") -> str:
        """The iCalendar object this program makes of it."""
        return _CALENDARS[program].format(
            uid=self.uid,
            partstat=self.partstat,
            attendee=self.attendee,
            sequence=self.sequence,
            apple_sequence=f"SEQUENCE:{self.sequence}\n" if self.sequence else "",
            stamp=f"{self.stamp:%Y%m%dT%H%M%SZ}",
        )

    def mail(self, program: str = "gmail") -> bytes:
        """The whole mail."""
        calendar = self.calendar(program)
        return shaped(program, self.partstat.title(), calendar)


def shaped(program: str, subject: str, calendar: str) -> bytes:
    """A mail of this program with that iCalendar object in it."""
    text = (_MAIL + _SHAPES[program]).format(
        subject=subject,
        calendar=calendar,
        encoded=encodebytes(calendar.replace("\n", "\r\n").encode()).decode(),
        quoted=calendar.replace("=", "=3D"),
    )
    return text.replace("\n", "\r\n").encode()

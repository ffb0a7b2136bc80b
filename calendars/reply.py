"""Answers to our invitations: the iTIP REPLY (RFC 5546 3.2.3) in a mail (iMIP, RFC 6047), whoever wrote it.

The mail is looked at under limits before the mail parser sees it: in a deeply nested mail, or one with an endless
header, that takes minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from urllib.parse import unquote

from icalendar import Event, vCalAddress, vDDDTypes

from calendars.objects import MALFORMED, Limits, ObjectError, check, content_lines, parse, without_recurrence
from routing.zones import utc

_TYPES = frozenset({"text/calendar", "application/ics"})
_ANSWERS = frozenset({"ACCEPTED", "TENTATIVE", "DECLINED"})
_KEPT = ("METHOD", "UID", "ATTENDEE", "DTSTAMP", "SEQUENCE", "RECURRENCE-ID")
_LIMITS = Limits(size=20_000, components=50)
_MULTIPARTS, _PARTS, _HEADER = 20, 500, 2_000
_CONTENT_TYPE = re.compile(rb"^content-[a-z-]+:.*(?:\n[ \t].*)*", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reply:
    """What an attendee answered: `attendee` is the address in lower case, `partstat` "accepted", "declined" or
    "tentative", `stamp` when it was said (UTC). `sequence` is of the invitation that was answered; 0 if left out.
    """

    uid: str
    attendee: str
    partstat: str
    sequence: int
    stamp: datetime


def read_reply(mail: bytes) -> Reply:
    """The answer to an invitation in a mail (RFC 5322). Raises ObjectError, and nothing else, where there is none."""
    try:
        for data in _calendar_parts(mail):
            lines = content_lines(data, _KEPT)
            if "REPLY" in (line.partition(":")[2].strip().upper() for line in lines if _is(line, "METHOD")):
                plain = without_recurrence(lines)
                check(plain, _LIMITS)
                return _reply(plain)
    except MALFORMED as error:
        raise ObjectError("The mail cannot be read.") from error
    raise ObjectError("The mail is no reply to an invitation.")


def _calendar_parts(mail: bytes) -> Iterator[bytes]:
    mail = mail.replace(b"\r\n", b"\n").replace(b"\r", b"\n")  # all of these end a line for the mail parser
    multiparts, parts = mail.lower().count(b"boundary"), len(re.findall(rb"^--", mail, re.MULTILINE))
    longest = max((len(header[0]) for header in _CONTENT_TYPE.finditer(mail)), default=0)
    if multiparts > _MULTIPARTS or parts > _PARTS or longest > _HEADER:
        raise ObjectError("The mail has too many parts.")
    for part in message_from_bytes(mail, policy=policy.compat32).walk():
        if part.get_content_type() in _TYPES and isinstance(data := part.get_payload(decode=True), bytes):
            yield data


def _is(line: str, name: str) -> bool:
    return re.split("[:;]", line, maxsplit=1)[0].upper() == name


def _reply(lines: list[str]) -> Reply:
    events = [component for component in parse(lines).walk("VEVENT") if isinstance(component, Event)]
    if len(events) != 1 or "RECURRENCE-ID" in events[0]:
        raise ObjectError("The reply is not about one whole event.")
    [event] = events
    match event["UID"], event["ATTENDEE"], event["DTSTAMP"]:
        case str(uid), vCalAddress() as attendee, vDDDTypes(dt=datetime() as stamp):
            partstat = str(attendee.params.get("PARTSTAT", "")).upper()
        case _:
            raise ObjectError("The reply is not by one attendee about one event.")
    if partstat not in _ANSWERS:
        raise ObjectError("The reply says neither yes nor no.")
    return Reply(
        uid=str(uid),
        attendee=_address(attendee),
        partstat=partstat.lower(),
        sequence=int(str(event.get("SEQUENCE", 0))),
        stamp=utc(stamp),
    )


def _address(attendee: vCalAddress) -> str:
    """The address of a `mailto:`, or where there is something else, of EMAIL (RFC 7986 6.2)."""
    named = unquote(str(attendee)).strip().lower().removeprefix("mailto:")
    return named if "@" in named else str(attendee.params.get("EMAIL", "")).strip().lower()

"""What must be true when the killing has ended: everything promised is there, once, and nothing else is."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import icalendar

from tests.e2e.killing import LEADS, STAFF, Promise, Town
from tests.servers.calendar_app import app_password, calendar_app, events
from tests.servers.service import until

SECONDS_TO_SETTLE = 90
# What is left to do, in numbers: work that may run now, messages due, meetings and events behind their booking.
LEFT = {
    "work": """SELECT count(*) FROM workflow_status WHERE status IN ('ENQUEUED', 'PENDING')
        OR (status = 'DELAYED' AND delay_until_epoch_ms < 1000 * (unixepoch() + 1))""",
    "messages": "SELECT count(*) FROM delivery WHERE state IN ('pending', 'sending') AND due_at < datetime('now')",
    "meetings": """SELECT count(*) FROM booking JOIN conference ON booking_id = booking.id
        WHERE conference.synced_sequence < booking.sequence""",
    "events": """SELECT count(*) FROM booking JOIN calendar_event ON booking_id = booking.id
        WHERE calendar_event.state = 'pending' OR calendar_event.pushed_sequence < booking.sequence""",
}
BOOKINGS = """SELECT booking.*, maintainer.key AS maintainer, maintainer.email AS maintainer_email
    FROM booking JOIN maintainer ON maintainer.id = maintainer_id"""
DELAYED = "SELECT workflow_uuid FROM workflow_status WHERE status = 'DELAYED' AND name LIKE 'deliver%'"

Row = dict[str, Any]


def read(town: Town, statement: str) -> list[Row]:
    with closing(sqlite3.connect(town.service.data / "officehours.db")) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(statement)]


def settle(town: Town) -> None:
    """Wait until all that is due has been done, the reminders of this very minute included."""

    def left() -> dict[str, int]:
        return {what: read(town, statement)[0]["count(*)"] for what, statement in LEFT.items()}

    def settled() -> bool:
        return datetime.now(UTC) > town.reminding and not any(left().values())

    until(settled, SECONDS_TO_SETTLE, lambda: f"seed {town.seed}: still to do: {left()}\n{town.service.output}")


@dataclass
class Aftermath:
    """The rows and what the outside world holds, side by side."""

    town: Town
    bookings: dict[str, Row]
    deliveries: dict[int, list[Row]]
    delayed: set[int]

    @classmethod
    def of(cls, town: Town) -> Aftermath:
        deliveries: dict[int, list[Row]] = defaultdict(list)
        for row in read(town, "SELECT * FROM delivery"):
            deliveries[row["booking_id"]].append(row)
        bookings = {row["public_id"]: row for row in read(town, BOOKINGS)}
        delayed = {int(row["workflow_uuid"].split(":")[1]) for row in read(town, DELAYED)}
        return cls(town, bookings, deliveries, delayed)

    def problems(self) -> list[str]:
        """Everything that is not as it must be, a line each."""
        found = [*self.town.faults, *self.rows(), *self.calendars(), *self.meetings(), *self.mailbox()]
        for promise in self.town.promises:
            row = self.bookings.get(promise.public_id)
            if row is not None:
                checks = (self.mails, self.texts, self.reminders)
                found += [f"person {promise.number}: {one}" for check in checks for one in check(promise, row)]
        return found

    def rows(self) -> Iterator[str]:
        """One row for each promise, as last told, and none beside."""
        promised = {promise.public_id: promise for promise in self.town.promises}
        yield from (f"no row for person {promised[key].number}" for key in promised.keys() - self.bookings.keys())
        for key in self.bookings.keys() - promised.keys():
            yield f"a booking nobody was promised: {self.bookings[key]['attendee_email']}"
        for key in promised.keys() & self.bookings.keys():
            told, row = promised[key], self.bookings[key]
            stored = (row["status"], row["sequence"], instant(row["starts_at"]))
            if (told.status, told.sequence, told.start) != stored:
                yield f"person {told.number} was told {told}, stored is {stored}"
        for state in ("failed", "unknown"):
            bad = [row for rows in self.deliveries.values() for row in rows if row["state"] == state]
            yield from (f"{state}: {row}" for row in bad)

    def calendars(self) -> Iterator[str]:
        """Each maintainer's calendar, as their app sees it: the confirmed sessions, at their time and version."""
        for maintainer in STAFF:
            wanted = {
                f"{key}@officehours": (instant(row["starts_at"]), row["sequence"])
                for key, row in self.bookings.items()
                if row["maintainer"] == maintainer and row["status"] == "confirmed"
            }
            password = app_password(self.town.service.data, maintainer)
            with calendar_app(self.town.service.url, maintainer, password) as calendar:
                stored = {
                    uid: (f"{event.start:%Y-%m-%dT%H:%M:%SZ}", int(event["SEQUENCE"]))
                    for uid, event in events(calendar).items()
                }
            yield from differences(f"{maintainer}'s calendar", wanted, stored)

    def meetings(self) -> Iterator[str]:
        """Zoom's meetings: one for each confirmed session, at its time, with its host."""
        wanted = {
            f"Booking {key}@officehours": [(instant(row["starts_at"]), row["maintainer_email"])]
            for key, row in self.bookings.items()
            if row["status"] == "confirmed"
        }
        stored: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for meeting in self.town.zoom.meetings.values():
            stored[meeting["agenda"]].append((meeting["start_time"], meeting["host_email"]))
        yield from differences("Zoom", wanted, stored)

    def mailbox(self) -> Iterator[str]:
        """One mail for each message that went out: a repeated one has the Message-ID and the recipient of the first."""
        recipients = defaultdict(set)
        for mail in self.town.mail.mails:
            recipients[mail.message["Message-ID"]].update(mail.recipients)
        yield from (f"{key} went to {people}" for key, people in recipients.items() if len(people) != 1)
        sent = {row["provider_ref"]: row for row in self.emails() if row["state"] == "sent"}
        yield from (f"said to be sent, but it is not there: {sent[key]}" for key in sent.keys() - recipients.keys())
        # A message that was overtaken may have gone out in the moment before: the row cannot know.
        overtaken = sum(row["state"] == "skipped" and row["attempts"] > 0 for row in self.emails())
        if len(recipients.keys() - sent.keys()) > overtaken:
            yield f"{len(recipients)} mails for {len(sent)} messages"

    def emails(self) -> Iterator[Row]:
        return (row for rows in self.deliveries.values() for row in rows if row["channel"] == "email")

    def mails(self, promise: Promise, row: Row) -> Iterator[str]:
        """Both sides were told of the state that was reached, once."""
        if promise.status == "cancelled":
            kind, told = "cancellation", ("CANCEL", promise.sequence)
        else:
            kind, told = "change" if promise.sequence else "confirmation", ("REQUEST", promise.sequence)
        mine = {mail["Message-ID"]: mail for mail in self.town.mail.to(promise.email)}
        if (heard := Counter(filter(None, map(invitation, mine.values()))))[told] != 1:
            yield f"told {heard} instead of {told} once"
        final = [one for one in self.deliveries[row["id"]] if one["sequence"] == row["sequence"]]
        for audience, address in (("attendee", promise.email), ("maintainer", row["maintainer_email"])):
            sent = [one["provider_ref"] for one in final if (one["kind"], one["audience"]) == (kind, audience)]
            sent = [key for key in sent if key in {mail["Message-ID"] for mail in self.town.mail.to(address)}]
            if len(sent) != 1:
                yield f"{len(sent)} mails of {kind} to the {audience}"

    def texts(self, promise: Promise, row: Row) -> Iterator[str]:
        """As many texts as messages, none twice."""
        rows = [one for one in self.deliveries[row["id"]] if one["channel"] == "sms"]
        sids = {message["sid"] for message in self.town.twilio.messages if message["to"] == promise.phone}
        sent = [one["provider_ref"] for one in rows if one["state"] == "sent"]
        overtaken = sum(one["state"] == "skipped" and one["attempts"] > 0 for one in rows)
        if len(set(sent)) != len(sent) or not sids >= set(sent) or len(sids) > len(sent) + overtaken:
            yield f"texts {sids} for messages {sent}, {overtaken} overtaken"
        current = [one for one in rows if one["sequence"] == row["sequence"] and one["kind"] != "reminder"]
        if [one["state"] for one in current] != ["sent"]:
            yield f"the text about the present state: {current}"

    def reminders(self, promise: Promise, row: Row) -> Iterator[str]:
        """Each is planned for both sides; what is not yet due waits in the engine; nothing old is left."""
        rows = [one for one in self.deliveries[row["id"]] if one["kind"] == "reminder"]
        current = [one for one in rows if one["sequence"] == row["sequence"]]
        yield from (f"an old reminder: {one}" for one in rows if one not in current and one["state"] == "pending")
        planned = Counter((one["lead"], one["audience"], one["channel"]) for one in current)
        people = [("attendee", "email"), ("attendee", "sms"), ("maintainer", "email")]
        wanted = [(lead, *who) for lead in LEADS for who in people] if promise.status == "confirmed" else []
        if planned != Counter(wanted):
            yield f"reminders {planned}"
        for one in current:
            waiting = one["state"] == "pending" and one["id"] in self.delayed
            due = datetime.fromisoformat(one["due_at"]).replace(tzinfo=UTC)
            if (waiting, due > datetime.now(UTC)) != (one["state"] == "pending",) * 2:
                yield f"reminder {one}, waiting: {waiting}"


def instant(stored: str) -> str:
    """A time of the database as the interface writes it."""
    return f"{datetime.fromisoformat(stored):%Y-%m-%dT%H:%M:%SZ}"


def invitation(mail: EmailMessage) -> tuple[str, int] | None:
    """METHOD and SEQUENCE of the iTIP object in a mail, if it has one."""
    for part in mail.walk():
        if part.get_content_type() == "text/calendar" and not part.get_filename():
            calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
            return str(calendar["METHOD"]), int(calendar.walk("VEVENT")[0]["SEQUENCE"])
    return None


def differences(where: str, wanted: dict[str, Any], stored: dict[str, Any]) -> Iterable[str]:
    for key in sorted(wanted.keys() | stored.keys()):
        if wanted.get(key) != stored.get(key):
            yield f"{where}: {key} is {stored.get(key)} and should be {wanted.get(key)}"

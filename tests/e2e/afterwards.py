"""What must be true when all is over: everything promised is there, once, and nothing else is."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import icalendar
import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.pool import NullPool

from booking.models import Booking, CalendarEvent, Conference, Delivery
from booking.models.deliveries import OPEN_STATES
from tests.e2e.town import LEADS, STAFF, Promise, Town
from tests.servers.calendar_app import calendar_app, events
from tests.servers.command import officehours
from tests.servers.service import until

SECONDS_TO_SETTLE = 180
RUNNABLE = """SELECT count(*) FROM {} WHERE status IN ('ENQUEUED', 'PENDING')
    OR (status = 'DELAYED' AND delay_until_epoch_ms < :soon)"""
WAITING = "SELECT workflow_uuid FROM {} WHERE status = 'DELAYED' AND name LIKE 'deliver%'"


def database(town: Town) -> sa.Engine:
    url = town.settings.get("OFFICEHOURS_DATABASE_URL", f"sqlite:///{town.data / 'officehours.db'}")
    return sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)


def of_the_engine(session: Session, statement: str, **values: object) -> list[Any]:
    """Ask the job engine's table of orders."""
    table = "workflow_status" if session.get_bind().dialect.name == "sqlite" else "dbos.workflow_status"
    return list(session.scalars(sa.text(statement.format(table)), values))


def left_to_do(town: Town) -> dict[str, int]:
    """Orders that may run, messages due, and what is behind its booking and not given up."""
    now = datetime.now(UTC)
    due = sa.select(Delivery.id).where(Delivery.state.in_(OPEN_STATES), Delivery.due_at < now)
    no_meeting = Conference.state != "failed", Conference.synced_sequence < Booking.sequence
    no_event = CalendarEvent.state != "failed", CalendarEvent.pushed_sequence < Booking.sequence
    questions = {
        "messages": due,
        "meetings": sa.select(Booking.id).join(Conference).where(*no_meeting),
        "events": sa.select(Booking.id).join(CalendarEvent).where(*no_event),
    }
    with Session(database(town)) as session:
        soon = 1000 * (now + timedelta(seconds=1)).timestamp()
        [orders] = of_the_engine(session, RUNNABLE, soon=int(soon))
        return {"orders": orders} | {what: len(session.scalars(asked).all()) for what, asked in questions.items()}


def settle(town: Town) -> None:
    """Wait until all that is due has been done or given up."""
    until(lambda: not any(left_to_do(town).values()), SECONDS_TO_SETTLE, lambda: f"still to do: {left_to_do(town)}")


def wait_for_reminders(town: Town) -> None:
    """Wait until the reminders of `reminding` are due."""
    until(lambda: datetime.now(UTC) > town.reminding, SECONDS_TO_SETTLE, lambda: "it is too far away")


@dataclass
class Aftermath:
    """The rows and what the outside world holds, side by side. `waiting` are deliveries that the engine will send."""

    town: Town
    bookings: dict[str, Booking]
    deliveries: dict[int, list[Delivery]]
    waiting: set[int]

    @classmethod
    def of(cls, town: Town) -> Aftermath:
        deliveries: dict[int, list[Delivery]] = defaultdict(list)
        with Session(database(town)) as session:
            for row in session.scalars(sa.select(Delivery).where(Delivery.booking_id.is_not(None))):
                deliveries[row.booking_id or 0].append(row)
            bookings = session.scalars(sa.select(Booking).options(joinedload(Booking.maintainer))).all()
            waiting = {int(key.split(":")[1]) for key in of_the_engine(session, WAITING)}
            session.expunge_all()
        return cls(town, {row.public_id: row for row in bookings}, deliveries, waiting)

    def all_deliveries(self) -> Iterator[Delivery]:
        return (row for rows in self.deliveries.values() for row in rows)

    def reminded(self) -> int:
        """How many reminders went out."""
        return sum(row.kind == "reminder" and row.state == "sent" for row in self.all_deliveries())

    def problems(self) -> list[str]:
        """Everything that is not as it must be, a line each."""
        found = [*self.town.faults, *self.rows(), *self.meetings(), *self.mailbox()]
        found += self.calendars()  # makes app passwords, which mails tell of
        for promise in self.town.promises:
            row = self.bookings.get(promise.public_id)
            if row is not None:
                checks = (self.mails, self.texts, self.reminders)
                found += [f"person {promise.number}: {one}" for check in checks for one in check(promise, row)]
        return found

    def rows(self) -> Iterator[str]:
        """One row for each promise, as last told, and none beside; nothing given up."""
        promised = {promise.public_id: promise for promise in self.town.promises}
        yield from (f"no row for person {promised[key].number}" for key in promised.keys() - self.bookings.keys())
        for key in self.bookings.keys() - promised.keys():
            yield f"a booking nobody was promised: {self.bookings[key].attendee_email}"
        for key in promised.keys() & self.bookings.keys():
            told, row = promised[key], self.bookings[key]
            stored = (row.status, row.sequence, instant(row.starts_at))
            if (told.status, told.sequence, told.start) != stored:
                yield f"person {told.number} was told {told}, stored is {stored}"
        for one in self.all_deliveries():
            if one.state in ("failed", "unknown"):
                yield f"{one.kind} {one.state}: {one.reason}"

    def calendars(self) -> Iterator[str]:
        """Each maintainer's calendar, as their app sees it: the confirmed sessions, at their time and version."""
        for maintainer in STAFF:
            wanted = {
                row.uid: (instant(row.starts_at), row.sequence)
                for row in self.bookings.values()
                if row.maintainer.key == maintainer and row.status == "confirmed"
            }
            with calendar_app(self.town.url, maintainer, app_password(self.town, maintainer)) as calendar:
                stored = {
                    uid: (instant(event.start), int(event["SEQUENCE"])) for uid, event in events(calendar).items()
                }
            yield from differences(f"{maintainer}'s calendar", wanted, stored)

    def meetings(self) -> Iterator[str]:
        """Zoom's meetings: one for each confirmed session, at its time, with its host."""
        wanted = {
            f"Booking {row.uid}": [(instant(row.starts_at), row.maintainer.email)]
            for row in self.bookings.values()
            if row.status == "confirmed"
        }
        stored: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for meeting in self.town.zoom.meetings.values():
            stored[meeting["agenda"].partition(",")[0]].append((meeting["start_time"], meeting["host_email"]))
        yield from differences("Zoom", wanted, stored)

    def mailbox(self) -> Iterator[str]:
        """One mail for each message that went out: a repeated one has the Message-ID and the recipient of the first."""
        recipients: dict[str, set[str]] = defaultdict(set)
        for mail in self.town.mail.mails:
            recipients[mail.message["Message-ID"]].update(mail.recipients)
        yield from (f"{key} went to {people}" for key, people in recipients.items() if len(people) != 1)
        mails = [row for row in self.all_deliveries() if row.channel == "email"]
        sent = {row.provider_ref for row in mails if row.state == "sent"}
        yield from (f"said to be sent, but it is not there: {key}" for key in sent - recipients.keys())
        if len(recipients.keys() - sent) > sum(map(overtaken, mails)):
            yield f"{len(recipients)} mails for {len(sent)} messages"

    def mails(self, promise: Promise, row: Booking) -> Iterator[str]:
        """Both sides were told of the state that was reached, once."""
        if promise.status == "cancelled":
            kind, told = "cancellation", ("CANCEL", promise.sequence)
        else:
            kind, told = "change" if promise.sequence else "confirmation", ("REQUEST", promise.sequence)
        mine = {mail["Message-ID"]: mail for mail in self.town.mail.to(promise.email)}
        if (heard := Counter(filter(None, map(invitation, mine.values()))))[told] != 1:
            yield f"told {heard} instead of {told} once"
        for audience, address in (("attendee", promise.email), ("maintainer", row.maintainer.email)):
            arrived = {mail["Message-ID"] for mail in self.town.mail.to(address)}
            final = [one for one in self.deliveries[row.id] if (one.sequence, one.kind) == (row.sequence, kind)]
            sent = [one for one in final if one.audience == audience and one.provider_ref in arrived]
            if len(sent) != 1:
                yield f"{len(sent)} mails of {kind} to the {audience}"

    def texts(self, promise: Promise, row: Booking) -> Iterator[str]:
        """As many texts as messages, none twice, after the one with the code; the last about the state reached."""
        rows = [one for one in self.deliveries[row.id] if one.channel == "sms"]
        mine = [one for one in self.town.twilio.messages if one["to"] == promise.phone]
        if ["is your code" in one["body"] for one in mine] != [True, *[False] * (len(mine) - 1)]:
            yield f"not one code and then the rest: {mine}"
        sids = {message["sid"] for message in mine[1:]}
        sent = [one.provider_ref for one in rows if one.state == "sent"]
        surplus = len(sids) - len(sent)
        if len(set(sent)) != len(sent) or not sids.issuperset(sent) or surplus > sum(map(overtaken, rows)):
            yield f"texts {sids} for messages {sent}"
        current = [one.state for one in rows if one.sequence == row.sequence and one.kind != "reminder"]
        if current != ["sent" if promise.proven else "skipped"]:
            yield f"the text about the present state is {current}"

    def reminders(self, promise: Promise, row: Booking) -> Iterator[str]:
        """Each is planned for both sides; what is not yet due waits in the engine; nothing old is left."""
        rows = [one for one in self.deliveries[row.id] if one.kind == "reminder"]
        current = [one for one in rows if one.sequence == row.sequence]
        yield from (f"an old reminder: {one.id}" for one in rows if one not in current and one.state == "pending")
        people = [("attendee", "email"), ("attendee", "sms"), ("maintainer", "email")]
        wanted = [(lead, *who) for lead in LEADS for who in people] if promise.status == "confirmed" else []
        if (planned := Counter((one.lead, one.audience, one.channel) for one in current)) != Counter(wanted):
            yield f"reminders {planned}"
        for one in current:
            to_come = (one.due_at > datetime.now(UTC), one.state == "pending", one.id in self.waiting)
            if len(set(to_come)) != 1:
                yield f"reminder {one.id} of {one.due_at}: {one.state}, waiting: {one.id in self.waiting}"


def overtaken(row: Delivery) -> bool:
    """Whether a later change skipped this message after a try: it may have gone out, and the row cannot know."""
    return row.state == "skipped" and row.attempts > 0


def app_password(town: Town, maintainer: str) -> str:
    printed = officehours("app-password", maintainer, data=town.data, **town.settings)
    found = re.search(r"Password:\s+(\S+)", printed.stdout)
    assert found is not None, printed.stderr
    return found.group(1)


def instant(moment: datetime) -> str:
    """As the interface writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


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

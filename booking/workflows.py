"""The workflows: short, and each outside effect one idempotent step.

`settle` is ordered in the transaction of every change to a booking. It fans out: conference, calendar event, and each
message at its time, so that an outage of one provider holds up nobody else's work. An effect answers with the seconds
to wait before another try, or None when there is nothing left to do; waiting is a delayed successor, never a thread.
"""

from __future__ import annotations

from collections.abc import Callable

from booking import jobs
from booking.effects import (
    alerts,
    audit,
    calendar,
    conference,
    delivery,
    digest,
    links,
    orders,
    replies,
    rescue,
    sweep,
    sync,
    waiting,
)


@jobs.workflow("settle")
def settle(booking_id: int, occasion: str) -> None:
    for name, key, row_id, due in jobs.step(orders.after_change, booking_id, occasion):
        jobs.order(name, key, row_id, 0, at=due)


@jobs.workflow("conference")
def arrange_conference(booking_id: int, attempt: int) -> None:
    _carry_out("arrange_conference", conference.arrange, booking_id, attempt)


@jobs.workflow("conference")
def sweep_host(host_id: int, attempt: int) -> None:
    _carry_out("sweep_host", sweep.sweep, host_id, attempt)


@jobs.workflow("calendar")
def write_event(event_id: int, attempt: int) -> None:
    _carry_out("write_event", calendar.write_event, event_id, attempt)


@jobs.workflow("calendar")
def remove_past_event(event_id: int, attempt: int) -> None:
    _carry_out("remove_past_event", calendar.remove_past, event_id, attempt)


@jobs.workflow("sync")
def sync_calendar(calendar_id: int, attempt: int) -> None:
    _carry_out("sync_calendar", sync.sync, calendar_id, attempt)


@jobs.workflow("settle")
def rescue_session(booking_id: int, attempt: int) -> None:
    _carry_out("rescue_session", rescue.rescue, booking_id, attempt)


@jobs.workflow("sync")
def serve_waiting() -> None:
    jobs.step(waiting.serve)


@jobs.workflow("email")
def deliver_email(delivery_id: int, attempt: int) -> None:
    _carry_out("deliver_email", delivery.deliver, delivery_id, attempt)


@jobs.workflow("email")
def mail_sign_in_link(link_id: int, attempt: int) -> None:
    _carry_out("mail_sign_in_link", links.mail_sign_in_link, link_id, attempt)


@jobs.workflow("sms")
def deliver_sms(delivery_id: int, attempt: int) -> None:
    _carry_out("deliver_sms", delivery.deliver, delivery_id, attempt)


@jobs.workflow("email")
def deliver_chat(delivery_id: int, attempt: int) -> None:
    _carry_out("deliver_chat", delivery.deliver, delivery_id, attempt)


def _carry_out(name: str, effect: Callable[[int, int], float | None], row_id: int, attempt: int) -> None:
    wait = jobs.step(effect, row_id, attempt)
    if wait is not None:
        jobs.retry(name, row_id, attempt + 1, wait)


jobs.periodic("*/2 * * * *")(replies.read_replies)
jobs.periodic("*/3 * * * *")(sync.sync_remote)
jobs.periodic("17 * * * *")(sync.sync_embedded)
jobs.periodic("*/10 * * * *")(audit.audit)
jobs.periodic("*/2 * * * *")(waiting.order_round)
jobs.periodic("*/10 * * * *")(rescue.look_after)
jobs.periodic("*/10 * * * *")(alerts.watch)
jobs.periodic("5 * * * *")(digest.plan_digests)
jobs.periodic("10 9 * * *")(sweep.sweep_meetings)
jobs.periodic("40 9 * * *")(audit.prune)

"""Telling administrators what needs them: once when it begins, and once a day for as long as it lasts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from booking import jobs, queries
from booking.effects.orders import WORKFLOWS
from booking.extensions import begin_write, db, office
from booking.models import Alert, Audience, Channel, Delivery, Kind
from booking.troubles import troubles

AGAIN_AFTER = timedelta(hours=24)


def watch() -> None:
    """Keep an alert for each trouble there is, and plan one message about all that nobody was told of lately."""
    now = office().now()
    begin_write(db.session())
    found = {trouble.key: trouble for trouble in troubles(now) if not trouble.untellable}
    known = {alert.key: alert for alert in db.session.scalars(sa.select(Alert))}
    for key in known.keys() - found.keys():
        db.session.delete(known[key])
    for key, trouble in found.items():
        alert = known.setdefault(key, Alert(key=key, since=now))
        alert.text = trouble.text
        db.session.add(alert)
    untold = [known[key] for key in found if _untold(known[key], now)]
    if untold:
        _tell([alert.text for alert in untold], now)
    for alert in untold:
        alert.told_at = now
    db.session.commit()


def _untold(alert: Alert, now: datetime) -> bool:
    return alert.told_at is None or alert.told_at <= now - AGAIN_AFTER


def _tell(lines: Sequence[str], now: datetime) -> None:
    settings = office().settings
    _plan(Channel.EMAIL, Audience.ADMINISTRATOR, settings.alerts_to, "\n".join(lines), now)
    if settings.chat_webhook_url is not None:
        community = queries.community().name
        count = "1 thing needs" if len(lines) == 1 else f"{len(lines)} things need"
        text = f"{community} office hours: {count} an administrator. {office().links.url('/admin')}"
        _plan(Channel.CHAT, Audience.TEAM, ["maintainers"], text, now)


def _plan(channel: Channel, audience: Audience, recipients: Sequence[str], text: str, now: datetime) -> None:
    for recipient in recipients:
        row = Delivery(
            kind=Kind.ALERT,
            channel=channel,
            audience=audience,
            recipient=recipient,
            occasion=f"alert:{now.isoformat()}:{channel}:{recipient}",
            text=text,
            due_at=now,
            created_at=now,
        )
        db.session.add(row)
        db.session.flush()
        jobs.enqueue(db.session(), WORKFLOWS[channel], f"deliver:{row.id}", row.id, 0)

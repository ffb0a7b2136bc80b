"""Whom the service sends by: each provider tried now, without a message to anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from booking.conferencing.zoom import ConferencingError
from booking.extensions import db
from booking.models import Channel, Conference, Delivery, DeliveryState, Mailbox, Maintainer
from booking.notifications.errors import DeliveryError
from booking.office import Office
from booking.senders import mailer, texter
from booking.zoom_account import zoom_client

ARRIVED = (DeliveryState.SENT, DeliveryState.DELIVERED)
NO_BOOKING = "doctor"


class Health(StrEnum):
    UNUSED = "not configured"
    WORKS = "works"
    BROKEN = "broken"
    UNTRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Provider:
    """How one provider stands. `last_success` is the instant (UTC) something last went out by it."""

    name: str
    health: Health
    detail: str
    last_success: datetime | None


def examine(office: Office) -> Iterator[Provider]:
    """Every provider in turn: whether it is configured, whether it answers now, and when it last worked."""
    yield _email(office)
    yield _sms(office)
    yield _zoom(office)
    yield _jitsi(office)
    yield _chat(office)
    yield _replies(office)


def _email(office: Office) -> Provider:
    server = mailer(office)
    if server is None:
        return Provider("email", Health.UNUSED, "Mails are printed, and shown at /outbox on this machine.", None)
    return _tried("email", server.check, _last(Channel.EMAIL))


def _sms(office: Office) -> Provider:
    account = texter(office)
    if account is None:
        return Provider("sms", Health.UNUSED, "Texts are printed.", None)
    return _tried("sms", account.check, _last(Channel.SMS))


def _zoom(office: Office) -> Provider:
    """Asks for a host's meetings, as is done before one is made: token, scope and host are all needed for that."""
    if not office.settings.zoom_configured:
        return Provider("zoom", Health.UNUSED, "Each session is in its maintainer's own room.", None)
    host = office.settings.zoom_host or db.session.scalar(sa.select(Maintainer.email).where(~Maintainer.retired))
    made = sa.select(sa.func.max(Conference.tried_at)).where(Conference.provider == "zoom", Conference.state == "ready")
    last = db.session.scalar(made)
    db.session.rollback()
    return _tried("zoom", lambda: zoom_client(office).find(host or "", NO_BOOKING), last)


def _jitsi(office: Office) -> Provider:
    if office.settings.jitsi_url is None:
        return Provider("jitsi", Health.UNUSED, "There is no room of ours to stand in for Zoom.", None)
    return Provider("jitsi", Health.UNTRIED, "Its rooms are made by whoever enters them.", None)


def _chat(office: Office) -> Provider:
    if office.settings.chat_webhook_url is None:
        return Provider("chat", Health.UNUSED, "Nothing is posted.", None)
    newest = sa.select(Delivery.reason).where(Delivery.channel == Channel.CHAT).order_by(Delivery.id.desc()).limit(1)
    reason = db.session.scalar(newest.where(Delivery.tried_at.is_not(None)))
    health = Health.BROKEN if reason else Health.UNTRIED
    return Provider("chat", health, reason or "To try it would be to post.", _last(Channel.CHAT))


def _replies(office: Office) -> Provider:
    if office.settings.imap_url is None:
        return Provider("replies", Health.UNUSED, "Answers from calendar apps are not read.", None)
    mailbox = db.session.scalar(sa.select(Mailbox))
    if mailbox is None:
        return Provider("replies", Health.UNTRIED, "The mailbox was not read yet.", None)
    health = Health.BROKEN if mailbox.last_error else Health.WORKS
    return Provider("replies", health, mailbox.last_error or "The mailbox is read every two minutes.", None)


def _last(channel: Channel) -> datetime | None:
    arrived = sa.and_(Delivery.channel == channel, Delivery.state.in_(ARRIVED))
    last = db.session.scalar(sa.select(sa.func.max(Delivery.sent_at)).where(arrived))
    db.session.rollback()  # no transaction stays open while somebody is asked
    return last


def _tried(name: str, check: Callable[[], object], last: datetime | None) -> Provider:
    try:
        check()
    except (DeliveryError, ConferencingError) as error:
        return Provider(name, Health.BROKEN, str(error), last)
    return Provider(name, Health.WORKS, "It answered just now.", last)

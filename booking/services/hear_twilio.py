"""What Twilio tells us: what became of a text, and what somebody wrote back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from booking import jobs, phones
from booking.extensions import begin_write, db
from booking.models import Channel, Delivery, DeliveryState
from booking.notifications.errors import Outcome
from booking.notifications.twilio_codes import meaning
from booking.office import Office

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
PAUSE = 120.0  # seconds before a text that did not arrive is sent once more

# By certainty: a report never takes back a more certain one, so late and repeated ones do no harm.
RANK: Mapping[str, int] = {DeliveryState.SENT: 1, DeliveryState.FAILED: 2, DeliveryState.DELIVERED: 3}
STATES: Mapping[str, DeliveryState] = {
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.DELIVERED,
    "undelivered": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}


class Word(StrEnum):
    """What carriers want understood, as one word in any case."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


# https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out: the keywords Twilio itself acts on.
KEYWORDS: Mapping[str, Word] = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"), Word.STOP),
    **dict.fromkeys(("START", "YES", "UNSTOP"), Word.START),
    **dict.fromkeys(("HELP", "INFO"), Word.HELP),
}


def hear_report(office: Office, delivery_id: int, sid: str, status: str, code: int | None) -> None:
    """Note what became of a text. A status that is not known says only that Twilio has the text.

    A text that did not arrive for a reason that may pass is sent once more, if it is still of use by then.
    """
    session = db.session()
    begin_write(session)
    delivery = session.get(Delivery, delivery_id, with_for_update=True)
    state = STATES.get(status, DeliveryState.SENT)
    if delivery is None or not _news(delivery, sid, state):
        session.rollback()
        return
    now = office.now()
    delivery.state, delivery.provider_ref, delivery.sent_at = state, sid, delivery.sent_at or now
    delivery.reason = meaning(code).text if state is DeliveryState.FAILED else None
    if state is DeliveryState.DELIVERED:
        phones.arrived(session, delivery.recipient)
    elif state is DeliveryState.FAILED:
        if meaning(code).outcome is Outcome.RETRY and delivery.lost_ref is None:
            delivery.state, delivery.provider_ref, delivery.lost_ref = DeliveryState.PENDING, None, sid
            jobs.enqueue(session, "deliver_sms", f"deliver:{delivery.id}:again", delivery.id, 0, after=PAUSE)
        phones.learn(session, delivery, code, now)
    session.commit()


def hear_word(office: Office, number: str, text: str) -> Word | None:
    """Do what somebody asks for by text: no more texts, texts again, or help, which the caller gives."""
    word = KEYWORDS.get(text.strip().upper())
    if word is None or not E164.fullmatch(number):
        return None
    session = db.session()
    begin_write(session)
    if word is Word.STOP:
        phones.opt_out(session, number, office.now())
    elif word is Word.START:
        phones.opt_in(session, number, office.now())
    session.commit()
    return word


def _news(delivery: Delivery, sid: str, state: DeliveryState) -> bool:
    """Whether a report says more than is known, about this text and no earlier try of it."""
    if delivery.channel != Channel.SMS or delivery.state == DeliveryState.PRINTED or sid == delivery.lost_ref:
        return False
    return delivery.provider_ref in (None, sid) and RANK[state] > RANK.get(delivery.state, 0)

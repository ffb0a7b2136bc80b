"""Sending a message once more, because an administrator says so."""

from __future__ import annotations

from booking import audit_log, jobs
from booking.effects.orders import workflow_for
from booking.extensions import begin_write, db
from booking.models import Act, Delivery, DeliveryState
from booking.models.deliveries import OPEN_STATES
from booking.office import Office
from booking.services.refusal import Refusal, RefusalCode, refuse


def resend(office: Office, by: int, delivery_id: int) -> Refusal | None:
    """Plan the message again, due now. What it says is what holds now; what is not true any more is skipped again.

    A mail goes as one of its own, so that no mail program takes it for the first; a text whose fate is unknown is
    looked for at the provider first.
    """
    session = db.session()
    begin_write(session)
    delivery = session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None:
        return refuse(RefusalCode.NOT_LIVE, "There is no such message.")
    if delivery.state in OPEN_STATES:
        return refuse(RefusalCode.NOT_LIVE, "This message is on its way, or planned.")
    if delivery.state == DeliveryState.PRINTED:
        return refuse(RefusalCode.NOT_LIVE, "This message was printed: there is no way to send it yet.")
    unknown = delivery.state == DeliveryState.UNKNOWN
    delivery.state = DeliveryState.SENDING if unknown else DeliveryState.PENDING
    delivery.lost_ref, delivery.provider_ref = delivery.provider_ref, None
    delivery.reason, delivery.copies = None, delivery.copies + 1
    audit_log.record(Act.MESSAGE_SENT_AGAIN, office.now(), by, f"message {delivery_id}")
    jobs.enqueue(session, workflow_for(delivery), f"deliver:{delivery.id}:copy{delivery.copies}", delivery.id, 0)
    session.commit()
    return None

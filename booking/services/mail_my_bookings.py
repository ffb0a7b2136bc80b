"""Mailing somebody the link to all their bookings.

Whether there are any is found out when the mail is about to go, so that asking tells nobody who has been here, and
addresses that somebody invents use up nothing of what all may have together.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from booking import reading
from booking.effects.orders import send
from booking.extensions import begin_write, db
from booking.links import new_public_id
from booking.models import AddressLink, Audience, Channel, Delivery, Kind
from booking.office import Office
from booking.reading import _
from booking.services.conflicts import lock_address
from booking.services.refusal import Refusal, RefusalCode, refuse

LIFETIME = ONE_DAY = timedelta(days=1)
LINKS_A_DAY, NETWORK_LINKS_A_DAY, ALL_LINKS_A_DAY = 3, 20, 500


def mail_my_bookings(office: Office, address: str, network: str) -> Refusal | None:
    """Order the mail with a new link, which ends the one before; refused beyond the daily limits, which are rows.

    What is done here is the same whether or not anything was booked with the address.
    """
    session, email, reader = db.session(), address.lower(), reading.current()
    begin_write(session)
    now = office.now()
    for each in sorted({email, network}):
        lock_address(session, each)
    if _too_many(office, email, network):
        session.rollback()
        return refuse(
            RefusalCode.TOO_MANY,
            _("Too many links were asked for today, for this address or from your network."),
            _("The latest one in your mail works for a day; or try again tomorrow."),
        )
    earlier = sa.and_(AddressLink.email == email, AddressLink.expires_at > now)
    session.execute(sa.update(AddressLink).where(earlier).values(expires_at=now))
    link = AddressLink(
        public_id=new_public_id(),
        email=email,
        network=network,
        language=reader.language,
        hours=reader.hours,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(link)
    session.flush()
    mail = {"kind": Kind.MY_BOOKINGS, "channel": Channel.EMAIL, "audience": Audience.ATTENDEE, "recipient": address}
    send(session, Delivery(address_link_id=link.id, due_at=now, created_at=now, **mail))
    session.commit()
    return None


def _too_many(office: Office, email: str, network: str) -> bool:
    count = sa.func.count()
    counted = sa.select(count.filter(AddressLink.email == email), count.filter(AddressLink.network == network))
    for_address, from_network = db.session.execute(counted.where(_lately(office))).one()
    limited = office.settings.rate_limits != "off"
    return bool(for_address >= LINKS_A_DAY or (limited and from_network >= NETWORK_LINKS_A_DAY))


def too_many_mailed(office: Office, link: AddressLink) -> bool:
    """Whether links went to very many addresses today, so that this one must not."""
    tried = sa.select(sa.func.count()).select_from(Delivery).join(Delivery.address_link)
    others = tried.where(_lately(office), AddressLink.id != link.id, Delivery.attempts > 0)
    return office.settings.rate_limits != "off" and (db.session.scalar(others) or 0) >= ALL_LINKS_A_DAY


def _lately(office: Office) -> sa.ColumnElement[bool]:
    return AddressLink.created_at > office.now() - ONE_DAY

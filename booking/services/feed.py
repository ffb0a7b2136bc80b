"""The secret address of a maintainer's feed."""

from __future__ import annotations

from booking import audit_log
from booking.extensions import begin_write, db
from booking.models import Act, Maintainer
from booking.office import Office


def renew_address(office: Office, maintainer_id: int, by: int) -> None:
    """Give the feed a new address, at the word of the account `by`; the old one is dead at once."""
    session = db.session()
    begin_write(session)
    session.get_one(Maintainer, maintainer_id, with_for_update=True).feed_generation += 1
    audit_log.record(Act.FEED_RENEWED, office.now(), by, f"maintainer {maintainer_id}")
    session.commit()

"""The secret address of a maintainer's feed."""

from __future__ import annotations

from booking.extensions import begin_write, db
from booking.models import Maintainer


def renew_address(maintainer_id: int) -> None:
    """Give the feed a new address; the old one is dead at once."""
    session = db.session()
    begin_write(session)
    session.get_one(Maintainer, maintainer_id, with_for_update=True).feed_generation += 1
    session.commit()

"""Tomorrow's sessions, mailed to each maintainer in their evening."""

from __future__ import annotations

import sqlalchemy as sa

from booking.effects.orders import mail_maintainer
from booking.extensions import begin_write, db, office
from booking.models import Delivery, Kind, Maintainer
from booking.notices import agenda
from routing import zones

EVENING = 18  # o'clock, where the maintainer is


def plan_digests() -> None:
    """Hourly: plan the digest of everybody whose evening has come and who has sessions tomorrow; once for each day."""
    now = office().now()
    begin_write(db.session())
    for maintainer in db.session.scalars(sa.select(Maintainer).where(~Maintainer.retired)):
        local = zones.local(now, maintainer.timezone)
        occasion = f"digest:{maintainer.id}:{local.date()}"
        if local.hour >= EVENING and agenda(maintainer, now) and not _planned(occasion):
            mail_maintainer(db.session(), maintainer, Kind.DIGEST, now, occasion=occasion)
    db.session.commit()


def _planned(occasion: str) -> bool:
    return bool(db.session.scalar(sa.select(sa.exists().where(Delivery.occasion == occasion))))

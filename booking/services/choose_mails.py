"""Which mails a maintainer wants."""

from __future__ import annotations

from collections.abc import Collection

from booking import audit_log, queries
from booking.deliveries import mail_choices
from booking.extensions import begin_write, db
from booking.models import Act, Maintainer
from booking.office import Office


def choose_mails(office: Office, by: int, maintainer_id: int, wanted: Collection[str]) -> None:
    """Keep which of the `mail_choices` are wanted, by name: from now on, and for mails planned already.

    `by` is the account that says so: their own, or an organiser's.
    """
    off = [name for name in mail_choices(queries.community()) if name not in wanted]
    session = db.session()
    begin_write(session)
    session.get_one(Maintainer, maintainer_id, with_for_update=True).mails_off = off
    audit_log.record(Act.MAILS_CHOSEN, office.now(), by, f"maintainer {maintainer_id}")
    session.commit()

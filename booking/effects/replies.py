"""Reading the attendees' answers out of the mailbox that replies go to.

Every mail is looked at once: how far we came is kept, and only a mail that was such an answer is marked as read, after
the answer is committed. All others are for people, and stay as they are.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from booking.extensions import begin_write, db, let_go, office
from booking.models import Mailbox
from booking.notifications.inbox import Inbox, InboxError
from booking.services.reply import record
from calendars.objects import ObjectError
from calendars.reply import read_reply

MAILS_A_ROUND = 50
LARGEST = 500_000  # bytes
BACK = timedelta(days=14)
LONGEST_REST = timedelta(hours=1)

log = logging.getLogger(__name__)


def read_replies() -> None:
    """Follow the answers that came since the last round. A mailbox that fails is left alone for longer each time."""
    url, now = office().settings.imap_url, office().now()
    known = db.session.get(Mailbox, 1)
    let_go(db.session())
    if url is None or (known is not None and now < known.tried_at + _rest(known.failures)):
        return
    version, last_uid = (known.version, known.last_uid) if known else ("", 0)
    problem = None
    try:
        with Inbox(url.get_secret_value()) as inbox:
            last_uid = last_uid if inbox.version == version else 0
            version = inbox.version
            for uid in _followed(inbox, last_uid, now):
                last_uid = uid
    except InboxError as error:
        problem = str(error)
        log.warning("%s", problem)
    _keep(version, last_uid, problem, now)


def _rest(failures: int) -> timedelta:
    return min(LONGEST_REST, timedelta(minutes=2 ** min(failures, 10))) if failures else timedelta()


def _followed(inbox: Inbox, last_uid: int, now: datetime) -> Iterator[int]:
    """The UIDs of the mails of this round, each after what it says was followed."""
    fresh = [uid for uid in inbox.unseen((now - BACK).date()) if uid > last_uid][:MAILS_A_ROUND]
    sizes = inbox.sizes(fresh)
    for uid in fresh:
        if sizes.get(uid, LARGEST + 1) <= LARGEST:
            _follow(inbox, uid)
        yield uid


def _follow(inbox: Inbox, uid: int) -> None:
    try:
        reply = read_reply(inbox.mail(uid))
    except ObjectError:
        return
    if record(office(), reply):
        inbox.mark_seen(uid)


def _keep(version: str, last_uid: int, problem: str | None, now: datetime) -> None:
    session = db.session()
    begin_write(session)
    row = session.get(Mailbox, 1) or Mailbox(failures=0)
    row.version, row.last_uid, row.tried_at, row.last_error = version, last_uid, now, problem
    row.failures = row.failures + 1 if problem else 0
    session.add(row)
    session.commit()

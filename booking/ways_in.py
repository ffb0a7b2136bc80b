"""What changes who may come into an account: in the audit log, and mailed to its owner (OWASP ASVS 5.0, 6.3.7)."""

from __future__ import annotations

from collections.abc import Mapping

from booking import audit_log, deliveries
from booking.effects.orders import mail_account
from booking.extensions import db
from booking.models import Account, Act, DeliveryState, Kind
from booking.office import Office

NEWS: Mapping[Act, str] = {
    Act.PASSKEY_ADDED: "A passkey was added to your account.",
    Act.PASSKEY_REMOVED: "A passkey was removed from your account.",
    Act.IDENTITY_LINKED: "A login elsewhere was linked to your account.",
    Act.IDENTITY_UNLINKED: "A login elsewhere was unlinked from your account.",
    Act.CALENDAR_APP_ADDED: "An app password was made for your calendar.",
    Act.CALENDAR_APP_REMOVED: "An app password of your calendar was removed.",
    Act.CALENDAR_CONNECTED: "A calendar was connected to your account.",
    Act.CALENDAR_REMOVED: "A calendar was removed from your account.",
    Act.ROLE_CHANGED: "Your role was changed from {detail}.",
}
ENOUGH = "This person got as many mails of this kind today as anybody should."


def changed(office: Office, account_id: int, act: Act, by: int | None, about: str, detail: str = "") -> None:
    """Note and tell, in the caller's transaction, that the account `by` did this to `about`, a way into an account."""
    now, session = office.now(), db.session()
    audit_log.record(act, now, by, about, detail)
    account = session.get_one(Account, account_id)
    if account.address is None:
        return
    news = {"text": NEWS[act].format(detail=detail)}
    if deliveries.often(session, account.address, now, deliveries.MAILS_A_DAY, Kind.ACCOUNT):
        news |= {"state": DeliveryState.SKIPPED, "reason": ENOUGH}
    mail_account(session, account, Kind.ACCOUNT, now, **news)

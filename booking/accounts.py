"""Finding accounts, and what a page about them shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from booking.extensions import db
from booking.models import Account, Identity, Maintainer, Passkey, Role, Session

INVITED_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the page of people; `state` is named, invited, expired, active or disabled.

    `enrolled` says that a passkey or a login elsewhere opens the account.
    """

    account: Account
    name: str
    state: str
    enrolled: bool
    last_seen: datetime | None


def by_address(email: str) -> Account | None:
    """The account with this address, whether it may sign in or not; addresses compare without case.

    A maintainer's address is the community file's; nobody else can have it.
    """
    wanted = email.lower()
    theirs = sa.and_(sa.func.lower(Maintainer.email) == wanted, ~Maintainer.retired)
    return db.session.scalar(
        sa.select(Account)
        .outerjoin(Maintainer, Maintainer.id == Account.maintainer_id)
        .where(sa.or_(theirs, Account.email == wanted))
        .order_by(sa.case((theirs, 0), else_=1))
        .options(joinedload(Account.maintainer))
        .limit(1)
    )


def of_maintainer(maintainer_id: int) -> Account:
    """A maintainer's account. Every maintainer of the community file has one."""
    return db.session.scalars(sa.select(Account).where(Account.maintainer_id == maintainer_id)).one()


def invitation_open(account: Account, now: datetime) -> bool:
    """Whether this person is invited and has not come yet. Who is in the community file is invited for good."""
    if account.accepted_at is not None or not account.welcome:
        return False
    invited = account.invited_at is not None and now < account.invited_at + INVITED_FOR
    return invited or (account.invited_at is None and account.gives_hours)


def has_credentials(account_id: int) -> bool:
    """Whether a passkey or a login elsewhere opens this account."""
    return bool(db.session.scalar(sa.select(_enrolled(account_id))))


def name_of(account: Account) -> str:
    if account.maintainer is not None and account.gives_hours:
        return account.maintainer.name
    return account.email or "First administrator"


def names(ids: set[int]) -> Mapping[int, str]:
    """What people are called now, by account."""
    rows = sa.select(Account).where(Account.id.in_(ids)).options(joinedload(Account.maintainer))
    return {account.id: name_of(account) for account in db.session.scalars(rows)}


def people(now: datetime) -> Sequence[Person]:
    """Everybody who may, might or might not any more sign in: administrators first, then by name."""
    seen = sa.select(Session.account_id, sa.func.max(Session.seen_at).label("at")).group_by(Session.account_id)
    last = seen.subquery()
    rows = db.session.execute(
        sa.select(Account, last.c.at, _enrolled(Account.id))
        .outerjoin(last, last.c.account_id == Account.id)
        .options(joinedload(Account.maintainer))
    )
    found = [
        Person(account, name_of(account), _state(account, now), enrolled, at)
        for account, at, enrolled in rows
        if _known(account)
    ]
    ranks = list(Role)
    return sorted(found, key=lambda person: (-ranks.index(Role(person.account.role)), person.name.casefold()))


def _enrolled(account_id: int | InstrumentedAttribute[int]) -> sa.ColumnElement[bool]:
    return sa.or_(*(sa.exists().where(kind.account_id == account_id) for kind in (Passkey, Identity)))


def _known(account: Account) -> bool:
    """Everybody but mere maintainers who have retired."""
    return account.disabled or account.welcome


def _state(account: Account, now: datetime) -> str:
    if account.disabled:
        return "disabled"
    if account.accepted_at is not None:
        return "active"
    if account.gives_hours and account.invited_at is None:
        return "named"
    return "invited" if invitation_open(account, now) else "expired"

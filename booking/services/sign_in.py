"""Coming in by a single-use link: mailed to whoever asks, or printed on the operator's terminal."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

import sqlalchemy as sa

from booking import accounts, audit_log, jobs
from booking.effects.orders import mail_account
from booking.extensions import begin_write, db
from booking.links import Purpose, new_public_id
from booking.models import Account, Act, Delivery, Kind, Method, Role, SignInLink
from booking.office import Office
from booking.services.conflicts import lock_address
from booking.services.sessions import hashed, open_session

LIFETIME = timedelta(minutes=10)
AN_HOUR = timedelta(hours=1)
# Links an hour: to one account from one browser and from one network, so that a stranger's asking locks nobody out, and
# from everywhere; to anybody from one network.
FROM_ONE_BROWSER, FROM_ONE_NETWORK, FROM_EVERYWHERE, TO_ANYBODY = 5, 10, 40, 20


class Dead(Enum):
    """Why a link opens nothing."""

    SPENT = "spent"  # wrong, used, expired, mailed to a former address, or its account is disabled
    ELSEWHERE = "elsewhere"  # good, but asked for in another browser


def ask_link(office: Office, email: str, browser: str, network: str) -> None:
    """Order a link for whoever has this address. What is done here is the same whether or not anybody has it."""
    session = db.session()
    begin_write(session)
    lock_address(session, email.lower())
    account = accounts.by_address(email)
    link = _new_link(office, account, Method.MAIL, LIFETIME)
    link.browser_hash, link.network = hashed(browser), network
    session.flush()
    jobs.enqueue(session, "mail_sign_in_link", f"sign-in:{link.id}", link.id, 0)
    session.commit()


def mail_link(office: Office, link_id: int) -> None:
    """Mail a link that was asked for, once, unless nobody has the address or too many were asked for lately."""
    session = db.session()
    begin_write(session)
    link = session.get(SignInLink, link_id)
    told = sa.exists().where(Delivery.sign_in_link_id == link_id)
    if link is None or link.account is None or session.scalar(sa.select(told)) or not _mailable(office, link):
        session.rollback()
        return
    mail_account(session, link.account, Kind.SIGN_IN, office.now(), sign_in_link_id=link.id)
    session.commit()


def print_link(office: Office, account: Account, lifetime: timedelta = LIFETIME) -> str:
    """A single-use link for whoever sees it on the operator's terminal; works in any browser, and as any role."""
    begin_write(db.session())
    end_links(office, account.id)
    link = _new_link(office, account, Method.PRINTED, lifetime)
    audit_log.record(Act.LINK_PRINTED, office.now(), None, f"account {account.id}")
    db.session.commit()
    return office.links.sign_in(link.public_id)


def invitation_link(office: Office, account: Account, lifetime: timedelta) -> SignInLink:
    """A single-use link for a mail that nobody asked for in a browser, in the caller's transaction."""
    end_links(office, account.id)
    link = _new_link(office, account, Method.INVITATION, lifetime)
    db.session.flush()
    return link


def use_link(office: Office, token: str, browser: str | None, name: str, former: str | None) -> str | Dead:
    """The token of a new session; `name` is the browser's, and `former` the session it had before."""
    session = db.session()
    begin_write(session)
    link = find_link(office, token, browser)
    if isinstance(link, Dead):
        audit_log.record(Act.SIGN_IN_REFUSED, office.now(), None, "link", link.value)
        session.commit()
        return link
    link.used_at = office.now()
    account = session.get_one(Account, link.account_id)
    end_links(office, account.id)
    secret = open_session(office, account, Method(link.method), name, former)
    session.commit()
    return secret


def find_link(office: Office, token: str, browser: str | None) -> SignInLink | Dead:
    """The link, if pressing its button would sign in; changes nothing."""
    if not office.links.valid(token, Purpose.SIGN_IN):
        return Dead.SPENT
    link = db.session.scalar(
        sa.select(SignInLink).where(SignInLink.public_id == office.links.public_id(token)).with_for_update()
    )
    if link is None or link.used_at is not None or link.expires_at <= office.now():
        return Dead.SPENT
    if link.account is None or not link.account.welcome or _astray(link, link.account):
        return Dead.SPENT
    if link.browser_hash is not None and (browser is None or link.browser_hash != hashed(browser)):
        return Dead.ELSEWHERE
    return link


def end_links(office: Office, account_id: int) -> None:
    """Links given out earlier do not work any more, in the caller's transaction."""
    now = office.now()
    open_ones = sa.and_(SignInLink.account_id == account_id, SignInLink.used_at.is_(None), SignInLink.expires_at > now)
    db.session.execute(sa.update(SignInLink).where(open_ones).values(expires_at=now))


def first_administrator() -> Account:
    """The account behind the links on the operator's terminal; made when there is none that may sign in.

    It is nobody's who was invited: what is done by such a link is not put down to them in the audit log.
    """
    begin_write(db.session())
    nobodys = sa.and_(Account.email.is_(None), Account.maintainer_id.is_(None))
    administrators = sa.select(Account).where(Account.role == Role.ADMINISTRATOR, ~Account.disabled, nobodys)
    account = db.session.scalar(administrators.order_by(Account.id).limit(1))
    if account is None:
        account = Account(role=Role.ADMINISTRATOR)
        db.session.add(account)
    db.session.commit()
    return account


def _astray(link: SignInLink, account: Account) -> bool:
    """Whether it was mailed to an address that is not this person's any more."""
    to = db.session.scalar(sa.select(Delivery.recipient).where(Delivery.sign_in_link_id == link.id))
    return to is not None and not account.reached_at(to)


def _mailable(office: Office, link: SignInLink) -> bool:
    account = link.account
    if account is None or account.address is None or not account.welcome:
        return False
    if account.accepted_at is None and not accounts.invitation_open(account, office.now()):
        return False
    lately = sa.and_(SignInLink.created_at > link.created_at - AN_HOUR, SignInLink.id <= link.id)
    theirs, from_here = SignInLink.account_id == account.id, SignInLink.network == link.network
    mailed = sa.exists().where(Delivery.sign_in_link_id == SignInLink.id)
    for most, *which in (
        (FROM_ONE_BROWSER, theirs, SignInLink.browser_hash == link.browser_hash),
        (FROM_ONE_NETWORK, theirs, from_here),
        (FROM_EVERYWHERE, theirs, sa.or_(mailed, SignInLink.id == link.id)),
        (TO_ANYBODY, from_here),
    ):
        asked = sa.select(sa.func.count()).where(lately, SignInLink.method == Method.MAIL, *which)
        if (db.session.scalar(asked) or 0) > most:
            return False
    return True


def _new_link(office: Office, account: Account | None, method: Method, lifetime: timedelta) -> SignInLink:
    now = office.now()
    link = SignInLink(
        account_id=account.id if account else None,
        public_id=new_public_id(),
        method=method,
        created_at=now,
        expires_at=now + lifetime,
    )
    db.session.add(link)
    return link

"""Coming in and going out: single-use links and the sessions they open."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa

from booking.effects.orders import mail_maintainer
from booking.extensions import begin_write, db
from booking.links import Purpose, new_public_id
from booking.models import Account, Kind, Maintainer, Role, Session, SignInLink
from booking.office import Office

LINK_LIFETIME = timedelta(minutes=10)
SESSION_IDLE = timedelta(hours=12)
SESSION_LONGEST = timedelta(days=7)
LINKS_AN_HOUR, ALL_LINKS_AN_HOUR = 5, 20  # to one browser, so that a stranger's asking locks nobody out; to all


def account_for(email: str) -> Account | None:
    """The account of the maintainer with this address, or None; addresses compare without case."""
    return db.session.scalar(
        sa.select(Account)
        .join(Maintainer, Maintainer.id == Account.maintainer_id)
        .where(sa.func.lower(Maintainer.email) == email.lower(), ~Maintainer.retired, ~Account.disabled)
    )


def account_of(maintainer_id: int) -> Account:
    """A maintainer's account. Every maintainer of the community file has one."""
    return db.session.scalars(sa.select(Account).where(Account.maintainer_id == maintainer_id)).one()


def first_administrator() -> Account:
    """The account behind the link that is printed at the start; made when there is none."""
    begin_write(db.session())
    account = db.session.scalar(sa.select(Account).where(Account.role == Role.ADMINISTRATOR).order_by(Account.id))
    if account is None:
        account = Account(role=Role.ADMINISTRATOR)
        db.session.add(account)
    db.session.commit()
    return account


def print_link(office: Office, account: Account, lifetime: timedelta = LINK_LIFETIME) -> str:
    """A single-use link for whoever sees it on the operator's terminal; works in any browser."""
    begin_write(db.session())
    _end_links(account.id, office.now())
    link = _new_link(office, account.id, None, lifetime)
    db.session.commit()
    return office.links.sign_in(link.public_id)


def mail_link(office: Office, account: Account, browser: str) -> bool:
    """Mail a single-use link that works only in the browser that asked. False when too many were asked for lately."""
    session = db.session()
    begin_write(session)
    now = office.now()
    mine = sa.func.count().filter(SignInLink.browser_hash == _hash(browser))
    lately = sa.and_(SignInLink.account_id == account.id, SignInLink.created_at > now - timedelta(hours=1))
    from_here, from_all = session.execute(sa.select(mine, sa.func.count()).where(lately)).one()
    if account.maintainer is None or from_here >= LINKS_AN_HOUR or from_all >= ALL_LINKS_AN_HOUR:
        session.rollback()
        return False
    link = _new_link(office, account.id, browser, LINK_LIFETIME)
    mail_maintainer(session, account.maintainer, Kind.SIGN_IN, now, sign_in_link_id=link.id)
    session.commit()
    return True


def use_link(office: Office, token: str, browser: str | None) -> str | None:
    """The token of a new session, or None for a link that is wrong, used, expired, or another browser's."""
    session = db.session()
    begin_write(session)
    link = _live_link(office, token, browser)
    if link is None:
        session.rollback()
        return None
    now = office.now()
    link.used_at = now
    _end_links(link.account_id, now)
    secret = secrets.token_urlsafe(32)
    session.add(
        Session(
            account_id=link.account_id,
            token_hash=_hash(secret),
            created_at=now,
            seen_at=now,
            expires_at=now + SESSION_LONGEST,
        )
    )
    session.commit()
    return secret


def link_works(office: Office, token: str, browser: str | None) -> bool:
    """Whether pressing the button would sign in; changes nothing."""
    return _live_link(office, token, browser) is not None


def session_account(office: Office, secret: str) -> Account | None:
    """Who this session's browser is, read from the database at each request; None once idle, expired or ended."""
    now = office.now()
    row = db.session.scalar(sa.select(Session).where(Session.token_hash == _hash(secret)))
    if row is None or row.expires_at <= now or row.seen_at + SESSION_IDLE <= now or not _welcome(row.account):
        return None
    account = row.account
    if now - row.seen_at > timedelta(minutes=5):
        begin_write(db.session())
        db.session.execute(sa.update(Session).where(Session.token_hash == _hash(secret)).values(seen_at=now))
        db.session.commit()
    return account


def end_session(secret: str) -> None:
    """Sign this browser out, at once."""
    begin_write(db.session())
    db.session.execute(sa.delete(Session).where(Session.token_hash == _hash(secret)))
    db.session.commit()


def _new_link(office: Office, account_id: int, browser: str | None, lifetime: timedelta) -> SignInLink:
    now = office.now()
    link = SignInLink(
        account_id=account_id,
        public_id=new_public_id(),
        browser_hash=_hash(browser) if browser else None,
        created_at=now,
        expires_at=now + lifetime,
    )
    db.session.add(link)
    db.session.flush()
    return link


def _live_link(office: Office, token: str, browser: str | None) -> SignInLink | None:
    if not office.links.valid(token, Purpose.SIGN_IN):
        return None
    link = db.session.scalar(
        sa.select(SignInLink).where(SignInLink.public_id == office.links.public_id(token)).with_for_update()
    )
    if link is None or link.used_at is not None or link.expires_at <= office.now() or not _welcome(link.account):
        return None
    if link.browser_hash is not None and (browser is None or link.browser_hash != _hash(browser)):
        return None
    return link


def _welcome(account: Account) -> bool:
    """Accounts end when they are disabled, and with their maintainer's retirement."""
    return not account.disabled and (account.maintainer is None or not account.maintainer.retired)


def _end_links(account_id: int, now: datetime) -> None:
    """Links given out earlier do not work any more."""
    open_ones = sa.and_(SignInLink.account_id == account_id, SignInLink.used_at.is_(None), SignInLink.expires_at > now)
    db.session.execute(sa.update(SignInLink).where(open_ones).values(expires_at=now))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

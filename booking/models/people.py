"""Who may come in and how, and what they did there. Reading these rows lets nobody in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.models.base import Base, UtcDateTime
from booking.models.programme import Maintainer


class Role(StrEnum):
    MAINTAINER = "maintainer"
    ORGANISER = "organiser"
    ADMINISTRATOR = "administrator"


class Method(StrEnum):
    """How somebody came in. The last four prove more than a mailbox."""

    MAIL = "mail"
    INVITATION = "invitation"
    PRINTED = "printed"  # on the operator's terminal
    PASSKEY = "passkey"
    OIDC = "oidc"
    GITHUB = "github"


STRONG = frozenset({Method.PRINTED, Method.PASSKEY, Method.OIDC, Method.GITHUB})


class Account(Base):
    """Somebody who may sign in. A maintainer's account follows the maintainer; the first administrator has no address.

    Who is in the community file is invited by it; others are by `invited_at`, for a week, until `accepted_at`.
    """

    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str]
    maintainer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("maintainer.id", ondelete="CASCADE"), unique=True)
    email: Mapped[str | None] = mapped_column(unique=True)  # in lower case
    disabled: Mapped[bool] = mapped_column(default=False)
    invited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    maintainer: Mapped[Maintainer | None] = relationship()

    @property
    def gives_hours(self) -> bool:
        return self.maintainer is not None and not self.maintainer.retired

    @property
    def address(self) -> str | None:
        """Where mails to this person go."""
        return self.maintainer.email if self.maintainer is not None and self.gives_hours else self.email

    @property
    def welcome(self) -> bool:
        """Whether this person may sign in and stay: not once disabled, nor a mere maintainer who has retired."""
        retired = self.maintainer is not None and not self.gives_hours and self.role == Role.MAINTAINER
        return not self.disabled and not retired

    def reached_at(self, address: str) -> bool:
        """Whether mails to this person go there; addresses compare without case."""
        return self.address is not None and self.address.lower() == address.lower()


class SignInLink(Base):
    """A single-use way in, spent by POST before it expires. Its token is an HMAC over `public_id`, never stored.

    Asking with an address that nobody has leaves a row too, without account: for a day it counts for its network.
    """

    __tablename__ = "sign_in_link"
    __table_args__ = (sa.Index("ix_sign_in_link_created", "created_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    method: Mapped[str]
    browser_hash: Mapped[str | None]  # a mailed link works only in the browser that asked for it
    network: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    account: Mapped[Account | None] = relationship()


class Session(Base):
    """A signed-in browser; dead at once when ended here. `browser` is its name and system, as it gave them."""

    __tablename__ = "session"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    method: Mapped[str]
    browser: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proved_at: Mapped[datetime] = mapped_column(UtcDateTime)  # before `created_at` where a provider knew them already
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    account: Mapped[Account] = relationship()


class Identity(Base):
    """A login elsewhere that opens an account: known by issuer and subject, never by its address."""

    __tablename__ = "identity"
    __table_args__ = (sa.UniqueConstraint("issuer", "subject"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str]
    subject: Mapped[str]
    label: Mapped[str]  # how its owner knows it again
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Passkey(Base):
    """A WebAuthn credential that opens an account."""

    __tablename__ = "passkey"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int]
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SpentChallenge(Base):
    """A passkey's challenge that was answered: none is answered twice."""

    __tablename__ = "spent_challenge"
    hash: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Act(StrEnum):
    SIGNED_IN = "signed in"
    SIGN_IN_REFUSED = "sign-in refused"
    SIGNED_OUT = "signed out"
    SESSION_ENDED = "session ended"
    REFUSED = "refused"
    INVITED = "invited"
    ACCEPTED = "invitation accepted"
    ROLE_CHANGED = "role changed"
    DISABLED = "account disabled"
    ENABLED = "account enabled"
    PASSKEY_ADDED = "passkey added"
    PASSKEY_RENAMED = "passkey renamed"
    PASSKEY_REMOVED = "passkey removed"
    IDENTITY_LINKED = "login linked"
    IDENTITY_UNLINKED = "login unlinked"
    CALENDAR_APP_ADDED = "app password made"
    CALENDAR_APP_REMOVED = "app password removed"
    CALENDAR_CONNECTED = "calendar connected"
    CALENDAR_REMOVED = "calendar removed"
    AVAILABILITY_EDITED = "availability edited"
    FEED_RENEWED = "feed address renewed"
    LINK_PRINTED = "sign-in link printed"
    BOOKING_CHANGED = "booking changed"
    BOOKINGS_DOWNLOADED = "bookings downloaded"
    MESSAGE_SENT_AGAIN = "message sent again"
    MAILS_CHOSEN = "mails chosen"
    EXPERTISE_ACCEPTED = "expertise accepted"


class AuditEntry(Base):
    """Who did what to which object, and when (UTC). Ids only: what they stand for may be erased, this stays.

    `actor_id` is an account's, none for the operator's terminal and for strangers; `about` is like "passkey 7".
    """

    __tablename__ = "audit_entry"
    __table_args__ = (sa.Index("ix_audit_entry_actor", "actor_id", "id"), sa.Index("ix_audit_entry_act", "act", "id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None]
    act: Mapped[str]
    about: Mapped[str]
    detail: Mapped[str]


class AppPassword(Base):
    """Lets one calendar app into a maintainer's embedded calendar. SHA-256 is enough for 160 random bits."""

    __tablename__ = "app_password"
    id: Mapped[int] = mapped_column(primary_key=True)
    maintainer_id: Mapped[int] = mapped_column(sa.ForeignKey("maintainer.id", ondelete="CASCADE"), index=True)
    secret_hash: Mapped[str]
    label: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ProviderToken(Base):
    """The one token all processes share with a provider that may honour only the newest (Zoom)."""

    __tablename__ = "provider_token"
    provider: Mapped[str] = mapped_column(primary_key=True)
    secret: Mapped[bytes]  # token and expiry, encrypted


class Worker(Base):
    """A worker's heartbeat; work of one that stopped beating is taken over."""

    __tablename__ = "worker"
    id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)

"""Who may come in: accounts, sign-in links, sessions and app passwords. Reading them lets nobody in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.models.base import Base, UtcDateTime
from booking.models.programme import Maintainer


class Role(StrEnum):
    MAINTAINER = "maintainer"
    ADMINISTRATOR = "administrator"


class Account(Base):
    """Somebody who may sign in. A maintainer's account follows the maintainer; the first administrator has none."""

    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str]
    maintainer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("maintainer.id", ondelete="CASCADE"), unique=True)
    disabled: Mapped[bool] = mapped_column(default=False)
    maintainer: Mapped[Maintainer | None] = relationship()


class SignInLink(Base):
    """A single-use way in, spent by POST before it expires. Its token is an HMAC over `public_id`, never stored."""

    __tablename__ = "sign_in_link"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    browser_hash: Mapped[str | None]  # a mailed link works only in the browser that asked for it
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    account: Mapped[Account] = relationship()


class Session(Base):
    """A signed-in browser; dead at once when ended here."""

    __tablename__ = "session"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    account: Mapped[Account] = relationship()


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

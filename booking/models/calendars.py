"""Maintainers' calendars: how they are reached, what was read there, and what was done because of it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.models.base import Base, PackedSpans, UtcDateTime
from booking.models.programme import Maintainer
from routing.values import Spans


class Connection(Base):
    """A maintainer's way into one server. `url` is what the maintainer is shown: the server, or a feed's host only.

    `secret` is encrypted: the password, the bearer token, or the whole secret address of a feed. A paused connection is
    left alone until the maintainer mends it: its login was refused.
    """

    __tablename__ = "connection"
    __table_args__ = (sa.UniqueConstraint("maintainer_id", "url", "username"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    maintainer_id: Mapped[int] = mapped_column(sa.ForeignKey("maintainer.id", ondelete="CASCADE"))
    url: Mapped[str]
    username: Mapped[str]
    auth: Mapped[str]  # "basic", "digest", "bearer" or "feed"
    secret: Mapped[bytes]
    paused: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    calendars: Mapped[list[Calendar]] = relationship(back_populates="connection", order_by="Calendar.id")


class Calendar(Base):
    """A maintainer's calendar: the embedded one, or one of their own. Busy times are a copy, merged and packed.

    `busy_as_of` is when it was last read with success. The newest row with `writes` receives the sessions; one that
    neither writes nor reads was disconnected and stays for the events it still holds. `sync_token` (RFC 6578) and
    `fingerprint` (over all ETags) say which version was read last, `full_at` when all of it was compared last,
    `ordered_at` since when a reading waits its turn. A halted calendar lost most of its sessions at once: nothing
    follows it until its maintainer says what is right. `told_at` is when they were told of the present trouble.
    """

    __tablename__ = "calendar"
    id: Mapped[int] = mapped_column(primary_key=True)
    maintainer_id: Mapped[int] = mapped_column(sa.ForeignKey("maintainer.id", ondelete="CASCADE"), index=True)
    connection_id: Mapped[int | None] = mapped_column(sa.ForeignKey("connection.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]  # "embedded", "caldav" or "feed"
    url: Mapped[str | None]
    name: Mapped[str] = mapped_column(default="")
    writes: Mapped[bool] = mapped_column(default=True)
    reads: Mapped[bool] = mapped_column(default=True)
    quirks: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    sync_token: Mapped[str | None]
    fingerprint: Mapped[str | None]
    full_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ordered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    halted: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    busy: Mapped[Spans | None] = mapped_column(PackedSpans)
    busy_as_of: Mapped[datetime | None] = mapped_column(UtcDateTime)
    maintainer: Mapped[Maintainer] = relationship(lazy="joined")
    connection: Mapped[Connection | None] = relationship(back_populates="calendars", lazy="joined")

    @property
    def title(self) -> str:
        """What its maintainer knows it by."""
        return self.name or self.url or "Office hours"

    @property
    def paused(self) -> bool:
        return self.connection is not None and self.connection.paused


class JournalEntry(Base):
    """What was done because of a calendar, or is wrong with it, as a sentence for its maintainer."""

    __tablename__ = "journal_entry"
    __table_args__ = (sa.Index("ix_journal_entry_calendar", "calendar_id", "at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    calendar_id: Mapped[int] = mapped_column(sa.ForeignKey("calendar.id", ondelete="CASCADE"))
    booking_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    code: Mapped[str]
    text: Mapped[str]
    calendar: Mapped[Calendar] = relationship()

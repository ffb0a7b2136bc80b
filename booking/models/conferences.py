"""Zoom's side of the meetings: in whose name they are made, and what Zoom has told already."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from booking.models.base import Base, UtcDateTime


class ConferenceHost(Base):
    """A Zoom user (id or email) who hosts meetings. Until `tired_until` this one has used up the day's changes."""

    __tablename__ = "conference_host"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    tired_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ConferenceNotice(Base):
    """An event that Zoom told and that was heeded; what it tells again is heard once."""

    __tablename__ = "conference_notice"
    key: Mapped[str] = mapped_column(primary_key=True)
    heard_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


def tired_hosts(now: datetime) -> sa.Select[str]:
    """The hosts for whom no meeting can be made or changed before tomorrow (UTC)."""
    return sa.select(ConferenceHost.name).where(ConferenceHost.tired_until > now)

"""What is learnt besides bookings: wishes that led to none, the documentation, and proposed expertise."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.models.base import Base, UtcDateTime
from booking.models.programme import Maintainer, Topic


class DemandKind(StrEnum):
    NO_TIME = "no-time"  # none of the times suited; a row for each slot of the topic
    UNFILLED = "unfilled"  # nobody was free at the time that was asked for
    NO_TOPIC = "no-topic"  # none of the topics shown was meant
    SOLVED = "solved"  # a page of the documentation answered the question: a meeting avoided


class Demand(Base):
    """Somebody came with a wish and left without a booking. Nothing here says who it was.

    `shown` are the keys of the topics that were offered. `topic`, `slot`, `timezone` and `question` are there where the
    kind of wish has them.
    """

    __tablename__ = "demand"
    __table_args__ = (sa.Index("ix_demand_kind", "kind", "at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    topic_id: Mapped[int | None] = mapped_column(sa.ForeignKey("topic.id"))
    slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("slot.id"))
    timezone: Mapped[str | None]
    question: Mapped[str | None]
    shown: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class DocsPage(Base):
    """A page of the community's documentation, with the weight of every stem on it (`routing.pages`)."""

    __tablename__ = "docs_page"
    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    headings: Mapped[list[str]] = mapped_column(sa.JSON)
    stems: Mapped[dict[str, float]] = mapped_column(sa.JSON)


class ProposalState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class ExpertiseProposal(Base):
    """A level that the history of a repository speaks for. Nothing follows until the maintainer accepts it.

    `evidence` has `commits`, `last` (a date), `paths` and `sessions`.
    """

    __tablename__ = "expertise_proposal"
    __table_args__ = (
        sa.CheckConstraint("level between 1 and 3", name="level"),
        sa.UniqueConstraint("maintainer_id", "topic_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    maintainer_id: Mapped[int] = mapped_column(sa.ForeignKey("maintainer.id", ondelete="CASCADE"))
    topic_id: Mapped[int] = mapped_column(sa.ForeignKey("topic.id", ondelete="CASCADE"))
    level: Mapped[int]
    evidence: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    state: Mapped[str]
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    maintainer: Mapped[Maintainer] = relationship()
    topic: Mapped[Topic] = relationship()

"""The community's programme as rows: what `communities/*.toml` says, and afterwards the database rules."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.models.base import Base, Seconds, UtcDateTime


class Community(Base):
    """One organisation's programme; one row. `revision` grows at every apply, so that processes drop their copy."""

    __tablename__ = "community"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    revision: Mapped[int] = mapped_column(default=1)
    name: Mapped[str]
    timezone: Mapped[str]
    session_minutes: Mapped[int]
    minimum_notice: Mapped[timedelta] = mapped_column(Seconds)
    horizon_days: Mapped[int]
    reminders: Mapped[list[str]] = mapped_column(sa.JSON)
    code_of_conduct: Mapped[str | None]
    colour: Mapped[str | None]
    logo: Mapped[str | None]
    assignment: Mapped[str]
    open_bookings_per_address: Mapped[int]
    verify_email: Mapped[bool]
    sms_countries: Mapped[list[str]] = mapped_column(sa.JSON)
    tentative_is_busy: Mapped[bool] = mapped_column(default=True)
    quiet_hours: Mapped[str] = mapped_column(default="22:00-08:00")
    rescue: Mapped[bool] = mapped_column(default=True)
    intro: Mapped[str] = mapped_column(default="")
    footer: Mapped[str] = mapped_column(default="")
    embed_origins: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    docs: Mapped[dict[str, str] | None] = mapped_column(sa.JSON(none_as_null=True))


class Logo(Base):
    """The community's logo, as its file had it at the last apply; at most one row."""

    __tablename__ = "logo"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    media_type: Mapped[str]
    image: Mapped[bytes]


class TopicSlot(Base):
    """Which slots serve which topic."""

    __tablename__ = "topic_slot"
    topic_id: Mapped[int] = mapped_column(sa.ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True)
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id", ondelete="CASCADE"), primary_key=True)


class MaintainerSlot(Base):
    """Which slots a maintainer staffs."""

    __tablename__ = "maintainer_slot"
    maintainer_id: Mapped[int] = mapped_column(sa.ForeignKey("maintainer.id", ondelete="CASCADE"), primary_key=True)
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id", ondelete="CASCADE"), primary_key=True)


class Slot(Base):
    """A named wall-clock start on certain weekdays. `retired` ones stay for the bookings they had."""

    __tablename__ = "slot"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    position: Mapped[int]
    starts: Mapped[time]
    weekdays: Mapped[list[str]] = mapped_column(sa.JSON)
    timezone: Mapped[str | None]
    sessions: Mapped[int] = mapped_column(default=1)
    retired: Mapped[bool] = mapped_column(default=False)


class Topic(Base):
    """What a question is about. `retired` ones stay for the bookings they had."""

    __tablename__ = "topic"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    position: Mapped[int]
    title: Mapped[str]
    description: Mapped[str]
    keywords: Mapped[list[str]] = mapped_column(sa.JSON)
    docs_headings: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    paths: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    retired: Mapped[bool] = mapped_column(default=False)
    slots: Mapped[list[Slot]] = relationship(secondary="topic_slot", order_by=Slot.position)


class Expertise(Base):
    """How well a maintainer knows a topic: 1 familiar, 2 solid, 3 expert."""

    __tablename__ = "expertise"
    __table_args__ = (sa.CheckConstraint("level between 1 and 3", name="level"),)
    maintainer_id: Mapped[int] = mapped_column(sa.ForeignKey("maintainer.id", ondelete="CASCADE"), primary_key=True)
    topic_id: Mapped[int] = mapped_column(sa.ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True)
    level: Mapped[int]
    topic: Mapped[Topic] = relationship()


class Leave(Base):
    """Days a maintainer is away, both included, in their own zone; `stand_in` is offered what they would give."""

    __tablename__ = "leave"
    __table_args__ = (sa.CheckConstraint("first_day <= last_day", name="order"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    maintainer_id: Mapped[int] = mapped_column(sa.ForeignKey("maintainer.id", ondelete="CASCADE"), index=True)
    stand_in_id: Mapped[int | None] = mapped_column(sa.ForeignKey("maintainer.id", ondelete="SET NULL"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    stand_in: Mapped[Maintainer | None] = relationship(foreign_keys=stand_in_id)


class DeclinedTime(Base):
    """A time at which a maintainer gave a session back: nobody is offered it with them again."""

    __tablename__ = "declined_time"
    id: Mapped[int] = mapped_column(primary_key=True)
    maintainer_id: Mapped[int] = mapped_column(sa.ForeignKey("maintainer.id", ondelete="CASCADE"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Maintainer(Base):
    """Who gives the hour. `retired` ones take no new bookings.

    `quiet_weeks` are weeks of ISO 8601 without new sessions, `paused_until` is the first day with sessions again,
    both in their zone. `weekdays` are by slot, where they staff it on some of its days only; `not_on` and `also_on` are
    its dates (ISO 8601, in its zone) on which it is otherwise than usual. `joined_at` is when they were added to a
    community that was there already. `edited` are keys of the community file that were edited on the page instead:
    what the file says of them is not taken. `mails_off` are names of `deliveries.mail_choices` that they do without.
    """

    __tablename__ = "maintainer"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    position: Mapped[int]
    name: Mapped[str]
    email: Mapped[str]
    git_emails: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    timezone: Mapped[str]
    example: Mapped[bool] = mapped_column(default=False)
    weekly_limit: Mapped[int | None]
    quiet_weeks: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    paused_until: Mapped[date | None]
    weekdays: Mapped[dict[str, list[str]]] = mapped_column(sa.JSON, default=dict)
    not_on: Mapped[dict[str, list[str]]] = mapped_column(sa.JSON, default=dict)
    also_on: Mapped[dict[str, list[str]]] = mapped_column(sa.JSON, default=dict)
    edited: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    mails_off: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    joined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    room: Mapped[str | None]
    retired: Mapped[bool] = mapped_column(default=False)
    feed_generation: Mapped[int] = mapped_column(default=1)
    slots: Mapped[list[Slot]] = relationship(secondary="maintainer_slot", order_by=Slot.position)
    expertise: Mapped[list[Expertise]] = relationship(cascade="all, delete-orphan")
    leave: Mapped[list[Leave]] = relationship(
        cascade="all, delete-orphan", order_by=Leave.first_day, foreign_keys=Leave.maintainer_id
    )

    def away_on(self, day: date) -> bool:
        """Whether they are paused or on leave on this day of their zone."""
        paused = self.paused_until is not None and day < self.paused_until
        return paused or any(leave.first_day <= day <= leave.last_day for leave in self.leave)

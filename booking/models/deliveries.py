"""Messages: one row per message, recipient and channel, written with the booking."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.models.attendees import AddressLink
from booking.models.base import Base, UtcDateTime
from booking.models.bookings import Booking
from booking.models.calendars import JournalEntry
from booking.models.people import SignInLink
from booking.models.phones import PhoneCode
from booking.models.programme import Maintainer


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    PRINTED = "printed"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


OPEN_STATES = (DeliveryState.PENDING, DeliveryState.SENDING)


class Kind(StrEnum):
    """What a message says. Each has a folder per audience under templates/email/."""

    CONFIRMATION = "confirmation"
    CHANGE = "change"
    CANCELLATION = "cancellation"
    HANDED_OVER = "handed_over"
    OFFER = "offer"
    REMINDER = "reminder"
    VERIFICATION = "verification"
    SIGN_IN = "sign_in"
    INVITATION = "invitation"
    ACCOUNT = "account"
    CALENDAR = "calendar"
    DIGEST = "digest"
    ALERT = "alert"
    PHONE_CODE = "phone_code"
    TEXTS_OFF = "texts_off"
    MY_BOOKINGS = "my_bookings"
    NOTE = "note"


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    CHAT = "chat"


class Audience(StrEnum):
    ATTENDEE = "attendee"
    MAINTAINER = "maintainer"
    ADMINISTRATOR = "administrator"
    TEAM = "team"  # the maintainers' channel


class Delivery(Base):
    """One message to one recipient over one channel; a reminder is a delivery with a later due time.

    `lead` tells reminders apart ("24h", "1h") and versions of a note; empty for all else. `maintainer` is whom a
    maintainer's mail is for.
    `occasion` names a message that is about no booking, so that it is planned once; `text` is what an alert says, or
    what became of an account.
    `reason` says why it was skipped, failed or is tried again. `copies` counts how often it was sent once more on
    purpose: each is a mail of its own.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        sa.UniqueConstraint("booking_id", "sequence", "kind", "lead", "channel", "audience", "recipient"),
        sa.Index("ix_delivery_state", "state", "due_at"),
        sa.Index("ix_delivery_recipient", "recipient", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking.id", ondelete="CASCADE"))
    sign_in_link_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("sign_in_link.id", ondelete="CASCADE"), unique=True
    )
    journal_entry_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("journal_entry.id", ondelete="CASCADE"), unique=True
    )
    phone_code_id: Mapped[int | None] = mapped_column(sa.ForeignKey("phone_code.id", ondelete="CASCADE"), unique=True)
    address_link_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("address_link.id", ondelete="CASCADE"), unique=True
    )
    maintainer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("maintainer.id"))
    occasion: Mapped[str | None] = mapped_column(unique=True)
    text: Mapped[str | None]
    sequence: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str]
    lead: Mapped[str] = mapped_column(default="")
    channel: Mapped[str]
    audience: Mapped[str]
    recipient: Mapped[str]
    state: Mapped[str] = mapped_column(default=DeliveryState.PENDING)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    copies: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    provider_ref: Mapped[str | None]
    lost_ref: Mapped[str | None]  # of the one before, where it was sent once more
    reason: Mapped[str | None]
    booking: Mapped[Booking | None] = relationship()
    sign_in_link: Mapped[SignInLink | None] = relationship()
    journal_entry: Mapped[JournalEntry | None] = relationship()
    phone_code: Mapped[PhoneCode | None] = relationship()
    address_link: Mapped[AddressLink | None] = relationship()
    maintainer: Mapped[Maintainer | None] = relationship()


class PrintedMessage(Base):
    """A message that was printed instead of sent, as its recipient would have got it; shown at /outbox."""

    __tablename__ = "printed_message"
    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(sa.ForeignKey("delivery.id", ondelete="CASCADE"), unique=True)
    channel: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str]
    content: Mapped[bytes]  # an RFC 5322 message, or the text of an SMS
    printed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReminderOptOut(Base):
    """An address that wants no reminders by mail, in its canonical form. Texts and all other mails still come."""

    __tablename__ = "reminder_opt_out"
    address: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class Alert(Base):
    """Something that needs an administrator, for as long as it does; `told_at` is when they were last told."""

    __tablename__ = "alert"
    key: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

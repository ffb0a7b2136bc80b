"""Every table, by name."""

from booking.models.attendees import AddressLink
from booking.models.base import Base
from booking.models.bookings import LIVE, NO_OVERLAP, Booking, BookingStatus, CalendarEvent, Conference
from booking.models.calendars import Calendar, Connection, JournalEntry
from booking.models.conferences import ConferenceHost, ConferenceNotice, tired_hosts
from booking.models.deliveries import (
    Alert,
    Audience,
    Channel,
    Delivery,
    DeliveryState,
    Kind,
    PrintedMessage,
    ReminderOptOut,
)
from booking.models.history import Change, Deed
from booking.models.learning import Demand, DemandKind, DocsPage, ExpertiseProposal, ProposalState
from booking.models.mailbox import Mailbox
from booking.models.notes import Note, Solved
from booking.models.people import (
    STRONG,
    Account,
    Act,
    AppPassword,
    AuditEntry,
    Identity,
    Method,
    Passkey,
    ProviderToken,
    Role,
    Session,
    SignInLink,
    SpentChallenge,
    Worker,
)
from booking.models.phones import PhoneCode, PhoneNumber
from booking.models.programme import (
    Community,
    DeclinedTime,
    Expertise,
    Leave,
    Logo,
    Maintainer,
    MaintainerSlot,
    Slot,
    Topic,
    TopicSlot,
)
from booking.models.waiting import Waiter, WaitState

__all__ = [
    "LIVE",
    "NO_OVERLAP",
    "STRONG",
    "Account",
    "Act",
    "AddressLink",
    "Alert",
    "AppPassword",
    "Audience",
    "AuditEntry",
    "Base",
    "Booking",
    "BookingStatus",
    "Calendar",
    "CalendarEvent",
    "Change",
    "Channel",
    "Community",
    "Conference",
    "ConferenceHost",
    "ConferenceNotice",
    "Connection",
    "DeclinedTime",
    "Deed",
    "Delivery",
    "DeliveryState",
    "Demand",
    "DemandKind",
    "DocsPage",
    "Expertise",
    "ExpertiseProposal",
    "Identity",
    "JournalEntry",
    "Kind",
    "Leave",
    "Logo",
    "Mailbox",
    "Maintainer",
    "MaintainerSlot",
    "Method",
    "Note",
    "Passkey",
    "PhoneCode",
    "PhoneNumber",
    "PrintedMessage",
    "ProposalState",
    "ProviderToken",
    "ReminderOptOut",
    "Role",
    "Session",
    "SignInLink",
    "Slot",
    "Solved",
    "SpentChallenge",
    "Topic",
    "TopicSlot",
    "WaitState",
    "Waiter",
    "Worker",
    "tired_hosts",
]

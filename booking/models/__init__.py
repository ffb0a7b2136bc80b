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
from booking.models.learning import Demand, DemandKind, DocsPage, ExpertiseProposal, ProposalState
from booking.models.mailbox import Mailbox
from booking.models.people import Account, AppPassword, ProviderToken, Role, Session, SignInLink, Worker
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
    "Account",
    "AddressLink",
    "Alert",
    "AppPassword",
    "Audience",
    "Base",
    "Booking",
    "BookingStatus",
    "Calendar",
    "CalendarEvent",
    "Channel",
    "Community",
    "Conference",
    "ConferenceHost",
    "ConferenceNotice",
    "Connection",
    "DeclinedTime",
    "Delivery",
    "DeliveryState",
    "Demand",
    "DemandKind",
    "DocsPage",
    "Expertise",
    "ExpertiseProposal",
    "JournalEntry",
    "Kind",
    "Leave",
    "Logo",
    "Mailbox",
    "Maintainer",
    "MaintainerSlot",
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
    "Topic",
    "TopicSlot",
    "WaitState",
    "Waiter",
    "Worker",
    "tired_hosts",
]

"""What can go wrong at somebody else's calendar, in the reader's words.

The one question a caller has is "again, or never?": `CalendarUnavailable` may pass, `CalendarRejected` will not without
a person.
"""


class CalendarError(Exception):
    """Base of all; the message is a sentence for the maintainer."""


class CalendarUnavailable(CalendarError):
    """The server could not be reached, was too slow, or answered 5xx or 429: try again later."""


class CalendarRejected(CalendarError):
    """The server refused: wrong password, no such calendar, no right to write. A person must act."""


class AddressRefused(CalendarRejected):
    """The address may not be contacted from here (scheme, port, or a private network)."""


class EventExists(CalendarError):
    """A conditional create found an object at the address (RFC 9110 13.1.2, If-None-Match)."""


class EventChanged(CalendarError):
    """A conditional write found another version than the one we knew (RFC 9110 13.1.1, If-Match)."""


class EventGone(CalendarError):
    """The event to be changed is no longer there."""

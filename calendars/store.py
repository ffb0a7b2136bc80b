"""One calendar somewhere, as the rest of the house sees it.

Terms: *UID* is the event's identity for its whole life (RFC 5545 3.8.4.7); *href* is its address on the server, as the
server reports it (RFC 4791); *ETag* is the version of what stands at that address (RFC 9110 8.8.3); *sync-token* is the
version of the whole calendar (RFC 6578).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from routing.values import Spans, TimeRange


@dataclass(frozen=True, slots=True)
class CalendarAccount:
    """How to reach one calendar. `url` is the calendar collection's own address; `password` is in the clear.

    `auth` is "basic", "digest", or "bearer" with a token for a password.
    """

    url: str
    username: str
    password: str = field(repr=False)
    auth: str = "basic"


@dataclass(frozen=True, slots=True)
class EventRef:
    """Where an event of ours stands and which version we know. `etag` is None where we know of none.

    It is the server's ETag, strong or weak, or a version of the store's own making where the server has none.
    """

    href: str
    etag: str | None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """What stands at an href right now: the bytes as the server gives them."""

    ref: EventRef
    data: bytes


class CalendarStore(Protocol):
    """A calendar we may write to. Every method may raise CalendarUnavailable or CalendarRejected."""

    def create(self, uid: str, data: bytes) -> EventRef:
        """Store a new object under a name derived from `uid`, only if none is there. Raises EventExists."""

    def update(self, ref: EventRef, data: bytes) -> EventRef:
        """Replace the version we know. Raises EventChanged if it is another by now, EventGone if it is no more."""

    def delete(self, ref: EventRef) -> None:
        """Remove the version we know; already gone is success. Raises EventChanged."""

    def get(self, href: str) -> StoredEvent | None:
        """What stands there now, or None."""

    def href_for(self, uid: str) -> str:
        """The address `create` would use for this UID."""

    def busy(self, window: TimeRange, ignore_uids: Collection[str] = ()) -> Spans:
        """Busy times within `window` (RFC 4791 7.8), but for those UIDs, transparent or cancelled ones."""

    def close(self) -> None:
        """Give back every connection."""

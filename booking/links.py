"""Private links: `<public id>.<purpose>.<mac>`, so that any process can build the link of a booking it knows.

The mac is an HMAC-SHA256 (RFC 2104), cut to 128 bits, over id, purpose and generation. Only the generation is stored:
raising it ends every link given out before. A link of one purpose is no use for another.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum

PUBLIC_ID = re.compile("[0-9a-f]{32}")
KEY = re.compile("[a-z0-9_-]+")


class Purpose(StrEnum):
    MANAGE = "manage"
    NOTE = "note"
    JOIN = "join"
    VERIFY = "verify"
    SIGN_IN = "signin"
    WAIT = "wait"
    MINE = "mine"  # all that is kept about an address
    FEED = "feed"
    REMINDERS = "reminders"  # of the attendee
    DUTIES = "duties"  # reminders of the maintainer


def new_public_id() -> str:
    """128 random bits, safe in URLs."""
    return secrets.token_hex(16)


def derived_key(secret: str, use: str) -> bytes:
    """A 256-bit key for one use, from the service's one secret."""
    return hmac.digest(secret.encode(), f"officehours:{use}".encode(), hashlib.sha256)


@dataclass(frozen=True, slots=True)
class Links:
    """Builds and checks private links under one base URL."""

    base_url: str
    key: bytes

    def token(self, public_id: str, purpose: Purpose, generation: int = 1) -> str:
        return f"{public_id}.{purpose}.{self._mac(public_id, purpose, generation)}"

    def public_id(self, token: str) -> str:
        """The id a token speaks of, unchecked: look up the row, then ask `valid` with its generation.

        Empty for what cannot be an id.
        """
        found = token.partition(".")[0]
        return found if PUBLIC_ID.fullmatch(found) else ""

    def valid(self, token: str, purpose: Purpose, generation: int = 1) -> bool:
        return hmac.compare_digest(token.encode(), self.token(self.public_id(token), purpose, generation).encode())

    def maintainer_key(self, token: str) -> str:
        """The key of the maintainer a token speaks of, unchecked like `public_id`."""
        found = token.partition(".")[0]
        return found if KEY.fullmatch(found) else ""

    def valid_for(self, token: str, purpose: Purpose, key: str, generation: int) -> bool:
        """Whether this is the token of that maintainer for that purpose."""
        return hmac.compare_digest(token.encode(), self.token(key, purpose, generation).encode())

    def digits(self, public_id: str) -> str:
        """The six digits that prove a phone number: known again by whoever knows the code's id and our key."""
        mac = hmac.digest(self.key, f"{public_id}.digits".encode(), hashlib.sha256)
        return f"{int.from_bytes(mac) % 10**6:06}"

    def url(self, path: str) -> str:
        return f"{self.base_url}{path}"

    def manage(self, public_id: str, generation: int) -> str:
        return self.url(f"/b/{self.token(public_id, Purpose.MANAGE, generation)}")

    def join(self, public_id: str, generation: int) -> str:
        return self.url(f"/b/{self.token(public_id, Purpose.JOIN, generation)}/join")

    def verify(self, public_id: str, generation: int) -> str:
        return self.url(f"/b/{self.token(public_id, Purpose.VERIFY, generation)}/verify")

    def reminders(self, public_id: str, generation: int) -> str:
        """Where the attendee of a booking can end reminders by mail."""
        return self.url(f"/b/{self.token(public_id, Purpose.REMINDERS, generation)}/reminders")

    def note(self, public_id: str, generation: int) -> str:
        """Where the attendee says whether the note of a session is published."""
        return self.url(f"/b/{self.token(public_id, Purpose.NOTE, generation)}/note")

    def duties(self, key: str, generation: int) -> str:
        """Where a maintainer, whoever has the session by then, can end reminders by mail."""
        return self.url(f"/reminders/{self.token(key, Purpose.DUTIES, generation)}")

    def wait(self, public_id: str) -> str:
        """The page of somebody on the waiting list."""
        return self.url(f"/waiting/{self.token(public_id, Purpose.WAIT)}")

    def mine(self, public_id: str) -> str:
        """The page of all bookings of an address, for whoever reads its mail."""
        return self.url(f"/my-bookings/{self.token(public_id, Purpose.MINE)}")

    def sign_in(self, public_id: str) -> str:
        return self.url(f"/sign-in/{self.token(public_id, Purpose.SIGN_IN)}")

    def feed(self, key: str, generation: int) -> str:
        return self.url(f"/feeds/{self.token(key, Purpose.FEED, generation)}.ics")

    def _mac(self, public_id: str, purpose: Purpose, generation: int) -> str:
        text = f"{public_id}.{purpose}.{generation}".encode()
        return urlsafe_b64encode(hmac.digest(self.key, text, hashlib.sha256)[:16]).decode().rstrip("=")

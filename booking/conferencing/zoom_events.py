"""What Zoom tells us by itself (webhooks), and the proof that it was Zoom.

The signature of an event and the answer to an address validation are the same HMAC with the same key. An endpoint that
answered any validation would therefore sign `v0:<time>:<forged event>` for anybody who asks: so a validation must be
signed too, and a token is only short and of harmless characters.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, Field, ValidationError

MOST_BYTES = 64 * 1024
OLDEST = timedelta(minutes=5)
VALIDATION = "endpoint.url_validation"
STARTED, ENDED, DELETED = "meeting.started", "meeting.ended", "meeting.deleted"
JOINED = "meeting.participant_joined"
HEEDED = frozenset({STARTED, ENDED, DELETED, JOINED})
PLAIN_TOKEN = re.compile("[A-Za-z0-9_-]{1,64}")
SECONDS = re.compile("[0-9]{1,12}")
LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ZoomEvent:
    """Something that happened to a meeting at an instant. `key` is the same whenever Zoom tells it again.

    `host_joined` and `email` speak of who joined; the address is there to be compared, not to be kept.
    """

    name: str
    at: datetime
    meeting_id: int
    key: str
    host_joined: bool = False
    email: str = field(default="", repr=False)


class _Participant(BaseModel):
    id: str | None = None
    user_id: str | None = None
    email: str | None = None


class _Meeting(BaseModel):
    id: int = Field(ge=1, le=LARGEST_NUMBER)  # text in some events, a number in others
    uuid: str = ""
    host_id: str = ""
    participant: _Participant = _Participant()


class _Payload(BaseModel):
    object: _Meeting


class _Event(BaseModel):
    event: str
    event_ts: int = Field(ge=0, le=10**14)  # milliseconds
    payload: _Payload


def signed(secret: str, timestamp: str, body: bytes, signature: str, now: datetime) -> bool:
    """Whether Zoom signed exactly these bytes, not longer than five minutes ago (`x-zm-signature`)."""
    if not SECONDS.fullmatch(timestamp) or abs(now.timestamp() - int(timestamp)) > OLDEST.total_seconds():
        return False
    expected = "v0=" + _hmac(secret, b"v0:" + timestamp.encode() + b":" + body)
    return hmac.compare_digest(expected.encode(), signature.encode())


def is_validation(body: bytes) -> bool:
    """Whether Zoom asks if this address is ours; it does when it is entered, and every 72 hours."""
    return _member(_object(body), "event") == VALIDATION


def answer_validation(secret: str, body: bytes) -> dict[str, str] | None:
    """What Zoom wants to hear, or None for a token that nobody should get signed."""
    token = _member(_member(_object(body), "payload"), "plainToken")
    if not isinstance(token, str) or not PLAIN_TOKEN.fullmatch(token):
        return None
    return {"plainToken": token, "encryptedToken": _hmac(secret, token.encode())}


def read_event(body: bytes) -> ZoomEvent | None:
    """The event in a signed body; None for one that is of no concern here, or not understood."""
    try:
        told = _Event.model_validate_json(body)
    except ValidationError:
        return None
    if told.event not in HEEDED:
        return None
    meeting, participant = told.payload.object, told.payload.object.participant
    identity = [told.event, meeting.uuid, told.event_ts, participant.user_id]
    return ZoomEvent(
        name=told.event,
        at=datetime.fromtimestamp(told.event_ts / 1000, UTC),
        meeting_id=meeting.id,
        key=hashlib.sha256(json.dumps(identity).encode()).hexdigest(),
        host_joined=bool(participant.id) and participant.id == meeting.host_id,
        email=participant.email or "",
    )


def _hmac(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def _object(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None

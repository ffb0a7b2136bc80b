"""Zoom's events, as its documentation shows them, and its signature over them."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

SECRET = "webhook-secret-token"
HOST_ID = "x8uxd1rTQbqgIyTYjQqzXg"


def signed(body: bytes, at: datetime, secret: str = SECRET) -> dict[str, str]:
    """The headers Zoom sends with these bytes at an instant."""
    timestamp = str(int(at.timestamp()))
    message = b"v0:" + timestamp.encode() + b":" + body
    signature = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    return {
        "x-zm-request-timestamp": timestamp,
        "x-zm-signature": f"v0={signature}",
        "Content-Type": "application/json; charset=utf-8",
    }


def event(name: str, number: int | str, at: datetime, **more: Any) -> bytes:
    """What happened to a meeting. Zoom writes its number as text in some events, as a number in others."""
    told = {
        "event": name,
        "event_ts": int(at.timestamp() * 1000),
        "payload": {
            "account_id": "AAAAAABBBB",
            "object": {"id": number, "uuid": "4444AAAiAAAAAiAiAiiAii==", "host_id": HOST_ID, "type": 2, **more},
        },
    }
    return json.dumps(told).encode()


def joined(number: int | str, at: datetime, *, host: bool = False, email: str = "", user_id: str = "16778240") -> bytes:
    """Somebody joined. Who is not signed in to Zoom has neither id nor address."""
    who = {"id": HOST_ID if host else "", "user_id": user_id, "user_name": "Asha Rao", "email": email}
    return event("meeting.participant_joined", number, at, participant=who)


def validation(token: str, at: datetime) -> bytes:
    """Zoom asks whether the address is ours."""
    told = {"event": "endpoint.url_validation", "event_ts": int(at.timestamp() * 1000)}
    return json.dumps(told | {"payload": {"plainToken": token}}).encode()

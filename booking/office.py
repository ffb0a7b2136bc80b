"""What the services work with: settings, the clock, links and the vault, put together once by `app.py`."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.fernet import Fernet

from booking.links import Links, derived_key
from booking.secret_key import secret_key
from booking.settings import Settings

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The machine's clock, as an aware UTC instant."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Office:
    """Services take it as their first argument and read the time only from it."""

    settings: Settings
    now: Clock
    links: Links
    vault: Fernet = field(repr=False)
    secret: str = field(repr=False)


def open_office(settings: Settings, clock: Clock) -> Office:
    """The Office over `settings`. Makes the secret key at the first start when none is configured."""
    secret = secret_key(settings)
    return Office(
        settings=settings,
        now=clock,
        links=Links(settings.base_url, derived_key(secret, "links")),
        vault=Fernet(urlsafe_b64encode(derived_key(secret, "vault"))),
        secret=secret,
    )

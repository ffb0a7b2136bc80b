"""What every provider of logins has in common, and the client that reaches it through the guarded way out."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Protocol

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import BaseApp, OAuth2Mixin, OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from joserfc.errors import JoseError

from booking.models import Method
from calendars.addresses import origin
from calendars.errors import AddressRefused, CalendarError
from calendars.outbound import Guard, guarded

SECONDS = 10.0
MAX_BYTES = 1_000_000
# What a provider says about itself that we use. Authlib hands all of it to its HTTP session, where "verify": false
# would switch the check of certificates off.
METADATA = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "id_token_signing_alg_values_supported",
    "jwks",
    "_loaded_at",
)
log = logging.getLogger(__name__)


class IdentityRefused(Exception):
    """What came back proves nothing."""


class ProviderSilent(Exception):
    """The provider could not be asked; later it may."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where to send the browser, and what must be known again when it comes back: state (RFC 6749 10.12), code verifier
    (RFC 7636), nonce (OpenID Connect Core 3.1.2.1)."""

    url: str
    kept: dict[str, str]


@dataclass(frozen=True, slots=True)
class Proven:
    """Who somebody is elsewhere: forever by issuer and subject; `addresses` are those the provider has verified.

    `age` is how many seconds ago they proved themselves there: endless where a provider should say so and does not,
    none where it cannot say.
    """

    issuer: str
    subject: str
    label: str
    addresses: tuple[str, ...]
    age: float = 0


class Provider(Protocol):
    """A login elsewhere. Its functions raise IdentityRefused and ProviderSilent."""

    method: ClassVar[Method]

    @property
    def name(self) -> str:
        """What people call it."""

    def start(self, redirect_uri: str, *, again: bool) -> Start:
        """A fresh sign-in there; with `again`, they are asked to prove themselves anew."""

    def finish(self, redirect_uri: str, code: str, kept: Mapping[str, str]) -> Proven:
        """Who came back with `code`; `kept` is what `start` gave."""


class Client(OAuth2Mixin, OpenIDMixin, BaseApp):
    """Authlib's client without a web framework. It reaches public servers, and those of `own` URLs wherever they are:
    the operator named them."""

    def __init__(self, *own: str, **options: Any) -> None:
        super().__init__(None, **options)
        allow = frozenset(origin(url).authority for url in own)
        self.client_cls = partial(_Session, Guard(allow=allow, deadline=SECONDS, max_bytes=MAX_BYTES))
        self._own = {origin(url) for url in own}

    def load_server_metadata(self) -> dict[str, Any]:
        found = super().load_server_metadata()
        known: dict[str, Any] = {name: found[name] for name in METADATA if name in found}
        self.server_metadata = known
        return known

    def start(self, redirect_uri: str, **asked: str) -> Start:
        made = self.create_authorization_url(redirect_uri, **asked)
        where = origin(made["url"])
        if where.scheme != "https" and where not in self._own:
            raise AddressRefused(f"{where} is not encrypted.")
        kept = {name: made[name] for name in ("state", "nonce", "code_verifier") if name in made}
        return Start(made["url"], kept)

    def token_for(self, redirect_uri: str, code: str, kept: Mapping[str, str]) -> dict[str, Any]:
        """The token that a code is worth, once (RFC 6749 4.1.3)."""
        given = self.fetch_access_token(redirect_uri, code=code, code_verifier=kept["code_verifier"])  # type: ignore[no-untyped-call]
        return dict(given)

    def read(self, url: str, token: dict[str, Any]) -> Any:
        """The JSON at an address that wants the token."""
        answer = self.get(url, token=token)  # type: ignore[no-untyped-call]
        answer.raise_for_status()
        return answer.json()


class _Session(OAuth2Session):
    def __init__(self, guard: Guard, **options: Any) -> None:
        super().__init__(**options)
        guarded(self, guard)


@contextmanager
def faults(name: str) -> Iterator[None]:
    """Every fault of a provider as one of ours. What it said is for the log, in the words of whoever found it wrong."""
    try:
        yield
    except (CalendarError, OSError) as error:
        log.warning("%s could not be asked: %s", name, error)
        raise ProviderSilent(
            f"{name} does not answer as it should. Try again later, or sign in another way."
        ) from error
    except (AuthlibBaseError, JoseError, LookupError, RuntimeError, TypeError, ValueError) as error:
        log.warning("A sign-in with %s was refused: %s", name, type(error).__name__)
        raise IdentityRefused(
            f"What {name} sent does not prove who you are. Start again on the sign-in page."
        ) from error

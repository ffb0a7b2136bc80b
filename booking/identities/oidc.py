"""OpenID Connect: any issuer with discovery (OpenID Connect Core 1.0, Discovery 1.0), by the code flow with PKCE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, ClassVar

from booking.identities.provider import Client, Proven, Start, faults
from booking.models import Method

# Signatures that only the provider can make: with HS256 our own secret would be the key, and "none" is no signature.
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})

# Whoever is asked for the greatest age must say how old the sign-in is (OpenID Connect Core 2); none is as old as that.
_AS_EVER = {"max_age": str(10**9)}
_AGAIN = {"prompt": "login", "max_age": "0"}


@dataclass(frozen=True)
class Oidc:
    """The organisation's own login."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    method: ClassVar[Method] = Method.OIDC

    def start(self, redirect_uri: str, *, again: bool) -> Start:
        with faults(self.name):
            return self._client().start(redirect_uri, **(_AGAIN if again else _AS_EVER))

    def finish(self, redirect_uri: str, code: str, kept: Mapping[str, str]) -> Proven:
        with faults(self.name):
            client = self._client()
            token = client.token_for(redirect_uri, code, kept)
            claims = self._claims(client, token, kept["nonce"])
        email = claims.get("email")
        # Only the boolean: Authlib passes every value on, and "false" is true to Python.
        verified = (str(email),) if email and claims.get("email_verified") is True else ()
        label = str(email or claims.get("preferred_username") or claims["sub"])
        return Proven(claims["iss"], str(claims["sub"]), label, verified, _age(claims))

    def _client(self) -> Client:
        """A client that knows what the provider says about itself now."""
        client = Client(
            self.issuer,
            client_id=self.client_id,
            client_secret=self.client_secret,
            server_metadata_url=f"{self.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256"},
        )
        metadata = client.load_server_metadata()
        if metadata["issuer"].rstrip("/") != self.issuer.rstrip("/"):  # Discovery 4.3
            raise ValueError("The provider says that it is another.")
        offered = ALGORITHMS.intersection(metadata.get("id_token_signing_alg_values_supported", ()))
        metadata["id_token_signing_alg_values_supported"] = sorted(offered) or ["RS256"]
        return client

    def _claims(self, client: Client, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        """What the ID token says, with what UserInfo adds where it says no address (Core 5.3.2: of this subject)."""
        claims = dict(client.parse_id_token({**token, "id_token": token["id_token"]}, nonce=nonce) or {})
        endpoint = client.server_metadata.get("userinfo_endpoint")
        if "email" in claims or not endpoint:
            return claims
        told = dict(client.userinfo(token=token))
        if told.get("sub") != claims["sub"]:
            raise ValueError("UserInfo speaks of another subject.")
        return told | {"auth_time": None} | claims


def _age(claims: Mapping[str, Any]) -> float:
    """How long before its answer the provider saw them, which the ID token says where `max_age` was asked (Core 2).

    Both times are the provider's own: its clock may differ from ours.
    """
    at = claims.get("auth_time")
    return float(claims["iat"] - at) if isinstance(at, int | float) else inf

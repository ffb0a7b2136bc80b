"""GitHub, which speaks OAuth 2.0 and no OpenID Connect: identity and verified addresses are read from its interface.

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from booking.identities.provider import Client, Proven, Start, faults
from booking.models import Method

PUBLIC_API = "https://api.github.com"
PUBLIC_SITE = "https://github.com"


@dataclass(frozen=True)
class GitHub:
    """github.com, or an enterprise server, whose interface is at /api/v3 of its own address."""

    client_id: str
    client_secret: str = field(repr=False)
    api_url: str = PUBLIC_API
    name: str = "GitHub"
    method: ClassVar[Method] = Method.GITHUB

    @property
    def site(self) -> str:
        return PUBLIC_SITE if self.api_url == PUBLIC_API else self.api_url.removesuffix("/api/v3")

    def start(self, redirect_uri: str, *, again: bool) -> Start:
        with faults(self.name):
            return self._client().start(redirect_uri, **({"prompt": "select_account"} if again else {}))

    def finish(self, redirect_uri: str, code: str, kept: Mapping[str, str]) -> Proven:
        with faults(self.name):
            client = self._client()
            token = client.token_for(redirect_uri, code, kept)
            who, emails = (client.read(f"{self.api_url}{path}", token) for path in ("/user", "/user/emails"))
            verified = tuple(str(each["email"]) for each in emails if each["verified"] is True)
            return Proven(self.site, str(int(who["id"])), str(who["login"]), verified)

    def _client(self) -> Client:
        return Client(
            *(() if self.site == PUBLIC_SITE else (self.api_url,)),
            client_id=self.client_id,
            client_secret=self.client_secret,
            authorize_url=f"{self.site}/login/oauth/authorize",
            access_token_url=f"{self.site}/login/oauth/access_token",
            client_kwargs={
                "scope": "read:user user:email",
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": "client_secret_post",
            },
        )

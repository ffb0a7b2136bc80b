"""Logins elsewhere: the organisation's own provider (OpenID Connect) and GitHub. Values in, values out."""

from __future__ import annotations

from booking.identities.github import GitHub
from booking.identities.oidc import Oidc
from booking.identities.provider import IdentityRefused, Proven, Provider, ProviderSilent, Start
from booking.settings import Settings

__all__ = ["IdentityRefused", "Proven", "Provider", "ProviderSilent", "Start", "configured"]


def configured(settings: Settings) -> dict[str, Provider]:
    """The providers that the operator set up, by the name they have in addresses."""
    found: dict[str, Provider] = {}
    if settings.oidc_issuer and settings.oidc_client_secret:
        secret = settings.oidc_client_secret.get_secret_value()
        found["oidc"] = Oidc(settings.oidc_issuer, settings.oidc_client_id or "", secret, settings.oidc_name)
    if settings.github_client_id and settings.github_client_secret:
        secret = settings.github_client_secret.get_secret_value()
        found["github"] = GitHub(settings.github_client_id, secret, settings.github_api_url)
    return found

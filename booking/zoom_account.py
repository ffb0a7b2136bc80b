"""The service's one Zoom app: its client, and the token all processes share."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from booking.conferencing.zoom import Token, Zoom
from booking.extensions import begin_write, db
from booking.models import ProviderToken
from booking.office import Office

PROVIDER = "zoom"
LOCK = 0x5A4F4F4D  # "ZOOM"
_RENEWING = threading.Lock()


class SharedToken:
    """Kept encrypted in one row: a new token may end the one before it, so only one process renews, and all use it."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def read(self) -> Token | None:
        row = db.session.get(ProviderToken, PROVIDER)
        token = self._open(row) if row is not None else None
        db.session.rollback()
        return token

    def renew(self, fetch: Callable[[], Token], failed: Token | None) -> Token:
        """The token another process renewed meanwhile, or a new one from `fetch`; raises what `fetch` raises.

        One renewal at a time, because two would end each other's token. While Zoom is asked no table is locked: on
        SQLite there is one process, and on PostgreSQL the processes queue up at an advisory lock.
        """
        session = db.session()
        scaled_out = session.get_bind().dialect.name == "postgresql"
        with _RENEWING:
            if scaled_out:
                session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
            try:
                row = session.get(ProviderToken, PROVIDER, populate_existing=True)
                present = self._open(row) if row is not None else None
                if present is not None and present != failed and present.expires_at > self._office.now():
                    return present
                token = fetch()
                if not scaled_out:
                    begin_write(session)
                session.merge(ProviderToken(provider=PROVIDER, secret=self._seal(token)))
                session.commit()
                return token
            finally:
                session.rollback()

    def _seal(self, token: Token) -> bytes:
        text = json.dumps([token.value, token.expires_at.isoformat()])
        return self._office.vault.encrypt(text.encode())

    def _open(self, row: ProviderToken) -> Token:
        value, expires_at = json.loads(self._office.vault.decrypt(row.secret))
        return Token(value, datetime.fromisoformat(expires_at))


def zoom_client(office: Office) -> Zoom:
    """The client for the configured Zoom app."""
    settings = office.settings
    secret = settings.zoom_client_secret
    return Zoom(
        account_id=settings.zoom_account_id or "",
        client_id=settings.zoom_client_id or "",
        client_secret=secret.get_secret_value() if secret else "",
        api_url=settings.zoom_api_url,
        oauth_url=settings.zoom_oauth_url,
        origin=settings.base_url,
        tokens=SharedToken(office),
        clock=office.now,
    )

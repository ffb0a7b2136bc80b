"""The service's one secret, from which every key is derived."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from booking.settings import PREFIX, Settings, SettingsError

SHORTEST_SECRET = 32


def secret_key(settings: Settings) -> str:
    """The configured secret, or the one kept in the data folder: made at the first start, for the owner's eyes only.

    Raises SettingsError when it is too short to keep links from being forged.
    """
    if settings.secret_key is not None:
        secret, place = settings.secret_key.get_secret_value(), f"{PREFIX}SECRET_KEY"
    else:
        path = settings.data / "secret_key"
        if not path.exists():
            _keep_new_secret(path)
        secret, place = path.read_text().strip(), str(path)
    if len(secret) < SHORTEST_SECRET:
        raise SettingsError([f"{place}: use at least {SHORTEST_SECRET} random characters"])
    return secret


def _keep_new_secret(path: Path) -> None:
    """Write a new secret, wholly or not at all; whoever was first keeps theirs."""
    draft = path.with_name(f"secret_key.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()

"""An OpenID provider as they are, on a loopback port of its own: oidc-provider-mock."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from authlib.deprecate import AuthlibDeprecationWarning

with warnings.catch_warnings():
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)  # it still uses authlib.jose; we do not
    from oidc_provider_mock import User, run_server_in_thread


@contextmanager
def provider(**people: dict[str, Any]) -> Iterator[str]:
    """The issuer's address; `people` are claims by subject."""
    users = [User(sub=sub, claims=claims) for sub, claims in people.items()]
    with run_server_in_thread(user_claims=users) as server:
        yield f"http://localhost:{server.server_port}"

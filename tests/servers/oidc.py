"""An OpenID provider as they are, on a loopback port of its own: oidc-provider-mock."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from authlib.deprecate import AuthlibDeprecationWarning
from werkzeug.test import Client
from werkzeug.wrappers import Request

from tests.servers.wsgi import serve

with warnings.catch_warnings():
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)  # it still uses authlib.jose; we do not
    import oidc_provider_mock


@contextmanager
def provider(**people: dict[str, Any]) -> Iterator[str]:
    """The issuer's address; `people` are claims by subject.

    It asks everybody to sign in, every time, and says when that was (`auth_time`) to whoever asks for `max_age`, as
    OpenID Connect Core 1.0, 2 and 3.1.2.1 want it.
    """
    mock = oidc_provider_mock.app()

    def answer(environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        if request.path == "/oauth2/authorize":
            seen = {"auth_time": int(time.time())} if "max_age" in request.args else {}
            for sub, claims in people.items():
                Client(mock).put(f"/users/{sub}", json=claims | seen)
        return mock(environ, start_response)

    with serve(answer) as base:
        yield base.replace("127.0.0.1", "localhost")

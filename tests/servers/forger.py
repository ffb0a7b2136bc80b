"""An OpenID provider, and a GitHub, that say what a test wants them to say: true, careless or forged."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from json import dumps
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from joserfc.jws import JWSRegistry
from werkzeug.wrappers import Request, Response

from tests.servers.wsgi import serve

CLIENT = {"oidc_client_id": "officehours", "oidc_client_secret": "a-client-secret-of-thirty-two-ch"}
KEY, OTHER_KEY = RSAKey.generate_key(2048, {"kid": "1"}), RSAKey.generate_key(2048, {"kid": "1"})


@dataclass
class Forger:
    """`claims` are added to an honest token, `alg` and `key` sign it; `metadata` is added to what it says of itself.

    `asked` keeps the requests by path. A code is a nonce, so that the test decides what comes back.
    """

    claims: dict[str, Any] = field(default_factory=dict)
    alg: str = "RS256"
    key: Any = field(default_factory=lambda: KEY)
    metadata: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    emails: list[dict[str, Any]] = field(default_factory=list)
    base: str = ""
    asked: dict[str, dict[str, str]] = field(default_factory=dict)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.asked[request.path] = {**request.form, "Authorization": request.headers.get("Authorization", "")}
        return _json(self._answer(request))(environ, start_response)

    def _answer(self, request: Request) -> Any:
        match request.path:
            case "/.well-known/openid-configuration":
                return self._metadata()
            case "/jwks":
                return {"keys": [KEY.as_dict(private=False)]}
            case "/token":
                token = {"access_token": "t", "token_type": "Bearer", "id_token": self._id_token(request.form["code"])}
                return {name: value for name, value in (token | self.token).items() if value is not None}
            case "/userinfo":
                return self.userinfo
            case "/login/oauth/access_token":
                return {"access_token": "gho_t", "token_type": "bearer", "scope": "read:user,user:email"}
            case "/api/v3/user":
                return {"id": 4711, "login": "ada", "email": "example-1@example.org"}
            case "/api/v3/user/emails":
                return self.emails
        return {"error": "not_found"}

    def _metadata(self) -> dict[str, Any]:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        said = {name: f"{self.base}/{path}" for name, path in places.items()}
        if self.userinfo:
            said["userinfo_endpoint"] = f"{self.base}/userinfo"
        return {"issuer": self.base, "id_token_signing_alg_values_supported": ["RS256"], **said, **self.metadata}

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        honest = {"iss": self.base, "aud": CLIENT["oidc_client_id"], "sub": "ada", "iat": now, "exp": now + 60}
        address = {"email": "example-1@example.org", "email_verified": True}
        claims = {
            name: value for name, value in (honest | address | {"nonce": nonce} | self.claims).items() if value != ""
        }
        if self.alg == "none":
            parts = (urlsafe_b64encode(dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "none"}, claims))
            return f"{'.'.join(parts)}."
        registry = JWSRegistry(algorithms=["HS256", "RS256"])
        return jwt.encode({"alg": self.alg, "kid": "1"}, claims, self.key, registry=registry)


def with_our_own_secret() -> OctKey:
    """What a forger knows who reads the client's settings."""
    return OctKey.import_key(CLIENT["oidc_client_secret"])


@contextmanager
def running(forger: Forger) -> Iterator[Forger]:
    with serve(forger) as base:
        forger.base = base.replace("127.0.0.1", "localhost")
        yield forger


def question(location: str) -> dict[str, str]:
    """What a redirect to a provider asks it."""
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def _json(value: Any) -> Response:
    return Response(dumps(value), mimetype="application/json")

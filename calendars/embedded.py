"""The calendar server inside the service: Radicale as a WSGI application, with logins from our own table.

Every maintainer has one calendar there, made at the first login. Radicale comes with the [embedded] extra (GPL-3, so
never a core dependency) and is imported only when the application is made.
"""

from __future__ import annotations

import base64
import json
import logging
import shutil
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from calendars.busy import affordable

if TYPE_CHECKING:
    from radicale.auth import BaseAuth
    from radicale.config import Configuration

CheckLogin = Callable[[str, str], bool]
CALENDAR = "office-hours"
PREFIX = "/dav"
MAX_BODY_BYTES = 1_000_000
EXPANDED_UNTIL = datetime(2100, 1, 1, tzinfo=UTC)
WRITING = frozenset({"PUT", "DELETE", "MOVE", "POST", "PROPPATCH", "MKCALENDAR", "MKCOL"})

# Radicale believes these whoever sends them: with X-Script-Name a client chooses the prefix of every href, and with
# X-Forwarded-* it cuts the prefix off a path a second time. Our own server has dealt with proxies already.
_UNTRUSTED = frozenset(
    f"HTTP_X_{name}"
    for name in ("SCRIPT_NAME", "REMOTE_ADDR", "FORWARDED_FOR", "FORWARDED_HOST", "FORWARDED_PROTO", "FORWARDED_SERVER")
)


class EmbeddedMissingError(Exception):
    """The [embedded] extra is not installed."""


def calendar_url(base: str, user: str) -> str:
    """The calendar of `user` on the server at `base`, such as "http://localhost:8000/dav"."""
    return f"{base.rstrip('/')}/{quote(user, safe='')}/{CALENDAR}/"


def make_dav_app(folder: Path, check_login: CheckLogin, prefix: str = PREFIX) -> WSGIApplication:
    """A CalDAV server (RFC 4791) that keeps its calendars as files in `folder`, on a local disk.

    `check_login(login, password)` is asked at every request; slowing down guesses is its business. The application may
    be mounted at `prefix` by a dispatcher or served alone: then it answers under `prefix` too. Raises
    EmbeddedMissingError.
    """
    try:
        from radicale import config
        from radicale.log import logger
    except ImportError as error:
        raise EmbeddedMissingError(
            "The embedded calendar server is not installed. Install it with: pip install 'officehours[embedded]'"
        ) from error
    # It logs a warning for every refused precondition, which is ordinary work for us.
    logger.setLevel(logging.ERROR)
    _clear_half_made(folder)
    configuration = config.load()
    configuration.update(_settings(folder, check_login), "officehours", privileged=True)
    return _Front(_application(configuration), prefix)


def _clear_half_made(folder: Path) -> None:
    """Let calendars be made again whose making was cut short: Radicale makes them only for users without a folder.

    Beside these folders stands the file that Radicale tries the clock with, where it was killed in its start.
    """
    for user in folder.glob("collection-root/*/"):
        if all(entry.name.startswith(".") for entry in user.iterdir()):
            shutil.rmtree(user)


def on_change(app: WSGIApplication, callback: Callable[[str], object], prefix: str = PREFIX) -> WSGIApplication:
    """The same application, telling `callback` whose calendars were just changed, before the client hears of it.

    It only says "look again": the same change may be told twice, and a change may turn out to be none. An error of the
    callback becomes the client's error although the change has landed, so it should raise none.
    """

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).removeprefix(prefix)
        method = environ["REQUEST_METHOD"]

        def started(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            if method in WRITING and status.startswith("2") and (user := _first_segment(path)):
                callback(user)
            return start_response(status, headers, *error)

        return app(environ, started)

    return wrapped


class _Front:
    """What stands before Radicale: the mount, the size limit, and only the headers that it may believe."""

    def __init__(self, app: WSGIApplication, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ = {name: value for name, value in environ.items() if name not in _UNTRUSTED}
        path = environ.get("PATH_INFO", "")
        if not environ.get("SCRIPT_NAME", "").endswith(self._prefix):
            if not f"{path}/".startswith(f"{self._prefix}/"):
                return _answer("404 Not Found", "There is no calendar here.\n", start_response)
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + self._prefix
            environ["PATH_INFO"] = path.removeprefix(self._prefix)
        if int(environ.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
            return _answer("413 Content Too Large", f"At most {MAX_BODY_BYTES} bytes, please.\n", start_response)
        environ["HTTP_AUTHORIZATION"] = _credentials(environ.get("HTTP_AUTHORIZATION", ""))
        if "\0" in path or not _well_formed(environ.get("HTTP_DESTINATION", "")):
            return _answer("400 Bad Request", "There is no such address.\n", start_response)
        return self._app(environ, start_response)


def _application(configuration: Configuration) -> WSGIApplication:
    """Radicale, but for objects it could not cope with.

    It expands what it stores, from the first occurrence on, at every query: over a rule that never matches it does not
    come back, and over one from long ago it takes seconds.
    """
    from radicale.app import Application
    from radicale.httputils import NOT_ALLOWED

    class Careful(Application):
        def do_PUT(  # noqa: N802 (Radicale looks for it by the method's name)
            self,
            environ: Any,
            base_prefix: str,
            path: str,
            user: str,
            user_groups: set[Any],
            request_info: dict[Any, Any],
        ) -> Any:
            if not user:
                return NOT_ALLOWED  # asked for credentials by the caller
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            if not affordable(body, EXPANDED_UNTIL):
                return self._webdav_error_response(403, "C:valid-calendar-data", request_info)  # RFC 4791 5.3.2.1
            readable = {**environ, "wsgi.input": BytesIO(body)}
            return super().do_PUT(readable, base_prefix, path, user, user_groups, request_info)

    return Careful(configuration)


def _settings(folder: Path, check_login: CheckLogin) -> dict[str, dict[str, Any]]:
    calendar = {"tag": "VCALENDAR", "D:displayname": "Office hours", "C:supported-calendar-component-set": "VEVENT"}
    return {
        # Its delays sleep in a worker thread.
        "server": {"max_content_length": MAX_BODY_BYTES, "max_resource_size": MAX_BODY_BYTES // 2, "delay_on_error": 0},
        "auth": {"type": _auth_over(check_login), "delay": 0, "realm": "Office hours"},
        # A calendar app's "delete this calendar" would take every session along.
        "rights": {"type": "owner_only", "permit_delete_collection": False, "permit_overwrite_collection": False},
        "storage": {"filesystem_folder": str(folder), "predefined_collections": json.dumps({CALENDAR: calendar})},
        "web": {"type": "none"},
    }


def _auth_over(check_login: CheckLogin) -> Callable[[Configuration], BaseAuth]:
    from radicale.auth import BaseAuth

    class Auth(BaseAuth):
        def _login(self, login: str, password: str) -> str:
            return login if check_login(login, password) else ""

        def _sleep_for_constant_exec_time(self, time_ns_begin: int) -> None:
            """Nothing: it would make every wrong password wait as long as the slowest one ever did, in a worker."""

    return Auth


def _credentials(header: str) -> str:
    """Basic credentials (RFC 7617) as Radicale can read them, or none: over malformed ones it fails with a 500."""
    scheme, _, value = header.partition(" ")
    try:
        readable = scheme.lower() == "basic" and b":" in base64.b64decode(value.strip(), validate=True)
    except ValueError:
        readable = False
    return f"Basic {value.strip()}" if readable else ""


def _well_formed(url: str) -> bool:
    """Whether an address can be taken apart: Radicale does not ask before it does."""
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True


def _first_segment(path: str) -> str:
    # WSGI hands on the bytes of a path as latin-1 (PEP 3333).
    return path.strip("/").partition("/")[0].encode("latin-1").decode("utf-8", "replace")


def _answer(status: str, text: str, start_response: StartResponse) -> list[bytes]:
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))])
    return [text.encode()]

"""A configuration profile by which Apple's devices find the embedded calendar."""

from __future__ import annotations

import plistlib
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_URL, uuid5

MEDIA_TYPE = "application/x-apple-aspen-config"
PORTS = {"https": 443, "http": 80}


def apple_profile(server: str, login: str, community: str) -> bytes:
    """A .mobileconfig with one CalDAV account: the principal of `login` on the CalDAV server at `server`, a URL.

    Its payload is of the type com.apple.caldav.account with the keys CalDAVAccountDescription, CalDAVHostName,
    CalDAVPort, CalDAVUseSSL, CalDAVPrincipalURL and CalDAVUsername (developer.apple.com, Device Management, CalDAV).
    CalDAVPassword is left out, so that the device asks for it: the file may lie about. The UUIDs follow from the
    address; a device replaces a profile that it has already.
    """
    principal = f"{server.rstrip('/')}/{quote(login, safe='')}/"
    parts = urlsplit(principal)
    name = f"{community} office hours"
    identifier = ".".join([*reversed((parts.hostname or "").split(".")), "officehours", login])
    account = {
        **_payload("com.apple.caldav.account", f"{identifier}.caldav", name, f"{principal}#caldav"),
        "CalDAVAccountDescription": name,
        "CalDAVHostName": parts.hostname or "",
        "CalDAVPort": parts.port or PORTS[parts.scheme],
        "CalDAVUseSSL": parts.scheme == "https",
        "CalDAVPrincipalURL": principal,
        "CalDAVUsername": login,
    }
    profile = _payload("Configuration", identifier, name, principal) | {"PayloadContent": [account]}
    return plistlib.dumps(profile)


def _payload(type_: str, identifier: str, name: str, address: str) -> dict[str, Any]:
    return {
        "PayloadType": type_,
        "PayloadVersion": 1,
        "PayloadIdentifier": identifier,
        "PayloadUUID": str(uuid5(NAMESPACE_URL, address)).upper(),
        "PayloadDisplayName": name,
    }

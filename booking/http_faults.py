"""What an HTTP failure says about the request: did it leave this machine?"""

from __future__ import annotations

import ssl

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

BEFORE_SENDING = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)


def never_sent(error: requests.RequestException) -> bool:
    """Whether the request certainly reached nobody: no such name, refused, no connection in time, wrong certificate.

    A cut or silent connection afterwards is not among them: the other side may have acted.
    """
    return any(isinstance(cause, BEFORE_SENDING) for cause in _causes(error))


def _causes(error: BaseException) -> list[BaseException]:
    """The error and all it wraps: requests keeps urllib3's in `args`, urllib3 in `args` or `reason`."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        item = waiting.pop()
        if isinstance(item, BaseException) and item not in found:
            found.append(item)
            waiting += [*item.args, getattr(item, "reason", None)]
    return found

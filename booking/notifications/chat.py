"""Posts to the maintainers' channel by a Slack-compatible incoming webhook (docs.slack.dev, "Incoming webhooks").

The address is the secret that lets one post: it stands in no log, no row and no error.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import requests

from booking.http_faults import never_sent
from booking.notifications.errors import DeliveryError, Outcome

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
# With these escaped nobody is pinged and nothing is linked (docs.slack.dev, "Formatting message text").
MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
GONE = {403, 404, 410}


class Chat:
    """One webhook. `timeout` is in seconds. Raises ValueError for an address that is none, without repeating it."""

    def __init__(self, url: str, timeout: float = 10) -> None:
        parts = urlsplit(url)
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)):
            raise ValueError("write the webhook's whole address, beginning with https://")
        self._url, self._timeout = url, timeout

    def post(self, text: str) -> None:
        """Post `text` as it is. Raises DeliveryError; UNKNOWN when it may have been posted."""
        try:
            answer = requests.post(
                self._url, json={"text": text.translate(MARKUP)}, timeout=self._timeout, allow_redirects=False
            )
        except requests.RequestException as error:
            if never_sent(error):
                raise DeliveryError("The chat could not be reached.", Outcome.RETRY) from None
            raise DeliveryError("The chat gave no answer; it may have been posted.", Outcome.UNKNOWN) from None
        status = answer.status_code
        if status in GONE:
            raise DeliveryError(f"The chat's webhook is gone or closed ({status}).", Outcome.PERMANENT, status)
        if status == requests.codes.too_many_requests:
            raise DeliveryError("The chat takes no more posts for now.", Outcome.RETRY, status)
        if status >= requests.codes.server_error:
            raise DeliveryError(f"The chat failed ({status}); it may have been posted.", Outcome.UNKNOWN, status)
        if not requests.codes.ok <= status < requests.codes.multiple_choices:
            raise DeliveryError(f"The chat refused the post ({status}).", Outcome.PERMANENT, status)

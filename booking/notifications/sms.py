"""Text messages over Twilio.

Twilio takes no idempotency key, and a text sent twice cannot be taken back: whatever may have been sent is UNKNOWN,
and `find` looks into Twilio's own list before anybody sends it again. Errors raised here carry no cause, because
Twilio's own words and addresses name the phone number.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import requests

from booking.http_faults import never_sent
from booking.notifications.errors import DeliveryError, Outcome
from booking.notifications.twilio_codes import BAD_CALLBACK, meaning

LONGEST_VALIDITY = timedelta(hours=10)
CLOCK_SKEW = timedelta(minutes=1)
MOST_MESSAGES = 200
# Twilio's client logs the query of a search, which holds the phone number.
quiet = logging.getLogger("booking.notifications.twilio")
quiet.setLevel(logging.WARNING)


class Texter:
    """Sends texts from one number of one Twilio account. `timeout` is in seconds."""

    def __init__(self, account_sid: str, auth_token: str, from_: str, api_url: str, timeout: float = 10) -> None:
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._from = from_
        self._api_url = api_url.rstrip("/")
        self._timeout = timeout

    def send(self, to: str, body: str, validity: timedelta, callback: str) -> str:
        """Send one text and give Twilio's id of it. After `validity` Twilio drops it: a late reminder helps nobody.

        Twilio tells the address `callback` what becomes of it; where it cannot reach that address, it does not.
        Raises DeliveryError: RETRY and PERMANENT are certainly not sent, UNKNOWN perhaps.
        """
        seconds = int(min(max(validity, timedelta(seconds=1)), LONGEST_VALIDITY).total_seconds())
        text = {"to": to, "from_": self._from, "body": body, "validity_period": seconds}
        try:
            return self._create(**text, status_callback=callback)
        except DeliveryError as error:
            if error.code != BAD_CALLBACK:
                raise
        return self._create(**text)

    def _create(self, **text: Any) -> str:
        with self._messages() as messages:
            return str(messages.create(**text).sid)

    def find(self, to: str, body: str, since: datetime, besides: str | None = None) -> str | None:
        """Twilio's id of this text to this number, if its list has one created since that instant (UTC), else None.

        The text with the id `besides` is an earlier one that did not arrive. Raises DeliveryError (RETRY) when the list
        cannot be read: then nothing is known.
        """
        try:
            # Not by DateSent: a text that still waits in Twilio's queue has none, and would be sent a second time.
            with self._messages() as messages:
                listed = messages.list(to=to, limit=MOST_MESSAGES)
        except DeliveryError:
            raise DeliveryError("Twilio's list of texts cannot be read.", Outcome.RETRY) from None
        return next((str(sent.sid) for sent in listed if sent.sid != besides and _same(sent, body, since)), None)

    def check(self) -> None:
        """Read one text of the account's list, whatever it is. Raises DeliveryError."""
        with self._messages() as messages:
            messages.list(limit=1)

    @contextmanager
    def _messages(self) -> Iterator[Any]:
        """Twilio's messages, with connections closed and every failure told as a DeliveryError."""
        # 0.1 s and 20 MB that only a process which sends should pay.
        from twilio.base.exceptions import TwilioException
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        http = TwilioHttpClient(timeout=self._timeout, logger=quiet)
        client = Client(self._account_sid, self._auth_token, http_client=http)
        client.api.base_url = self._api_url
        try:
            yield client.messages
        except TwilioException as error:
            raise _refusal(getattr(error, "status", None), getattr(error, "code", None)) from None
        except requests.RequestException as error:
            if never_sent(error):
                raise DeliveryError("Twilio could not be reached.", Outcome.RETRY) from None
            raise DeliveryError("Twilio gave no answer; the text may have been sent.", Outcome.UNKNOWN) from None
        except (ValueError, TypeError):
            raise DeliveryError(
                "Twilio's answer is unreadable; the text may have been sent.", Outcome.UNKNOWN
            ) from None
        finally:
            if http.session is not None:
                http.session.close()


def twilio_signed(auth_token: str, url: str, form: Mapping[str, str], signature: str) -> bool:
    """Whether Twilio signed this form for that address of ours (https://www.twilio.com/docs/usage/security).

    `form` may be a MultiDict: a field that is there twice counts twice.
    """
    from twilio.request_validator import RequestValidator

    return bool(RequestValidator(auth_token).validate(url, form, signature))


def _refusal(status: int | None, code: int | None) -> DeliveryError:
    """What Twilio's error means: by its own code, else by the kind of HTTP status."""
    if status is not None and 400 <= status < 500:
        found = meaning(20429 if status == requests.codes.too_many_requests else code)
    else:
        found = meaning(20500)
    return DeliveryError(found.text, found.outcome, code)


def _same(sent: Any, body: str, since: datetime) -> bool:
    """A trial account puts words of its own before the text, so the ends are compared."""
    created = sent.date_created
    return str(sent.body or "").endswith(body) and (created is None or created >= since - CLOCK_SKEW)

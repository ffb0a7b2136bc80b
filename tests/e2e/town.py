"""A town around one service: who sends on its behalf, and what the people in it were promised."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import requests

from tests.booking.arena import write_community
from tests.servers.smtp import MailServer, run_smtp
from tests.servers.twilio import ACCOUNT, SENDER, TOKEN, TwilioServer
from tests.servers.wsgi import serve
from tests.servers.zoom import ZoomServer

Errand = Callable[["Town"], None]

SECONDS = 120
LEADS = {"14d": timedelta(days=14), "7d": timedelta(days=7)}
# Whoever moves from one slot to the other gets another maintainer.
STAFF = {"ada": ["early"], "bo": ["late"]}


@dataclass
class Promise:
    """What one person was last told, by an answer that reached them."""

    number: int
    token: str = ""
    start: str = ""
    sequence: int = 0
    status: str = ""
    proven: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def public_id(self) -> str:
        return self.token.partition(".")[0]

    @property
    def email(self) -> str:
        return f"person{self.number}@example.com"

    @property
    def phone(self) -> str:
        return f"+1415{2_000_000 + self.number}"


@dataclass
class Town:
    """What stands around a service at `url` whose data is in `data`; `settings` connect it with the town.

    `reminding` is an instant to come: sessions one or two weeks after it are reminded of at that very time.
    """

    url: str
    data: Path
    community: Path
    settings: dict[str, str]
    mail: MailServer
    zoom: ZoomServer
    twilio: TwilioServer
    reminding: datetime
    seed: int
    promises: list[Promise] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    up: threading.Event = field(default_factory=threading.Event)
    errands: queue.SimpleQueue[Errand | None] = field(default_factory=queue.SimpleQueue)

    @property
    def soon_reminded(self) -> set[str]:
        """The starts whose reminder falls due at `reminding`."""
        return {f"{self.reminding + lead:%Y-%m-%dT%H:%M:%SZ}" for lead in LEADS.values()}

    def random(self, purpose: object) -> Random:
        """Chance of this run: the same again for the same seed and purpose."""
        return Random(f"{self.seed} {purpose}")  # noqa: S311 - no secret

    def api(self, path: str) -> str:
        return f"{self.url}/api/v1{path}"

    def insist(self, send: Callable[[], requests.Response]) -> requests.Response:
        """Send the same again until there is an answer; whatever got lost on the way may have been done."""
        while True:
            try:
                answer = send()
            except requests.RequestException:
                assert self.up.wait(SECONDS), "the service did not come back"
                continue
            if answer.status_code >= 500:
                self.faults.append(f"{answer.status_code} for {answer.request.url}: {answer.text[:300]}")
            return answer


class Faraway:
    """A provider whose answer takes a while after it acted: time in which the service may die without hearing it."""

    def __init__(self, provider: Callable[..., Any], chance: Random, longest: float) -> None:
        self.provider, self.chance, self.longest = provider, chance, longest

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        answer = list(self.provider(environ, start_response))
        time.sleep(self.chance.uniform(0, self.longest))
        return answer


@contextmanager
def town(
    folder: Path, port: int, seed: int, longest_answer: float = 0.04, reminded_in: timedelta = timedelta(seconds=150)
) -> Iterator[Town]:
    """A mail server, Zoom and Twilio for a service at this port. The two are slow: up to so many seconds an answer."""
    reminding = (datetime.now(UTC) + reminded_in).replace(second=0, microsecond=0)
    zoom, twilio, chance = ZoomServer(), TwilioServer(), Random(seed)  # noqa: S311 - no secret
    with ExitStack() as stack:
        mail = stack.enter_context(run_smtp())
        zoom.url = stack.enter_context(serve(Faraway(zoom, chance, longest_answer)))
        twilio.url = stack.enter_context(serve(Faraway(twilio, chance, longest_answer)))
        yield Town(
            url=f"http://localhost:{port}",
            data=folder / "data",
            community=clinic(folder / "clinic.toml", reminding),
            settings=settings(mail, zoom, twilio),
            mail=mail,
            zoom=zoom,
            twilio=twilio,
            reminding=reminding,
            seed=seed,
        )


def clinic(target: Path, first: datetime) -> Path:
    """A community whose sessions begin at `first` in a zone where that is in the morning, so that the day has room."""
    behind = (first.hour - 8) % 24
    zone = f"Etc/GMT+{behind}" if behind <= 12 else f"Etc/GMT-{24 - behind}"
    slots = {"early": (f"08:{first.minute:02}", 5), "late": (f"14:{first.minute:02}", 5)}
    topics = {"clinic": list(slots)}
    return write_community(target, slots, STAFF, topics=topics, timezone=zone, reminders=list(LEADS), horizon_days=20)


def settings(mail: MailServer, zoom: ZoomServer, twilio: TwilioServer) -> dict[str, str]:
    client, secret = zoom.client
    return {
        "OFFICEHOURS_SMTP_URL": mail.url,
        "OFFICEHOURS_ZOOM_ACCOUNT_ID": zoom.account_id,
        "OFFICEHOURS_ZOOM_CLIENT_ID": client,
        "OFFICEHOURS_ZOOM_CLIENT_SECRET": secret,
        "OFFICEHOURS_ZOOM_API_URL": zoom.api_url,
        "OFFICEHOURS_ZOOM_OAUTH_URL": zoom.oauth_url,
        "OFFICEHOURS_TWILIO_ACCOUNT_SID": ACCOUNT,
        "OFFICEHOURS_TWILIO_AUTH_TOKEN": TOKEN,
        "OFFICEHOURS_TWILIO_FROM": SENDER,
        "OFFICEHOURS_TWILIO_API_URL": twilio.url,
    }

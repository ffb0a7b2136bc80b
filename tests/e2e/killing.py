"""A service that is killed again and again, and the people who book meanwhile and insist on an answer."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import requests

from tests.booking.arena import write_community
from tests.servers.service import Service
from tests.servers.smtp import MailServer, run_smtp
from tests.servers.twilio import ACCOUNT, SENDER, TOKEN, TwilioServer
from tests.servers.visitor import Visitor, hidden
from tests.servers.wsgi import serve
from tests.servers.zoom import ZoomServer

Errand = Callable[["Town"], None]

SECONDS = 60
PEOPLE_AT_ONCE = 4
LONGEST_ANSWER = 0.04
LEADS = {"14d": timedelta(days=14), "7d": timedelta(days=7)}
# Whoever moves from one slot to the other gets another maintainer.
STAFF = {"ada": ["early"], "bo": ["early"], "cy": ["late"], "di": ["late"]}


@dataclass
class Promise:
    """What one person was last told, by an answer that reached them."""

    number: int
    token: str = ""
    start: str = ""
    sequence: int = 0
    status: str = ""
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
    """The service, all who send on its behalf, and what people were promised.

    `reminding` is an instant soon to come: sessions one or two weeks after it are reminded of at that very time.
    """

    service: Service
    mail: MailServer
    zoom: ZoomServer
    twilio: TwilioServer
    reminding: datetime
    seed: int
    promises: list[Promise] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    up: threading.Event = field(default_factory=threading.Event)
    errands: queue.SimpleQueue[Errand | None] = field(default_factory=queue.SimpleQueue)

    def random(self, purpose: object) -> Random:
        """Chance of this run: the same again for the same seed and purpose."""
        return Random(f"{self.seed} {purpose}")  # noqa: S311 - no secret

    def api(self, path: str) -> str:
        return f"{self.service.url}/api/v1{path}"

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

    def __init__(self, provider: Callable[..., Any], chance: Random) -> None:
        self.provider, self.chance = provider, chance

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        answer = list(self.provider(environ, start_response))
        time.sleep(self.chance.uniform(0, LONGEST_ANSWER))
        return answer


@contextmanager
def town(folder: Path, seed: int) -> Iterator[Town]:
    """A service not yet started, with a mail server, Zoom and Twilio around it."""
    reminding = (datetime.now(UTC) + timedelta(seconds=90)).replace(second=0, microsecond=0)
    zoom, twilio, chance = ZoomServer(), TwilioServer(), Random(seed)  # noqa: S311 - no secret
    with ExitStack() as stack:
        mail = stack.enter_context(run_smtp())
        zoom.url = stack.enter_context(serve(Faraway(zoom, chance)))
        twilio.url = stack.enter_context(serve(Faraway(twilio, chance)))
        service = Service(
            folder / "data",
            community=clinic(folder / "clinic.toml", reminding),
            **settings(mail, zoom, twilio),
        )
        found = Town(service, mail, zoom, twilio, reminding, seed)
        try:
            yield found
        finally:
            if service.process is not None:
                service.kill()


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


def torment(town: Town, kills: int) -> None:
    """Start the service and kill it, so many times, while people book, move and cancel; then let all get an answer."""
    people = [threading.Thread(target=run_errands, args=(town,), daemon=True) for _ in range(PEOPLE_AT_ONCE)]
    for each in people:
        each.start()
    chance, starting = town.random("kills"), 1.0
    for life in range(kills):
        begun = time.monotonic()
        town.service.start(wait=False)
        if life and chance.random() < 0.15:
            time.sleep(chance.uniform(0, starting))  # to die at any moment of the start
        else:
            wait_until_ready(town.service)
            starting = time.monotonic() - begun
            town.up.set()
            for errand in errands(town, life, chance):
                town.errands.put(errand)
            time.sleep(chance.uniform(0.05, 1.0))  # to die at any moment of the work
            town.up.clear()
        town.service.kill()
    town.service.start(wait=False)
    wait_until_ready(town.service)
    town.up.set()
    for _ in people:
        town.errands.put(None)
    for each in people:
        each.join(SECONDS)
        assert not each.is_alive(), "somebody still waits for an answer"


def errands(town: Town, life: int, chance: Random) -> Iterator[Errand]:
    """What people want in one life of the service: three to book, some to change what they have."""
    for number in range(3 * life, 3 * life + 3):
        yield partial(newcomer, number=number)
    settled = [promise for promise in town.promises if promise.status == "confirmed"]
    for promise in chance.sample(settled, min(2, len(settled))):
        yield partial(chance.choice([mover, mover, canceller]), promise=promise)


def run_errands(town: Town) -> None:
    """One after the other, until there are no more."""
    while (errand := town.errands.get()) is not None:
        try:
            errand(town)
        except Exception as error:
            town.faults.append(f"{errand}: {error!r}")


def wait_until_ready(service: Service) -> None:
    """As the service does it, but with patience for a start that takes long because the machine is busy."""
    while True:
        try:
            return service.wait_until_ready()
        except requests.Timeout:
            continue


def newcomer(town: Town, number: int) -> None:
    """Somebody books; every sixth has second thoughts at once."""
    chance, promise = town.random(number), Promise(number)
    book = book_by_form if number % 4 == 0 else book_by_interface
    while not book(town, promise, some_start(town, chance, soon_reminded=number % 5 == 0)):
        continue
    if number % 6 == 0:
        move(town, promise, chance)
    town.promises.append(promise)


def mover(town: Town, promise: Promise) -> None:
    with promise.lock:
        if promise.status == "confirmed":
            move(town, promise, town.random((promise.number, promise.sequence)))


def canceller(town: Town, promise: Promise) -> None:
    with promise.lock:
        cancel(town, promise)


def some_start(town: Town, chance: Random, *, soon_reminded: bool = False) -> str:
    """One of the openings; for a session soon reminded of, one that lies a lead after `reminding`."""
    answer = town.insist(lambda: requests.get(town.api("/openings"), params={"topic": "clinic"}, timeout=SECONDS))
    starts: list[str] = [opening["start"] for opening in answer.json()["openings"]]
    timely = {f"{town.reminding + lead:%Y-%m-%dT%H:%M:%SZ}" for lead in LEADS.values()} & set(starts)
    return chance.choice(sorted(timely) if soon_reminded and timely else starts)


def book_by_interface(town: Town, promise: Promise, start: str) -> bool:
    """Book over JSON; whether the time was still free."""
    body = {
        "topic": "clinic",
        "start": start,
        "name": f"Person {promise.number}",
        "email": promise.email,
        "phone": promise.phone,
        "sms_consent": True,
        "timezone": "America/New_York",
        "question": "Will this survive?",
    }
    key = {"Idempotency-Key": f"{promise.number}-{start}"}
    answer = town.insist(lambda: requests.post(town.api("/bookings"), json=body, headers=key, timeout=SECONDS))
    if answer.status_code == 409:
        return False
    assert answer.status_code == 201, answer.text
    promise.token = answer.json()["manage_url"].rpartition("/")[2]
    promise.start, promise.status = start, "confirmed"
    return True


def book_by_form(town: Town, promise: Promise, start: str) -> bool:
    """Book by the page; whether the time was still free."""
    visitor = Visitor(town.service.url)
    with closing(visitor.session) as session:
        page = town.insist(lambda: visitor.get(f"/topics/clinic/book?start={start}&tz=America/New_York"))
        if page.status_code == 409:
            return False
        fields = {
            **hidden(page.text),
            "name": f"Person {promise.number}",
            "email": promise.email,
            "phone": promise.phone,
            "sms_consent": "y",
            "question": "Will this survive?",
        }
        url = f"{town.service.url}/topics/clinic/book"
        answer = town.insist(lambda: session.post(url, data=fields, allow_redirects=False, timeout=SECONDS))
    if answer.status_code == 409:
        return False
    assert answer.status_code == 303, answer.text
    promise.token = answer.headers["Location"].rpartition("/")[2]
    promise.start, promise.status = start, "confirmed"
    return True


def move(town: Town, promise: Promise, chance: Random) -> None:
    """Move to another opening; when that is just taken, stay."""
    url = town.api(f"/bookings/{promise.token}/reschedule")
    start = some_start(town, chance)
    answer = town.insist(lambda: requests.post(url, json={"start": start}, timeout=SECONDS))
    if answer.status_code == 409:
        return
    assert answer.status_code == 200, answer.text
    promise.start, promise.sequence = answer.json()["start"], answer.json()["sequence"]


def cancel(town: Town, promise: Promise) -> None:
    url = town.api(f"/bookings/{promise.token}/cancel")
    answer = town.insist(lambda: requests.post(url, json={}, timeout=SECONDS))
    assert answer.status_code == 200, answer.text
    promise.status, promise.sequence = answer.json()["status"], answer.json()["sequence"]

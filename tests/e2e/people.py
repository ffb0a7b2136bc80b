"""What people in the town do: book, over JSON or by the page, move and cancel, insisting on an answer."""

from __future__ import annotations

import re
from random import Random

import requests

from tests.e2e.town import SECONDS, Promise, Town
from tests.servers.visitor import Visitor, hidden


def newcomer(town: Town, number: int) -> None:
    """Somebody books, at the page or over JSON; some for a session soon reminded of, some with second thoughts."""
    chance, promise = town.random(number), Promise(number)
    book = book_by_form if number % 4 == 0 else book_by_interface
    while not book(town, promise, some_start(town, chance, soon_reminded=number % 4 == 2)):
        continue
    if number % 4 == 3:
        move(town, promise, chance)
    town.promises.append(promise)


def owner(town: Town) -> None:
    """Whoever got a code by now enters it."""
    for promise in list(town.promises):
        if not promise.proven and town.twilio.texts(promise.phone):
            enter_code(town, promise)


def all_entered(town: Town) -> bool:
    """Whether everybody whose session takes place has entered their code."""
    owner(town)
    return all(promise.proven for promise in town.promises if promise.status == "confirmed")


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
    timely = sorted(town.soon_reminded.intersection(starts))
    return chance.choice(timely if soon_reminded and timely else starts)


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
    with Visitor(town.url) as visitor:
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
        url = f"{town.url}/topics/clinic/book"
        answer = town.insist(lambda: visitor.session.post(url, data=fields, allow_redirects=False, timeout=SECONDS))
    if answer.status_code == 409:
        return False
    assert answer.status_code == 303, answer.text
    promise.token = answer.headers["Location"].rpartition("/")[2]
    promise.start, promise.status = start, "confirmed"
    return True


def enter_code(town: Town, promise: Promise) -> None:
    """Prove the number by the code that came last; one that is too old by now is asked for anew.

    Neither can be done once the session is called off.
    """
    with promise.lock:
        code = re.findall(r"\b[0-9]{6}\b", " ".join(town.twilio.texts(promise.phone)))[-1]
        url = town.api(f"/bookings/{promise.token}/phone-code")
        answer = town.insist(lambda: requests.post(url, json={"code": code}, timeout=SECONDS))
        promise.proven = answer.status_code == 200
        if not promise.proven:
            again = town.insist(lambda: requests.post(f"{url}/new", json={}, timeout=SECONDS))
            assert again.status_code in (200, 409), answer.text + again.text


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
    if answer.status_code == 409 and "already begun" in answer.text:
        return  # the service was down until the session's start: it is too late to call it off
    assert answer.status_code == 200, answer.text
    promise.status, promise.sequence = answer.json()["status"], answer.json()["sequence"]

"""How much a request asks of the database: counted, never timed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from flask import Flask

from benchmarks import visits
from benchmarks.pages import per_request
from benchmarks.seed import Size, build
from benchmarks.statements import counted
from tests.web.conftest import NOW, leave_database

AT_MOST = 8
SMALL = Size(maintainers=12, past=20, busy=5)
LARGE = Size(maintainers=40, past=3_000, busy=1_000)


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Size, Flask]]:
    """The same office with little and with much in it."""
    folder = tmp_path_factory.mktemp("offices")
    apps = {size: build(folder / str(size.past), size, lambda: NOW) for size in (SMALL, LARGE)}
    yield apps
    for app in apps.values():
        with app.app_context():
            leave_database()


def test_pages_ask_the_same_few_statements_whatever_the_data(offices: dict[Size, Flask]) -> None:
    """At most eight statements a page, and no more with three thousand bookings than with twenty."""
    few = {page: len(found.statements) for page, found in per_request(offices[SMALL])}
    many = {page: len(found.statements) for page, found in per_request(offices[LARGE])}
    del few["booking, JSON"], many["booking, JSON"]
    assert many == few
    assert max(many.values()) <= AT_MOST, many


def test_no_page_and_no_booking_reads_all_that_ever_was(offices: dict[Size, Flask]) -> None:
    """Tables that grow for ever are reached by an index, and not by reading one from end to end."""
    growing = {"booking", "delivery", "change", "demand", "waiter", "audit_entry", "workflow_status"}
    for page, found in per_request(offices[LARGE]):
        assert not found.scanned(offices[LARGE]) & growing, page


def test_the_openings_page_shows_what_it_counted_for(offices: dict[Size, Flask]) -> None:
    """The page that asks so little is the real one: it has times to choose from, and nothing was committed for it."""
    with counted(offices[LARGE]) as found:
        page = offices[LARGE].test_client().get(visits.TIMES)
    assert page.text.count('name="start"') > 1
    assert 1 <= len(found.statements) <= AT_MOST
    assert found.commits == 0


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_a_booking_is_one_commit(offices: dict[Size, Flask], size: Size) -> None:
    """Booking, messages and work order are stored together or not at all: one commit before the answer."""
    client = offices[size].test_client()
    offered = client.get(f"/api/v1/openings?topic={visits.TOPIC}").get_json()["openings"]
    body, headers = visits.booking(offered[-1]["start"]), {"Idempotency-Key": uuid.uuid4().hex}
    with counted(offices[size]) as found:
        answer = client.post(visits.BOOKINGS, json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert found.commits == 1
    with counted(offices[size]) as again:
        answer = client.post(visits.BOOKINGS, json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert again.commits == 0

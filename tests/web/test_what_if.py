"""`officehours simulate`: the community's own roster and demand, and what a change would do."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask

from booking import queries, simulations
from booking.cli import cli
from booking.extensions import db
from booking.models import Booking, Community, Maintainer
from tests.web.browser import Browser
from tests.web.conftest import FIRST, NOW

SHORT = ("--requests", "300")


def simulate(app: Flask, *options: str) -> Result:
    data = str(Path(app.extensions["officehours"].settings.data))
    return CliRunner().invoke(cli, ["simulate", "--data", data, *SHORT, *options])


def told(app: Flask, *options: str) -> dict[str, Any]:
    result = simulate(app, "--json", *options)
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.output))


def test_without_bookings_the_stream_is_even_and_says_so(app: Flask) -> None:
    """Every policy has its figures; the same seed the same, in lines and as JSON."""
    lines = simulate(app).output.splitlines()
    assert lines[0].startswith("Too few bookings to go by: an even stream over all topics, 25.2 requests a week.")
    assert [line.split()[0] for line in lines[3:]] == ["save-the-scarce", "save-the-scarce-fair", "round-robin"]
    first = told(app)
    assert (first["demand"]["recorded"], first["then"]) == (0, None)
    assert first == told(app)
    assert first["now"] != told(app, "--seed", "2")["now"]


def test_changes_are_compared_with_what_is(app: Flask) -> None:
    """Losing the experts of a topic shows; somebody more and a further slot help where demand is high."""
    busy = ("--per-week", "60")
    lost = told(app, *busy, "--lose", "example-1", "--lose", "example-3")
    assert lost["then"]["save-the-scarce"]["within_7_days"] < lost["now"]["save-the-scarce"]["within_7_days"]
    everything = "flytekit=2, releases=2, plugins=2, propeller=2, platform_config=2, deploy_auth=2"
    more = told(app, *busy, "--add", f"Ada: {everything}", "--slot", "17:00", "--slot", "10:30: deploy_auth, plugins")
    assert more["then"]["round-robin"]["within_7_days"] > more["now"]["round-robin"]["within_7_days"]
    assert "+ Ada" in more["then"]["round-robin"]["utilisation"]


def test_hours_edited_on_a_page_count(app: Flask) -> None:
    """Whoever gives Mondays alone is there on no other day, so that most ask in vain."""
    with app.app_context():
        mondays = {key: ["mon"] for key in queries.programme().slots}
        db.session.execute(sa.update(Maintainer).values(weekdays=mondays))
        db.session.execute(sa.update(Community).values(revision=Community.revision + 1))
        db.session.commit()
    found = told(app, "--per-week", "20")["now"]["round-robin"]
    assert found["within_7_days"] < 0.5
    assert max(found["utilisation"].values()) < 1.2


def test_past_bookings_are_the_demand(visitor: Browser, app: Flask) -> None:
    """From thirty on: their topic and slot, how many a week, and how far ahead people book."""
    visitor.booked(FIRST, "releases")
    _repeat_the_booking(app, 40)
    with app.app_context():
        found = simulations.demand(NOW, None)
        reports = simulations.reports(queries.programme(), found, 300, seed=1)
    assert (found.recorded, found.lead) == (41, pytest.approx(0.25))
    assert found.per_week == pytest.approx(41 / 40 * 7)
    assert set(found.kinds) == {("releases", frozenset({"7am"}))}
    assert {report.worst_topic for report in reports.values()} == {"releases"}


def _repeat_the_booking(app: Flask, times: int) -> None:
    """As if the one booking had been had before, on as many days."""
    with app.app_context():
        row = dict(db.session.execute(sa.select(*Booking.__table__.columns)).one()._mapping)
        del row["id"]
        for back in range(1, times + 1):
            moved = {name: row[name] - timedelta(days=back) for name in ("created_at", "starts_at", "ends_at")}
            own = {name: f"{row[name]}{back}" for name in ("public_id", "idempotency_key")}
            db.session.execute(sa.insert(Booking).values(**{**row, **moved, **own}))
        db.session.commit()


def test_mistakes_are_answered(app: Flask) -> None:
    """With what is wrong and how it is written."""
    for option, value, remedy in (
        ("--slot", "25:00", 'write it like "17:00"'),
        ("--add", "Ada", 'write it like "Ada: flytekit=3'),
        ("--add", ": flytekit=4", 'write it like "Ada: flytekit=3'),
        ("--lose", "nobody", "There is no maintainer 'nobody'. There are: example-1"),
        ("--slot", "17:00: nothing", "There is no topic 'nothing'. There are: flytekit"),
    ):
        result = simulate(app, option, value)
        assert result.exit_code != 0
        assert remedy in result.output + str(result.exception)

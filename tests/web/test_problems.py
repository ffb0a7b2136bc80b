"""What people and programs see when something is wrong."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask, abort

from booking.extensions import db
from booking.models import Community
from booking.views import access
from tests.web.browser import Browser, person, text_of
from tests.web.conftest import FIRST, MakeApp

CODES = (400, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 503)


@pytest.fixture
def faulty(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application with two addresses more, which fail in the way they are asked to."""
    rules = {"fail_page": access.anyone, "fail_api": access.anyone}
    monkeypatch.setattr(access, "RULES", {**access.RULES, **rules})

    def fail(code: int) -> str:
        if code == 500:
            raise RuntimeError("secret detail")
        abort(code)

    own_app.config["PROPAGATE_EXCEPTIONS"] = False
    own_app.add_url_rule("/fail/<int:code>", "fail_page", fail)
    own_app.add_url_rule("/api/v1/fail/<int:code>", "fail_api", fail)
    return own_app


def test_every_error_is_a_page_with_a_way_on(faulty: Flask) -> None:
    """Plain words, a link on, no detail of what broke."""
    for code in CODES:
        page = Browser(faulty).get(f"/fail/{code}")
        assert page.status_code == code
        assert page.text.count("<h1>") == 1
        assert 'class="btn btn-primary" href="/"' in page.text
        assert "secret detail" not in page.text
        assert "Werkzeug" not in page.text


def test_every_error_of_the_interface_is_problem_json(faulty: Flask) -> None:
    """Media type, members and status of RFC 9457."""
    for code in CODES:
        answer = Browser(faulty).get(f"/api/v1/fail/{code}")
        assert answer.status_code == code
        assert answer.mimetype == "application/problem+json"
        assert answer.json is not None
        assert answer.json["status"] == code
        assert {"type", "title", "status", "detail", "errors"} <= set(answer.json)
        assert "secret detail" not in answer.text


def test_a_wrong_method_names_the_right_ones(visitor: Browser) -> None:
    """405 carries Allow."""
    answer = visitor.client.delete("/api/v1/topics")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_foreign_host_name_is_refused(app: Flask) -> None:
    """A forged Host header gets a bare 400; no page is built with it."""
    answer = app.test_client().get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" not in answer.text


def test_too_much_is_refused_before_it_is_read(visitor: Browser) -> None:
    """413 for a form and for JSON over the limit."""
    form = visitor.details(FIRST)
    page = visitor.send("/topics/flytekit/book", form, **person(question="x" * 400_000))
    json = visitor.client.post("/api/v1/bookings", json={"question": "x" * 400_000}, headers={"Idempotency-Key": "k"})
    assert (page.status_code, json.status_code) == (413, 413)


def test_too_many_presses_are_told_when_to_come_back(make_app: MakeApp) -> None:
    """The twenty-first booking of a minute from one address is a 429 with Retry-After, page and interface each."""
    browser = Browser(make_app(rate_limits="on"))
    form = browser.details(FIRST)
    pages = [browser.send("/topics/flytekit/book", form, name="") for _ in range(21)]
    assert [page.status_code for page in pages] == [422] * 20 + [429]
    assert int(pages[-1].headers["Retry-After"]) > 0
    assert "Too many requests" in pages[-1].text
    answers = [browser.client.post("/api/v1/bookings", json={}) for _ in range(21)]
    assert answers[-1].status_code == 429
    assert answers[-1].mimetype == "application/problem+json"
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_before_a_community_is_loaded_the_service_says_so(app: Flask) -> None:
    """503 with what to do; the process is alive and not ready."""
    with app.app_context():
        db.session.execute(sa.delete(Community))
        db.session.commit()
    browser = Browser(app)
    assert browser.get("/").status_code == 503
    assert "officehours apply" in text_of(browser.get("/"))
    assert browser.get("/api/v1/topics").mimetype == "application/problem+json"
    assert browser.get("/healthz").status_code == 200
    assert browser.get("/readyz").status_code == 503


def test_a_lost_database_is_a_503(app: Flask) -> None:
    """The page still comes, without asking the database again; health checks tell the two apart."""
    with app.app_context():
        db.session.execute(sa.text("ALTER TABLE community RENAME TO gone"))
        db.session.commit()
    browser = Browser(app)
    assert browser.get("/").status_code == 503
    assert "The service is not available" in browser.get("/").text
    assert browser.get("/api/v1/topics").status_code == 503
    assert browser.get("/healthz").status_code == 200
    assert browser.get("/readyz").status_code == 503


def test_a_healthy_service_says_so(visitor: Browser) -> None:
    """Alive and ready."""
    assert visitor.get("/healthz").json == {"status": "alive"}
    assert visitor.get("/readyz").json == {"status": "ready"}

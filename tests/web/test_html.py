"""Every page is valid HTML, as html-validate reads the standard."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from werkzeug.test import TestResponse

from tests import prepare
from tests.conftest import leave_out
from tests.web.browser import Browser, person
from tests.web.conftest import FIRST
from tests.web.places import places

TIMES = "/topics/flytekit"
RULES = """{
  "extends": ["html-validate:standard"],
  "rules": {"long-title": "off", "no-raw-characters": "off"}
}"""


def mistakes(app: Flask) -> Iterator[tuple[str, TestResponse]]:
    """What somebody sees who does something wrong."""
    visitor = Browser(app)
    form = visitor.details(FIRST)
    yield "empty-form", visitor.send(f"{TIMES}/book", form, name="")
    yield "taken", visitor.send(f"{TIMES}/book", form, **person(email="wei@example.com"), start="2026-12-02T06:00:00Z")
    yield "no-time", visitor.send(f"{TIMES}/hold", form, start="")
    yield "no-question", visitor.send("/find", visitor.get("/"), question="")
    yield "held", visitor.client.post(f"{TIMES}/hold", data={**fields(visitor), "start": FIRST}, follow_redirects=True)
    yield "nothing", visitor.get("/nothing")
    yield "forged", visitor.client.post(f"{TIMES}/book", data={})
    yield "link", visitor.get("/b/x")
    yield "empty-month", visitor.get(TIMES, query_string={"month": "2027-06"})
    yield "empty-day", visitor.get(TIMES, query_string={"day": "2026-12-06", "tz": "Mars/Base"})
    for question in ("My helm ingress fails on EKS", "workflow", "good sourdough bread"):
        visitor.send("/find", visitor.get("/"), question=question)
        yield question.replace(" ", "-"), visitor.get("/find")


def fields(visitor: Browser) -> dict[str, str]:
    page = visitor.get(TIMES)
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    return {"csrf_token": token, "tz": "Asia/Kolkata"}


def test_every_page_is_valid_html(town: Flask, tmp_path: Path) -> None:
    """For visitors, a maintainer and an administrator, in a language of either direction, mistakes included."""
    if not prepare.HTML_VALIDATE.exists():
        leave_out(prepare.NO_HTML_VALIDATE)
    pages = dict(mistakes(town))
    people = {
        "visitor": Browser(town),
        "maintainer": Browser(town).sign_in("example-1"),
        "admin": Browser(town).sign_in(None),
    }
    reading = [place for place in places(town) if place.method == "GET"]
    for who, browser in people.items():
        pages |= {f"{who}-{place.endpoint}": browser.get(place.path) for place in reading}
    arabic = {"Accept-Language": "ar"}
    pages |= {f"ar-{place.endpoint}": people["visitor"].get(place.path, headers=arabic) for place in reading}
    kept = {name: page for name, page in pages.items() if page.mimetype == "text/html" and page.status_code != 303}
    for name, page in kept.items():
        (tmp_path / f"{name}.html").write_text(page.text)
    assert len(kept) > 80
    (tmp_path / ".htmlvalidate.json").write_text(RULES)
    command = [str(prepare.HTML_VALIDATE), "--formatter", "text", *(f"{name}.html" for name in kept)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)

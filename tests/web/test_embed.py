"""A topic on other websites: in frames of the named origins only, with a way out of the frame; and the badge."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect
from werkzeug.wrappers import Response

from booking.extensions import db
from booking.models import MaintainerSlot, Topic
from booking.resources import folder
from tests.servers.wsgi import serve
from tests.web.browser import Browser, set_policy, text_of
from tests.web.commands import run
from tests.web.conftest import FIRST, MakeApp

DOCS = "https://docs.example.org"


def revised(app: Flask, statement: sa.Executable) -> None:
    """Change the programme as `apply` would."""
    with app.app_context():
        db.session.execute(statement)
        db.session.execute(sa.text("UPDATE community SET revision = revision + 1"))
        db.session.commit()


def ancestors(visitor: Browser, path: str) -> tuple[str, str | None]:
    """Who may frame a page, by the policy and by the older header."""
    headers = visitor.get(path).headers
    [found] = re.findall(r"frame-ancestors ([^;]+)", headers["Content-Security-Policy"])
    return found, headers.get("X-Frame-Options")


def test_only_the_named_origins_may_frame_it(app: Flask, visitor: Browser) -> None:
    """Nobody before any is named; then these on this page, its errors included, and still nobody anywhere else."""
    assert ancestors(visitor, "/embed/flytekit") == ("'none'", "DENY")
    set_policy(app, embed_origins=[DOCS, "https://flyte.example"])
    for path in ("/embed/flytekit", "/embed/flytekit?tz=Asia/Kolkata", "/embed/nothing"):
        assert ancestors(visitor, path) == (f"{DOCS} https://flyte.example", None)
    for path in ("/", "/topics/flytekit", "/schedule", "/sign-in", "/my-bookings"):
        assert ancestors(visitor, path) == ("'none'", "DENY")
    policy = visitor.get("/embed/flytekit").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_the_community_file_names_them(app: Flask, visitor: Browser, tmp_path: Path) -> None:
    """plan says so, apply does it, export gives it back; a slash at the end and capitals are mended."""
    file = tmp_path / "community.toml"
    line = 'embed_origins = ["HTTPS://Docs.example.org/", "http://localhost:8080"]'
    file.write_text((folder("communities") / "flyte.toml").read_text().replace("[policy]", f"{line}\n\n[policy]"))
    assert f'embed_origins gains "{DOCS}", "http://localhost:8080"' in run(app, "plan", str(file)).output
    assert run(app, "apply", str(file)).exit_code == 0
    assert ancestors(visitor, "/embed/flytekit")[0] == f"{DOCS} http://localhost:8080"
    file.write_text(run(app, "export").output)
    assert "Nothing to change." in run(app, "plan", str(file)).output


def test_choosing_leaves_the_frame(visitor: Browser) -> None:
    """No header, no footer, no form that posts and no cookie; each time leads the whole window on."""
    page = visitor.get("/embed/flytekit?tz=Asia/Kolkata")
    assert "<header" not in page.text
    assert "<footer" not in page.text
    assert 'method="post"' not in page.text
    assert "Set-Cookie" not in page.headers
    said = text_of(page)
    assert "Monday 30 November 2026 8:30 pm Kolkata, UTC+5:30" in said
    times = re.findall(r'<a class="btn[^>]*>', page.text)
    assert times
    assert all('target="_top"' in time for time in times)
    assert f"start={FIRST.replace(':', '%3A')}" in times[0]
    assert re.search(r'target="_top" href="/topics/flytekit\?tz=Asia/Kolkata"', page.text)
    later = re.findall(r'href="([^"]+)"[^>]*rel="next"', page.text)[0].replace("&amp;", "&")
    assert "8:30 pm" in text_of(visitor.get(later))


def test_what_was_chosen_goes_on_from_link_to_link(visitor: Browser) -> None:
    """Clock and language, because no cookie can keep them in a frame."""
    page = visitor.get("/embed/flytekit?tz=Asia/Kolkata&hours=24&lang=es")
    assert "20:30" in page.text
    links = [link for link in re.findall(r'href="([^"]+)"', page.text.split("<h1>")[1]) if not link.startswith("#")]
    assert len(links) > 5
    assert all("hours=24" in link and "lang=es" in link for link in links)


def badge(visitor: Browser, key: str = "flytekit") -> str:
    """The picture's words."""
    page = visitor.get(f"/badge/{key}.svg")
    assert page.status_code == 200
    assert page.mimetype == "image/svg+xml"
    return " ".join(ElementTree.fromstring(page.text).itertext()).strip()  # noqa: S314  # our own


def test_the_badge_says_the_next_time(app: Flask, visitor: Browser) -> None:
    """In UTC and English whatever the browser asks for; any page may show it, and caches may keep it for minutes."""
    assert "Flyte office hours | next: Mon 30 Nov 15:00 UTC" in badge(visitor)
    headers = visitor.get("/badge/flytekit.svg", headers={"Accept-Language": "ar"}).headers
    assert headers["Cache-Control"] == "public, max-age=300"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in headers
    set_policy(app, name="<script>alert(1)</script> & Söhne")
    assert "<script>" not in visitor.get("/badge/flytekit.svg").text
    assert "<script>alert(1)</script> & Söhne office hours" in badge(visitor)
    revised(app, sa.delete(MaintainerSlot))
    assert "no free time" in badge(visitor)
    assert visitor.get("/badge/nothing.svg").status_code == 404


def test_the_snippet(app: Flask) -> None:
    """Frame, badge and link with whole addresses; a title in it is escaped, and a missing permission is told."""
    revised(app, sa.update(Topic).where(Topic.key == "flytekit").values(title='"><script>'))
    done = run(app, "export", "snippet", "flytekit")
    assert "no website may show the frame yet" in done.stderr
    assert done.stdout.count("http://localhost:8000/embed/flytekit") == 2
    assert "http://localhost:8000/badge/flytekit.svg" in done.stdout
    assert '"><script>' not in done.stdout
    assert "There is no topic 'nothing'" in str(run(app, "export", "snippet", "nothing").exception)


@contextmanager
def website(html: Callable[[], str]) -> Iterator[str]:
    """Somebody's documentation, with an origin of its own."""
    with serve(lambda environ, start: Response(html(), mimetype="text/html")(environ, start)) as url:
        yield url


def test_in_a_real_browser(make_app: MakeApp, browser: Chromium) -> None:
    """On the named site the frame gets as high as its page and a time leads out of it; a stranger's stays empty."""
    snippet = ""
    app = make_app(base_url="http://localhost:8000")
    with serve(app) as service, website(lambda: snippet) as docs, website(lambda: snippet) as stranger:
        snippet = run(app, "export", "snippet", "flytekit").stdout.replace("http://localhost:8000", service)
        set_policy(app, embed_origins=[docs])
        page = browser.new_page(viewport={"width": 390, "height": 844}, timezone_id="Asia/Kolkata")
        page.goto(docs)
        expect(page.locator("iframe")).not_to_have_attribute("height", "640")
        frame = page.frame_locator("iframe")
        expect(frame.get_by_text("Kolkata, UTC+5:30").first).to_be_visible()
        fits = "[document.documentElement.scrollHeight <= innerHeight, document.documentElement.scrollWidth]"
        high_enough, width = page.frames[1].evaluate(fits)
        assert high_enough
        assert width <= 390
        frame.locator("a.btn").first.click()
        page.wait_for_url(f"{service}/topics/flytekit/book*")
        page.goto(stranger)
        expect(page.locator("iframe")).to_have_attribute("height", "640")
        assert "flytekit" not in page.frames[1].content()
        page.close()

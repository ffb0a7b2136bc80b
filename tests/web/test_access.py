"""Who may reach what: one table, closed by default, tried from outside for every address."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.links import Purpose
from booking.models import Booking
from booking.views.access import RULES
from tests.web.browser import Browser, bookings, hidden
from tests.web.conftest import SECOND, MakeApp
from tests.web.places import HELD, Place, places, token

ANSWERS = (200, 303)
ELSEWHERE = ("identities.",)  # there only once a provider is configured: see test_identities.py
WITHOUT_FORMS = ("api.", "reminders.", "twilio.", "zoom_events.")


def dump(app: Flask, but: str = " ") -> str:
    """Everything in the database, as SQL; without the rows of one table."""
    with app.app_context():
        raw = db.session.connection().connection.driver_connection
        assert raw is not None
        return "\n".join(line for line in raw.iterdump() if f'INSERT INTO "{but}"' not in line)


def reading(app: Flask) -> list[Place]:
    return [place for place in places(app) if place.method == "GET"]


def writing(app: Flask) -> list[Place]:
    return [place for place in places(app) if place.method == "POST"]


def test_every_route_has_a_rule(app: Flask) -> None:
    """A route without a rule, or a rule without a route, fails here."""
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(RULES)


def test_a_route_without_a_rule_is_closed(own_app: Flask) -> None:
    """Forgetting the rule locks everybody out; it never lets anybody in."""
    own_app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    page = Browser(own_app).get("/forgotten")
    assert page.status_code == 403
    assert "secret" not in page.text


def test_reading_changes_nothing(town: Flask) -> None:
    """A GET of any address, by anybody who may, leaves every row as it was; but refusals are in the audit log."""
    browsers = [Browser(town), Browser(town).sign_in("example-1"), Browser(town).sign_in(None)]
    all_places = reading(town)
    before = dump(town, but="audit_entry")
    for place in all_places:
        answers = [browser.get(place.path).status_code for browser in browsers]
        if not place.endpoint.startswith(ELSEWHERE):
            assert any(answer in ANSWERS for answer in answers), (place, answers)
    assert dump(town, but="audit_entry") == before


def test_forms_without_a_token_are_refused(town: Flask) -> None:
    """Every form that changes something wants the token of the page it came from; nothing changes without.

    But for the one click by which mail programs end reminders: they were shown no page (RFC 8058); and for Zoom and
    Twilio, who sign.
    """
    browser = Browser(town).sign_in("example-1")
    all_places = [place for place in writing(town) if not place.endpoint.startswith(WITHOUT_FORMS)]
    assert len(all_places) >= 11
    before = dump(town)
    for place in all_places:
        assert browser.client.post(place.path, data={}).status_code == 400, place
    assert dump(town) == before


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_websites_cannot_change_anything(town: Flask, site: str) -> None:
    """What a browser sends from another site is refused, pages and interface alike."""
    browser = Browser(town).sign_in("example-1")
    form = {"csrf_token": hidden(browser.get("/maintainer").text)["csrf_token"]}
    all_places = writing(town)
    before = dump(town)
    for place in all_places:
        json = {"json": {}} if place.endpoint.startswith("api.") else {"data": form}
        answer = browser.client.post(place.path, headers={"Sec-Fetch-Site": site}, **json)
        assert answer.status_code == 403, place
    assert dump(town) == before


def test_without_fetch_metadata_the_origin_decides(town: Flask) -> None:
    """Older browsers say where a form came from in Origin."""
    browser = Browser(town)
    refused = browser.client.post("/api/v1/bookings", json={}, headers={"Origin": "https://evil.example"})
    own = browser.client.post("/api/v1/bookings", json={}, headers={"Origin": "http://localhost"})
    assert (refused.status_code, own.status_code) == (403, 422)


def test_mallory_cannot_open_a_booking_with_another_link(town: Flask) -> None:
    """A link cut short, changed, of another booking or of another purpose opens none of the private pages."""
    mallory = Browser(town)
    good = token(town, Purpose.MANAGE)
    public_id, _, mac = good.split(".")
    wrong = {
        public_id,
        f"{public_id}.manage.",
        f"{public_id}.manage.{mac[:-1]}",
        f"{public_id}.manage.{mac[:-1]}é",
        f"{public_id}.join.{mac}",
        token(town, Purpose.MANAGE, HELD).split(".")[0] + f".manage.{mac}",
        token(town, Purpose.JOIN),
        token(town, Purpose.VERIFY, HELD),
        "0" * 32 + f".manage.{mac}",
    }
    form = {"csrf_token": hidden(mallory.get("/sign-in").text)["csrf_token"], "start": SECOND}
    all_places = places(town)
    before = dump(town)
    for place in all_places:
        if RULES[place.endpoint] is not RULES["manage.show"]:
            continue
        for link in wrong:
            path = place.path.replace(good, link)
            body = {"json": {}} if place.endpoint.startswith("api.") else {"data": form}
            answer = mallory.get(path) if place.method == "GET" else mallory.client.post(path, **body)
            assert answer.status_code == 404, (place, link)
            assert "asha" not in answer.text.lower()
    assert dump(town) == before


def test_join_and_proof_links_open_only_their_own_page(town: Flask) -> None:
    """A join link joins, a proof link proves; each is a 404 elsewhere."""
    mallory = Browser(town)
    join, verify = token(town, Purpose.JOIN), token(town, Purpose.VERIFY, HELD)
    assert mallory.get(f"/b/{join}/join").status_code == 200
    assert mallory.get(f"/b/{join}/verify").status_code == 404
    assert mallory.get(f"/b/{verify}/verify").status_code == 200
    assert mallory.get(f"/b/{verify}/join").status_code == 404
    assert mallory.get(f"/api/v1/bookings/{join}").status_code == 404


def test_a_raised_generation_ends_every_link(town: Flask) -> None:
    """Links given out before are dead, in pages and interface."""
    links = [token(town, purpose) for purpose in (Purpose.MANAGE, Purpose.JOIN)]
    with town.app_context():
        db.session.execute(sa.update(Booking).values(generation=Booking.generation + 1))
        db.session.commit()
    for link in links:
        for path in (f"/b/{link}", f"/b/{link}/join", f"/api/v1/bookings/{link}"):
            page = Browser(town).get(path)
            assert page.status_code == 404
    assert "private link does not work" in Browser(town).get(f"/b/{links[0]}").text


def test_mallory_sees_no_session_of_a_colleague(town: Flask) -> None:
    """Each maintainer's page has that maintainer's sessions only."""
    [mine] = [booking for booking in bookings(town) if booking.status == "confirmed"]
    other = next(key for key in ("example-1", "example-2") if key != mine.maintainer.key)
    assert mine.attendee_name in Browser(town).sign_in(mine.maintainer.key).get("/maintainer").text
    assert mine.attendee_name not in Browser(town).sign_in(other).get("/maintainer").text


def test_the_outbox_is_closed_once_mail_is_sent_or_the_service_is_public(make_app: MakeApp) -> None:
    """It shows everybody's mails, so it exists only on one's own machine while nothing is sent."""
    for settings in ({"smtp_url": "smtp://127.0.0.1:1025"}, {"base_url": "https://office-hours.example.org"}):
        app = make_app(**settings)
        client = app.test_client()
        for path in ("/outbox", "/outbox/1", "/outbox/1/html", "/outbox/1/invite.ics"):
            assert client.get(path, base_url=app.extensions["officehours"].settings.base_url).status_code == 404


def test_private_pages_leave_no_trace(town: Flask) -> None:
    """No copy, no Referer, no search engine: also on errors."""
    link = token(town, Purpose.MANAGE)
    staff = Browser(town).sign_in("example-1")
    for path in (
        f"/b/{link}",
        f"/b/{link}/join",
        f"/b/{link}/move",
        f"/b/{link}x",
        "/maintainer",
        "/outbox",
        "/sign-in",
    ):
        headers = staff.get(path).headers
        assert headers["Cache-Control"] == "no-store", path
        assert headers["Referrer-Policy"] == "no-referrer", path
        assert headers["X-Robots-Tag"] == "noindex", path


def test_every_page_carries_the_strict_policy(town: Flask) -> None:
    """Nothing inline, nothing from elsewhere, not framed. A printed mail may be framed by us, and do nothing."""
    staff = Browser(town).sign_in("example-1")
    for place in reading(town):
        headers = staff.get(place.path).headers
        policy = headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff", place
        assert policy.startswith("default-src 'none'"), place
        if place.endpoint == "outbox.show_html":
            assert "script-src" not in policy
            assert policy.endswith("frame-ancestors 'self'; sandbox")
        else:
            assert "unsafe" not in policy, place
            assert headers["X-Frame-Options"] == "DENY", place


def test_no_page_has_inline_script_or_style(town: Flask) -> None:
    """Every page is valid under its own policy, and asks no other host for anything."""
    browsers = [Browser(town).sign_in("example-1"), Browser(town).sign_in(None)]
    for place in reading(town):
        if place.endpoint in {"outbox.show_html", "static", "bootstrap.static"}:
            continue
        for browser in browsers:
            html = browser.get(place.path).text
            assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]* src=\"/)", html), place
            assert not re.search(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"(?:https?:)?//", html), place


def test_every_page_has_a_title_one_heading_and_a_way_past_the_menu(town: Flask) -> None:
    """Its own title, one h1, its language, and the skip link before all else."""
    browsers = [Browser(town).sign_in("example-1"), Browser(town).sign_in(None)]
    titles: dict[str, str] = {}
    for place in reading(town):
        for browser in browsers:
            page = browser.get(place.path)
            if page.mimetype != "text/html" or page.status_code == 303 or place.endpoint == "outbox.show_html":
                continue
            assert len(re.findall(r"<h1[ >]", page.text)) == 1, place
            assert '<html lang="en" dir="ltr">' in page.text
            assert re.search(r'<body[^>]*>\s*<a class="skip" href="#main">', page.text), place
            if page.status_code == 200:
                title = re.findall(r"<title>([^<]+)</title>", page.text)[0]
                assert titles.setdefault(title, place.endpoint) == place.endpoint, title

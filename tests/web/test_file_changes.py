"""What the community file says of a person now, against what was given out when it said something else."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from booking.extensions import db
from booking.models import Delivery, Role
from tests.servers.forger import CLIENT, Forger, running
from tests.web.browser import Browser, bookings
from tests.web.commands import run
from tests.web.conftest import FIRST, Clock, MakeApp
from tests.web.places import deliver_all, duties, feed
from tests.web.printed import mails
from tests.web.test_identities import ADA, come_back
from tests.web.test_roles import identify
from tests.web.test_sign_in import mailed_link

RIGHT = "right@example.org"
OLGA = """
[[maintainers]]
key = "olga"
name = "Olga"
email = "Olga@example.org"
timezone = "Europe/Berlin"
slots = ["7am"]
expertise = { flytekit = 3 }
"""


def rewrite(app: Flask, folder: Path, text: str) -> None:
    file = folder / "changed.toml"
    file.write_text(text)
    done = run(app, "apply", str(file))
    assert done.exit_code == 0, done.output


def invited(app: Flask, who: str) -> str:
    """The link of an invitation mailed just now."""
    administrator = Browser(app).sign_in(None)
    administrator.send(f"/people/{identify(app, who)}/invite", administrator.get("/people"))
    return mailed_link(app)


def test_links_mailed_to_a_former_address_are_dead(app: Flask, visitor: Browser, tmp_path: Path) -> None:
    """Whoever got them by a slip of the pen; the right address has links of its own."""
    link = invited(app, "example-1")
    visitor.send("/sign-in", visitor.get("/sign-in"), email=ADA)
    asked = mailed_link(app)
    pages = [visitor.get(each) for each in (link, asked)]
    assert [page.status_code for page in pages] == [200, 200]
    rewrite(app, tmp_path, run(app, "export").output.replace(ADA, RIGHT))
    for each, page in zip((link, asked), pages, strict=True):
        assert visitor.get(each).status_code == 410
        assert visitor.send(each, page).status_code == 410
    assert visitor.get("/maintainer").location == "/sign-in"
    link = invited(app, "example-1")
    assert visitor.send(link, visitor.get(link)).status_code == 303


def test_mails_planned_before_go_to_the_present_address(
    app: Flask, visitor: Browser, tmp_path: Path, clock: Clock
) -> None:
    """What attendees ask is nothing for whoever reads the former one; nor is a mail that is sent once more."""
    visitor.booked(FIRST)
    deliver_all(app)
    former = bookings(app)[0].maintainer.email
    rewrite(app, tmp_path, run(app, "export").output.replace(former, RIGHT))
    with app.app_context():
        told = sa.select(Delivery).where(Delivery.recipient == former, Delivery.state == "printed")
        db.session.scalars(told).one().state = "failed"
        db.session.commit()
    before = len(mails(app, former))
    administrator = Browser(app).sign_in(None)
    page = administrator.get("/admin/messages?state=failed")
    [again] = re.findall(r"/admin/messages/\d+/send-again", page.text)
    administrator.send(again, page)
    clock.now = datetime.fromisoformat(FIRST) - timedelta(hours=1)
    deliver_all(app)
    assert len(mails(app, former)) == before
    with app.app_context():
        went = sa.select(Delivery.kind).where(Delivery.recipient == RIGHT, Delivery.state == "printed")
        assert db.session.scalars(went.order_by(Delivery.id)).all() == ["confirmation", "reminder"]


def test_a_former_address_accepts_no_invitation(make_app: MakeApp, tmp_path: Path) -> None:
    """Invited by hand, then named by the file, then with another address: only that one's login comes in."""
    with running(Forger()) as forger:
        app = make_app(oidc_issuer=forger.base, **CLIENT)
        administrator = Browser(app).sign_in(None)
        administrator.send("/people", administrator.get("/people"), email="olga@example.org", role="maintainer")
        before = run(app, "export").output
        rewrite(app, tmp_path, before + OLGA)
        rewrite(app, tmp_path, before + OLGA.replace("Olga@example.org", RIGHT))
        for address, status in (("olga@example.org", 403), (RIGHT, 303)):
            forger.claims = {"email": address, "email_verified": True}
            assert come_back(Browser(app)).status_code == status


def test_who_left_the_file_has_no_feed(app: Flask, visitor: Browser, tmp_path: Path) -> None:
    """Nor the page of reminders: they are shut out as somebody disabled is, until they come back."""
    visitor.booked(FIRST)
    key = bookings(app)[0].maintainer.key
    before = run(app, "export").output
    addresses = (feed(app, key), f"/reminders/{duties(app, key)}")
    start, *people = before.split("[[maintainers]]")
    left = "[[maintainers]]".join([start, *(one for one in people if f'key = "{key}"' not in one)])
    for text, status in ((before, 200), (left, 404), (before, 200)):
        rewrite(app, tmp_path, text)
        assert [visitor.get(address).status_code for address in addresses] == [status, status]


def test_an_organiser_who_becomes_a_maintainer_keeps_the_account(app: Flask, tmp_path: Path) -> None:
    """The community file names their address: one account, both pages; and gone from the file they still organise."""
    olga = Browser(app).sign_in_as(Role.ORGANISER, "olga@example.org")
    before = run(app, "export").output
    for text, status in ((before + OLGA, 200), (before, 303)):
        rewrite(app, tmp_path, text)
        assert olga.get("/maintainer").status_code == status
        assert olga.get("/people").status_code == 200

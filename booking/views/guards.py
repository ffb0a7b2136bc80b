"""What a rule may ask of a request, and what its answers carry. `access` says which endpoint has which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

import sqlalchemy as sa
from flask import abort, g, request
from werkzeug.wrappers import Response

from booking import queries
from booking.extensions import db, office
from booking.links import Purpose
from booking.models import Account, AddressLink, Booking, Maintainer, Waiter
from booking.views import signatures, staff
from booking.views.callers import current_token
from booking.views.staff import SAFE_METHODS as SAFE_METHODS

NO_STORE = {"Cache-Control": "no-store"}
UNTRACED = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
PRIVATE = NO_STORE | UNTRACED
VERSIONED = {"Cache-Control": "public, max-age=86400"}


@dataclass(frozen=True)
class Rule:
    """`check` aborts, or answers instead of the page; `headers` have the last word on every answer, errors too.

    What is `framed` may be shown in a frame by the origins that the community names; nothing else by anybody.
    """

    check: Callable[[], Response | None]
    headers: Mapping[str, str] = field(default_factory=dict)
    framed: bool = False


def _anyone() -> None:
    return None


def link(*purposes: Purpose) -> Rule:
    def check() -> None:
        g.booking_id = _booking_of(current_token(), purposes).id

    return Rule(check, PRIVATE)


def _booking_of(token: str, purposes: tuple[Purpose, ...]) -> Booking:
    links = office().links
    found = queries.booking_by_public_id(links.public_id(token))
    if found is None or not any(links.valid(token, purpose, found.generation) for purpose in purposes):
        abort(404, description="private link")
    return found


def _waiter() -> None:
    links, token = office().links, current_token()
    found = db.session.scalar(sa.select(Waiter).where(Waiter.public_id == links.public_id(token)))
    if found is None or not links.valid(token, Purpose.WAIT):
        abort(404, description="private link")
    g.waiter_id = found.id


def _mine() -> None:
    links, token = office().links, current_token()
    found = db.session.scalar(sa.select(AddressLink).where(AddressLink.public_id == links.public_id(token)))
    if found is None or not links.valid(token, Purpose.MINE) or found.expires_at <= office().now():
        abort(404, description="address link")
    g.address = found.email


def _of_maintainer(purpose: Purpose) -> Callable[[], None]:
    def check() -> None:
        links, token = office().links, current_token()
        found = db.session.scalar(
            sa.select(Maintainer)
            .join(Account, Account.maintainer_id == Maintainer.id)
            .where(Maintainer.key == links.maintainer_key(token), ~Maintainer.retired, ~Account.disabled)
        )
        if found is None or not links.valid_for(token, purpose, found.key, found.feed_generation):
            abort(404)
        g.maintainer_id = found.id

    return check


def _while_printing() -> None:
    # The Host header is the visitor's own word; where the connection comes from is not.
    here = request.remote_addr is not None and ip_address(request.remote_addr).is_loopback
    if not (here and office().settings.outbox_open):
        abort(404)


anyone = Rule(_anyone)
anyone_afresh = Rule(_anyone, {"Cache-Control": "no-cache"})
anyone_framed = Rule(_anyone, {"Cache-Control": "no-cache"}, framed=True)
# Back brings the form with what was typed; nobody but this browser may keep it.
anyone_kept = Rule(_anyone, UNTRACED | {"Cache-Control": "private, no-cache"})
anyone_versioned = Rule(_anyone, VERSIONED)
# An SVG may have more in it than a picture, and somebody may open it as a page.
picture = Rule(_anyone, VERSIONED | {"Content-Security-Policy": "default-src 'none'; sandbox"})
anyone_unstored = Rule(_anyone, PRIVATE)
signed_in = Rule(staff.require_sign_in, PRIVATE)
fresh = Rule(staff.require_fresh, PRIVATE)
maintainer = Rule(staff.require_maintainer, PRIVATE)
fresh_maintainer = Rule(staff.require_fresh_maintainer, PRIVATE)
maintainer_or_organiser = Rule(staff.require_staff, PRIVATE)
organiser = Rule(staff.require_organiser, PRIVATE)
manager = Rule(staff.require_manager, PRIVATE)
administrator = Rule(staff.require_administrator, PRIVATE)
from_zoom = Rule(signatures.require_zoom, PRIVATE)
while_printing = Rule(_while_printing, PRIVATE)
from_twilio = Rule(signatures.require_twilio, PRIVATE)
manage = link(Purpose.MANAGE)
waiter = Rule(_waiter, PRIVATE)
mine = Rule(_mine, PRIVATE)
duties = Rule(_of_maintainer(Purpose.DUTIES), PRIVATE)
# Kept by the calendar app, but asked for again each time.
feed = Rule(_of_maintainer(Purpose.FEED), UNTRACED | {"Cache-Control": "private, no-cache"})

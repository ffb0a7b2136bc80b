"""Offering free times to those who wait."""

from __future__ import annotations

from booking import jobs
from booking.extensions import begin_write, db, office
from booking.services import waitlist


def serve() -> None:
    """One round: answers to earlier offers, then an offer to each whose time has come free, first come first served."""
    waitlist.serve(office())


def order_round() -> None:
    """Every other minute; rounds ordered by the clock and by cancellations run one after the other."""
    begin_write(db.session())
    jobs.enqueue(db.session(), "serve_waiting", f"waiting:list:{office().now():%Y-%m-%dT%H:%M}")
    db.session.commit()

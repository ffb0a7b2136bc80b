"""Offering free times to those who wait."""

from __future__ import annotations

from booking.extensions import office
from booking.services import waitlist


def serve() -> None:
    """One round: answers to earlier offers, then an offer to each whose time has come free, first come first served."""
    waitlist.serve(office())

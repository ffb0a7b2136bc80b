"""Mailing sign-in links that were asked for."""

from __future__ import annotations

from booking.effects import effect
from booking.extensions import office
from booking.services import sign_in


@effect
def mail_sign_in_link(link_id: int, _attempt: int) -> None:
    """Mail the link, if its address belongs to somebody. The page that was asked does not know whether it does."""
    sign_in.mail_link(office(), link_id)

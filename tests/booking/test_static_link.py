"""Rooms that nobody has to make: which address may be linked."""

from __future__ import annotations

import pytest

from booking.conferencing import static_link


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://meet.example.org/room?x=1#y", True),
        ("http://meet.example.org/room", False),
        ("javascript:alert(1)", False),
        ("https://", False),
        ("https://user:password@meet.example.org/", False),
        ("https://meet.example.org:x/", False),
        ("https://[meet/", False),
        ("https://meet.example.org/a b", False),
        ("https://meet.example.org/\n", False),
        ("https://meet.example.org/" + "x" * 500, False),
        ("", False),
        (None, False),
    ],
)
def test_only_a_safe_room_is_linked(address: str | None, safe: bool) -> None:
    """https, a host, no login, nothing hidden."""
    assert static_link.room(address) == (address if safe else None)

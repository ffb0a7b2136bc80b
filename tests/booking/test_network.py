"""Whom a rate limit counts."""

from __future__ import annotations

import pytest

from booking.extensions import network


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("203.0.113.5:4711", "203.0.113.5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("evil, 203.0.113.5", "unknown"),
    ],
)
def test_a_network_is_counted_as_one(address: str, counted: str) -> None:
    """Ports and other spellings give nobody a second count; what is no address shares one."""
    assert network(address) == counted

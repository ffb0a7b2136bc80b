"""What a log line may say."""

from __future__ import annotations

import logging
import sys

import pytest

from booking.logs import Discreet

TOKEN = "a3f1c09b7d5e4f60a3f1c09b7d5e4f60.manage.abcdefghijklmnop-_rstu"


@pytest.mark.parametrize(
    ("said", "written"),
    [
        (f"Exception on /b/{TOKEN}/reminders [POST]", "Exception on /b/…/reminders [POST]"),
        (f"/api/v1/bookings/{TOKEN}/phone-code/new", "/api/v1/bookings/…/phone-code/new"),
        (f"token {TOKEN} is old", "token … is old"),
        ("Key (address)=(asha+x@mail.example.com) exists", "Key (address)=(…@…) exists"),
        ("to +15017122661: 30003", "to +…: 30003"),
        ("https://ada:hush@dav.example.org/cal", "https://…@…/cal"),
        ("/sign-in/from/oidc?code=4/0AbC_d&state=xYz [GET]", "/sign-in/…/oidc?code=…&state=… [GET]"),
        ("row 12 failed at try 3 of 20261201", "row 12 failed at try 3 of 20261201"),
    ],
)
def test_who_it_was_and_what_lets_others_in_is_masked(said: str, written: str) -> None:
    """Links keep their shape, so that one still sees which page it was."""
    assert Discreet().format(logging.LogRecord("x", 40, "", 0, said, None, None)) == written


def test_tracebacks_are_masked_too() -> None:
    """A database says in its errors what was typed."""
    try:
        raise ValueError("DETAIL: Key (address)=(asha@example.com)")
    except ValueError:
        record = logging.LogRecord("x", 40, "", 0, "failed", None, sys.exc_info())
    assert "asha" not in Discreet().format(record)

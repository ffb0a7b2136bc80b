"""The configuration profile by which Apple's devices find the embedded calendar."""

from __future__ import annotations

import plistlib
from typing import Any

import pytest
from flask import Flask

from booking.apple_profile import apple_profile
from tests.web.browser import Browser

HERE = "/maintainer/calendar.mobileconfig"


def downloaded(app: Flask, key: str = "example-1") -> dict[str, Any]:
    answer = Browser(app).sign_in(key).get(HERE)
    assert answer.mimetype == "application/x-apple-aspen-config"
    assert "office-hours.mobileconfig" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    found: dict[str, Any] = plistlib.loads(answer.data)
    return found


def test_the_profile_names_server_and_login_and_no_password(app: Flask) -> None:
    """Each maintainer their own, the same each time: a device replaces what it has."""
    profile = downloaded(app)
    [account] = profile["PayloadContent"]
    assert account["PayloadType"] == "com.apple.caldav.account"
    assert account["CalDAVHostName"] == "localhost"
    assert account["CalDAVPort"] == 8000
    assert account["CalDAVUseSSL"] is False
    assert account["CalDAVPrincipalURL"] == "http://localhost:8000/dav/example-1/"
    assert account["CalDAVUsername"] == "example-1"
    assert "CalDAVPassword" not in account
    assert profile["PayloadType"] == "Configuration"
    assert profile["PayloadUUID"] != account["PayloadUUID"]
    assert downloaded(app) == profile
    assert downloaded(app, "example-2")["PayloadUUID"] != profile["PayloadUUID"]


def test_it_stands_beside_the_code_of_a_new_password(app: Flask) -> None:
    """The password is typed by hand."""
    ada = Browser(app).sign_in("example-1")
    page = ada.send("/maintainer/app-passwords", ada.get("/maintainer"), label="Phone")
    assert f'href="{HERE}"' in page.text


@pytest.mark.parametrize(
    ("port", "base"), [(443, "https://hours.example.org"), (8443, "https://hours.example.org:8443")]
)
def test_over_https_it_says_so(port: int, base: str) -> None:
    """With the port of the address, or the usual one."""
    [account] = plistlib.loads(apple_profile(f"{base}/dav", "ada", "Flyte"))["PayloadContent"]
    assert (account["CalDAVUseSSL"], account["CalDAVPort"]) == (True, port)

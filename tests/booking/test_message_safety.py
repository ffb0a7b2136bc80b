"""What mails never say, whatever people type."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest

from booking.models.deliveries import Audience, Kind
from booking.notifications.errors import DeliveryError, Outcome
from booking.notifications.letter import CalendarPart
from booking.notifications.messages import (
    BookingView,
    compose_email,
)
from tests.booking.mails import BASE, ICS, NOW, PAIRS, START, Tags, body, envelope, mail, make_view

HOSTILE = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&",
    "lines": "A\r\nBcc: eve@example.org\r\n\r\nbody\u2028x\x85y\x00\x1b[31m",
    "long": "very long " * 2000,
    "one word": "x" * 5000,
    "emoji": "👩🏽‍🚀🏳️‍🌈 Zoë",
    "rtl": "\u202eمرحبا\u202c \u2066שלום\u2069",
    "template": "{{ 7*7 }}{% raw %}",
    "surrogate": "a\ud800b",
    "dot": ".\r\n.\r\nQUIT",
    "empty": "",
}


@pytest.mark.parametrize("kind", [kind for kind, audience in PAIRS if audience is Audience.ATTENDEE])
def test_an_unproven_address_gets_no_words_of_a_stranger(kind: Kind) -> None:
    """Whoever types somebody else's address cannot have us mail them a message."""
    view = make_view(
        address_proven=False,
        attendee_name="You won! Claim at www.evil.example or https://evil.example/x or evil.example " + "x" * 80,
        question="BUY NOW",
        links=("https://evil.example/",),
        cancelled_by="attendee",
        cancel_reason="BUY HERE",
    )
    message = mail(kind, Audience.ATTENDEE, view)
    for words in (message["Subject"], body(message), body(message, "html")):
        assert "evil" not in words
        assert "BUY" not in words
        assert "x" * 60 not in words


def test_a_maintainers_reason_reaches_an_unproven_address() -> None:
    """Only the booker's own words are kept back."""
    view = make_view(address_proven=False, cancelled_by="maintainer", cancel_reason="I am ill.")
    assert "I am ill." in body(mail(Kind.CANCELLATION, Audience.ATTENDEE, view))


def hostile_views() -> Iterator[Any]:
    for name, text in HOSTILE.items():
        for proven in (True, False):
            view = make_view(
                attendee_name=text,
                maintainer_name=text,
                topic=text,
                community=text,
                question=text,
                links=(text, text),
                cancel_reason=text,
                address_proven=proven,
                nearest=((START, f"{BASE}/x"),),
                previous_start=NOW,
            )
            yield pytest.param(view, id=f"{name}-{'proven' if proven else 'unproven'}")


@pytest.mark.parametrize("view", list(hostile_views()))
@pytest.mark.parametrize(("kind", "audience"), PAIRS)
def test_hostile_words_stay_words(kind: Kind, audience: Audience, view: BookingView) -> None:
    """Whatever people type, the mail has our headers, our tags, seven-bit lines, and one recipient."""
    composed = compose_email(
        kind,
        audience,
        view,
        lead="1h",
        calendar=CalendarPart("REQUEST", ICS),
        envelope=envelope(),
    )
    content = composed.as_bytes()
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    assert content.isascii()
    message = message_from_bytes(content, policy=policy.default)
    expected = {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip
    one_click = {"List-Unsubscribe", "List-Unsubscribe-Post"} if kind is Kind.REMINDER else set()
    assert set(message.keys()) == expected | one_click
    assert [address.addr_spec for address in message["To"].addresses] == ["ada@example.org"]
    assert len(message["Subject"]) <= 180
    assert not message.defects
    html = Tags(body(message, "html"))  # type: ignore[arg-type]
    assert not html.tags & {"script", "img", "iframe", "link", "object"}
    assert not [name for name, _ in html.attributes if name.startswith("on") or name == "src"]
    assert "\u202e" not in html.text
    assert "49" not in html.text.replace("2026", "")


@pytest.mark.parametrize(("kind", "audience"), PAIRS)
def test_html_stands_alone_in_both_themes(kind: Kind, audience: Audience) -> None:
    """No image, script, font or style is fetched; light and dark are both declared; the language is said."""
    document = body(mail(kind, audience, make_view()), "html")
    tags = Tags(document)
    assert not tags.tags & {"script", "img", "iframe", "link", "object", "video"}
    assert "url(" not in document
    assert "@import" not in document
    assert ("content", "light dark") in tags.attributes
    assert "prefers-color-scheme: dark" in document
    assert ("lang", "en") in tags.attributes


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@", "@example.org", "a@x.org, eve@example.org", "a@x.org\r\nBcc: eve@example.org", "<a@x.org>",
     "a b@x.org", "a@[", "ü@example.org", "a@x.org;eve@example.org", "a\x00@x.org", "x" * 400 + "@example.org"],
)  # fmt: skip
def test_only_one_plain_address_is_a_recipient(address: str) -> None:
    """Anything that is not exactly one address is refused for good, before it reaches a header."""
    with pytest.raises(DeliveryError) as caught:
        mail(Kind.CONFIRMATION, Audience.ATTENDEE, make_view(), envelope=envelope(address))
    assert caught.value.outcome is Outcome.PERMANENT


def test_an_international_domain_is_written_in_ascii() -> None:
    """So that every mail server understands it."""
    message = mail(Kind.CONFIRMATION, Audience.ATTENDEE, make_view(), envelope=envelope("ada@münchen.example.de"))
    assert message["To"] == "ada@xn--mnchen-3ya.example.de"

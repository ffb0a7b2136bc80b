"""Text messages, the words they are made of, and the console."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from booking.models.deliveries import Audience, Kind
from booking.notifications.console import print_message
from booking.notifications.letter import CalendarPart
from booking.notifications.messages import (
    compose_code,
    compose_email,
    compose_help,
    compose_sms,
)
from booking.notifications.text import gsm, short_name, shorten, tidy
from routing.zones import offset_label
from tests.booking.mails import BASE, ICS, TEXTS, envelope, make_view

GSM_BASIC = re.compile(r"[A-Za-z0-9 @$_!\"#%&'()*+,\-./:;<=>?\n]*")


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize(
    "topic", ["Flyte deployment, auth", "Über – “quotes” … [x] {y} ~ ^ | \\ `", "設定", "x" * 500, "👩🏽‍🚀"]
)
def test_texts_are_cheap_and_complete(kind: Kind, topic: str) -> None:
    """Only characters that count once, one segment, with time, offset and link; the first says how to end them."""
    view = make_view(topic=topic)
    text = compose_sms(kind, view, "24h")
    assert GSM_BASIC.fullmatch(text)
    assert len(text) <= 160
    assert "Wed 2 Dec 10:30 am UTC+5:30" in text
    links = {
        Kind.CANCELLATION: view.book_url,
        Kind.CONFIRMATION: "in your mail",
        Kind.OFFER: view.offer_url,
    }
    link = links.get(kind, view.join_url)
    assert link in text
    assert ("STOP" in text) is ("HELP" in text) is (kind is Kind.CONFIRMATION)


@given(
    kind=st.sampled_from(TEXTS),
    community=st.text(min_size=1, max_size=80),
    topic=st.text(max_size=120),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from(pytz.common_timezones),
    lead=st.sampled_from(["24h", "1h", "30m", "14d", "999999s"]),
)
def test_every_text_fits_one_segment(
    kind: Kind, community: str, topic: str, start: datetime, zone: str, lead: str
) -> None:
    """Whatever community, topic, time and zone: names give way, the time and the link never."""
    view = make_view(community=community, topic=topic, start=start, attendee_zone=zone)
    text = compose_sms(kind, view, lead)
    assert GSM_BASIC.fullmatch(text)
    assert len(text) <= 160
    assert offset_label(start, zone) in text


def test_a_long_name_costs_a_second_segment() -> None:
    """Rather than leave nothing of the topic."""
    text = compose_sms(Kind.REMINDER, make_view(join_url=f"{BASE}/{'x' * 100}"), "24h")
    assert "Flyte in 24h: Flyte deployment, auth" in text
    assert 160 < len(text) <= 306


def test_texts_of_one_booking_differ() -> None:
    """Each can be told from the others in a provider's list."""
    texts = [
        compose_sms(kind, make_view(), lead)
        for kind in TEXTS
        for lead in (("24h", "1h") if kind == "reminder" else ("",))
    ]
    assert len(set(texts)) == len(TEXTS) + 1


@given(
    community=st.text(min_size=1, max_size=80), contact=st.sampled_from([None, "office-hours@community.example.org"])
)
def test_code_and_help_fit_and_say_how_to_end_it(community: str, contact: str | None) -> None:
    """The first text a number gets, and the answer to HELP."""
    code = compose_code(community, "012345", 10)
    assert "012345" in code
    for text in (code, compose_help(community, contact)):
        assert GSM_BASIC.fullmatch(text)
        assert "STOP" in text
        assert len(text) <= 160


def test_a_text_keeps_the_topic_readable() -> None:
    """As much of the topic as fits is there; a short one stays whole."""
    assert "Flyte deplo..." in compose_sms(Kind.CHANGE, make_view(), "")
    assert "CNCF: Fl" in compose_sms(Kind.CHANGE, make_view(community="CNCF"), "")
    long = compose_sms(Kind.CHANGE, make_view(community="A very long name of a community", topic="Auth"), "")
    assert long.startswith("A very lon")
    assert "...: Auth moved" in long
    assert "Auth moved" in compose_sms(Kind.CHANGE, make_view(topic="Auth"), "")
    assert "Flyte deployment, auth booked" in compose_sms(Kind.CONFIRMATION, make_view(), "")


def test_words_are_made_fit() -> None:
    """Joined emoji and Persian stay whole, controls and directions go, names keep their dots and apostrophes."""
    assert tidy("می\u200cخواهم 👩‍🚀\r\nb\x07", 100) == "می\u200cخواهم 👩‍🚀\nb"
    assert short_name("Seán O’Brien J. R. R. Tolkien") == "Seán O’Brien J. R. R. Tolkien"
    assert short_name("visit http://x.y/ eve@x.org evil.example evil。example www.x.org now") == "visit now"
    assert shorten("abcdef", 4) == "abc…"
    assert shorten("abcdef", 2, mark="...") == ".."
    assert gsm("Ünïcode – “x” … 日本 [y]") == 'Unicode - "x" ... (y)'


def test_console_shows_a_mail_as_it_reads() -> None:
    """Headers, the plain text, and what is attached; in whatever letters the terminal has."""
    message = compose_email(
        Kind.CONFIRMATION,
        Audience.ATTENDEE,
        make_view(attendee_name="Zoë"),
        calendar=CalendarPart("REQUEST", ICS),
        envelope=envelope(),
    )
    stream = io.StringIO()
    print_message(message, "ada@example.org", stream)
    for expected in ("To: ada@example.org", "Subject: Booked for", "Hello Zoë,", "[attached: invite.ics]"):
        assert expected in stream.getvalue()
    plain = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    print_message(message, "ada@example.org", plain)
    plain.seek(0)
    assert "Hello Zo\\xeb," in plain.read()


def test_console_shows_a_text() -> None:
    """With the number it would go to."""
    stream = io.StringIO()
    print_message("Reminder", "+15017122661", stream)
    assert "SMS to +15017122661 (8 characters)\n\nReminder\n" in stream.getvalue()

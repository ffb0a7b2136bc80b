"""What mails say, and to whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from jinja2 import UndefinedError

from booking.models.deliveries import Audience, Kind
from booking.notifications.letter import CalendarPart, environment
from booking.notifications.messages import (
    spoken_lead,
    until,
)
from booking.notifications.notices import compose_sign_in
from tests.booking.mails import BASE, ICS, NOW, PAIRS, START, TEXTS, Tags, body, envelope, mail, make_view, on_the_wire


def test_mail_is_a_tree_with_the_invitation_last() -> None:
    """Plain text, HTML, then the invitation with its method; the same bytes again as a file."""
    message = mail(Kind.CONFIRMATION, Audience.ATTENDEE, make_view(), calendar=CalendarPart("REQUEST", ICS))
    assert message.get_content_type() == "multipart/mixed"
    alternative, attachment = message.iter_parts()
    plain, html, calendar = alternative.iter_parts()
    types = [part.get_content_type() for part in (alternative, plain, html, calendar)]
    assert types == ["multipart/alternative", "text/plain", "text/html", "text/calendar"]
    assert calendar["Content-Type"].params == {"method": "REQUEST", "charset": "utf-8"}
    assert calendar["Content-Transfer-Encoding"] == "base64"
    assert calendar.get_payload(decode=True) == attachment.get_payload(decode=True) == ICS
    assert attachment.get_filename() == "invite.ics"


def test_mail_without_an_invitation_has_two_alternatives() -> None:
    """A maintainer whose calendar has the event gets no second one by mail."""
    message = mail(Kind.CONFIRMATION, Audience.MAINTAINER, make_view())
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_headers_are_ours() -> None:
    """Sender, one recipient, date, the given Message-ID, and a mark that no person wrote it."""
    message = mail(Kind.CONFIRMATION, Audience.ATTENDEE, make_view())
    assert [address.addr_spec for address in message["To"].addresses] == ["ada@example.org"]
    assert message["From"] == "Office hours <hours@example.org>"
    assert message["Message-ID"] == "<row-1@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == NOW
    assert message["Subject"] == "Booked for Wed 2 Dec 10:30 am UTC+5:30: Flyte deployment, auth"


def test_attendee_reads_what_when_with_whom_and_how() -> None:
    """The confirmation answers every question, own zone first, in text and in HTML."""
    view = make_view()
    message = mail(Kind.CONFIRMATION, Audience.ATTENDEE, view)
    for words in (body(message), Tags(body(message, "html")).text):
        own = words.index("Wednesday 2 December 2026, 10:30 am to 11:00 am (Kolkata, UTC+5:30)")
        theirs = words.index("Tuesday 1 December 2026, 9:00 pm to 9:30 pm (Los Angeles, UTC-8)")
        assert own < theirs
        for expected in (
            "It is Wednesday for you, Tuesday in Los Angeles.",
            view.topic,
            view.maintainer_name,
            view.join_url,
            view.reference,
            view.reminder_note,
            "What happens next",
            view.question,
        ):
            assert expected in words
    assert view.manage_url in body(message)
    assert ("href", view.manage_url) in Tags(body(message, "html")).attributes
    assert ("href", view.conduct_url) in Tags(body(message, "html")).attributes


def test_times_are_said_once_where_clocks_agree() -> None:
    """Somebody in the community's own time reads one time, and no note about days."""
    text = body(mail(Kind.CONFIRMATION, Audience.ATTENDEE, make_view(attendee_zone="America/Tijuana")))
    assert text.count("UTC-") == 1
    assert "for you" not in text


def test_a_session_at_night_is_marked() -> None:
    """Nobody should find out at 2 am."""
    early = START - timedelta(hours=8)
    assert "at night for you" in body(mail(Kind.REMINDER, Audience.ATTENDEE, make_view(start=early)))
    assert "at night for you" not in body(mail(Kind.REMINDER, Audience.ATTENDEE, make_view()))


def test_maintainer_reads_the_question_the_links_and_why() -> None:
    """The one who prepares gets everything, in their own zone."""
    view = make_view(address_proven=False)
    message = mail(Kind.CONFIRMATION, Audience.MAINTAINER, view)
    for words in (body(message), Tags(body(message, "html")).text):
        assert "6:00 am to 6:30 am (Berlin, UTC+1)" in words
        for expected in (view.question, *view.links, *view.reasons, view.attendee_email, view.join_url):
            assert expected in words
    assert ("href", view.links[0]) not in Tags(body(message, "html")).attributes
    assert view.manage_url not in message.as_string()
    assert "Ada Lovelace" in message["Subject"]


@pytest.mark.parametrize("kind", [Kind.CONFIRMATION, Kind.HANDED_OVER, Kind.CHANGE, Kind.REMINDER])
def test_a_maintainer_who_cannot_give_it_reads_where_to_say_so(kind: Kind) -> None:
    """Every mail about a session of theirs leads to their page."""
    message = mail(kind, Audience.MAINTAINER, make_view())
    assert ["You cannot give it? Say so on your page:", f"{BASE}/maintainer"] == [
        line for line in body(message).splitlines() if "your page" in line or line.endswith("/maintainer")
    ]
    assert ("href", f"{BASE}/maintainer") in Tags(body(message, "html")).attributes


def test_change_names_the_old_time() -> None:
    """The old time is struck through beside the new one; a change of maintainer alone has none."""
    view = make_view(previous_start=START - timedelta(hours=14))
    message = mail(Kind.CHANGE, Audience.ATTENDEE, view)
    assert "It was on Tuesday 1 December 2026, 8:30 pm (Kolkata, UTC+5:30)." in body(message)
    assert "s" in Tags(body(message, "html")).tags
    assert "It was on" not in body(mail(Kind.CHANGE, Audience.ATTENDEE, replace(view, previous_start=START)))


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("attendee", "as you asked"),
        ("maintainer", "Grace Hopper had to cancel"),
        ("organiser", "had to be cancelled"),
        ("nobody", "not confirmed in time"),
        (None, "had to be cancelled"),
    ],
)
def test_cancellation_says_who_and_why(by: str | None, words: str) -> None:
    """Whoever cancelled, the mail says it in their terms and gives the reason."""
    message = mail(Kind.CANCELLATION, Audience.ATTENDEE, make_view(cancelled_by=by, cancel_reason="I am ill."))
    for text in (body(message), Tags(body(message, "html")).text):
        assert words in text
        assert "I am ill." in text


@pytest.mark.parametrize(
    ("by", "given_back", "words", "quoted"),
    [
        ("attendee", False, "Ada Lovelace cancelled this Flyte office hours session.", True),
        ("maintainer", False, "You cancelled this Flyte office hours session. Ada Lovelace was told", False),
        ("maintainer", True, "You cannot give this Flyte office hours session, so it is cancelled.", False),
        ("organiser", False, "This Flyte office hours session is cancelled.", True),
    ],
)
def test_a_maintainer_reads_who_cancelled(by: str, given_back: bool, words: str, quoted: bool) -> None:
    """Each case in a sentence of its own; what they wrote themselves is not told back to them."""
    view = make_view(cancelled_by=by, given_back=given_back, cancel_reason="Out sailing.")
    message = mail(Kind.CANCELLATION, Audience.MAINTAINER, view)
    for text in (body(message), Tags(body(message, "html")).text):
        assert words in text
        assert ("Out sailing." in text) is quoted


def test_cancellation_offers_new_times() -> None:
    """The nearest openings stand in the same mail, each with its link, and the topic's page."""
    url = f"{BASE}/topics/auth/book?start=2026-12-03T05:00:00Z"
    view = make_view(nearest=((START + timedelta(days=1), url),))
    message = mail(Kind.CANCELLATION, Audience.ATTENDEE, view)
    assert "Thursday 3 December 2026, 10:30 am (Kolkata, UTC+5:30)" in body(message)
    assert url in body(message)
    links = [value for name, value in Tags(body(message, "html")).attributes if name == "href"]
    assert links[:2] == [url, view.book_url]


def test_reminder_says_how_long_is_left() -> None:
    """By the clock of sending, whatever the reminder was planned for."""
    message = mail(Kind.REMINDER, Audience.ATTENDEE, make_view(), envelope=envelope(now=START - timedelta(minutes=50)))
    assert "starts in 50 minutes" in body(message)
    assert "the reminder 24 hours before" in body(message)


def test_verification_carries_its_link_and_nothing_to_manage() -> None:
    """Until the address is proven there is one thing to do."""
    view = make_view(address_proven=False)
    message = mail(Kind.VERIFICATION, Audience.ATTENDEE, view)
    assert view.verify_url
    assert view.verify_url in body(message)
    for url in (view.manage_url, view.join_url):
        assert url not in message.as_string()


def test_sign_in_mail_says_how_long_the_link_lives() -> None:
    """Once, within the minutes given, in the same browser."""
    url = f"{BASE}/sign-in/x"
    composed = compose_sign_in(url, "Flyte", 10, envelope("grace@example.org"))
    message = on_the_wire(composed)
    assert message["Subject"] == "Your sign-in link for Flyte office hours"
    assert url in body(message)
    assert "within 10 minutes" in body(message)
    assert ("href", url) in Tags(body(message, "html")).attributes


def test_every_template_folder_is_complete() -> None:
    """Each message is a folder of subject, text and HTML, and nothing else lies about."""
    files = environment().list_templates(filter_func=lambda name: name.startswith("email/") and "/_" not in name)
    of_none = {"account", "sign_in", "invitation", "my_bookings", "calendar", "digest", "alert"}
    names = {f"{kind}_{audience}" for kind, audience in PAIRS} | of_none
    assert set(files) == {f"email/{n}/{file}" for n in names for file in ("subject.txt", "body.txt", "body.html")}
    texts = environment().list_templates(filter_func=lambda name: name.startswith("sms/"))
    assert set(texts) == {f"sms/{name}.txt" for name in (*TEXTS, "phone_code", "help")}


def test_a_missing_word_is_an_error() -> None:
    """A template that names what nobody gave it fails loudly, instead of mailing a gap."""
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nobody_gave_this }}").render()


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(seconds=-5), "now"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(minutes=89), "in 89 minutes"),
        (timedelta(minutes=100), "in 2 hours"),
        (timedelta(hours=24), "in 24 hours"),
        (timedelta(days=3), "in 3 days"),
    ],
)
def test_time_left_in_words(left: timedelta, words: str) -> None:
    """Minutes when it is near, hours, then days."""
    assert until(left) == words


def test_leads_in_words() -> None:
    """What the community file says, spoken; anything else stays."""
    assert [spoken_lead(lead) for lead in ("24h", "1h", "30m", "2d", "", "soon")] == [
        "24 hours", "1 hour", "30 minutes", "2 days", "", "soon",
    ]  # fmt: skip

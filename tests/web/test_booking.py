"""Booking over the pages."""

from __future__ import annotations

import re

from flask import Flask

from tests.web.browser import ZONE, Browser, bookings, hidden, person, set_policy, text_of
from tests.web.conftest import FIRST, SECOND


def test_every_topic_leads_to_its_times(visitor: Browser, app: Flask) -> None:
    """The first page lists each topic with its description, when it is served, and a link to its times."""
    page = visitor.get("/")
    links = re.findall(r'href="(/topics/[^"]+)"', page.text)
    assert len(links) == 9
    assert "Monday to Friday at 7:00 am and 9:00 pm, Los Angeles time" in text_of(page)
    assert all(visitor.get(link).status_code == 200 for link in links)


def test_every_page_says_that_the_maintainers_are_examples(visitor: Browser) -> None:
    """Nobody books with an example by mistake."""
    for path in ("/", "/topics/flytekit", "/sign-in", "/nowhere"):
        assert "The maintainers here are examples" in visitor.get(path).text


def test_a_person_books_and_lands_on_their_private_page(visitor: Browser, app: Flask) -> None:
    """Topic, time, details, booked: the private page says what, when in both zones, with whom and how to join."""
    page = visitor.get(visitor.booked(FIRST))
    said = text_of(page)
    [booking] = bookings(app)
    assert page.status_code == 200
    assert "You are booked" in said
    assert said.index("Monday 30 November 2026, 8:30 pm") < said.index("7:00 am (Los Angeles, UTC-8)")
    assert booking.maintainer.name in said
    assert booking.reference in said
    assert "/join" in page.text
    assert "Confirmation by email: on its way" in said
    assert booking.question in said
    assert booking.links == ["https://github.com/flyteorg/flyte/issues/1"]
    assert booking.conduct_accepted_at is not None


def test_pressing_twice_makes_one_booking(visitor: Browser, app: Flask) -> None:
    """The form sent twice leads to the same private page, and there is one booking."""
    form = visitor.details(FIRST)
    first = visitor.send("/topics/flytekit/book", form, **person())
    second = visitor.send("/topics/flytekit/book", form, **person())
    assert first.location == second.location
    assert len(bookings(app)) == 1


def test_each_form_has_a_key_of_its_own(visitor: Browser) -> None:
    """Two openings of the form are two attempts."""
    first, second = (hidden(visitor.details(FIRST).text)["idempotency_key"] for _ in range(2))
    assert first != second


def test_mistakes_keep_what_was_typed(visitor: Browser, app: Flask) -> None:
    """422, "Error:" in the title, a summary that links to the fields, the same words there, and all typed kept."""
    page = visitor.book(FIRST, name="Zoë O’Neill", email="nonsense", question="", links="ftp://files.example.org/x")
    assert page.status_code == 422
    assert "<title>Error: " in page.text
    assert 'href="#email">Enter an email address like name@example.org.' in page.text
    assert page.text.count("Enter an email address like name@example.org.") == 2
    assert 'href="#question"' in page.text
    assert 'href="#links"' in page.text
    assert 'value="Zoë O’Neill"' in page.text
    assert 'value="nonsense"' in page.text
    assert "ftp://files.example.org/x" in page.text
    assert re.search(r'name="accept_conduct"[^>]* checked', page.text)
    assert bookings(app) == []


def test_markup_in_what_was_typed_is_shown_as_text(visitor: Browser) -> None:
    """Nothing that somebody typed becomes markup, in the form or on the private page."""
    nasty = '"><script>alert(1)</script>'
    wrong = visitor.book(FIRST, name=nasty, email=nasty)
    right = visitor.get(visitor.booked(FIRST, name=nasty, question=nasty))
    for page in (wrong, right):
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert" in page.text


def test_a_lost_time_offers_the_nearest_and_keeps_the_text(visitor: Browser, app: Flask) -> None:
    """Status 409, all that was typed, and other times to press on with, under a new key."""
    form = visitor.details(FIRST)
    for number in range(5):
        visitor.book(FIRST, email=f"rival-{number}@example.com")
    taken = len(bookings(app))
    page = visitor.send("/topics/flytekit/book", form, **person(question="Mine is about caching."))
    offered = re.findall(r'type="radio" name="start" value="([^"]+)"', page.text)
    assert page.status_code == 409
    assert "Mine is about caching." in page.text
    assert offered
    assert FIRST not in offered
    assert hidden(page.text)["idempotency_key"] != hidden(form.text)["idempotency_key"]
    assert len(bookings(app)) == taken
    again = visitor.send("/topics/flytekit/book", page, start=offered[0], **person())
    assert again.status_code == 303
    assert len(bookings(app)) == taken + 1


def test_a_link_to_a_time_that_is_gone_explains_itself(visitor: Browser) -> None:
    """An old link to a time gives 409 and the nearest times instead of a form that cannot work."""
    page = visitor.details("2026-11-30T16:00:00Z")
    assert page.status_code == 409
    assert "This time is not free any more." in text_of(page)
    assert FIRST in page.text


def test_continuing_without_a_time_asks_for_one(visitor: Browser) -> None:
    """Nothing chosen: the times again, with the problem on top."""
    page = visitor.get("/topics/flytekit/book", query_string={"tz": ZONE})
    assert page.status_code == 422
    assert "Choose a time to go on." in text_of(page)
    assert "<title>Error: " in page.text


def test_one_open_booking_per_address_and_topic(visitor: Browser) -> None:
    """The second is refused with the remedy; the chosen time stays in the form."""
    visitor.booked(FIRST)
    page = visitor.book(SECOND)
    assert page.status_code == 409
    assert "already has an open session" in text_of(page)
    assert hidden(page.text)["start"] == SECOND


def test_programs_fall_into_the_trap(visitor: Browser, app: Flask) -> None:
    """A filled hidden field books nothing and does not say why."""
    page = visitor.book(FIRST, website="https://spam.example")
    assert page.status_code == 422
    assert bookings(app) == []


def test_a_number_is_kept_only_with_consent(visitor: Browser, app: Flask) -> None:
    """Without the tick nothing is booked, and the page says what to do; with it, the words of the consent are kept."""
    page = visitor.book(SECOND, phone="(415) 555-2671")
    assert page.status_code == 422
    assert 'href="#sms_consent">Tick the box to get text messages, or empty the number.' in page.text
    visitor.booked(SECOND, phone="(415) 555-2671", sms_consent="y")
    [with_consent] = bookings(app)
    assert with_consent.attendee_phone == "+14155552671"
    assert with_consent.sms_consent is not None
    assert with_consent.sms_consent in text_of(visitor.details(SECOND))
    for word in ("Flyte", "a code", "reminders", "HELP", "STOP"):
        assert word in with_consent.sms_consent
    assert with_consent.sms_consent_at is not None


def test_numbers_that_cannot_be_texted_are_refused(visitor: Browser, app: Flask) -> None:
    """Toll-free, premium, invalid and foreign numbers get a sentence each, and consent needs a number."""
    cases = {
        "800 555 0199": "cannot get text messages",
        "900 555 0199": "cannot get text messages",
        "12": "phone number",
        "415 555 2671 ext. 5": "without an extension",
        "+44 7911 123456": "email only here",
        "": "Enter the mobile number",
    }
    for number, words in cases.items():
        page = visitor.book(FIRST, phone=number, sms_consent="y")
        assert page.status_code == 422, number
        assert words in text_of(page), number
    assert bookings(app) == []


def test_no_phone_field_where_nobody_is_texted(visitor: Browser, app: Flask) -> None:
    """A community without SMS countries does not ask for a number, and says so."""
    assert "numbers in US and CA. From elsewhere, leave it empty: email only here" in text_of(visitor.details(FIRST))
    set_policy(app, sms_countries=[])
    page = visitor.details(FIRST)
    assert 'name="phone"' not in page.text
    assert "Messages go by email only here." in text_of(page)


def test_the_code_of_conduct_must_be_accepted(visitor: Browser, app: Flask) -> None:
    """Without the tick nothing is booked; a community without one does not ask."""
    form = visitor.details(FIRST)
    fields = person()
    del fields["accept_conduct"]
    page = visitor.send("/topics/flytekit/book", form, **fields)
    assert page.status_code == 422
    assert 'href="#accept_conduct"' in page.text
    set_policy(app, code_of_conduct=None)
    assert visitor.send("/topics/flytekit/book", visitor.details(FIRST), **fields).status_code == 303


def test_the_last_button_names_the_act(visitor: Browser) -> None:
    """It says what will be booked, in the visitor's zone."""
    assert "Book Monday 8:30 pm" in text_of(visitor.details(FIRST))


def test_fields_say_what_browsers_may_fill_in(visitor: Browser) -> None:
    """Name, email and phone carry their autocomplete purpose; the form leaves checking to the server."""
    page = visitor.details(FIRST).text
    assert re.search(r'name="name"[^>]*autocomplete="name" spellcheck="false"', page)
    assert re.search(r'name="email" type="email"[^>]*autocomplete="email" spellcheck="false"', page)
    assert re.search(r'name="phone" type="tel"[^>]*autocomplete="tel"', page)
    assert "novalidate" in page


def test_a_spoiled_form_is_refused_plainly(visitor: Browser) -> None:
    """Hidden fields that a person cannot correct give a page with a way on, not a crash."""
    form = visitor.details(FIRST)
    for spoiled in ({"start": "yesterday"}, {"start": "2026-12-01T07:00:00"}, {"start": ""}):
        page = visitor.send("/topics/flytekit/book", form, **person(), **spoiled)
        assert page.status_code == 400
        assert "Choose it again" in text_of(page)
    assert visitor.send("/topics/flytekit/book", form, **person(), idempotency_key="").status_code == 422
    assert visitor.send("/topics/flytekit/book", form, **person(), tz="Mars/Base").status_code == 422
    assert visitor.send("/topics/nothing/book", form, **person()).status_code == 404

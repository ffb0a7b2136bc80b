"""Pages, mails, texts and invitations in the language and by the clock that somebody chose."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from booking.extensions import db
from booking.models import Booking, Channel, Kind, MaintainerSlot, PrintedMessage, Waiter
from booking.notifications.messages import compose_code, compose_help, compose_sms
from booking.reading import LANGUAGES, Reading, reading_as
from booking.views.preferences import FOR_STAFF
from tests.booking.mails import TEXTS, body, make_view
from tests.booking.test_texts import GSM_BASIC
from tests.booking.test_translations import Words, catalog
from tests.web.browser import Browser, bookings, person, text_of
from tests.web.conftest import FIRST, SECOND
from tests.web.places import deliver_all, places
from tests.web.printed import invitations, mails
from tests.web.program import Program, fields

GUEST = "asha@example.com"
ARABIC = re.compile("[\u0600-\u06ff]")
NUMBER = "+14155552671"


def reader(app: Flask, address: str) -> Browser:
    """A browser that chose its language and clock by this query, once."""
    browser = Browser(app)
    assert browser.get(f"/?{address}").status_code == 200
    return browser


def root(page: str) -> str:
    found = re.search("<html[^>]*>", page)
    assert found
    return found[0]


@pytest.mark.parametrize(
    ("language", "direction", "heading"),
    [("en", "ltr", "Talk to a maintainer"), ("es", "ltr", "Habla con un responsable"), ("ar", "rtl", "تحدّث إلى")],
)
def test_a_page_is_in_the_language_chosen_and_so_are_later_ones(
    app: Flask, language: str, direction: str, heading: str
) -> None:
    """With the right `lang` and `dir`, also where nothing is; by the browser's wish where nobody chose."""
    browser = Browser(app)
    chosen, later = browser.get(f"/?lang={language}"), browser.get("/")
    wished = Browser(app).get("/", headers={"Accept-Language": f"{language},en;q=0.5"})
    for page in (chosen, later, wished):
        assert root(page.text) == f'<html lang="{language}" dir="{direction}">'
        assert heading in text_of(page)
    assert root(browser.get("/nowhere").text) == f'<html lang="{language}" dir="{direction}">'


def test_the_language_of_one_visit_is_not_that_of_the_next(visitor: Browser, program: Program) -> None:
    """The same thread serves both: a program that asks after a Spanish page is answered in English."""
    assert "Temas" in visitor.get("/", query_string={"lang": "es"}).text
    answer = program.book(topic="knitting", start=FIRST)
    assert "There is no topic “knitting” here." in answer.json["detail"]


def test_every_page_says_which_language_it_is_in(town: Flask) -> None:
    """Arabic for attendees, with no sentence left in English that has another; English for staff, whoever asks."""
    english = {str(message.id) for message in catalog("ar") if message.id and message.id != message.string}
    visitor, administrator = Browser(town), Browser(town).sign_in(None)
    seen = set()
    for place in places(town):
        staff = place.endpoint.partition(".")[0] in FOR_STAFF
        browser = administrator if staff else visitor
        page = browser.get(place.path, headers={"Accept-Language": "ar"}) if place.method == "GET" else None
        if page is not None and page.mimetype == "text/html" and page.status_code in {200, 410}:
            wanted = ("en", "ltr") if staff else ("ar", "rtl")
            assert root(page.text) == '<html lang="{}" dir="{}">'.format(*wanted), place
            left = {text.strip() for text in Words(page.text).found} & english
            assert staff or not left, place
            seen.add(place.endpoint)
    assert len(seen) >= 25


def test_the_switch_keeps_the_address(app: Flask, visitor: Browser) -> None:
    """Each language by its own name and in itself; the present one and the present clock are marked."""
    page = visitor.get("/topics/flytekit?tz=Asia/Kolkata&month=2026-12").text
    for key, name in LANGUAGES.items():
        [link] = re.findall(f'<a href="([^"]*)" lang="{key}"[^>]*>{name}</a>', page)
        assert link == f"/topics/flytekit?tz=Asia%2FKolkata&amp;month=2026-12&amp;lang={key}"
    assert re.findall('aria-current="true">([^<]*)</a>', page.partition("<footer")[2]) == ["English", "12-hour clock"]
    [clock] = re.findall('<a href="([^"]*)"[^>]*>24-hour clock</a>', page)
    assert "8:30 pm" in page
    assert "20:30" in visitor.get(clock.replace("&amp;", "&")).text


def test_pages_of_maintainers_stay_in_english(app: Flask) -> None:
    """Whatever their browser likes; only the clock is theirs to choose."""
    browser = Browser(app).sign_in("example-1")
    page = browser.get("/maintainer?lang=ar&hours=24", headers={"Accept-Language": "ar"}).text
    assert root(page) == '<html lang="en" dir="ltr">'
    assert "Español" not in page
    assert '<a href="/maintainer?lang=ar&amp;hours=12"' in page


def test_arabic_and_24_hours_hold_from_page_to_mail_to_calendar(app: Flask) -> None:
    """Who booked that way is written to that way; the maintainer in English, by twelve hours."""
    browser = reader(app, "lang=ar&hours=24")
    link = browser.booked(FIRST)
    page = browser.get(link)
    assert "تم حجز جلستك" in text_of(page)
    assert "20:30" in page.text
    [booking] = bookings(app)
    assert (booking.attendee_language, booking.attendee_hours) == ("ar", 24)
    deliver_all(app)
    [mail] = mails(app, GUEST)
    assert mail["Subject"].startswith("محجوز يوم الاثنين 30 نوفمبر 20:30")
    html, plain = body(mail, "html"), body(mail)
    assert root(html) == '<html lang="ar" dir="rtl">'
    for words in ("تم حجز جلستك من الساعات المكتبية", "الخطوة التالية:", "20:30", "سيصلك تذكير قبل"):
        assert words in plain
        assert words in html
    assert "قبل 24 ساعة وساعة واحدة" in plain or "قبل ساعة واحدة" in plain
    [(_, event)] = invitations(app, GUEST)
    assert str(event["SUMMARY"]) == "الساعات المكتبية: Anything flytekit-related"
    assert "20:30" in str(event["DESCRIPTION"])
    downloaded = Calendar.from_ical(browser.get(f"{link}/invite.ics").text).events[0]
    assert downloaded["SUMMARY"] == event["SUMMARY"]
    [theirs] = mails(app, booking.maintainer.email)
    assert theirs["Subject"].startswith("New session, ")
    assert not ARABIC.search(body(theirs) + body(theirs, "html"))
    assert root(body(theirs, "html")) == '<html lang="en" dir="ltr">'


def test_spanish_says_what_is_wrong_and_keeps_what_was_typed(app: Flask) -> None:
    """Labels, errors, refusals and reasons alike."""
    browser = reader(app, "lang=es")
    wrong = browser.book(FIRST, name="", email="asha@", accept_conduct="")
    assert wrong.status_code == 422
    told = text_of(wrong)
    for sentence in (
        "Hay un problema",
        "Escribe tu nombre.",
        "Escribe una dirección de correo como name@example.org.",
        "Lee el código de conducta y marca la casilla para continuar.",
        "Dirección de correo",
    ):
        assert sentence in told
    assert 'value="asha@"' in wrong.text
    long = text_of(browser.book(FIRST, name="x" * 101))
    assert "Acorta tu nombre: 100 caracteres como máximo, y tiene 101." in long
    page = browser.get(browser.booked(FIRST))
    assert re.search(r"Example maintainer \d (conoce|tiene)", text_of(page))
    again = browser.book(SECOND)
    assert again.status_code == 409
    assert "Esta dirección ya tiene una sesión pendiente sobre «Anything flytekit-related»." in text_of(again)


def test_why_nothing_is_free_is_said_in_the_readers_language(app: Flask) -> None:
    """Routing gives the reason with its places apart: dates and alternatives are the reader's too."""
    with app.app_context():
        db.session.execute(sa.delete(MaintainerSlot))
        db.session.execute(sa.text("UPDATE community SET revision = revision + 1"))
        db.session.commit()
    found = {key: text_of(reader(app, f"lang={key}").get("/topics/flytekit")) for key in LANGUAGES}
    title = "Anything flytekit-related"
    assert f"No maintainer who knows “{title}” staffs 7am or 9pm. Choose another time or topic." in found["en"]
    assert f"Ningún responsable que conozca «{title}» atiende en 7am o 9pm." in found["es"]
    assert f"لا مشرف ممن يعرفون «{title}» متاح في 7am أو 9pm" in found["ar"]


def test_reasons_kept_before_they_had_forms_are_still_read(app: Flask) -> None:
    """A booking made by an earlier release has sentences only."""
    browser = reader(app, "lang=es")
    link = browser.booked(FIRST)
    with app.app_context():
        old = [{"code": "expertise", "text": "Example maintainer 1 is an expert in workflows."}]
        db.session.execute(sa.update(Booking).values(reasons=old))
        db.session.commit()
    assert "is an expert in workflows." in text_of(browser.get(link))


def test_who_waits_is_offered_a_time_in_their_language(app: Flask) -> None:
    """The place on the list remembers how they read."""
    browser = reader(app, "lang=es&hours=12")
    page = browser.get("/topics/flytekit/wait?tz=Asia/Kolkata")
    answer = browser.send("/topics/flytekit/wait", page, **person(until="2026-12-10"))
    assert answer.status_code == 303
    assert "Estás en la lista" in text_of(browser.get(str(answer.location)))
    with app.app_context():
        waiter = db.session.scalars(sa.select(Waiter)).one()
        assert waiter.attendee_reading == Reading("es", 12)


def test_the_interface_takes_language_and_clock(program: Program, app: Flask) -> None:
    """English by twelve hours where nothing is said, the usual clock where only the language is."""
    assert program.book("one").status_code == 201
    spoken = program.book("two", email="luz@example.com", start=SECOND, language="es")
    assert spoken.status_code == 201
    exact = program.book("three", email="nour@example.com", topic="plugins", language="ar", hours=24)
    assert exact.status_code == 201
    found = [(one.attendee_language, one.attendee_hours) for one in bookings(app)]
    assert found == [("en", 12), ("es", 24), ("ar", 24)]
    refused = program.book("four", language="fr", hours=13)
    assert refused.status_code == 422
    assert fields(refused) == {"language", "hours"}


@pytest.mark.parametrize("language", ["es", "ar"])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(TEXTS),
    community=st.text(min_size=1, max_size=80),
    topic=st.text(max_size=120),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    lead=st.sampled_from(["24h", "1h", "30m", "14d"]),
    hours=st.sampled_from([12, 24]),
)
def test_texts_stay_within_their_segments(
    app: Flask, language: str, kind: Kind, community: str, topic: str, start: datetime, lead: str, hours: int
) -> None:
    """Spanish in the cheap alphabet and one segment; Arabic in UCS-2, two segments, or three with a long link."""
    view = make_view(community=community, topic=topic, start=start, attendee_zone="Asia/Kolkata")
    with app.app_context(), reading_as(Reading(language, hours)):
        text = compose_sms(kind, view, lead)
        others = [compose_code(community, "012345", 10), compose_help(community, "office-hours@community.example.org")]
    assert "UTC+5:30" in text
    if language == "es":
        for each in (text, *others):
            assert GSM_BASIC.fullmatch(each)
            assert len(each) <= 160
    else:
        assert ARABIC.search(text)
        assert units(text) <= (134 if kind is Kind.CONFIRMATION else 201)
        assert max(map(units, others)) <= 134
    for each in others:
        assert "STOP" in each


def units(text: str) -> int:
    """How many UTF-16 units a text has: 67 go into a segment of several."""
    return len(text.encode("utf-16-le")) // 2


def test_texts_of_a_booking_and_its_code_are_in_its_language(app: Flask) -> None:
    """The code too, which knows only its number."""
    browser = reader(app, "lang=ar")
    browser.booked(FIRST, phone=NUMBER, sms_consent="y")
    deliver_all(app)
    with app.app_context():
        chosen = sa.select(PrintedMessage.content).where(PrintedMessage.channel == Channel.SMS)
        texts = [content.decode() for content in db.session.scalars(chosen)]
    assert texts
    assert all(ARABIC.search(text) for text in texts)

"""Which slots a maintainer gives on which days of the week and dates, as edited on their page."""

from __future__ import annotations

import pytest
from flask import Flask

from booking import queries
from routing.router import offer
from tests.web.browser import Browser, text_of
from tests.web.conftest import Clock
from tests.web.test_my_hours import HERE, ada, apply, export, row, save

__all__ = ["ada"]


def days(app: Flask, key: str = "example-1", slots: tuple[str, ...] = ("7am", "9pm")) -> list[str]:
    """The first dates on which they are offered for flytekit in these slots, with the slot."""
    with app.app_context():
        roster, now = queries.roster(), app.extensions["officehours"].now()
        found = offer(roster.programme, "flytekit", queries.diaries_of(roster, now, "flytekit"), now)
        theirs = [one for one in found.openings if key in one.maintainers and one.slot in slots]
        return [f"{one.range.start:%a %d} {one.slot}" for one in theirs][:5]


def test_hours_are_chosen_by_slot_and_weekday(app: Flask, ada: Browser) -> None:
    """Another slot and fewer days: offered then and only then; all days of a slot are no restriction."""
    assert days(app) == ["Mon 30 7am", "Tue 01 7am", "Wed 02 7am", "Thu 03 7am", "Fri 04 7am"]
    assert save(ada, f"{HERE}/hours", hours=["7am tue", "7am fri"]).status_code == 303
    assert days(app) == ["Tue 01 7am", "Fri 04 7am", "Tue 08 7am", "Fri 11 7am", "Tue 15 7am"]
    page = ada.get(HERE).text
    assert 'value="7am tue" checked' in page
    assert 'value="7am mon">' in page
    with app.app_context():
        assert queries.programme().maintainers[0].weekdays == {"7am": {1, 4}}
    every = [f"7am {day}" for day in ("mon", "tue", "wed", "thu", "fri")]
    assert save(ada, f"{HERE}/hours", hours=[*every, "9pm mon", "7am sun", "dusk mon"]).status_code == 303
    # 9pm on Monday in Los Angeles is Tuesday in UTC.
    assert days(app) == ["Mon 30 7am", "Tue 01 9pm", "Tue 01 7am", "Wed 02 7am", "Thu 03 7am"]
    assert (row(app).weekdays, row(app).edited) == ({"9pm": ["mon"]}, ["weekdays", "slots"])


def test_a_stand_in_is_offered_what_they_would_have_given(app: Flask, ada: Browser) -> None:
    """On the weekdays and dates of the one away, within the leave, but for what the stand-in said no to."""
    save(ada, f"{HERE}/hours", hours=["7am tue", "7am thu"])
    save(ada, f"{HERE}/dates", slot="7am", day="2026-12-11", gives="yes")
    assert days(app, "example-5", ("7am",)) == []
    save(ada, f"{HERE}/leave", first="2026-12-07", last="2026-12-13", stand_in="example-5")
    assert days(app, "example-5", ("7am",)) == ["Tue 08 7am", "Thu 10 7am", "Fri 11 7am"]
    theirs = Browser(app).sign_in("example-5")
    here = "/maintainer/availability/example-5"
    theirs.send(f"{here}/dates", theirs.get(here), slot="7am", day="2026-12-10", gives="no")
    assert days(app, "example-5", ("7am",)) == ["Tue 08 7am", "Fri 11 7am"]
    assert days(app) == ["Tue 01 7am", "Thu 03 7am", "Tue 15 7am", "Thu 17 7am", "Tue 22 7am"]


def test_no_hours_at_all_are_no_answer(app: Flask, ada: Browser) -> None:
    """A pause is what says that, and has an end."""
    answer = save(ada, f"{HERE}/hours", hours=["7am sun"])
    assert answer.status_code == 422
    assert "To give no sessions for a time, pause." in text_of(answer)
    assert days(app)[0] == "Mon 30 7am"


def test_a_date_is_not_or_also_given(app: Flask, ada: Browser) -> None:
    """Against their usual slots, in the slot's own zone; the last word counts, and it can be taken back."""
    for slot, day, gives in (("7am", "2026-12-01", "no"), ("9pm", "2026-12-02", "yes"), ("7am", "2026-12-03", "yes")):
        assert save(ada, f"{HERE}/dates", slot=slot, day=day, gives=gives).status_code == 303
    assert days(app) == ["Mon 30 7am", "Wed 02 7am", "Thu 03 9pm", "Thu 03 7am", "Fri 04 7am"]
    page = text_of(ada.get(HERE))
    assert "2026-12-01, 7am: not given" in page
    assert "2026-12-02, 9pm: given" in page
    assert save(ada, f"{HERE}/dates", slot="7am", day="2026-12-03", gives="no").status_code == 303
    assert save(ada, f"{HERE}/dates/remove", slot="7am", day="2026-12-01").status_code == 303
    assert days(app) == ["Mon 30 7am", "Tue 01 7am", "Wed 02 7am", "Thu 03 9pm", "Fri 04 7am"]
    assert (row(app).not_on, row(app).also_on) == ({"7am": ["2026-12-03"]}, {"9pm": ["2026-12-02"]})


def test_a_date_is_shown_until_it_is_over_where_the_slot_is(app: Flask, ada: Browser, clock: Clock) -> None:
    """On the evening of the last of November in Los Angeles it is December in UTC already."""
    save(ada, f"{HERE}/dates", slot="9pm", day="2026-11-30", gives="yes")
    clock.advance(hours=20)  # 5 am on 1 December in UTC
    assert "2026-11-30, 9pm: given" in text_of(ada.get(HERE))
    clock.advance(hours=4)
    assert "2026-11-30, 9pm: given" not in text_of(ada.get(HERE))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"day": "2026-12-05"}, "7am has no sessions on Saturdays."),
        ({"day": "today"}, "Write the date like 2026-12-01."),
        ({"day": "2025-12-01"}, "2025-12-01 is over."),
        ({"slot": "dusk"}, "Choose a slot from the list."),
        ({"gives": "perhaps"}, "Choose whether you give it on that date."),
    ],
)
def test_dates_that_cannot_be(app: Flask, ada: Browser, fields: dict[str, str], sentence: str) -> None:
    """Named beside the field; nothing is saved."""
    answer = save(ada, f"{HERE}/dates", **{"slot": "7am", "day": "2026-12-01", "gives": "no", **fields})
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert row(app).not_on == {}


def test_mallory_changes_nobodys_days(app: Flask) -> None:
    """Another's key is not found."""
    mallory = Browser(app).sign_in("example-2")
    page = mallory.get("/maintainer/availability/example-2")
    for path in ("hours", "dates", "dates/remove"):
        fields = {"hours": "7am mon", "slot": "7am", "day": "2026-12-01", "gives": "no"}
        assert mallory.send(f"{HERE}/{path}", page, **fields).status_code == 404
    assert row(app).edited == []


def test_days_go_into_the_file_and_out_of_it(app: Flask, ada: Browser) -> None:
    """Kept from an older file, and exported as they are."""
    file = export(app)
    save(ada, f"{HERE}/hours", hours=["7am tue", "9pm mon"])
    save(ada, f"{HERE}/dates", slot="9pm", day="2026-12-02", gives="yes")
    [kept] = apply(app, file)
    assert "kept: edited by the maintainer" in kept
    assert row(app).weekdays == {"7am": ["tue"], "9pm": ["mon"]}
    present = export(app)
    assert apply(app, present) == []
    [changed] = apply(app, file)
    assert 'slots loses "9pm"; weekdays loses 7am = ["tue"], 9pm = ["mon"]; also_on loses' in changed


def test_the_file_may_say_it(app: Flask) -> None:
    """Dates bare or in quotes; a weekday by three letters."""
    before = 'key = "example-1"'
    dates = ("not_on = { 7am = [2026-12-04] }", 'also_on = { 9pm = ["2026-12-02"] }')
    said = ('weekdays = { 7am = ["fri", "mon"] }', *dates)
    [changed] = apply(app, export(app).replace(before, "\n".join((before, *said))))
    assert 'weekdays gains 7am = ["mon", "fri"]' in changed
    assert days(app) == ["Mon 30 7am", "Thu 03 9pm", "Mon 07 7am", "Fri 11 7am", "Mon 14 7am"]

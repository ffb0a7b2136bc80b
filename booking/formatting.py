"""Instants in the words people read, each in a named zone, in the reader's language and clock (`reading.py`).

Pages, mails and texts share them. The names are those of the Unicode CLDR, by Babel.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_datetime, get_day_names
from babel.lists import format_list
from markupsafe import Markup

from booking import reading
from booking.reading import _, _n
from routing import zones
from routing.phrases import measured

NIGHT_FROM = 22
NIGHT_UNTIL = 7
NOON, EVENING_FROM = 12, 18


def weekday(instant: datetime, zone: str) -> str:
    """ "Tuesday": the local weekday of `instant` in `zone`."""
    return _written(instant, zone, "EEEE")


def day(instant: datetime, zone: str) -> str:
    """ "Tuesday 1 December 2026": the local day of `instant` in `zone`."""
    return _written(instant, zone, _day_pattern())


def date_words(local: date) -> str:
    """The same of a local day."""
    return _date_words(local, reading.current().language)


@lru_cache(maxsize=4096)
def _date_words(local: date, _language: str) -> str:
    """The same for everybody who reads that language."""
    return str(format_date(local, _day_pattern(), locale=_locale()))


def month_words(month: date) -> str:
    """ "December 2026"."""
    return str(format_date(month, "LLLL y", locale=_locale()))


def first_weekday() -> int:
    """The day a week begins with in the reader's language, 0 for Monday."""
    return int(_locale().first_week_day)


def weekdays() -> tuple[tuple[str, str], ...]:
    """("Mo", "Monday") and so on, from the first day of a week."""
    names, short = (get_day_names(width, "stand-alone", _locale()) for width in ("wide", "short"))
    return tuple((short[day % 7], names[day % 7]) for day in range(first_weekday(), first_weekday() + 7))


def short_day(instant: datetime, zone: str) -> str:
    """ "Tue 1 Dec": for a subject line or a text message, where the year is not in doubt."""
    return _written(instant, zone, "EEE d MMM")


def clock(instant: datetime, zone: str) -> str:
    """ "8:30 pm" or "20:30": on twelve hours always with am or pm, so that 2 in the night is not taken for 2 pm."""
    return time_of_day(zones.local(instant, zone).time())


def time_of_day(wall: time) -> str:
    """The same of a wall-clock time."""
    on_any_day = datetime.combine(date.min, wall)
    return format_datetime(on_any_day, "h:mm a" if reading.current().hours == 12 else "HH:mm", locale=_locale())


def weekday_name(number: int) -> str:
    """ "Monday" for 0."""
    return str(get_day_names(locale=_locale())[number])


def zone_label(instant: datetime, zone: str) -> str:
    """ "Kolkata, UTC+5:30": with the offset of that instant, not of today."""
    return _("%(city)s, %(offset)s", city=city(zone), offset=zones.offset_label(instant, zone))


def city(zone: str) -> str:
    """ "Kolkata" for Asia/Kolkata, in other languages by the CLDR."""
    language = reading.current().language
    return zones.city(zone) if language == "en" else _cities(language).get(zone, zones.city(zone))


@cache
def _cities(language: str) -> dict[str, str]:
    """City by zone, as far as the CLDR has them: under old names such as Asia/Calcutta, here under the present too."""
    known = {zone: str(names["city"]) for zone, names in reading.locale(language).time_zones.items() if "city" in names}
    return known | {new: known[old] for old, new in get_global("zone_aliases").items() if old in known}


def when(instant: datetime, zone: str) -> str:
    """ "Tuesday 1 December 2026, 8:30 pm (Kolkata, UTC+5:30)"."""
    at = clock(instant, zone)
    return _("%(day)s, %(clock)s (%(zone)s)", day=day(instant, zone), clock=at, zone=zone_label(instant, zone))


def is_night(instant: datetime, zone: str) -> bool:
    """Whether `instant` is between 10 pm and 7 am in `zone`."""
    hour = zones.local(instant, zone).hour
    return hour >= NIGHT_FROM or hour < NIGHT_UNTIL


def part_of_day(instant: datetime, zone: str) -> str:
    """ "morning", "afternoon", "evening" or "night": so that nobody mixes up the halves of a day."""
    if is_night(instant, zone):
        return _("night")
    hour = zones.local(instant, zone).hour
    if hour < NOON:
        return _("morning")
    return _("afternoon") if hour < EVENING_FROM else _("evening")


def minutes_words(minutes: int) -> str:
    """ "5 minutes left"."""
    return _n("%(num)d minute left", "%(num)d minutes left", minutes)


def isolated(words: str) -> Markup:
    """A name, address or time as HTML that keeps its own direction inside a sentence of the other."""
    return Markup("<bdi>{}</bdi>").format(words)


def duration(span: timedelta) -> str:
    """ "4 hours", "90 minutes": in the largest unit that measures it."""
    number, unit = measured(span)
    if unit == "day":
        return _n("%(num)d day", "%(num)d days", number)
    if unit == "hour":
        return _n("%(num)d hour", "%(num)d hours", number)
    return _n("%(num)d minute", "%(num)d minutes", number)


def listed(words: Sequence[str]) -> str:
    """ "US", "US and CA", "US, CA and GB"."""
    return format_list(words, locale=_locale())


def either(words: Sequence[str]) -> str:
    """ "7am", "7am or 9pm", "7am, 1pm or 9pm"."""
    return format_list(words, style="or", locale=_locale())


def day_and_month(when: date) -> str:
    """ "3 December"."""
    return format_date(when, "d MMMM", locale=_locale())


def _written(instant: datetime, zone: str, pattern: str) -> str:
    return format_datetime(zones.local(instant, zone).replace(tzinfo=None), pattern, locale=_locale())


def _day_pattern() -> str:
    """As the CLDR has it; in English without its comma, because a time often follows after one."""
    locale = _locale()
    return "EEEE d MMMM y" if locale.language == "en" else str(locale.date_formats["full"].pattern)


def _locale() -> Locale:
    return reading.locale(reading.current().language)
